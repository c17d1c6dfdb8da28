"""Units of lighting management systems and the lampposts they are on: never guessed."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["number", "position", "ambiguous", "far", "unmatched"]
MATCHED: tuple[State, ...] = ("number", "position")
_PARTS = re.compile(r"[A-Z]+|\d+")
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lamppost:
    """A lamppost of the catalogue. Coordinates are in the storage CRS [m]."""

    asset_id: str
    ref: str
    street: str
    x_m: float | None
    y_m: float | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A lamp as a system names it, with its column's number and where it is [m]."""

    ref: str
    column_ref: str
    street: str
    x_m: float | None
    y_m: float | None


@dataclass(frozen=True, slots=True)
class Match:
    """What became of a unit. `asset_id` is there for a match alone; `reason` says why."""

    state: State
    asset_id: str | None
    reason: str


def number_key(ref: str) -> str:
    """A column's number without what is written differently: case, spaces, signs, leading zeros.

    ``LC-0012a`` and ``lc 12A`` are the same.
    """
    parts = _PARTS.findall(ref.upper())
    return "-".join(each.lstrip("0") or "0" if each.isdigit() else each for each in parts)


class Matcher:
    """Matches units with lampposts: by number, then by position.

    within_m: how near a lamppost must be to a unit without a number that is known, with no other
    as near. far_m: beyond it a number is not believed.
    """

    def __init__(
        self, lampposts: Iterable[Lamppost], within_m: float = 5.0, far_m: float = 50.0
    ) -> None:
        self._within_m, self._far_m = within_m, far_m
        self._by_number: dict[str, list[Lamppost]] = defaultdict(list)
        self._cells: dict[Cell, list[Lamppost]] = defaultdict(list)
        for each in lampposts:
            if each.ref and number_key(each.ref):
                self._by_number[number_key(each.ref)].append(each)
            if each.x_m is not None and each.y_m is not None:
                self._cells[self._cell(each.x_m, each.y_m)].append(each)

    def match(self, unit: Unit) -> Match:
        """The lamppost of a unit, or why none is taken."""
        key = number_key(unit.column_ref)
        named = self._by_number.get(key, []) if key else []
        if len(named) > 1:
            named = self._narrowed(unit, named)
        if len(named) > 1:
            return Match(
                "ambiguous", None, f"{len(named)} lampposts have the number {unit.column_ref}"
            )
        if named:
            return self._believed(unit, named[0])
        near = self._near(unit)
        if not near:
            missing = "no position is given" if unit.x_m is None else "none is near"
            told = f"no lamppost has the number {unit.column_ref}" if key else "it has no number"
            return Match("unmatched", None, f"{told}, and {missing}")
        if len(near) > 1:
            refs = ", ".join(each.ref or each.asset_id for _, each in near[:4])
            return Match("ambiguous", None, f"{refs} lie within {self._within_m:g} m")
        metres, lamppost = near[0]
        return Match("position", lamppost.asset_id, f"{metres:.1f} m away")

    def _narrowed(self, unit: Unit, named: Sequence[Lamppost]) -> list[Lamppost]:
        """Of lampposts with one number, those on the unit's street, else those near it."""
        street = _plain(unit.street)
        same = [each for each in named if street and _plain(each.street) == street]
        if len(same) == 1:
            return same
        near = [
            each for each in named
            if (metres := _metres(unit, each)) is not None and metres <= self._within_m
        ]  # fmt: skip
        return near if len(near) == 1 else list(named)

    def _believed(self, unit: Unit, lamppost: Lamppost) -> Match:
        metres = _metres(unit, lamppost)
        if metres is not None and metres > self._far_m:
            return Match(
                "far", None,
                f"{lamppost.ref} has its number and is {metres:,.0f} m away, over "
                f"{self._far_m:g} m",
            )  # fmt: skip
        return Match("number", lamppost.asset_id, f"number {lamppost.ref}")

    def _near(self, unit: Unit) -> list[tuple[float, Lamppost]]:
        if unit.x_m is None or unit.y_m is None:
            return []
        across, up = self._cell(unit.x_m, unit.y_m)
        around = [
            each
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for each in self._cells.get((across + dx, up + dy), [])
        ]
        found = [(metres, each) for each in around if (metres := _metres(unit, each)) is not None]
        return sorted(
            (each for each in found if each[0] <= self._within_m), key=lambda each: each[0]
        )

    def _cell(self, x_m: float, y_m: float) -> Cell:
        return math.floor(x_m / self._within_m), math.floor(y_m / self._within_m)


def _metres(unit: Unit, lamppost: Lamppost) -> float | None:
    if unit.x_m is None or unit.y_m is None or lamppost.x_m is None or lamppost.y_m is None:
        return None
    return math.hypot(unit.x_m - lamppost.x_m, unit.y_m - lamppost.y_m)


def _plain(street: str) -> str:
    return " ".join(street.lower().split())
