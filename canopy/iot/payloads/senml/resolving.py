"""Resolves the records of a pack to readings (RFC 8428, sections 4.1 to 4.6)."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Decoded, Hint, Reading, Result
from canopy.iot.payloads.senml.labels import MEASURED, NEWEST_VERSION, PLAIN, VALUES
from canopy.iot.payloads.times import EPOCH, unix_instant
from canopy.iot.payloads.units import SENML
from canopy.iot.payloads.unreadable import Unreadable, shown
from canopy.iot.payloads.values import EXACT_INTEGER, array, number, number_hints, obj, text

RELATIVE_BELOW_S = 2**28
"""Times below it count from the arrival, section 4.5.3."""
_NUMBERS = (float, int)
_NO_DATE_S = 253_402_300_800
"""The first second of the year 10000."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*", re.ASCII)
_URN_DEVICE = re.compile(r"(urn:dev:[a-z]+:[A-Za-z0-9\-.]+)[:_;]", re.ASCII)


def resolved(pack: object, arrived_at: datetime, limits: Limits) -> Decoded:
    """The readings of a pack whose labels are those of JSON.

    A stream is a name and a unit: one name may measure several things (RFC 8428, section 5.1.4).
    A record that cannot be resolved makes the whole pack unreadable, since later records
    may rest on its base fields.
    """
    records = array(pack, "a SenML pack")
    if not records:
        raise Unreadable("wrong-shape", "the pack holds no record")
    found = Collector(limits)
    bases = _Bases(limits)
    for at, each in enumerate(records):
        try:
            record = obj(each, "it")
            reading = _usual(record, bases, limits)
            if reading is not None:
                found.add(reading)
                continue
            if not record.keys() <= PLAIN:
                bases.take(record)
            _add(found, record, bases, arrived_at, limits)
        except Unreadable as error:
            raise Unreadable(error.kind, f"record {at}: {error.reason}") from None
    return found.decoded()


class _Bases:
    """The base fields in force: each record may set some for itself and those after it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.name = ""
        self.time: float | int = 0
        self.unit = ""
        self.value = 0.0
        self.sum: float | None = None
        self.version: int | None = None

    def take(self, record: dict[str, Any]) -> None:
        for label in record:
            if label[:1] == "b":
                self._take_one(label, record[label])
            if label[-1:] == "_":
                raise Unreadable("not-understood", f"{shown(label)} must be understood, and is not")

    def _take_one(self, label: str, value: object) -> None:
        if label == "bn":
            self.name = text(value, "bn", self._limits.name_chars) if value != "" else ""
        elif label == "bt":
            self.time = _seconds(value, "bt")
        elif label == "bu":
            self.unit = text(value, "bu", self._limits.name_chars) if value != "" else ""
        elif label == "bv":
            self.value = number(value, "bv")
        elif label == "bs":
            self.sum = number(value, "bs")
        elif label == "bver":
            self._take_version(value)

    def _take_version(self, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise Unreadable("wrong-shape", f"bver is {shown(value)}, no version")
        if value > NEWEST_VERSION:
            raise Unreadable("not-understood", f"SenML version {shown(value)} is not known")
        if self.version not in (None, value):
            raise Unreadable("contradiction", "the pack has records of two versions")
        self.version = value


def _usual(record: dict[str, Any], bases: _Bases, limits: Limits) -> Reading | None:
    """The reading of a record as most are: a number, and no other fields than name, unit and
    absolute time. None for any other, and where anything is wrong: `_add` says what.
    """
    value, name = record.get("v"), record.get("n")
    unit, time = record.get("u"), record.get("t")
    given = 4 - (value is None) - (name is None) - (unit is None) - (time is None)
    if (
        len(record) != given
        or value.__class__ not in _NUMBERS
        or bases.sum is not None
        or (name is not None and name.__class__ is not str)
        or (unit is not None and unit.__class__ is not str)
        or (
            time is not None
            and (time.__class__ not in _NUMBERS or not -EXACT_INTEGER <= time <= EXACT_INTEGER)
        )
        or not -EXACT_INTEGER <= value <= EXACT_INTEGER
    ):
        return None
    seconds, result = bases.time + (time or 0), float(value + bases.value)
    if not (RELATIVE_BELOW_S <= seconds < _NO_DATE_S and math.isfinite(result)):
        return None
    source, stream, ucum, given_unit = _stream(
        bases.name + (name or ""), unit or bases.unit, limits.name_chars
    )
    at = EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
    return Reading(
        source=source, stream=stream, at=at, result=result, unit=ucum, given_unit=given_unit
    )


def _add(
    found: Collector, record: dict[str, Any], bases: _Bases, arrived_at: datetime, limits: Limits
) -> None:
    given = [label for label in VALUES if label in record]
    if len(given) > 1:
        raise Unreadable("contradiction", f"{given[0]} and {given[1]} in one record")
    if not given and "s" not in record:
        if "n" in record or "t" in record or "u" in record:
            raise Unreadable("wrong-shape", f"none of {', '.join(MEASURED)} is there")
        return  # sets base fields only
    own = record.get("n", "")
    if not isinstance(own, str):
        raise Unreadable("wrong-shape", f"n is {shown(own)}, not text")
    name = bases.name + own
    unit = text(record["u"], "u", limits.name_chars) if record.get("u") else bases.unit
    source, stream, ucum, given_unit = _stream(name, unit, limits.name_chars)
    at, hints = _time(record, bases, arrived_at)
    if given == ["v"]:
        value = record["v"]
        found.add(
            Reading(
                source=source,
                stream=stream,
                at=at,
                result=_finite(number(value, "v") + bases.value, "the value"),
                unit=ucum,
                given_unit=given_unit,
                hints=hints + number_hints(value),
            )
        )
    elif given:
        result, more = _state(record[given[0]], given[0], limits)
        found.add(Reading(source=source, stream=name, at=at, result=result, hints=hints + more))
    if "s" in record or bases.sum is not None:
        total = number(record.get("s", 0), "s") + (bases.sum or 0.0)
        found.add(
            Reading(
                source=source,
                stream=f"{stream}#sum",
                at=at,
                result=_finite(total, "the sum"),
                unit=f"{ucum}.s" if ucum else None,
                given_unit=f"{unit} s" if unit and not ucum else "",
                hints=hints,
            )
        )


def source_of(name: str) -> str:
    """The device in a SenML name: a device URN (RFC 9039), what stands before the last `/`, or all.

    Names are unique in the world by themselves; this only groups them.
    """
    urn = _URN_DEVICE.match(name)
    if urn is not None:
        return urn[1]
    head, slash, _ = name.rpartition("/")
    return head if slash and head else name


@lru_cache(maxsize=20_000)
def _stream(name: str, unit: str, most: int) -> tuple[str, str, str | None, str]:
    """(source, stream, UCUM code, unit where it has none) of a name and a unit of SenML.

    Remembered: gateways send the same few again and again.
    """
    if not name:
        raise Unreadable("no-source", "the record has no name")
    if len(name) > most:
        raise Unreadable("bad-text", f"the name has {len(name):,} characters")
    if _NAME.fullmatch(name) is None:
        raise Unreadable("bad-text", f"{shown(name)} has characters that a name may not have")
    if not unit:
        return source_of(name), name, None, ""
    stream = f"{name}#{text(unit, 'u', most)}"
    if len(stream) > most:
        raise Unreadable("bad-text", f"name and unit have {len(stream):,} characters")
    ucum = SENML.get(unit)
    return source_of(name), stream, ucum, "" if ucum else unit


def _seconds(value: object, what: str) -> float | int:
    """Whole numbers stay whole, so that no digit of a time is lost."""
    checked = number(value, what)
    return value if isinstance(value, int) else checked


def _time(
    record: dict[str, Any], bases: _Bases, arrived_at: datetime
) -> tuple[datetime, tuple[Hint, ...]]:
    own = _seconds(record["t"], "t") if "t" in record else 0
    seconds = bases.time + own
    if seconds >= RELATIVE_BELOW_S:
        return unix_instant(seconds, "s", "the time"), ()
    if seconds == 0:
        return arrived_at, ("arrival-time",)
    try:
        return arrived_at + timedelta(seconds=seconds), ("relative-time",)
    except OverflowError:
        raise Unreadable("bad-time", "the time lies outside the calendar") from None


def _state(value: object, label: str, limits: Limits) -> tuple[Result, tuple[Hint, ...]]:
    """A result that is no number: truth, text, or data."""
    if label == "vb":
        if not isinstance(value, bool):
            raise Unreadable("wrong-shape", f"vb is {shown(value)}, neither true nor false")
        return value, ()
    hints: tuple[Hint, ...] = ("base64",) if label == "vd" else ()
    return "" if value == "" else text(value, label, limits.text_chars), hints


def _finite(value: float, what: str) -> float:
    if not math.isfinite(value):
        raise Unreadable("bad-value", f"{what} with its base is no finite number")
    return value
