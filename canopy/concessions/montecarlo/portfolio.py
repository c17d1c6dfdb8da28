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
        beside = as nodes, of beside[t]
        cost   = cost_per_year + cost_per_node x (nodes + beside) + capital[t] x capital factor
                 + scaling[t] x take-up x (1 - churn) ^ max(0, t - settled_after)
        cash   = certain[t] + indexed[t] x certain indexation + unindexed[t] / inflation
                 + income + beside x (fee + share x revenue) x beside indexation - cost

    Attributes:
        ref: by which its draws are made: the same in any portfolio.
        planned: nodes by year, from year 1.
        beside: the same, of what no guarantee counts: it is drawn and topped up by none.
        fee, revenue: of the council and of the operator [GBP/node/yr].
        capital_gbp: by year, from year 1; the factor `capital` multiplies it.
        scaling_gbp: what is spent by year, from year 1, that take-up and churn move.
        least_gbp: a guarantee by year, from year 1, where it is not the same in all.
        certain_gbp: what comes in, or goes out, by year whatever is drawn.
        indexed_gbp: what comes in by year and follows `certain_indexation`.
        unindexed_gbp: what comes in by year in money that no index raises.
        indexation: the name of the portfolio's rule that income follows; None: prices of year 1
            keep their worth.
        certain_indexation: the same of `indexed_gbp`.
        beside_indexation: the same of `beside`.
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
    indexed_gbp: tuple[float, ...] = ()
    unindexed_gbp: tuple[float, ...] = ()
    certain_indexation: str | None = None
    beside: tuple[float, ...] = ()
    beside_indexation: str | None = None
    scaling_gbp: tuple[float, ...] = ()

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

    With `planned`, inflation into years 2, 3, … as amounts were planned with it, paths return to
    it instead of `mean`, and amounts are what they are worth on that path: indexation then says
    how much more or less they are worth on another. After its last year the last one goes on.
    """

    mean: float
    deviation: float
    persistence: float
    source: str
    planned: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.persistence < 1 and self.deviation >= 0):
            raise Refused("inflation has a persistence from 0 to below 1, a deviation of 0 or more")

    def middle(self, years: int) -> NDArray[np.float64]:
        """Where paths return to, into years 2, 3, … of so many."""
        count = max(years - 1, 0)
        if not self.planned:
            return np.full(count, self.mean)
        longer = np.concatenate([self.planned, np.full(count, self.planned[-1])])
        return longer[:count]

    def away(self, score: float, years: int) -> NDArray[np.float64]:
        """The path on which each year's score is the same."""
        path: NDArray[np.float64] = self.middle(years)
        apart = 0.0
        for at in range(len(path)):
            apart = self.persistence * apart + self.deviation * score
            path[at] = max(float(path[at]) + apart, LEAST_INFLATION)
        return path


LEAST_INFLATION = -0.5
"""A path does not fall below it."""


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
            for followed in (each.indexation, each.certain_indexation, each.beside_indexation):
                if followed is not None and followed not in self.indexations:
                    raise Refused(f"{each.ref} follows {followed}, which is no rule given")
        if len({each.ref for each in self.agreements}) < len(self.agreements):
            raise Refused("two agreements have one reference")

    def discount_factors(self) -> NDArray[np.float64]:
        """Of years 1, 2, ..."""
        return factors(self.discount, year_times(self.years + 1, self.timing))[1:]


UNINDEXED = Bounds(0.0, 0.0)
"""Of money that no index raises."""


def worth_of(
    path: NDArray[np.float64], bounds: Bounds | None, inflation: Inflation, years: int
) -> NDArray[np.float64]:
    """What a pound of indexed income is worth by year, on a path or on one a row of `path`.

    In prices of year 1; or, where amounts were planned with a path, of what it is worth on that.
    Without bounds it keeps its worth.
    """
    worth = np.ones((*path.shape[:-1], years))
    if bounds is not None and years > 1:
        worth[..., 1:] = _kept(path, bounds)
        if inflation.planned:
            worth[..., 1:] /= _kept(inflation.middle(years), bounds)
    return worth


def _kept(path: NDArray[np.float64], bounds: Bounds) -> NDArray[np.float64]:
    indexed = np.minimum(np.maximum(path, bounds.collar), bounds.cap)
    yearly: NDArray[np.float64] = (1 + indexed) / (1 + path)
    return np.multiply.accumulate(yearly, axis=-1)


def base_cash(
    portfolio: Portfolio,
    changed: Mapping[Factor, float] | None = None,
    inflation_score: float = 0.0,
) -> NDArray[np.float64]:
    """Real cash by agreement and year with every factor at its base [GBP], no draw made.

    `changed` takes factors at a quantile (0 to 1) of their distributions instead. Inflation is
    where its paths return to, or away from it by a score that is the same in every year.
    """
    at = changed or {}
    path = portfolio.inflation.away(inflation_score, portfolio.years)
    rows = []
    for each in portfolio.agreements:
        drawn = {
            name: float(each.factor(name).quantile(at[name]))
            if name in at
            else each.factor(name).base
            for name in FACTORS
        }
        rows.append(_cash(portfolio, each, drawn, path))
    return np.array(rows)


def _cash(
    portfolio: Portfolio,
    each: Uncertain,
    drawn: Mapping[Factor, float],
    path: NDArray[np.float64],
) -> NDArray[np.float64]:
    def worth(bounds: Bounds | None) -> NDArray[np.float64]:
        return worth_of(path, bounds, portfolio.inflation, portfolio.years)

    t = np.arange(1, portfolio.years + 1)
    staying = (1 - drawn["churn"]) ** np.maximum(0, t - each.settled_after)
    taken = drawn["take-up"] * staying
    nodes = by_year(each.planned, portfolio.years) * taken
    beside = by_year(each.beside, portfolio.years) * taken
    unit = drawn["fee"] + drawn["share"] * drawn["revenue"]
    least = np.maximum(each.guarantee_gbp, by_year(each.least_gbp, portfolio.years))
    income: NDArray[np.float64] = np.maximum(least, nodes * unit) * worth(
        _rule(portfolio, each.indexation)
    )
    income += beside * unit * worth(_rule(portfolio, each.beside_indexation))
    certain = by_year(each.certain_gbp, portfolio.years)
    if each.indexed_gbp or each.unindexed_gbp:
        indexed = by_year(each.indexed_gbp, portfolio.years)
        certain += indexed * worth(_rule(portfolio, each.certain_indexation))
        certain += by_year(each.unindexed_gbp, portfolio.years) * worth(UNINDEXED)
    capital = by_year(each.capital_gbp, portfolio.years) * drawn["capital"]
    running: NDArray[np.float64] = (
        each.cost_per_year_gbp
        + each.cost_per_node_gbp * (nodes + beside)
        + by_year(each.scaling_gbp, portfolio.years) * taken
    )
    return certain + income - running - capital


def _rule(portfolio: Portfolio, name: str | None) -> Bounds | None:
    return None if name is None else portfolio.indexations[name]


def by_year(values: tuple[float, ...], years: int) -> NDArray[np.float64]:
    """Values from year 1 on; 0 after the last."""
    row = np.zeros(years)
    row[: min(years, len(values))] = values[:years]
    return row
