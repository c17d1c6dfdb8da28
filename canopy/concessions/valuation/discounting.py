"""Discount rates and the present values they give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.concessions.valuation.flows import (
    DatedFlows,
    DatedNominalFlows,
    DatedRealFlows,
    Flows,
    NominalFlows,
    RealFlows,
)
from canopy.errors import Refused

Timing = Literal["start", "middle", "end"]
_SHIFT: dict[Timing, float] = {"start": 1.0, "middle": 0.5, "end": 0.0}
YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class Band:
    """A rate [fraction a year] for the years up to `until`; None: for all that follow."""

    rate: float
    until: float | None


@dataclass(frozen=True, slots=True)
class RealDiscount:
    """Real rates by bands of years, and where they come from."""

    bands: tuple[Band, ...]
    source: str


@dataclass(frozen=True, slots=True)
class NominalDiscount:
    """Nominal rates by bands of years, and where they come from."""

    bands: tuple[Band, ...]
    source: str


Discount = RealDiscount | NominalDiscount

GREEN_BOOK = RealDiscount(
    (
        Band(0.035, 30), Band(0.030, 75), Band(0.025, 125), Band(0.020, 200), Band(0.015, 300),
        Band(0.010, None),
    ),
    "HM Treasury, The Green Book, declining long-term discount rate (social time preference rate "
    "3.5 %, real); the same in the editions of 2022 and of February 2026",
)  # fmt: skip
GREEN_BOOK_SENSITIVITY = RealDiscount(
    (
        Band(0.03, 30), Band(0.0257, 75), Band(0.0214, 125), Band(0.0171, 200), Band(0.0129, 300),
        Band(0.0086, None),
    ),
    "HM Treasury, The Green Book (February 2026), lower rates for a test of sensitivity beyond 50 "
    "years, as tabled by the Department for Transport, TAG forthcoming change, April 2026",
)  # fmt: skip


def flat_real(rate: float, source: str) -> RealDiscount:
    """One real rate for all years, above -1."""
    return RealDiscount((_flat(rate),), source)


def flat_nominal(rate: float, source: str) -> NominalDiscount:
    """One nominal rate for all years, above -1."""
    return NominalDiscount((_flat(rate),), source)


def nominal_of(real: RealDiscount, inflation: float) -> NominalDiscount:
    """The nominal rates that real ones come to: (1 + real)(1 + inflation) - 1."""
    return NominalDiscount(
        tuple(Band((1 + band.rate) * (1 + inflation) - 1, band.until) for band in real.bands),
        f"{real.source}; with inflation of {inflation:.4g}",
    )


def factors(discount: Discount, times: ArrayLike) -> NDArray[np.float64]:
    """Discount factors at times in years from now; 1 at 0, above 1 before.

    Each band discounts only the years that lie in it: after 31 years at 3.5 and then 3 % the
    factor is 1.035^-30 x 1.03^-1, not 1.03^-31.
    """
    at = np.asarray(times, np.float64)
    logs = np.zeros_like(at)
    begins = 0.0
    for band in discount.bands:
        ends = np.inf if band.until is None else band.until
        within = np.clip(at - begins, None if begins == 0 else 0.0, ends - begins)
        logs -= within * np.log1p(band.rate)
        begins = ends
    return np.exp(logs)


def shift_of(timing: Timing) -> float:
    """How much before the end of a year its amounts are taken to fall [yr]."""
    return _SHIFT[timing]


def year_times(years: int, timing: Timing) -> NDArray[np.float64]:
    """When years 0, 1, ... are taken to fall, in years from now: year 0 is now, always."""
    times = np.arange(years, dtype=np.float64)
    times[1:] -= _SHIFT[timing]
    return times


@overload
def npv(flows: RealFlows, discount: RealDiscount, timing: Timing) -> float: ...
@overload
def npv(flows: NominalFlows, discount: NominalDiscount, timing: Timing) -> float: ...
def npv(flows: Flows, discount: Discount, timing: Timing) -> float:
    """Net present value [GBP]: of real amounts at real rates, or nominal at nominal.

    Raises Refused where the two are mixed: deflate the amounts first, or use `nominal_of`.
    """
    return float(present_values(flows, discount, timing).sum())


def present_values(flows: Flows, discount: Discount, timing: Timing) -> NDArray[np.float64]:
    """Each year's amount as it counts today [GBP]. Raises Refused as `npv` does."""
    _match(isinstance(flows, RealFlows), isinstance(discount, RealDiscount))
    return flows.amounts * factors(discount, year_times(len(flows.amounts), timing))


@overload
def npv_dated(flows: DatedRealFlows, discount: RealDiscount, on: date) -> float: ...
@overload
def npv_dated(flows: DatedNominalFlows, discount: NominalDiscount, on: date) -> float: ...
def npv_dated(flows: DatedFlows, discount: Discount, on: date) -> float:
    """Net present value on a day, years of 365 days (as XNPV counts). Raises as `npv`."""
    _match(isinstance(flows, DatedRealFlows), isinstance(discount, RealDiscount))
    return float((flows.amounts * factors(discount, years_from(on, flows.days))).sum())


def years_from(on: date, days: Sequence[date]) -> NDArray[np.float64]:
    """Years of 365 days from one day to others."""
    return np.array([(day - on).days for day in days], np.float64) / YEAR_DAYS


def _match(real_flows: bool, real_rate: bool) -> None:
    if real_flows != real_rate:
        words = ("real", "nominal") if real_flows else ("nominal", "real")
        raise Refused(
            f"{words[0]} amounts are not discounted at a {words[1]} rate: deflate the amounts, or "
            "take the rate that inflation makes of it"
        )


def _flat(rate: float) -> Band:
    if not -1 < rate < math.inf:
        raise Refused(f"a rate of {rate} a year is not above -1, or no number")
    return Band(rate, None)
