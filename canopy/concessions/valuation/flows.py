"""Cash by year or by day, in real or in nominal terms: four types that do not mix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.concessions.calendar.months import add_months
from canopy.concessions.schedule.lines import Line
from canopy.errors import Refused

Amounts = NDArray[np.float64]
T = TypeVar("T")


def frozen(values: ArrayLike) -> Amounts:
    """A one-dimensional array of finite numbers that cannot be written to.

    Raises Refused for anything else: one amount that is none would make every sum none.
    """
    array = np.array(values, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise Refused("amounts by year are one row of finite numbers")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True, eq=False)
class NominalFlows:
    """Money of each year's own day: what is billed and paid [GBP by year, from year 0]."""

    amounts: Amounts

    @classmethod
    def of(cls, values: ArrayLike) -> NominalFlows:
        return cls(frozen(values))

    def plus(self, other: NominalFlows) -> NominalFlows:
        return NominalFlows.of(_sum(self.amounts, _same(NominalFlows, other).amounts))


@dataclass(frozen=True, slots=True, eq=False)
class RealFlows:
    """Money in the prices of one year, which `prices` names [GBP by year, from year 0]."""

    amounts: Amounts
    prices: str

    @classmethod
    def of(cls, values: ArrayLike, prices: str) -> RealFlows:
        return cls(frozen(values), prices)

    def plus(self, other: RealFlows) -> RealFlows:
        """Raises Refused where the prices differ."""
        _same(RealFlows, other)
        if self.prices != other.prices:
            raise Refused(f"amounts in {self.prices} and in {other.prices} prices are not summed")
        return RealFlows.of(_sum(self.amounts, other.amounts), self.prices)


@dataclass(frozen=True, slots=True, eq=False)
class DatedNominalFlows:
    """Money of each day's own value [GBP]; days need no order."""

    days: tuple[date, ...]
    amounts: Amounts


@dataclass(frozen=True, slots=True, eq=False)
class DatedRealFlows:
    """Money on days, in the prices that `prices` names [GBP]."""

    days: tuple[date, ...]
    amounts: Amounts
    prices: str


Flows = NominalFlows | RealFlows
DatedFlows = DatedNominalFlows | DatedRealFlows


@dataclass(frozen=True, slots=True, eq=False)
class PriceLevels:
    """Levels of prices by year, 1.0 in the year whose prices real amounts are in.

    Attributes:
        source: the series or scenario they come from.
    """

    levels: Amounts
    prices: str
    source: str


def price_levels(changes: Sequence[float], base_year: int, prices: str, source: str) -> PriceLevels:
    """Levels from the change into each year 1, 2, ...; `base_year` is the one of level 1."""
    levels = np.concatenate(([1.0], np.cumprod(1 + np.asarray(changes, np.float64))))
    if not 0 <= base_year < len(levels):
        raise Refused(f"year {base_year} is not among those that have a price level")
    return PriceLevels(frozen(levels / levels[base_year]), prices, source)


def deflated(flows: NominalFlows, levels: PriceLevels) -> RealFlows:
    """In the prices that `levels` name. Raises Refused where a year has no level."""
    count = len(_same(NominalFlows, flows).amounts)
    _reaches(levels, count)
    return RealFlows.of(flows.amounts / levels.levels[:count], levels.prices)


def inflated(flows: RealFlows, levels: PriceLevels) -> NominalFlows:
    """In the money of each year. Raises Refused where prices differ or a year has no level."""
    count = len(_same(RealFlows, flows).amounts)
    _reaches(levels, count)
    if flows.prices != levels.prices:
        raise Refused(f"levels are of {levels.prices} prices, amounts in {flows.prices}")
    return NominalFlows.of(flows.amounts * levels.levels[:count])


def dated(lines: Iterable[Line]) -> DatedNominalFlows:
    """The council's cash of a schedule by due day, costs taken off, without VAT."""
    pairs = [(line.due, line.net_pence * (-1 if line.side == "cost" else 1)) for line in lines]
    amounts = frozen([pence / 100 for _, pence in pairs] or [0.0])
    return DatedNominalFlows(tuple(day for day, _ in pairs) or (date.min,), amounts)


def by_year(lines: Iterable[Line], first_day: date) -> NominalFlows:
    """As `dated`, by years from `first_day` on; year 1 is the first, year 0 is empty.

    A line belongs to the year of the first day it is for. Raises Refused for one before.
    """
    return _by_years(((line, line.first) for line in lines), first_day)


def by_due_year(lines: Iterable[Line], first_day: date) -> NominalFlows:
    """As `by_year`, but a line belongs to the year that it falls due in."""
    return _by_years(((line, line.due) for line in lines), first_day)


def _by_years(lines: Iterable[tuple[Line, date]], first_day: date) -> NominalFlows:
    sums: dict[int, int] = {}
    for line, day in lines:
        year = day.year - first_day.year + 1
        year -= add_months(first_day, 12 * (year - 1)) > day
        if year < 1:
            raise Refused(f"{line.charge} on {day} is before {first_day}")
        signed = -line.net_pence if line.side == "cost" else line.net_pence
        sums[year] = sums.get(year, 0) + signed
    return NominalFlows.of([sums.get(year, 0) / 100 for year in range(max(sums, default=0) + 1)])


def _sum(first: Amounts, second: Amounts) -> Amounts:
    total = np.zeros(max(len(first), len(second)))
    total[: len(first)] += first
    total[: len(second)] += second
    return total


def _same(kind: type[T], flows: T) -> T:
    if not isinstance(flows, kind):
        raise Refused(f"{type(flows).__name__} cannot be taken for {kind.__name__}")
    return flows


def _reaches(levels: PriceLevels, years: int) -> None:
    if len(levels.levels) < years:
        raise Refused(f"price levels end in year {len(levels.levels) - 1}, amounts later")
