"""Money of agreements as the wire has it: whole pence, in members named so."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from canopy.api.register.documents import TermsGiven
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.deposits import DepositMovement
from canopy.concessions.schedule.lines import Line, YearTotal, by_financial_year
from canopy.concessions.standing import Status
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


class AssetIncomeOut(BaseModel):
    """An asset of live agreements: its share of their income, or the band that it lies in."""

    asset_ref: str
    income_pence: int | None
    is_part: bool
    """Whether some of its agreements have no schedule: then the income is without theirs."""
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
