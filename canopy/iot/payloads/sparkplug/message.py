"""The Sparkplug B payload: field numbers of the specification, section 6.4, to records."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from canopy.iot.payloads.sparkplug.wire import Value, double, fields, raw, single, utf8, whole
from canopy.iot.payloads.unreadable import Unreadable

MAX_PROPERTIES = 64
Plain: TypeAlias = int | float | bool | str | bytes


class Metric(msgspec.Struct, kw_only=True):
    """A metric as sent. `field` is the number of the field that holds its value, 0 for none."""

    name: str | None = None
    alias: int | None = None
    timestamp_ms: int | None = None
    datatype: int | None = None
    is_historical: bool = False
    is_transient: bool = False
    is_null: bool = False
    field: int = 0
    value: Plain = 0
    unit: str = ""
    quality: int | None = None


class Payload(msgspec.Struct, kw_only=True):
    """A payload as sent."""

    timestamp_ms: int | None = None
    seq: int | None = None
    metrics: list[Metric] = msgspec.field(default_factory=list)


def payload(body: bytes, most_metrics: int) -> Payload:
    """The payload of a message. Fields that are not known are passed over."""
    found = Payload()
    for number, _, value in fields(body):
        if number == 1:
            found.timestamp_ms = whole(value)
        elif number == 2:
            if len(found.metrics) >= most_metrics:
                raise Unreadable("too-many", f"more than {most_metrics:,} metrics in one message")
            found.metrics.append(_metric(raw(value)))
        elif number == 3:
            found.seq = whole(value)
    return found


def _metric(body: bytes) -> Metric:
    found = Metric()
    for number, _, value in fields(body):
        if number == 1:
            found.name = utf8(value)
        elif number == 2:
            found.alias = whole(value)
        elif number == 3:
            found.timestamp_ms = whole(value)
        elif number == 4:
            found.datatype = whole(value)
        elif number == 5:
            found.is_historical = bool(whole(value))
        elif number == 6:
            found.is_transient = bool(whole(value))
        elif number == 7:
            found.is_null = bool(whole(value))
        elif number == 9:
            _properties(found, raw(value))
        elif 10 <= number <= 19:
            found.field, found.value = number, _value(number, value)
    return found


def _value(number: int, value: Value) -> Plain:
    """int, long, float, double, boolean, string, bytes; data sets and templates stay bytes."""
    if number in (10, 11):
        return whole(value)
    if number == 12:
        return single(value)
    if number == 13:
        return double(value)
    if number == 14:
        return bool(whole(value))
    return utf8(value) if number == 15 else raw(value)


def _properties(metric: Metric, body: bytes) -> None:
    """`engUnit` and `Quality` of a property set: its keys and values are two parallel lists."""
    keys: list[str] = []
    values: list[bytes] = []
    for number, _, value in fields(body):
        if len(keys) > MAX_PROPERTIES or len(values) > MAX_PROPERTIES:
            raise Unreadable("too-many", f"more than {MAX_PROPERTIES} properties of a metric")
        if number == 1:
            keys.append(utf8(value))
        elif number == 2:
            values.append(raw(value))
    if len(keys) != len(values):
        raise Unreadable("malformed", "properties have other numbers of keys and of values")
    for key, encoded in zip(keys, values, strict=True):
        if key == "engUnit":
            metric.unit = next((utf8(v) for n, _, v in fields(encoded) if n == 8), "")
        elif key == "Quality":
            metric.quality = next((whole(v) for n, _, v in fields(encoded) if n == 3), None)
