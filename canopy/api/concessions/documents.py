"""Money of agreements as the wire has it: whole pence, in members named so."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from canopy.api.register.documents import TermsGiven
from canopy.concessions.appraisal.portfolio import Earner, PortfolioView, YearSum
from canopy.concessions.appraisal.withholding import (
    AMOUNTS,
    FEWEST,
    Amount,
    tellable,
    tellable_amounts,
)
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.deposits import DepositMovement
from canopy.concessions.schedule.lines import Line, YearTotal, by_financial_year
from canopy.concessions.standing import LIVE, Status
from canopy.concessions.terms.agreement import Agreement


class LineOut(BaseModel):
    """One amount that falls due, for the days from `first` to `last`."""

    model_config = ConfigDict(from_attributes=True)

    due: date
    first: date
    last: date
    charge: str
    side: str
    what: str
    account: str
    net_pence: int
    vat_pence: int
    assumed: bool
    """Whether it rests on a scenario of an index, or on energy that no reading tells."""


class YearOut(BaseModel):
    """Sums of a financial year, of revenue or of capital."""

    year: str
    account: str
    income_pence: int
    cost_pence: int


class DepositOut(BaseModel):
    """Money of a deposit: to the council above 0, given back below."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    what: str
    pence: int


class ScheduleOut(BaseModel):
    """The dated schedule of an agreement; `reason` says why there is none."""

    ref: str
    lines: list[LineOut]
    deposit: list[DepositOut]
    """In no sum of a financial year: it is neither income nor a cost."""
    financial_years: list[YearOut]
    reason: str | None
    sources: list[str]
    metering: list[str]
    """How much rests on readings of meters, and which periods lack some."""


class PortfolioYear(BaseModel):
    """What falls due in a financial year; revenue and capital apart."""

    year: str
    income_pence: int | None
    cost_pence: int | None
    capital_income_pence: int | None
    capital_cost_pence: int | None
    """Each None where too few agreements are in it."""


class GroupOut(BaseModel):
    """Revenue income of the financial year of `on`; None where too few agreements are in it."""

    name: str
    agreements: int
    income_pence: int | None


class ExpiringOut(BaseModel):
    """Terms that end in a financial year."""

    year: str
    count: int
    refs: list[str]
    income_pence: int | None


class PortfolioOut(BaseModel):
    """The live agreements on a day."""

    on: date
    year: str
    statuses: dict[str, int]
    income_pence: int | None
    years: list[PortfolioYear]
    kinds: list[GroupOut]
    operators: list[GroupOut]
    expiring: list[ExpiringOut]
    without_schedule: dict[str, str]
    sources: list[str]


class AssetIncomeOut(BaseModel):
    """An asset of live agreements: its share of their income, or the band that it lies in."""

    asset_ref: str
    income_pence: int | None
    band: str
    ends_on: date | None
    agreements: list[str]


class AssetsOut(BaseModel):
    """Assets that earn in a financial year, by reference; those not named here are void."""

    on: date
    year: str
    assets: list[AssetIncomeOut]


class ValueIn(TermsGiven):
    """Terms to be valued, and on which basis; rates are percents."""

    real_rate_percent: Annotated[float, Field(ge=-5, le=50)] | None = None
    """The Green Book's schedule where absent."""
    nominal_rate_percent: Annotated[float, Field(ge=-5, le=100)] | None = None
    deflator: Literal["cpi", "cpih", "rpi"] = "cpi"
    price_lag_months: Annotated[int, Field(ge=0, le=12)] = 2
    """Prices of a year are those of the index figure of so many months before it begins."""
    timing: Literal["start", "middle", "end"] = "middle"
    from_day: date | None = None
    last_day: date | None = None


class ScheduleIn(TermsGiven):
    """Terms to be scheduled; of an agreement that continues, past its term as it is counted."""

    status: Status = Status.active


class CheckedOut(BaseModel):
    """Terms that are in order."""

    ref: str
    kind: str
    starts_on: date
    ends_on: date
    charges: int
    costs: int


def schedule_of(
    agreement: Agreement,
    lines: tuple[Line, ...],
    deposit: list[DepositMovement],
    reason: str | None,
    sources: list[str],
    metering: list[str],
) -> ScheduleOut:
    """A schedule with its sums by financial year."""
    years = [
        _year_out(year, account, total)
        for account in ("revenue", "capital")
        for year, total in by_financial_year(lines, account).items()
    ]
    return ScheduleOut(
        ref=agreement.ref,
        lines=[LineOut.model_validate(line) for line in lines],
        deposit=[DepositOut.model_validate(each) for each in deposit],
        financial_years=years,
        reason=reason,
        sources=sources,
        metering=metering,
    )


def _year_out(year: FinancialYear, account: str, total: YearTotal) -> YearOut:
    return YearOut(
        year=f"{year}", account=account, income_pence=total.income_pence,
        cost_pence=total.cost_pence,
    )  # fmt: skip


def portfolio_of(
    view: PortfolioView, earners: list[Earner], sources: list[str], whole: bool
) -> PortfolioOut:
    """The portfolio. `whole`: also what could tell of a single agreement."""
    live = [each for each in earners if each.registered.status in LIVE]

    def told(count: int, pence: int) -> int | None:
        return pence if whole or count >= FEWEST else None

    by_kind = Counter[str](each.agreement.kind for each in live)
    by_operator = Counter[str](each.operator for each in live)
    paying = [each for each in live if _pays(each, FinancialYear.of(view.on))]
    paying_refs = {each.agreement.ref for each in paying}
    paying_by_kind = {name: 0 for name in view.kinds} | Counter[str](
        each.agreement.kind for each in paying
    )
    kinds_told, amounts_told = tellable(paying_by_kind), tellable_amounts(live)
    return PortfolioOut(
        on=view.on,
        year=f"{FinancialYear.of(view.on)}",
        statuses=dict(view.statuses),
        income_pence=told(len(paying), view.income_pence),
        years=[
            PortfolioYear(
                year=f"{year}",
                **_sums(each, frozenset(AMOUNTS) if whole else amounts_told[year]),
            )
            for year, each in view.years.items()
            if whole or year in amounts_told
        ],
        kinds=[
            GroupOut(
                name=name, agreements=by_kind[name],
                income_pence=pence if whole or name in kinds_told else None,
            )
            for name, pence in view.kinds.items()
        ],
        operators=[
            GroupOut(
                name=name, agreements=by_operator[name],
                income_pence=told(by_operator[name], pence),
            )
            for name, pence in view.operators.items()
        ]
        if whole
        else [],
        expiring=[
            ExpiringOut(
                year=f"{year}", count=len(each.refs), refs=list(each.refs) if whole else [],
                income_pence=told(len(paying_refs & set(each.refs)), each.income_pence),
            )
            for year, each in view.expiring.items()
        ],
        without_schedule=dict(view.without_schedule) if whole else {},
        sources=sources,
    )  # fmt: skip


def _pays(each: Earner, year: FinancialYear) -> bool:
    return any(year.start <= line.due <= year.end for line in each.lines)


def _sums(year: YearSum, told: frozenset[Amount]) -> dict[str, int | None]:
    sums = {
        ("revenue", "income"): ("income_pence", year.income_pence),
        ("revenue", "cost"): ("cost_pence", year.cost_pence),
        ("capital", "income"): ("capital_income_pence", year.capital_income_pence),
        ("capital", "cost"): ("capital_cost_pence", year.capital_cost_pence),
    }
    return {name: pence if amount in told else None for amount, (name, pence) in sums.items()}
