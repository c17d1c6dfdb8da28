"""The same assets under four deals, and who carries which risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.valuation.discounting import RealDiscount, Timing, npv
from canopy.concessions.valuation.flows import RealFlows
from canopy.concessions.valuation.returns import Irr, irr, payback
from canopy.errors import Refused

Risk = Literal["take-up", "price", "capital", "operation", "technology", "counterparty"]
Bearer = Literal["council", "partner", "shared"]
RISKS: tuple[Risk, ...] = (
    "take-up", "price", "capital", "operation", "technology", "counterparty",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class RollOut:
    """What all deals are compared on: live nodes by year, from year 1 [count]."""

    nodes: NDArray[np.float64]
    prices: str

    @property
    def years(self) -> int:
        return len(self.nodes)


@dataclass(frozen=True, slots=True, eq=False)
class Hanging:
    """What of a deal's cash hangs on take-up, price and capital, from year 0 [GBP, real].

    Attributes:
        income_gbp: what comes in by nodes and price as planned.
        least_gbp: what comes in of it whatever is taken up.
        capital_gbp: what is laid out in capital.
        cost_of_income: what running costs for each pound of planned income.
    """

    income_gbp: NDArray[np.float64]
    least_gbp: NDArray[np.float64]
    capital_gbp: NDArray[np.float64]
    cost_of_income: float = 0.0


@dataclass(frozen=True, slots=True)
class Deal:
    """A council's cash under a deal, in real terms, and the bearers of its risks."""

    name: str
    cash: RealFlows
    bearers: Mapping[Risk, Bearer]
    hanging: Hanging


def guaranteed_share(
    revenue_gbp: NDArray[np.float64],
    guarantee_gbp: float,
    share: float,
    threshold_gbp: float | None = None,
) -> NDArray[np.float64]:
    """What a concession pays each year [GBP].

    The greater of guarantee and share; with a threshold, the guarantee and a share of revenue
    above the threshold added to it. Agreements say which.
    """
    if threshold_gbp is None:
        return np.maximum(guarantee_gbp, share * revenue_gbp)
    return guarantee_gbp + share * np.maximum(0.0, revenue_gbp - threshold_gbp)


def concession(
    roll_out: RollOut,
    *,
    operator_gbp_per_node: float,
    guarantee_gbp: float,
    share: float,
    upfront_gbp: float,
    council_gbp_per_year: float,
    threshold_gbp: float | None = None,
) -> Deal:
    """One concessionaire builds and runs; the council has a guarantee against a share."""
    revenue = roll_out.nodes * operator_gbp_per_node
    paid = guaranteed_share(revenue, guarantee_gbp, share, threshold_gbp)
    # With a threshold the guarantee comes on top: the share of the threshold is the least.
    least = guarantee_gbp if threshold_gbp is None else share * threshold_gbp
    return _deal(
        "concession with guarantee and share",
        upfront_gbp,
        paid - council_gbp_per_year,
        roll_out,
        ("shared", "shared", "partner", "partner", "partner", "council"),
        _hanging(share * revenue, least_gbp=least),
    )


def open_access(
    roll_out: RollOut,
    *,
    fee_gbp_per_node: float,
    council_gbp_per_year: float,
    preparation_gbp: float,
) -> Deal:
    """Any operator takes a node at a flat fee; the council prepares the assets."""
    return _deal(
        "open access, licence for each node",
        -preparation_gbp,
        roll_out.nodes * fee_gbp_per_node - council_gbp_per_year,
        roll_out,
        ("council", "council", "shared", "partner", "partner", "shared"),
        _hanging(roll_out.nodes * fee_gbp_per_node, now_gbp=preparation_gbp),
    )


def own_and_operate(
    roll_out: RollOut,
    *,
    operator_gbp_per_node: float,
    capital_gbp_per_node: float,
    running_gbp_per_node: float,
    council_gbp_per_year: float,
    replaced_after_years: int,
) -> Deal:
    """The council builds and runs, and sells service to operators.

    Equipment is bought as nodes are added, and again `replaced_after_years` later.
    """
    if replaced_after_years < 1:
        raise Refused("equipment lasts at least a year")
    bought = np.maximum(0.0, np.diff(roll_out.nodes, prepend=0.0))
    for year in range(replaced_after_years, roll_out.years):
        bought[year] += bought[year - replaced_after_years]
    margin = roll_out.nodes * (operator_gbp_per_node - running_gbp_per_node)
    return _deal(
        "own and operate",
        0.0,
        margin - bought * capital_gbp_per_node - council_gbp_per_year,
        roll_out,
        ("council", "council", "council", "council", "council", "council"),
        _hanging(
            roll_out.nodes * operator_gbp_per_node,
            capital_gbp=bought * capital_gbp_per_node,
            cost_of_income=running_gbp_per_node / operator_gbp_per_node
            if operator_gbp_per_node
            else 0.0,
        ),
    )


def neutral_host(
    roll_out: RollOut,
    *,
    operator_gbp_per_node: float,
    operators_per_node: float,
    share: float,
    fee_gbp_per_node: float,
    council_gbp_per_year: float,
) -> Deal:
    """A host builds once for several operators; the council has a fee and a share of all."""
    gross = operator_gbp_per_node * operators_per_node
    return _deal(
        "neutral host",
        0.0,
        roll_out.nodes * (fee_gbp_per_node + share * gross) - council_gbp_per_year,
        roll_out,
        ("shared", "shared", "partner", "partner", "partner", "shared"),
        _hanging(roll_out.nodes * (fee_gbp_per_node + share * gross)),
    )


def _deal(
    name: str,
    now_gbp: float,
    yearly_gbp: NDArray[np.float64],
    roll_out: RollOut,
    bearers: Sequence[Bearer],
    hanging: Hanging,
) -> Deal:
    cash = RealFlows.of(np.concatenate(([now_gbp], yearly_gbp)), roll_out.prices)
    return Deal(name, cash, dict(zip(RISKS, bearers, strict=True)), hanging)


def _hanging(
    income_gbp: NDArray[np.float64],
    *,
    least_gbp: float = 0.0,
    now_gbp: float = 0.0,
    capital_gbp: NDArray[np.float64] | None = None,
    cost_of_income: float = 0.0,
) -> Hanging:
    """Of years 1, 2, ...; `now_gbp` is capital of year 0."""
    capital = np.zeros_like(income_gbp) if capital_gbp is None else capital_gbp
    return Hanging(
        np.concatenate(([0.0], income_gbp)),
        np.concatenate(([0.0], np.full_like(income_gbp, least_gbp))),
        np.concatenate(([now_gbp], capital)),
        cost_of_income,
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the comparison."""

    name: str
    npv_gbp: float
    irr: Irr
    payback_years: float | None
    worst_year_gbp: float
    most_outlaid_gbp: float
    council_bears: tuple[Risk, ...]
    shared: tuple[Risk, ...]


def compared(deals: Sequence[Deal], discount: RealDiscount, timing: Timing) -> list[Compared]:
    """Deals by falling present value. Raises Refused where they cover different years."""
    if len({(len(deal.cash.amounts), deal.cash.prices) for deal in deals}) > 1:
        raise Refused("deals over different years, or in different prices, are not compared")
    rows = [_row(deal, discount, timing) for deal in deals]
    return sorted(rows, key=lambda row: -row.npv_gbp)


def _row(deal: Deal, discount: RealDiscount, timing: Timing) -> Compared:
    amounts = deal.cash.amounts
    return Compared(
        deal.name,
        npv(deal.cash, discount, timing),
        irr(deal.cash),
        payback(deal.cash),
        float(amounts.min()),
        float(max(0.0, -np.cumsum(amounts).min())),
        tuple(risk for risk, bearer in deal.bearers.items() if bearer == "council"),
        tuple(risk for risk, bearer in deal.bearers.items() if bearer == "shared"),
    )
