"""Rates of return, payback, cover, and cost of one more unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyxirr
from numpy.typing import ArrayLike, NDArray

from canopy.concessions.valuation.discounting import (
    YEAR_DAYS,
    Discount,
    Timing,
    factors,
    present_values,
    year_times,
)
from canopy.concessions.valuation.flows import Amounts, DatedFlows, Flows
from canopy.errors import Refused

LOWEST = -0.99
"""The lowest rate of return that is told [fraction a year]: our choice; sums lose their digits
below it."""
_STEPS = 4
COVER_WARNING = 1.2
"""Cover of a guarantee below which it is flagged: our choice, not a rule."""


@dataclass(frozen=True, slots=True)
class Irr:
    """An internal rate of return [fraction a year], or why there is none.

    It is real where the amounts are, nominal where they are.
    """

    rate: float | None
    reason: str | None


def irr(flows: Flows) -> Irr:
    """Of amounts by year, years counted as wholes.

    There is none where amounts never change sign (a concession without capital). Where they
    change more than once several rates may solve the equation: one is then given only where
    the running sum changes sign once, for a single rate is then above 0 (Norstrom, A sufficient
    condition for a unique nonnegative internal rate of return, Journal of Financial and
    Quantitative Analysis 7, 1972).
    """
    amounts = flows.amounts
    return _irr(amounts, np.arange(len(amounts)), lambda: pyxirr.irr(amounts.tolist()))


def xirr(flows: DatedFlows) -> Irr:
    """Of amounts by day, in years of 365 days. None as for `irr`, by the order of days.

    What falls on one day is one amount: income and cost of a day do not change sign in between.
    """
    days, which = np.unique([day.toordinal() for day in flows.days], return_inverse=True)
    amounts = np.bincount(which, weights=flows.amounts).astype(np.float64)
    return _irr(
        amounts,
        (days - days[0]) / YEAR_DAYS,
        lambda: pyxirr.xirr([date.fromordinal(int(day)) for day in days], amounts.tolist()),
    )


def _irr(amounts: Amounts, years: NDArray[Any], solve: Callable[[], float | None]) -> Irr:
    changes = sign_changes(amounts)
    if changes == 0:
        return Irr(None, "the amounts never change sign, so no rate brings them to nothing")
    if changes > 1 and sign_changes(np.cumsum(amounts)) != 1:
        return Irr(None, f"the amounts change sign {changes} times: several rates may be theirs")
    rate = solve()
    if rate is None or not np.isfinite(rate) or (changes > 1 and rate <= 0):
        return Irr(None, "no rate was found")
    if rate < LOWEST:
        return Irr(None, f"more than {-LOWEST:.0%} would be lost a year, which is no return")
    return Irr(_polished(float(rate), amounts, years), None)


def _polished(rate: float, amounts: Amounts, years: NDArray[Any]) -> float:
    """A root of the present value, nearer by Newton's steps while they lessen what is left.

    The solver ends at a change of the rate of about 1e-9, which amounts of late years feel.
    """
    left = _value_at(rate, amounts, years)
    for _ in range(_STEPS):
        slope = float((-years * amounts * (1 + rate) ** (-years - 1.0)).sum())
        if not left or not slope:
            break
        nearer = rate - left / slope
        then = _value_at(nearer, amounts, years) if nearer >= LOWEST else np.inf
        if not abs(then) < abs(left):
            break
        rate, left = nearer, then
    return rate


def _value_at(rate: float, amounts: Amounts, years: NDArray[Any]) -> float:
    return float((amounts * (1 + rate) ** -years.astype(np.float64)).sum())


def sign_changes(amounts: ArrayLike) -> int:
    """How often amounts change sign, zeros passed over."""
    signs = np.sign(np.asarray(amounts, np.float64))
    signs = signs[signs != 0]
    return int((signs[1:] != signs[:-1]).sum())


def payback(flows: Flows) -> float | None:
    """Years until the sum of amounts is no longer negative, within a year in proportion.

    The first such time; None where there is none. 0 where it never was negative.
    """
    return _turns(flows.amounts)


def discounted_payback(flows: Flows, discount: Discount, timing: Timing) -> float | None:
    """As `payback`, of present values. Raises Refused where real and nominal are mixed."""
    return _turns(present_values(flows, discount, timing))


def _turns(amounts: Amounts) -> float | None:
    total = np.cumsum(amounts)
    if total[0] >= 0:
        return 0.0 if (total >= 0).all() else _after(amounts, total, int(np.argmax(total < 0)))
    return _after(amounts, total, 0)


def _after(amounts: Amounts, total: Amounts, negative_at: int) -> float | None:
    """The first time from a year on, in which the sum is negative, that it is so no more."""
    later = np.flatnonzero(total[negative_at:] >= 0)
    if not len(later):
        return None
    year = negative_at + int(later[0])
    return float(year - 1 + -total[year - 1] / amounts[year])


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Guaranteed income over committed cost by year; NaN where nothing is committed."""

    ratio: NDArray[np.float64]
    flagged: NDArray[np.bool_]


def guarantee_cover(
    guaranteed_gbp: ArrayLike, committed_gbp: ArrayLike, flag_below: float = COVER_WARNING
) -> Cover:
    """Cover of each year; both arrays have the same years."""
    income, cost = (np.asarray(each, np.float64) for each in (guaranteed_gbp, committed_gbp))
    if income.shape != cost.shape:
        raise Refused("guaranteed income and committed cost have different years")
    ratio = np.full(income.shape, np.nan)
    np.divide(income, cost, out=ratio, where=cost > 0)
    return Cover(ratio, ratio < flag_below)


def benefit_cost_ratio(benefits_pv_gbp: float, costs_pv_gbp: float) -> float | None:
    """Present value of benefits for each pound of costs; None without costs."""
    return benefits_pv_gbp / costs_pv_gbp if costs_pv_gbp > 0 else None


def cost_per_unit_year(
    costs: Flows, unit_years: ArrayLike, discount: Discount, timing: Timing
) -> float:
    """Long-run marginal cost: present value of costs by that of units served [GBP/unit/yr].

    Raises Refused where no unit is ever served, or the years differ.
    """
    units = np.asarray(unit_years, np.float64)
    if units.shape != costs.amounts.shape:
        raise Refused("costs and units have different years")
    served = float((units * factors(discount, year_times(len(units), timing))).sum())
    if served <= 0:
        raise Refused("no unit is served in any year")
    return float(present_values(costs, discount, timing).sum()) / served
