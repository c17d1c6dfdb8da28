"""Protocol Buffers' wire format, as much as Sparkplug B needs (protobuf.dev, "Encoding")."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from canopy.iot.payloads.unreadable import Unreadable

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MAX_VARINT_BYTES = 10
Value = int | bytes


def fields(body: bytes) -> Iterator[tuple[int, int, Value]]:
    """Field number, wire type and value of each field of a message, in order.

    Values of fixed width are raw bytes; groups, which are long deprecated, are refused.
    """
    at, end = 0, len(body)
    while at < end:
        tag, at = _varint(body, at)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise Unreadable("malformed", "a protobuf field has number 0")
        value: Value
        if wire_type == VARINT:
            value, at = _varint(body, at)
        else:
            if wire_type == BYTES:
                length, at = _varint(body, at)
            elif wire_type in (FIXED64, FIXED32):
                length = 8 if wire_type == FIXED64 else 4
            else:
                raise Unreadable("malformed", f"protobuf wire type {wire_type} is not used")
            if length > end - at:
                raise Unreadable("malformed", "a protobuf field is longer than the message")
            value, at = body[at : at + length], at + length
        yield number, wire_type, value


def whole(value: Value) -> int:
    """The value of a varint field."""
    if isinstance(value, int):
        return value
    raise Unreadable("malformed", "a protobuf field has another wire type than it should")


def raw(value: Value) -> bytes:
    """The value of a field of bytes, text or a message."""
    if isinstance(value, bytes):
        return value
    raise Unreadable("malformed", "a protobuf field has another wire type than it should")


def utf8(value: Value) -> str:
    """The value of a text field."""
    try:
        return raw(value).decode()
    except UnicodeDecodeError:
        raise Unreadable("bad-text", "a protobuf text is not UTF-8") from None


def single(value: Value) -> float:
    """The value of a 32-bit float field."""
    return _unpacked("<f", 4, value)


def double(value: Value) -> float:
    """The value of a 64-bit float field."""
    return _unpacked("<d", 8, value)


def _unpacked(shape: str, length: int, value: Value) -> float:
    if not isinstance(value, bytes) or len(value) != length:
        raise Unreadable("malformed", "a protobuf float has another width than it should")
    return float(struct.unpack(shape, value)[0])


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(MAX_VARINT_BYTES):
        if at >= len(body):
            raise Unreadable("malformed", "the message ends within a number")
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
    raise Unreadable("malformed", "a number has more than ten bytes")
