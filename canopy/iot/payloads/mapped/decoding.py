"""Plain JSON to readings, by a mapping."""

from __future__ import annotations

import math
from datetime import datetime
from typing import cast

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.json_document import parse
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.mapped.mapping import Compiled, Stream
from canopy.iot.payloads.mapped.paths import Path
from canopy.iot.payloads.reading import Decoded, Hint, Message, Position, Reading, Result
from canopy.iot.payloads.times import UnixUnit, instant_with_hints, unix_instant
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded, shown
from canopy.iot.payloads.values import (
    identifier,
    number,
    number_hints,
    position_or_hint,
    result,
    text,
)


@answering
def decode(message: Message, mapping: Compiled, limits: Limits = LIMITS) -> Decoded:
    """The readings of each record. A value that is not there, or null, gives none."""
    document = parse(bounded(message, limits), limits)
    found = Collector(limits)
    if mapping.records is None:
        _record(found, document, message.topic, mapping, "", limits)
        return found.decoded()
    for at, each in enumerate(mapping.records.all(_searchable(document), limits.readings)):
        with found.part(f"record {at}"):
            _record(found, each, message.topic, mapping, f"record {at}, ", limits)
    if found.is_empty:
        raise Unreadable("wrong-shape", f"{mapping.records.written} finds no value")
    return found.decoded()


def _record(
    found: Collector, record: object, topic: str, mapping: Compiled, part: str, limits: Limits
) -> None:
    source = _source(record, topic, mapping, limits)
    at, hints = _time(record, mapping)
    key = _at(mapping.key, record)
    place, more = _position(record, mapping)
    given = 0
    for stream, path in mapping.streams:
        value = path.one(_searchable(record))
        if value is None:
            continue
        given += 1
        with found.part(part + stream.stream):
            measured = _result(value, stream, limits)
            found.add(
                Reading(
                    source=source,
                    stream=stream.stream,
                    at=at,
                    result=measured,
                    unit=stream.unit if isinstance(measured, float) else None,
                    source_key="" if key is None else identifier(key, "the key", limits),
                    position=place,
                    hints=hints + more + number_hints(value),
                )
            )
    if not given:
        raise Unreadable("wrong-shape", "no stream of the mapping has a value")


def _source(record: object, topic: str, mapping: Compiled, limits: Limits) -> str:
    level = mapping.mapping.source_level
    if level is None:
        found = _at(mapping.source, record)
        if found is None:
            raise Unreadable("no-source", "the record does not name its device")
        return identifier(found, "the device", limits)
    levels = topic.strip("/").split("/")
    if len(levels) < level:
        raise Unreadable("no-source", f"{shown(topic)} has no level {level}")
    return text(levels[level - 1], "the device", limits.name_chars)


def _time(record: object, mapping: Compiled) -> tuple[datetime | None, tuple[Hint, ...]]:
    if mapping.time is None:
        return None, ()
    found = _at(mapping.time, record)
    if found is None:
        raise Unreadable("bad-time", f"{mapping.time.written} finds no time")
    unit = mapping.mapping.time_format
    if unit == "iso":
        return instant_with_hints(found, "the time", mapping.zone)
    return unix_instant(found, cast(UnixUnit, unit.removeprefix("unix-")), "the time"), ()


def _position(record: object, mapping: Compiled) -> tuple[Position | None, tuple[Hint, ...]]:
    longitude, latitude = _at(mapping.longitude, record), _at(mapping.latitude, record)
    if longitude is None or latitude is None:
        return None, ()
    return position_or_hint(longitude, latitude)


def _result(value: object, stream: Stream, limits: Limits) -> Result:
    if stream.numeric_text and isinstance(value, str):
        value = _number_of(text(value, stream.stream, 64), stream.stream)
    if isinstance(value, bool | str):
        return result(value, stream.stream, limits)
    scaled = number(value, stream.stream) * stream.scale + stream.offset
    if not math.isfinite(scaled):
        raise Unreadable("bad-value", f"{stream.stream} scaled is no finite number")
    return scaled


def _number_of(written: str, what: str) -> float:
    try:
        return float(written)
    except ValueError:
        raise Unreadable("bad-value", f"{what} is {shown(written)}, not a number") from None


def _at(path: Path | None, record: object) -> object:
    return None if path is None else path.one(_searchable(record))


def _searchable(value: object) -> object:
    """Only objects and lists can be searched; the library would parse text as JSON."""
    if isinstance(value, dict | list):
        return value
    raise Unreadable("wrong-shape", f"{shown(value)} is neither an object nor a list")
