"""Values in columns, and numbers in bytes: how a map file stays small.

A column is a list of its distinct values and, per asset, the number of the value in that
list; 0 means that the value is not known. Whole numbers are written byte plane by byte
plane (all low bytes, then all second bytes, ...), which `deflate` packs far better than
whole words. `template/decode.js` reads what is written here.
"""

from __future__ import annotations

import json
import math
import uuid
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

import numpy as np
from numpy.typing import NDArray

JsonValue = str | int | float | bool | list["JsonValue"] | dict[str, "JsonValue"]

_UUID_BYTES = 16
_SCALARS = frozenset({bool, int, float, date, datetime})
"""Types whose cells are looked up as they are; 1, 1.0 and True stay three values."""


@dataclass(frozen=True, slots=True)
class Section:
    """Where some packed whole numbers lie in the binary part, and how they are written.

    `width`: bytes per number, 0 to 4 (0: all are zero). `delta`: each is the zigzag-coded
    difference, modulo 2**32, from the one before.
    """

    offset: int
    count: int
    width: int
    delta: bool

    def as_json(self) -> list[int]:
        return [self.offset, self.count, self.width, int(self.delta)]


class BinaryPart:
    """The growing binary part of a map file."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add_bytes(self, content: bytes) -> int:
        """Append bytes; returns their offset."""
        offset = self._size
        self._chunks.append(content)
        self._size += len(content)
        return offset

    def add_integers(self, numbers: NDArray[np.int64], *, delta: bool = False) -> Section:
        """Append whole numbers: 0 to 2**32-1, or with `delta` any in the int32 range."""
        coded = _zigzag_differences(numbers) if delta else numbers.astype(np.uint32)
        largest = int(coded.max()) if coded.size else 0
        width = (largest.bit_length() + 7) // 8
        planes = coded.astype("<u4").view(np.uint8).reshape(-1, 4).T[:width]
        offset = self.add_bytes(np.ascontiguousarray(planes).tobytes())
        return Section(offset, int(coded.size), width, delta)

    def content(self) -> bytes:
        return b"".join(self._chunks)


def _zigzag_differences(numbers: NDArray[np.int64]) -> NDArray[np.uint32]:
    steps = np.diff(numbers, prepend=0).astype(np.int64)
    wrapped = ((steps + 2**31) % 2**32 - 2**31).astype(np.int64)
    return ((wrapped << 1) ^ (wrapped >> 63)).astype(np.uint32)


def json_value(cell: object) -> JsonValue | None:
    """A cell as JSON holds it; None and not-a-number are unknown and stay so.

    Dates become ISO 8601 text, datetimes the same in UTC to the second. Raises TypeError
    for a type that no column has.
    """
    match cell:
        case None:
            return None
        case Enum():
            return json_value(cell.value)
        case str() | bool() | int():
            return cell
        case np.generic():
            return json_value(cell.item())
        case float() | Decimal():
            number = float(cell)
            return None if math.isnan(number) else number if math.isfinite(number) else str(cell)
        case datetime():
            return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        case date():
            return cell.isoformat()
        case uuid.UUID():
            return str(cell)
        case tuple() | list() | frozenset():
            members = sorted(cell) if isinstance(cell, frozenset) else cell
            return [value for value in map(json_value, members) if value is not None]
        case dict():
            pairs = ((str(key), json_value(value)) for key, value in cell.items())
            return {key: value for key, value in pairs if value is not None}
    raise TypeError(f"a column cannot hold a {type(cell).__name__}")


class ValueColumn:
    """One column of one kind, filled batch by batch."""

    def __init__(self) -> None:
        self._codes: dict[object, int] = {}
        self._values: list[JsonValue] = []
        self._numbers = array("L")

    def extend(self, cells: Iterable[object]) -> None:
        self._numbers.extend([self._code(cell) for cell in cells])

    def append_at(self, row: int, cell: object) -> None:
        """Set the cell of `row`, every row between the last one and it being unknown."""
        self.pad_to(row)
        self._numbers.append(self._code(cell))

    def pad_to(self, rows: int) -> None:
        """Make the column `rows` long; new cells are unknown."""
        missing = rows - len(self._numbers)
        if missing > 0:
            self._numbers.extend([0] * missing)

    def is_empty(self) -> bool:
        return not self._values

    def _code(self, cell: object) -> int:
        if cell is None:
            return 0
        type_ = type(cell)
        key: object = cell if type_ is str else (type_, cell) if type_ in _SCALARS else None
        code = self._codes.get(key)
        if code is not None:
            return code
        value = json_value(cell)
        if value is None:
            return 0
        return self._new_code((type_, json.dumps(value)) if key is None else key, value)

    def _new_code(self, key: object, value: JsonValue) -> int:
        code = self._codes.setdefault(key, len(self._values) + 1)
        if code > len(self._values):
            self._values.append(value)
        return code

    def as_json(self, binary: BinaryPart) -> dict[str, object]:
        """The column for the map file, its row numbers written to `binary`."""
        numbers = np.frombuffer(self._numbers, dtype=f"u{self._numbers.itemsize}").astype(np.int64)
        mostly_distinct = 2 * len(self._values) > numbers.size
        rows = binary.add_integers(numbers, delta=mostly_distinct)
        return {"values": self._values, "rows": rows.as_json()}


class UuidColumn:
    """A column of UUIDs as 16 bytes each; all zero means not known."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def extend(self, cells: Iterable[object]) -> None:
        for cell in cells:
            self._bytes += bytes(_UUID_BYTES) if cell is None else uuid.UUID(str(cell)).bytes

    def pad_to(self, rows: int) -> None:
        """Make the column `rows` long; new cells are unknown."""
        self._bytes += bytes(max(0, rows * _UUID_BYTES - len(self._bytes)))

    def is_empty(self) -> bool:
        return not any(self._bytes)

    def as_json(self, binary: BinaryPart) -> dict[str, object]:
        """The column for the map file, its bytes written to `binary`."""
        return {"uuids": binary.add_bytes(bytes(self._bytes))}
