"""Sparkplug B payloads made for tests, by the field numbers of the specification."""

from __future__ import annotations

import struct


def varint(value: int) -> bytes:
    """A base-128 number of protobuf."""
    coded = bytearray()
    while value > 0x7F:
        coded.append(value & 0x7F | 0x80)
        value >>= 7
    coded.append(value)
    return bytes(coded)


def field(number: int, value: int | bool | float | str | bytes, wide: bool = False) -> bytes:
    """One field; floats have 32 bits, or 64 where wide."""
    if isinstance(value, float):
        tag, packed = (1, struct.pack("<d", value)) if wide else (5, struct.pack("<f", value))
        return varint(number << 3 | tag) + packed
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    coded = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(coded)) + coded


def metric(
    *values: bytes, name: str | None = None, alias: int | None = None,
    datatype: int | None = None, at_ms: int | None = None,
) -> bytes:  # fmt: skip
    """A metric; `values` are its other fields."""
    given = [(1, name), (2, alias), (3, at_ms), (4, datatype)]
    return b"".join([*(field(n, v) for n, v in given if v is not None), *values])


def payload(
    *metrics: bytes, seq: int | None = None, at_ms: int | None = 1_600_000_000_000
) -> bytes:
    """A payload."""
    head = b"" if at_ms is None else field(1, at_ms)
    tail = b"" if seq is None else field(3, seq)
    return head + b"".join(field(2, each) for each in metrics) + tail


def properties(**given: str | int) -> bytes:
    """The property set of a metric."""
    keys = b"".join(field(1, name) for name in given)
    values = b"".join(
        field(2, field(1, 12) + field(8, each))
        if isinstance(each, str)
        else field(2, field(1, 3) + field(3, each))
        for each in given.values()
    )
    return field(9, keys + values)
