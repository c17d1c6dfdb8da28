"""Whole columns at a time: numbers as arrays, repeated values parsed once.

The usual clean column takes the fast way (one pass in C); only values that need it are
parsed one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from canopy.assets.mapping.values import (
    DecimalMark,
    Quantity,
    Unreadable,
    is_unknown,
    parse_quantity,
)

Floats = NDArray[np.float64]

MEMO_SIZE = 20_000
"""Distinct values remembered per column; beyond it the memory is started afresh."""


@dataclass(slots=True)
class NumberColumn:
    """Numbers with NaN where unknown; `unreadable` and written `units` by position."""

    numbers: Floats
    unreadable: dict[int, Unreadable] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)


def number_column(values: Sequence[object], decimal: DecimalMark | None = None) -> NumberColumn:
    """A column of raw values as numbers; never raises."""
    if decimal == "comma":
        return _careful(values, decimal)
    try:
        numbers = np.fromiter(map(float, values), np.float64, len(values))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return _careful(values, decimal)
    if not np.isfinite(numbers).all() or _has_underscore(values):
        return _careful(values, decimal)
    return NumberColumn(numbers)


def _has_underscore(values: Sequence[object]) -> bool:
    """Python reads 1_000 as a number; no council writes it, so it is not taken silently."""
    return any(type(value) is str and "_" in value for value in values)


def _careful(values: Sequence[object], decimal: DecimalMark | None) -> NumberColumn:
    column = NumberColumn(np.full(len(values), np.nan))
    numbers, memo = column.numbers, Memo(lambda value: parse_quantity(value, decimal))
    for index, value in enumerate(values):
        if value is None or value == "":
            continue
        found = memo.get_parsed(value)
        if isinstance(found, Quantity):
            numbers[index] = found.number
            if found.unit:
                column.units[index] = found.unit
        elif isinstance(found, Unreadable):
            column.unreadable[index] = found
    return column


class Memo(dict[object, object]):
    """What each distinct text was parsed to. Values other than text are parsed each time
    (1, 1.0 and True are equal as keys but not as values)."""

    def __init__(self, parse: Callable[[object], object]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, value: object) -> object:
        if len(self) >= MEMO_SIZE:
            self.clear()
        parsed = self[value] = self._parse(value)
        return parsed

    def get_parsed(self, value: object) -> object:
        return self[value] if type(value) is str else self._parse(value)

    def column(self, values: Sequence[object]) -> list[object]:
        """The parsed column."""
        return [self[value] if type(value) is str else self._parse(value) for value in values]


def unknown_mask(columns: Sequence[Sequence[object]], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """For each of `rows`, whether every column is blank or says 'unknown' there."""
    return np.array(
        [all(is_unknown(column[row]) for column in columns) for row in rows.tolist()], dtype=bool
    )


class Spread:
    """The median and the worst of any number of distances [m], in constant memory.

    Distances are counted in classes one per cent apart from 0.1 mm to 100,000 km, so the
    median is within one per cent.
    """

    _LOW, _STEP, _CLASSES = 1e-4, math.log(1.01), 2_800

    def __init__(self) -> None:
        self._counts = np.zeros(self._CLASSES, dtype=np.int64)
        self.worst_m = 0.0
        self.rows = 0

    def add(self, distances_m: Floats) -> None:
        """Count distances; NaN is left out."""
        known = distances_m[np.isfinite(distances_m)]
        if not len(known):
            return
        classes = np.log(np.maximum(known, self._LOW) / self._LOW) / self._STEP
        classes = np.minimum(classes.astype(np.intp), self._CLASSES - 1)
        self._counts += np.bincount(classes, minlength=self._CLASSES)
        self.worst_m = max(self.worst_m, float(known.max()))
        self.rows += len(known)

    @property
    def median_m(self) -> float:
        """The median distance [m], NaN before any was counted."""
        if not self.rows:
            return math.nan
        at = int(np.searchsorted(np.cumsum(self._counts), (self.rows + 1) // 2))
        return min(float(self._LOW * math.exp((at + 0.5) * self._STEP)), self.worst_m)
