"""Columns of numbers as PostgreSQL's own binary arrays, without a Python call for each number.

Source: PostgreSQL's `array_recv` (src/backend/utils/adt/arrayfuncs.c): dimensions, whether there
are nulls, the element's type; then each element's length and bytes, big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

_INT4, _INT8, _FLOAT8 = 23, 20, 701
_ARRAY_OF = {_INT4: 1007, _INT8: 1016, _FLOAT8: 1022}


class _Array:
    """An array, ready to be sent."""

    __slots__ = ("sent",)

    def __init__(self, element: int, shape: np.dtype[np.void], values: Sequence[float]) -> None:
        cells = np.empty(len(values), shape)
        cells["bytes"] = shape["value"].itemsize
        cells["value"] = values
        self.sent = struct.pack(">iiiii", 1, 0, element, len(values), 1) + cells.tobytes()


_SHAPES = {
    element: np.dtype([("bytes", ">i4"), ("value", value)])
    for element, value in ((_INT4, ">i4"), (_INT8, ">i8"), (_FLOAT8, ">f8"))
}


class Int4Array(_Array):
    """Whole numbers of 32 bits. Raises OverflowError for one that is larger."""

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(_INT4, _SHAPES[_INT4], values)


class Int8Array(_Array):
    """Whole numbers of 64 bits. Raises OverflowError for one that is larger."""

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(_INT8, _SHAPES[_INT8], values)


class Float8Array(_Array):
    """Numbers; NaN stands for null, since a reading is never NaN."""

    def __init__(self, values: Sequence[float]) -> None:
        super().__init__(_FLOAT8, _SHAPES[_FLOAT8], values)


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Array) -> bytes:
        return obj.sent


class _Int4Dumper(_ArrayDumper):
    oid = _ARRAY_OF[_INT4]


class _Int8Dumper(_ArrayDumper):
    oid = _ARRAY_OF[_INT8]


class _Float8Dumper(_ArrayDumper):
    oid = _ARRAY_OF[_FLOAT8]


def register(context: AdaptContext) -> None:
    """Let a connection send them."""
    adapters = context.adapters
    if adapters is not None:
        adapters.register_dumper(Int4Array, _Int4Dumper)
        adapters.register_dumper(Int8Array, _Int8Dumper)
        adapters.register_dumper(Float8Array, _Float8Dumper)
