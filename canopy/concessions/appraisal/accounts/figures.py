"""The figures that appraise cash: present values by every convention, returns, paybacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from canopy.concessions.valuation.discounting import (
    Discount,
    NominalDiscount,
    RealDiscount,
    Timing,
    npv_dated,
    present_values,
)
from canopy.concessions.valuation.flows import (
    DatedFlows,
    DatedNominalFlows,
    DatedRealFlows,
    Flows,
)
from canopy.concessions.valuation.returns import Irr, discounted_payback, irr, payback, xirr
from canopy.errors import Refused

Convention = Literal["start", "middle", "end", "dated"]
CONVENTIONS: tuple[Convention, ...] = ("start", "middle", "end", "dated")
NEVER = "it is never paid back"


@dataclass(frozen=True, slots=True)
class Years:
    """A time [yr], or why there is none."""

    years: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Returns:
    """What cash is worth, in real or in nominal terms, as `prices` says.

    Attributes:
        npv_pence: present value by convention: all of a year at its start, middle or end, or
            each amount on its own day (XNPV). Empty where `reason` says why.
        irr, xirr: rate of return by years, and by days.
    """

    prices: str
    rate: str | None
    npv_pence: Mapping[Convention, int]
    reason: str | None
    irr: Irr
    xirr: Irr
    payback: Years
    discounted_payback: Years


def returns_of(
    flows: Flows, days: DatedFlows, discount: Discount | None, on: date, timing: Timing, prices: str
) -> Returns:
    """Of one cash, by year and by day. Without a rate there are no present values."""
    found: dict[Convention, int] = {}
    lasts = Years(None, reason := "no rate was given that fits amounts in each year's own money")
    if discount is not None:
        timings: tuple[Timing, ...] = ("start", "middle", "end")
        values = {each: present_values(flows, discount, each).sum() for each in timings}
        found = {each: round(100 * float(worth)) for each, worth in values.items()}
        found["dated"] = round(100 * _dated(days, discount, on))
        lasts = _years(discounted_payback(flows, discount, timing))
        reason = ""
    return Returns(
        prices=prices,
        rate=None if discount is None else discount.source,
        npv_pence=found,
        reason=reason or None,
        irr=irr(flows),
        xirr=xirr(days),
        payback=_years(payback(flows)),
        discounted_payback=lasts,
    )


def no_returns(reason: str) -> Returns:
    """Where prices are not known."""
    none, years = Irr(None, reason), Years(None, reason)
    return Returns("not known", None, {}, reason, none, none, years, years)


def _dated(days: DatedFlows, discount: Discount, on: date) -> float:
    if isinstance(days, DatedRealFlows) and isinstance(discount, RealDiscount):
        return npv_dated(days, discount, on)
    if isinstance(days, DatedNominalFlows) and isinstance(discount, NominalDiscount):
        return npv_dated(days, discount, on)
    raise Refused("real and nominal amounts and rates are not mixed")


def _years(found: float | None) -> Years:
    return Years(found, None if found is not None else NEVER)
