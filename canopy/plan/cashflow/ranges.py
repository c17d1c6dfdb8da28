"""How unsure the one cash flow is: agreements and new sites drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from canopy.concessions.appraisal.uncertainty import Planned, portfolio_of
from canopy.concessions.montecarlo.assumed import Assumed
from canopy.concessions.montecarlo.portfolio import Inflation, Portfolio, Uncertain
from canopy.concessions.montecarlo.sensitivity import Swing, tornado
from canopy.concessions.montecarlo.simulation import simulated
from canopy.concessions.valuation.discounting import GREEN_BOOK
from canopy.plan.cashflow.candidates import Group

DRAWS, SEED = 10_000, 20260401


@dataclass(frozen=True, slots=True)
class Ranges:
    """P10, P50 and P90, real, in prices of the first year [£].

    Attributes:
        by_year: of each year's cash.
        npv: of the present value.
        base_npv: with nothing drawn.
        loss: the part of draws in which it is below 0.
        swings: of one input at its tenth and ninetieth percentile, the greatest first.
        sources: of the ranges.
    """

    by_year: tuple[tuple[float, float, float], ...]
    npv: tuple[float, float, float]
    base_npv: float
    loss: float
    swings: tuple[Swing, ...]
    sources: tuple[str, ...]


def ranges_of(
    planned: Sequence[Planned],
    groups: Sequence[Group],
    first_day: date,
    years: int,
    assumed: Assumed,
) -> Ranges | None:
    """Drawn by the ranges; None where there is neither an agreement nor a new site.

    Raises Refused where prices are not known that far.
    """
    new = tuple(_uncertain(each, assumed) for each in groups)
    if planned:
        portfolio = portfolio_of(planned, first_day, years, assumed)
        portfolio = replace(portfolio, agreements=(*portfolio.agreements, *new))
    elif new:
        portfolio = _of_new_sites(new, years, assumed)
    else:
        return None
    found = simulated(portfolio, DRAWS, SEED)
    return Ranges(
        tuple((float(low), float(middle), float(high)) for low, middle, high in found.by_year),
        found.percentiles, found.base_npv, found.probability_of_loss,
        tuple(tornado(portfolio)), tuple(assumed.sources()),
    )  # fmt: skip


def _uncertain(group: Group, assumed: Assumed) -> Uncertain:
    return Uncertain(
        ref=f"new sites {group.name}",
        planned=tuple(group.income_gbp.tolist()),
        fee=assumed.price.distribution(),
        take_up=assumed.take_up.distribution(),
        capital=assumed.capital.distribution(),
        capital_gbp=tuple(group.capital_gbp.tolist()),
    )


def _of_new_sites(new: tuple[Uncertain, ...], years: int, assumed: Assumed) -> Portfolio:
    inflation = assumed.inflation
    return Portfolio(
        agreements=new, years=years, discount=GREEN_BOOK, timing="middle",
        inflation=Inflation(
            0.0, inflation.deviation, inflation.persistence, inflation.source, (0.0,)
        ),
        loadings={"take-up": assumed.market, "fee": assumed.market},
    )  # fmt: skip
