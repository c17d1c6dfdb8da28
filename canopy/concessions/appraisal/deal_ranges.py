"""How far the present value of each compared deal may stray: the simulation of agreements.

All deals are drawn on the same futures: the same take-up, price, churn and capital in each draw.
Take-up and price move fees and shares, and what running each node costs; a guarantee, an upfront
payment and the council's yearly costs are certain. Equipment is bought for the roll-out as it is
planned, and preparation is done for it, whatever is taken up. Amounts are real, so inflation is
not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.montecarlo.assumed import Assumed
from canopy.concessions.montecarlo.portfolio import Inflation, Portfolio, Uncertain
from canopy.concessions.montecarlo.simulation import Simulated, simulated
from canopy.concessions.valuation.deals import Deal, Hanging
from canopy.concessions.valuation.discounting import RealDiscount

DRAWS = 10_000
SEED = 20260401
_REF = "compared deals"
"""The reference that draws are made by: one for all deals, so that all have the same."""
_NO_INFLATION = Inflation(0.0, 0.0, 0.0, "amounts are real")


@dataclass(frozen=True, slots=True)
class DealRange:
    """Present value of a deal [GBP, real]: one draw in ten is below P10, one above P90.

    probability_of_loss: the part of draws in which the deal is worth less than nothing.
    """

    p10_gbp: float
    p50_gbp: float
    p90_gbp: float
    probability_of_loss: float


def ranges_of(
    deals: Sequence[Deal], discount: RealDiscount, assumed: Assumed, draws: int, seed: int
) -> dict[str, DealRange]:
    """The range of each deal by its name, years' cash at their ends.

    The same seed gives the same figures. Raises Refused as `simulated` does.
    """
    return {deal.name: _range(_simulated(deal, discount, assumed, draws, seed)) for deal in deals}


def _range(found: Simulated) -> DealRange:
    return DealRange(*found.percentiles, found.probability_of_loss)


def _simulated(
    deal: Deal, discount: RealDiscount, assumed: Assumed, draws: int, seed: int
) -> Simulated:
    # The simulation's first year is the deal's year 0: at the starts of years from then on, money
    # falls when it would at the ends of the deal's years.
    portfolio = Portfolio(
        agreements=(_uncertain(deal, assumed),),
        years=len(deal.cash.amounts),
        discount=discount,
        timing="start",
        inflation=_NO_INFLATION,
        loadings={"take-up": assumed.market, "fee": assumed.market},
    )
    return simulated(portfolio, draws, seed)


def _uncertain(deal: Deal, assumed: Assumed) -> Uncertain:
    hanging = deal.hanging
    return Uncertain(
        ref=_REF,
        planned=tuple(hanging.income_gbp),
        fee=assumed.price.distribution(),
        take_up=assumed.take_up.distribution(),
        churn=assumed.churn.distribution(),
        capital=assumed.capital.distribution(),
        capital_gbp=tuple(hanging.capital_gbp),
        least_gbp=tuple(hanging.least_gbp),
        certain_gbp=tuple(_certain(deal, hanging)),
        cost_per_node_gbp=hanging.cost_of_income,
        settled_after=1,
    )


def _certain(deal: Deal, hanging: Hanging) -> NDArray[np.float64]:
    """What is left of each year's cash where nothing is drawn: so the base is the deal itself."""
    income = np.maximum(hanging.least_gbp, hanging.income_gbp)
    drawn = income - hanging.cost_of_income * hanging.income_gbp - hanging.capital_gbp
    return deal.cash.amounts - drawn
