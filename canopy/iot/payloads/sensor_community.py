"""Sensor.Community (once luftdaten.info): JSON of its API and of its sensors, CSV of its archive.

API and archive write times without an offset. They are UTC there, but copies often are not: the
zone must be declared. The firmware's own JSON has no time.
"""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from canopy.iot.payloads.collecting import Collector
from canopy.iot.payloads.json_document import parse
from canopy.iot.payloads.limits import LIMITS, Limits
from canopy.iot.payloads.reading import Decoded, Hint, Message, Position, Reading
from canopy.iot.payloads.times import instant_with_hints
from canopy.iot.payloads.unreadable import Unreadable, answering, bounded, shown
from canopy.iot.payloads.values import (
    array,
    identifier,
    number,
    obj,
    position_or_hint,
    text,
)

SATURATED_UG_M3 = 999.0
"""Particulate matter from here on is the end of the sensor's range (SDS011: 999.9), no value."""
PARTICULATES = {"P0": "PM1", "P1": "PM10", "P2": "PM2.5", "P4": "PM4"}
"""Sensor.Community's words for particulate matter up to 1, 10, 2.5 and 4 µm."""
_UNITS = {"temperature": "Cel", "humidity": "%", "pressure": "Pa", "pressure_at_sealevel": "Pa"}
_FIXED = ("sensor_id", "sensor_type", "location", "lat", "lon", "timestamp")
_NOT_MEASURED = ("durP1", "ratioP1", "durP2", "ratioP2", "altitude")
MAX_COLUMNS = 40


@answering
def decode_json(message: Message, zone: ZoneInfo | None = None, limits: Limits = LIMITS) -> Decoded:
    """An entry of the API, a list of them, or what a sensor itself publishes."""
    document = parse(bounded(message, limits), limits)
    found = Collector(limits)
    if isinstance(document, dict):
        _entry(found, document, zone, "", limits)
        return found.decoded()
    for at, each in enumerate(array(document, "the message")):
        with found.part(f"[{at}]"):
            _entry(found, obj(each, "an entry"), zone, f"[{at}].", limits)
    return found.decoded()


@answering
def decode_csv(message: Message, zone: ZoneInfo | None = None, limits: Limits = LIMITS) -> Decoded:
    """Rows of the archive, `;` between the values. Empty values are no readings."""
    try:
        lines = bounded(message, limits).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Unreadable("malformed", f"not UTF-8 at byte {error.start}") from None
    rows = csv.reader(lines, delimiter=";", quoting=csv.QUOTE_NONE)
    found = Collector(limits)
    try:
        header = next(rows, [])
        _check_header(header, limits)
        for line, row in enumerate(rows, start=2):
            if row:
                _row(found, header, row, zone, line, limits)
    except csv.Error as error:
        raise Unreadable("malformed", f"not CSV: {error}") from None
    return found.decoded()


def _entry(
    found: Collector, entry: dict[str, Any], zone: ZoneInfo | None, part: str, limits: Limits
) -> None:
    at, hints = _time(entry.get("timestamp"), zone)
    place, more = _place(entry.get("location"))
    source = _device(entry, limits)
    values = array(entry.get("sensordatavalues"), "sensordatavalues")
    for index, each in enumerate(values):
        with found.part(f"{part}sensordatavalues[{index}]"):
            value = obj(each, "a value")
            key = value.get("id")
            found.add(
                _reading(
                    source,
                    text(value.get("value_type"), "value_type", limits.name_chars),
                    value.get("value"),
                    at,
                    "" if key is None else identifier(key, "id", limits),
                    place,
                    hints + more,
                )
            )


def _device(entry: dict[str, Any], limits: Limits) -> str:
    if "sensor" in entry:
        return identifier(obj(entry["sensor"], "sensor").get("id"), "sensor.id", limits)
    for name in ("esp8266id", "esp32id"):
        if name in entry:
            return f"{name[:-2]}-{identifier(entry[name], name, limits)}"
    raise Unreadable("no-source", "neither sensor nor esp8266id is there")


def _time(value: object, zone: ZoneInfo | None) -> tuple[datetime | None, tuple[Hint, ...]]:
    return (None, ()) if value is None else instant_with_hints(value, "timestamp", zone)


def _place(location: object) -> tuple[Position | None, tuple[Hint, ...]]:
    """Of a location of the API. Its numbers are text; private sensors leave some empty."""
    if not isinstance(location, dict):
        return None, ()
    altitude = location.get("altitude")
    return _position(
        location.get("longitude"), location.get("latitude"), None if altitude == "" else altitude
    )


def _position(
    longitude: object, latitude: object, height_m: object = None
) -> tuple[Position | None, tuple[Hint, ...]]:
    try:
        return position_or_hint(
            _number(longitude, "longitude"),
            _number(latitude, "latitude"),
            None if height_m is None else _number(height_m, "altitude"),
        )
    except Unreadable:
        return None, ("no-position-fix",)


def _check_header(header: list[str], limits: Limits) -> None:
    missing = [name for name in _FIXED if name not in header]
    if missing:
        raise Unreadable("wrong-shape", f"the first line has no column {missing[0]}")
    if len(header) > MAX_COLUMNS or len(set(header)) != len(header):
        raise Unreadable("wrong-shape", f"more than {MAX_COLUMNS} columns, or one twice")
    for name in header:
        text(name, "the name of a column", limits.name_chars)


def _row(
    found: Collector, header: list[str], row: list[str], zone: ZoneInfo | None, line: int,
    limits: Limits,
) -> None:  # fmt: skip
    with found.part(f"line {line}"):
        if len(row) != len(header):
            raise Unreadable("wrong-shape", f"{len(row)} values for {len(header)} columns")
        values = dict(zip(header, row, strict=True))
        source = text(values["sensor_id"], "sensor_id", limits.name_chars)
        at, hints = _time(values["timestamp"], zone)
        place, more = _position(values["lon"], values["lat"])
        for name, value in values.items():
            if value and name not in _FIXED and name not in _NOT_MEASURED:
                with found.part(f"line {line}, {name}"):
                    found.add(_reading(source, name, value, at, "", place, hints + more))


def _reading(
    source: str, name: str, value: object, at: datetime | None, key: str,
    place: Position | None, hints: tuple[Hint, ...],
) -> Reading:  # fmt: skip
    """One value. Names of the firmware have the sensor before them: `SDS_P1`, `BME280_humidity`."""
    measured = _number(value, name[:40])
    short = name.rpartition("_")[2] if name not in _UNITS else name
    is_particulate = short in PARTICULATES
    saturated = is_particulate and measured >= SATURATED_UG_M3
    return Reading(
        source=source,
        stream=name,
        at=at,
        result=measured,
        unit="ug/m3" if is_particulate else _unit(name, short),
        source_key=key,
        position=place,
        hints=(*hints, "saturated") if saturated else hints,
    )


def _unit(name: str, short: str) -> str | None:
    if name.startswith("noise_LA"):
        return "dB"
    return _UNITS.get(short)


def _number(value: object, what: str) -> float:
    """A number, also where it is written as text."""
    if not isinstance(value, str):
        return number(value, what)
    # float() also takes underscores and words.
    if len(value) > 32 or not value.strip().strip("+-").replace(".", "", 1).isdecimal():
        raise Unreadable("bad-value", f"{what} is {shown(value)}, not a number")
    try:
        return number(float(value), what)
    except ValueError:
        raise Unreadable("bad-value", f"{what} is {shown(value)}, not a number") from None
