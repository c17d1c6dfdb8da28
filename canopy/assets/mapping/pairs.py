"""Pairs of coordinates in a file's columns, read as numbers."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from canopy.assets.mapping.arrays import Floats, number_column
from canopy.assets.mapping.model import GeometryRule, Names, PairCheck
from canopy.assets.mapping.positions import pair_column, parse_angle
from canopy.assets.mapping.values import DecimalMark, Unreadable, as_text
from canopy.geo import parse_crs

Columns = MappingOf[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class PairSource:
    """The columns one pair of coordinates comes from, and their CRS."""

    crs: str
    columns: tuple[str, ...]
    geographic: bool
    text: bool = False
    lat_first: bool = True
    grid: bool = False
    decimal: DecimalMark | None = None

    def describe(self) -> str:
        return " and ".join(self.columns)

    def read(self, columns: Columns) -> Pair:
        """x and y of every row as numbers, NaN where unknown or unreadable."""
        if self.text or self.grid:
            found = pair_column(columns[self.columns[0]], lat_first=self.lat_first, grid=self.grid)
            return Pair(found.x, found.y, {i: (self.columns[0], u) for i, u in
                                           found.unreadable.items()})  # fmt: skip
        x, y = (number_column(columns[name], self.decimal) for name in self.columns)
        unreadable: dict[int, tuple[str, Unreadable]] = {}
        for name, column in zip(self.columns, (x, y), strict=True):
            for index in (*column.unreadable, *column.units):
                angle = parse_angle(columns[name][index]) if self.geographic else None
                if isinstance(angle, float):
                    column.numbers[index] = angle
                elif index in column.unreadable:
                    unreadable[index] = (name, column.unreadable[index])
        return Pair(x.numbers, y.numbers, unreadable)

    def written(self, columns: Columns, index: int) -> str:
        """The row's coordinates as the file has them, for messages."""
        return ", ".join(f"{name} {as_text(columns[name][index])!r}" for name in self.columns)


@dataclass(slots=True)
class Pair:
    x: Floats
    y: Floats
    unreadable: dict[int, tuple[str, Unreadable]] = field(default_factory=dict)

    def drop_zeros(self, *, geographic: bool) -> NDArray[np.bool_]:
        """Which rows hold zeros for 'no position' (0, 0; or one 0 on a projected grid)."""
        both = (np.abs(self.x) < 1e-9) & (np.abs(self.y) < 1e-9)
        zero: NDArray[np.bool_] = both if geographic else (self.x == 0) | (self.y == 0)
        return zero


def main_source(rule: GeometryRule, crs: str, chosen: MappingOf[Names, str]) -> PairSource:
    """The pair that becomes the position. `crs` is already settled."""
    if rule.grid_reference:
        return PairSource("EPSG:27700", (chosen[rule.grid_reference],), False, grid=True)
    geographic = parse_crs(crs).is_geographic
    if rule.text:
        lat_first = rule.text_order == "lat lon"
        return PairSource(crs, (chosen[rule.text],), geographic, text=True, lat_first=lat_first)
    names = tuple(chosen[part] for part in (rule.x, rule.y) if part)
    return PairSource(crs, names, geographic, decimal=_decimal_mark(rule))


def check_source(check: PairCheck, rule: GeometryRule, chosen: MappingOf[Names, str]) -> PairSource:
    """A second pair of the same row, its numbers written as the first's."""
    geographic = parse_crs(check.crs).is_geographic
    if check.text:
        return PairSource(check.crs, (chosen[check.text],), geographic, text=True)
    names = tuple(chosen[part] for part in (check.x, check.y) if part)
    return PairSource(check.crs, names, geographic, decimal=_decimal_mark(rule))


def _decimal_mark(rule: GeometryRule) -> DecimalMark | None:
    if rule.format is None:
        return None
    return "comma" if rule.format == "decimal comma" else "point"
