"""What is simulated: agreements with uncertain factors of their own, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.montecarlo.distributions import Distribution, Fixed
from canopy.concessions.valuation.discounting import RealDiscount, Timing, factors, year_times
from canopy.errors import Refused

Factor = Literal["take-up", "fee", "revenue", "share", "churn", "capital"]
NONE, AS_PLANNED = Fixed(0.0), Fixed(1.0)
"""A factor that is not there, and one that changes nothing."""
FACTORS: tuple[Factor, ...] = ("take-up", "fee", "revenue", "share", "churn", "capital")


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One agreement, or one group of assets that are not let yet.

    In year t, with factors as drawn, real amounts are::

        nodes  = planned[t] x take-up x (1 - churn) ^ max(0, t - settled_after)
        income = max(guarantee, least[t], nodes x (fee + share x revenue)) x indexation
        cost   = cost_per_year + cost_per_node x nodes + capital[t] x capital factor
        cash   = certain[t] + income - cost

    Attributes:
        ref: by which its draws are made: the same in any portfolio.
        planned: nodes by year, from year 1.
        fee, revenue: of the council and of the operator [GBP/node/yr].
        capital_gbp: by year, from year 1; the factor `capital` multiplies it.
        least_gbp: a guarantee by year, from year 1, where it is not the same in all.
        certain_gbp: what comes in, or goes out, by year whatever is drawn.
        indexation: the name of the portfolio's rule that income follows; None: prices of year 1
            keep their worth.
    """

    ref: str
    planned: tuple[float, ...]
    fee: Distribution
    take_up: Distribution = AS_PLANNED
    revenue: Distribution = NONE
    share: Distribution = NONE
    churn: Distribution = NONE
    capital: Distribution = AS_PLANNED
    capital_gbp: tuple[float, ...] = ()
    guarantee_gbp: float = 0.0
    least_gbp: tuple[float, ...] = ()
    certain_gbp: tuple[float, ...] = ()
    cost_per_year_gbp: float = 0.0
    cost_per_node_gbp: float = 0.0
    settled_after: int = 0
    indexation: str | None = None

    def factor(self, name: Factor) -> Distribution:
        return {
            "take-up": self.take_up,
            "fee": self.fee,
            "revenue": self.revenue,
            "share": self.share,
            "churn": self.churn,
            "capital": self.capital,
        }[name]


@dataclass(frozen=True, slots=True)
class Inflation:
    """A path of yearly inflation that returns to its mean.

    ``change[t] = mean + persistence x (change[t-1] - mean) + deviation x score[t]``, from the
    mean on. All are fractions a year; `persistence` is from 0 to below 1.
    """

    mean: float
    deviation: float
    persistence: float
    source: str

    def __post_init__(self) -> None:
        if not (0 <= self.persistence < 1 and self.deviation >= 0):
            raise Refused("inflation has a persistence from 0 to below 1, a deviation of 0 or more")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Yearly indexation between a collar and a cap; a fixed rate has both the same."""

    collar: float
    cap: float


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What is drawn together.

    Attributes:
        years: of the simulation, from year 1.
        loadings: correlation of each factor's normal score with the market's, -1 to 1; what is
            not named is independent.
        inflation_loading: the same, of inflation's score in every year.
        indexations: rules of indexation by name.
    """

    agreements: tuple[Uncertain, ...]
    years: int
    discount: RealDiscount
    timing: Timing
    inflation: Inflation
    loadings: Mapping[Factor, float] = field(default_factory=dict)
    inflation_loading: float = 0.0
    indexations: Mapping[str, Bounds] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.agreements or self.years < 1:
            raise Refused("a portfolio has an agreement and a year at least")
        loadings = [*self.loadings.items(), ("inflation", self.inflation_loading)]
        for name, loading in loadings:
            if not -1 <= loading <= 1:
                raise Refused(f"the loading of {name} is {loading}, outside -1 to 1")
        for each in self.agreements:
            if each.indexation is not None and each.indexation not in self.indexations:
                raise Refused(f"{each.ref} follows {each.indexation}, which is no rule given")
        if len({each.ref for each in self.agreements}) < len(self.agreements):
            raise Refused("two agreements have one reference")

    def discount_factors(self) -> NDArray[np.float64]:
        """Of years 1, 2, ..."""
        return factors(self.discount, year_times(self.years + 1, self.timing))[1:]


def base_cash(
    portfolio: Portfolio, changed: Mapping[Factor, float] | None = None
) -> NDArray[np.float64]:
    """Real cash by agreement and year with every factor at its base [GBP], no draw made.

    `changed` takes factors at a quantile (0 to 1) of their distributions instead. Inflation is
    at its mean.
    """
    at = changed or {}
    rows = []
    for each in portfolio.agreements:
        drawn = {
            name: float(each.factor(name).quantile(at[name]))
            if name in at
            else each.factor(name).base
            for name in FACTORS
        }
        rows.append(_cash(portfolio, each, drawn))
    return np.array(rows)


def _cash(
    portfolio: Portfolio, each: Uncertain, drawn: Mapping[Factor, float]
) -> NDArray[np.float64]:
    t = np.arange(1, portfolio.years + 1)
    staying = (1 - drawn["churn"]) ** np.maximum(0, t - each.settled_after)
    nodes = by_year(each.planned, portfolio.years) * drawn["take-up"] * staying
    unit = drawn["fee"] + drawn["share"] * drawn["revenue"]
    least = np.maximum(each.guarantee_gbp, by_year(each.least_gbp, portfolio.years))
    income = np.maximum(least, nodes * unit)
    if each.indexation is not None:
        bounds, mean = portfolio.indexations[each.indexation], portfolio.inflation.mean
        yearly = (1 + min(max(mean, bounds.collar), bounds.cap)) / (1 + mean)
        income = income * yearly ** (t - 1)
    capital = by_year(each.capital_gbp, portfolio.years) * drawn["capital"]
    running: NDArray[np.float64] = each.cost_per_year_gbp + each.cost_per_node_gbp * nodes
    return by_year(each.certain_gbp, portfolio.years) + income - running - capital


def by_year(values: tuple[float, ...], years: int) -> NDArray[np.float64]:
    """Values from year 1 on; 0 after the last."""
    row = np.zeros(years)
    row[: min(years, len(values))] = values[:years]
    return row
