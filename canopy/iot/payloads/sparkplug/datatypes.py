"""Values of metrics by their datatype (Sparkplug 3.0.0, section 6.4.16)."""

from __future__ import annotations

import base64

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Hint, Result
from canopy.iot.payloads.sparkplug.message import Metric, Plain
from canopy.iot.payloads.unreadable import Unreadable
from canopy.iot.payloads.values import number, number_hints, text

_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
_UNSIGNED_BITS = {5: 8, 6: 16, 7: 32, 8: 64, 13: 64}
_FLOAT, _DOUBLE, _BOOLEAN = 9, 10, 11
_TEXTS = (12, 14, 15)
_BYTES = (17, 18)
KNOWN = (*_SIGNED_BITS, *_UNSIGNED_BITS, _FLOAT, _DOUBLE, _BOOLEAN, *_TEXTS, *_BYTES)


def typed(metric: Metric, datatype: int, limits: Limits) -> tuple[Result, tuple[Hint, ...]]:
    """The result of a metric that is not null. DateTime is a number of milliseconds since 1970."""
    value = metric.value
    if metric.field == 0:
        raise Unreadable("bad-value", "the metric has no value and is not null")
    if datatype not in KNOWN:
        raise Unreadable("not-understood", f"values of datatype {datatype} are no single result")
    if datatype in _SIGNED_BITS or datatype in _UNSIGNED_BITS:
        exact = _integer(value, datatype)
        return number(exact, "the value"), number_hints(exact)
    if datatype in (_FLOAT, _DOUBLE) and isinstance(value, float):
        return number(value, "the value"), ()
    if datatype == _BOOLEAN and isinstance(value, bool):
        return value, ()
    if datatype in _TEXTS and isinstance(value, str):
        return "" if value == "" else text(value, "the value", limits.text_chars), ()
    if datatype in _BYTES and isinstance(value, bytes):
        coded = base64.urlsafe_b64encode(value).rstrip(b"=").decode()
        return "" if coded == "" else text(coded, "the value", limits.text_chars), ("base64",)
    raise Unreadable("contradiction", f"datatype {datatype} and the field of the value differ")


def _integer(value: Plain, datatype: int) -> int:
    """Signed integers are sent as two's complement in an unsigned field."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable("contradiction", f"datatype {datatype} and the field of the value differ")
    bits = _SIGNED_BITS.get(datatype)
    if bits is None:
        if value >= 1 << _UNSIGNED_BITS[datatype]:
            raise Unreadable("bad-value", f"{value} is out of range of datatype {datatype}")
        return value
    # Producers write small types in 8, 16, 32 or 64 bits.
    low = value & ((1 << bits) - 1)
    signed = low - (1 << bits) if low >= 1 << (bits - 1) else low
    if value not in (low, signed & 0xFFFF_FFFF, signed & 0xFFFF_FFFF_FFFF_FFFF):
        raise Unreadable("bad-value", f"{value} is out of range of datatype {datatype}")
    return signed
