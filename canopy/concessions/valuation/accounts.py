"""The two accounts of a plan. They are different types, and are never summed.

The *financial* account is the council's cash: rent counts, benefits to others do not. The
*economic* account is that of society: rent that an operator pays a council is a transfer and
does not count, and capital carries an allowance for optimism.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from canopy.concessions.valuation.discounting import RealDiscount, Timing, npv
from canopy.concessions.valuation.flows import RealFlows
from canopy.concessions.valuation.returns import (
    Irr,
    benefit_cost_ratio,
    discounted_payback,
    irr,
    payback,
)
from canopy.errors import Refused

Beneficiary = Literal["council", "business", "residents", "visitors"]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One stream of benefits or costs; amounts are never negative in either.

    Attributes:
        beneficiary: for whom; only what comes to the council is its cash.
        transfer: whether it merely moves money between others and the council, such as rent.
        capital: whether it is capital, which carries an allowance for optimism.
        financing: whether it is a loan's, or interest: cash of the council, of which society has
            neither a benefit nor a cost.
        source: of the value. A benefit without one is left out by whoever makes the account.
    """

    name: str
    side: Literal["benefit", "cost"]
    flows: RealFlows
    beneficiary: Beneficiary
    source: str
    transfer: bool = False
    capital: bool = False
    financing: bool = False


@dataclass(frozen=True, slots=True)
class FinancialAccount:
    """The council's cash, in real terms."""

    cash: RealFlows
    npv_gbp: float
    irr: Irr
    payback_years: float | None
    discounted_payback_years: float | None


@dataclass(frozen=True, slots=True)
class EconomicAccount:
    """Society's benefits and costs, in real terms."""

    benefits_pv_gbp: float
    costs_pv_gbp: float
    optimism_bias: float

    @property
    def net_present_social_value_gbp(self) -> float:
        return self.benefits_pv_gbp - self.costs_pv_gbp

    @property
    def benefit_cost_ratio(self) -> float | None:
        return benefit_cost_ratio(self.benefits_pv_gbp, self.costs_pv_gbp)


def financial_account(
    lines: Sequence[AccountLine], discount: RealDiscount, timing: Timing
) -> FinancialAccount:
    """Of the lines that are the council's cash; estimates stand as they are."""
    cash = council_cash(lines)
    return FinancialAccount(
        cash,
        npv(cash, discount, timing),
        irr(cash),
        payback(cash),
        discounted_payback(cash, discount, timing),
    )


def council_cash(lines: Iterable[AccountLine]) -> RealFlows:
    """What comes to the council less what it spends. Raises Refused where no line is its cash."""
    return _sum(
        RealFlows.of(each.flows.amounts * (1 if each.side == "benefit" else -1), each.flows.prices)
        for each in lines
        if each.beneficiary == "council"
    )


def economic_account(
    lines: Sequence[AccountLine], discount: RealDiscount, timing: Timing, optimism_bias: float
) -> EconomicAccount:
    """Of all lines but transfers and financing, `optimism_bias` added to capital [fraction]."""
    counted = [each for each in lines if not (each.transfer or each.financing)]
    benefits = sum(npv(each.flows, discount, timing) for each in counted if each.side == "benefit")
    costs = sum(
        npv(each.flows, discount, timing) * (1 + optimism_bias * each.capital)
        for each in counted
        if each.side == "cost"
    )
    return EconomicAccount(benefits, costs, optimism_bias)


def _sum(flows: Iterable[RealFlows]) -> RealFlows:
    each = iter(flows)
    try:
        total = next(each)
    except StopIteration:
        raise Refused("no line is the council's cash") from None
    for other in each:
        total = total.plus(other)
    return total
