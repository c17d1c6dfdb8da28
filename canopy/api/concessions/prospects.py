"""What is not let yet, and what is let at an old rent, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel

from canopy.api.concessions.deps import PlannerOf, SchedulesOf
from canopy.api.deps import DatabaseOf
from canopy.api.on_days import OnDay
from canopy.api.register.deps import KeeperOf
from canopy.assets.queries import kinds_by_ref, now_utc
from canopy.concessions.appraisal.prospecting import asked_of
from canopy.concessions.appraisal.renewals import renewals
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.register.valuing import counted

router = APIRouter()


class RenewalOut(BaseModel):
    """A letting: its rent now, and the published range of such a site under the Code [p/yr]."""

    ref: str
    passing_pence: int
    low_pence: int | None
    high_pence: int | None


class RenewalsOut(BaseModel):
    """Sums are over lettings of which something is published; the others are named. They are
    None where they are of no letting at all."""

    on: date
    year: str
    renewals: list[RenewalOut]
    passing_pence: int | None
    low_pence: int | None
    high_pence: int | None
    summed: int
    """Of how many lettings the sums are."""
    without_comparable: list[str]
    left_out: dict[str, str]
    """Why lettings are in no sum, by name: their rent is not known, their asset is no such site, or
    it is not known which asset is meant."""


class ProspectOut(BaseModel):
    """A group by year, from year 0 [lettings, p/yr in real terms]."""

    group: str
    let: list[float]
    income_pence: list[int]


class ProspectsOut(BaseModel):
    """Expected income of unlet assets."""

    prices: str
    groups: list[ProspectOut]
    sources: list[str]


@router.get("/renewals")
def code_renewals(
    database: DatabaseOf, principal: KeeperOf, schedules: SchedulesOf, on: OnDay = None
) -> RenewalsOut:
    """What renewing leases at rents of before the Code would do, beside published figures."""
    day = on or now_utc().date()
    year = FinancialYear.of(day)
    with database.reading() as session:
        held = counted(session)
        kinds = kinds_by_ref(
            session, (asset.ref for each in held for asset in each.agreement.assets)
        )
    effect, left_out = renewals(schedules.earners(held), kinds, year)
    return RenewalsOut(
        on=day, year=f"{year}",
        renewals=[
            RenewalOut(
                ref=each.ref, passing_pence=_pence(each.passing_gbp),
                low_pence=None if each.low_gbp is None else _pence(each.low_gbp),
                high_pence=None if each.high_gbp is None else _pence(each.high_gbp),
            )
            for each in effect.renewals
        ],
        **{
            f"{name}_pence": _pence(pounds) if effect.summed else None
            for name, pounds in (
                ("passing", effect.passing_gbp), ("low", effect.low_gbp),
                ("high", effect.high_gbp),
            )
        },
        summed=effect.summed, without_comparable=list(effect.without_comparable),
        left_out=left_out,
    )  # fmt: skip


@router.post("/prospects")
def expected_income(
    wanted: Annotated[dict[str, Any], Body()], principal: PlannerOf
) -> ProspectsOut:
    """What unlet assets may bring, by group: take-up, churn, sharing and price as asked."""
    asked = asked_of(wanted)
    return ProspectsOut(
        prices=asked.prices,
        groups=[
            ProspectOut(
                group=each.group, let=[float(x) for x in each.let],
                income_pence=[_pence(float(x)) for x in each.income.amounts],
            )
            for each in asked.expected()
        ],
        sources=asked.sources(),
    )  # fmt: skip


def _pence(pounds: float) -> int:
    return round(100 * pounds)
