"""What matters: one factor at a time, the value at which nothing is gained, and convergence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canopy.concessions.montecarlo.portfolio import FACTORS, Factor, Portfolio, base_cash
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class Swing:
    """Present value of the portfolio with one factor low and high, others at base [GBP]."""

    factor: Factor | Literal["inflation"]
    low_gbp: float
    high_gbp: float

    @property
    def size_gbp(self) -> float:
        return abs(self.high_gbp - self.low_gbp)


def tornado(portfolio: Portfolio, between: tuple[float, float] = (0.10, 0.90)) -> list[Swing]:
    """Swings of every factor that varies, the greatest first.

    `between` are the quantiles taken; (0, 1) are the ends of ranges, where there are ends.
    """
    discount = portfolio.discount_factors()

    def value(factor: Factor, at: float) -> float:
        return float((base_cash(portfolio, {factor: at}) @ discount).sum())

    swings = [Swing(name, value(name, between[0]), value(name, between[1])) for name in FACTORS]
    if portfolio.inflation.deviation > 0:
        # A score that stays the same is no range with ends: at (0, 1) it is taken at 1 in 1,000.
        scores = special.ndtri(np.clip(between, 0.001, 0.999))
        low, high = (float((base_cash(portfolio, None, z) @ discount).sum()) for z in scores)
        swings.append(Swing("inflation", low, high))
    varying = [swing for swing in swings if swing.size_gbp > 0]
    return sorted(varying, key=lambda swing: -swing.size_gbp)


def switching_value(value: Callable[[float], float], low: float, high: float) -> float | None:
    """The input between two bounds at which a value is 0; None where it has the same sign at both.

    Raises Refused where the bounds are out of order.
    """
    from scipy.optimize import brentq  # here, for it is slow to load and seldom asked

    if not low < high:
        raise Refused(f"the bounds {low} and {high} are not in order")
    ends = value(low), value(high)
    if ends[0] * ends[1] > 0:
        return None
    return float(brentq(value, low, high, xtol=1e-12, rtol=1e-12))


@dataclass(frozen=True, slots=True, eq=False)
class Convergence:
    """How percentiles settle as draws are added.

    Attributes:
        draws: numbers of draws, each double the last.
        estimates: P10, P50 and P90 of the first so many draws, (len(draws), 3).
        low, high: bounds that hold the true percentile in 95 of 100 runs of independent draws, by
            the binomial distribution's normal form; a Latin hypercube does better than these.
    """

    draws: NDArray[np.int64]
    estimates: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def convergence(npv: NDArray[np.float64], least: int = 100) -> Convergence:
    """Of present values by draw, at n, n/2, n/4, ... down to `least` draws.

    Raises Refused for fewer draws than that.
    """
    if len(npv) < least:
        raise Refused(f"{len(npv)} draws are too few to show convergence from {least}")
    counts = []
    count = len(npv)
    while count >= least:
        counts.append(count)
        count //= 2
    counts.reverse()
    probabilities = np.array([0.10, 0.50, 0.90])
    spread = 1.959963984540054 * np.sqrt(probabilities * (1 - probabilities))
    rows = []
    for count in counts:
        reach = spread / np.sqrt(count)
        wanted = np.clip([probabilities, probabilities - reach, probabilities + reach], 0, 1)
        rows.append(np.quantile(npv[:count], wanted))
    found = np.array(rows)
    return Convergence(np.array(counts), found[:, 0], found[:, 1], found[:, 2])
