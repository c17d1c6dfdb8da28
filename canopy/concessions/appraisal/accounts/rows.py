"""The figures that appraise an agreement, as people read them."""

from __future__ import annotations

from collections.abc import Iterator

from canopy.concessions.appraisal.accounts.figures import CONVENTIONS, Convention, Returns, Years
from canopy.concessions.appraisal.accounts.made import Accounts
from canopy.concessions.rounding import pounds
from canopy.concessions.valuation.returns import COVER_WARNING, Irr

FIGURES = ("figure", "value", "on what")
_WHEN: dict[Convention, str] = {
    "start": "cash at the start of each year",
    "middle": "cash in the middle of each year",
    "end": "cash at the end of each year",
    "dated": "each amount on its own day, years of 365 days (XNPV)",
}
Shown = tuple[str, str, str]


def figures(found: Accounts) -> Iterator[Shown]:
    """Name, value and basis of every figure; where there is none, the reason is the basis."""
    yield from _of("real", found.real)
    after = found.real_after_financing
    yield (
        "NPV of the council's cash after financing, real",
        _money(after.pence), after.reason or f"{found.real.prices}; {found.asked.basis.timing}",
    )  # fmt: skip
    yield from _of("nominal", found.nominal)
    for each in found.unit_costs:
        yield (
            f"cost for each {each.unit} and year",
            f"{each.gbp:,.2f}",
            f"volume {each.volume}, real",
        )
    low = [f"{year.number}" for year in found.valuation.cover if year.flagged]
    ratios = [year.ratio for year in found.valuation.cover if year.ratio is not None]
    if ratios:
        told = f"below {COVER_WARNING:g} in contract years {', '.join(low)}" if low else "never low"
        yield "lowest cover of the guarantee", f"{min(ratios):.2f}", told
    yield from _economic(found)


def _of(terms: str, found: Returns) -> Iterator[Shown]:
    for each in CONVENTIONS:
        pence = found.npv_pence.get(each)
        if pence is not None:
            why = f"{found.prices}; {_WHEN[each]}; {found.rate}"
            yield f"NPV of the council's cash, {terms}, {each}", _money(pence), why
    if found.reason:
        yield f"NPV of the council's cash, {terms}", "none", found.reason
    yield f"IRR, {terms}", *_rate(found.irr, found.prices)
    yield f"XIRR, {terms}", *_rate(found.xirr, found.prices)
    yield f"payback, {terms}", *_time(found.payback, found.prices)
    yield f"discounted payback, {terms}", *_time(found.discounted_payback, found.prices)


def _economic(found: Accounts) -> Iterator[Shown]:
    if found.economic is None:
        yield "net present social value", "none", found.reason or ""
        return
    total = found.economic.total
    why = f"economic account, real; {found.asked.basis.real.source}"
    optimism = f"{total.optimism_bias:.0%} for optimism on capital: {found.asked.optimism.source}"
    yield "present value of benefits to society", _gbp(total.benefits_pv_gbp), why
    yield "present value of costs to society", _gbp(total.costs_pv_gbp), optimism
    yield "net present social value", _gbp(total.net_present_social_value_gbp), why
    ratio = total.benefit_cost_ratio
    if ratio is None:
        yield "benefit-cost ratio", "none", "there are no costs to society"
    else:
        yield "benefit-cost ratio", f"{ratio:.4f}", "transfers and financing do not count"


def _money(pence: int | None) -> str:
    return "none" if pence is None else f"{pounds(pence):,.2f}"


def _gbp(amount: float) -> str:
    return _money(round(100 * amount))


def _rate(found: Irr, prices: str) -> tuple[str, str]:
    return ("none", found.reason or "") if found.rate is None else (f"{found.rate:.4%}", prices)


def _time(found: Years, prices: str) -> tuple[str, str]:
    if found.years is None:
        return "none", found.reason or ""
    return f"{found.years:.2f} years", prices
