"""Rents of the register compared over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from canopy.api.concessions.deps import PlannerOf, SchedulesOf, sees_all
from canopy.api.deps import DatabaseOf
from canopy.api.on_days import OnDay
from canopy.assets.queries import kinds_by_ref, now_utc
from canopy.concessions.appraisal.benchmarks import RentGroup, benchmarks
from canopy.concessions.appraisal.withholding import FEWEST
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.register.valuing import counted

router = APIRouter(tags=["register"])


class RentOut(BaseModel):
    """An agreement's rent, and how far it is from the median [GBP/yr for each asset]."""

    model_config = ConfigDict(from_attributes=True)

    ref: str
    assets: int
    yearly: Decimal
    difference: Decimal
    part: Decimal | None
    """The difference as a part of the median."""


class PublishedOut(BaseModel):
    """A published rent of such a site [GBP/yr]; one not `seen` is cited from memory."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    year: int
    yearly_gbp: float
    source: str
    seen: bool


class BenchmarkOut(BaseModel):
    """Rents that may be compared; figures are null where too few agreements are in them."""

    asset_kind: str
    charge: str
    basis: str
    agreements: int
    is_withheld: bool
    lower_quartile: Decimal | None
    median: Decimal | None
    upper_quartile: Decimal | None
    rents: list[RentOut]
    published: list[PublishedOut]


class BenchmarksOut(BaseModel):
    """The groups of a financial year; `left_out` has reasons by reference."""

    on: date
    year: str
    groups: list[BenchmarkOut]
    left_out: dict[str, str]


@router.get("/register/benchmarks")
def show_benchmarks(
    database: DatabaseOf, principal: PlannerOf, schedules: SchedulesOf, on: OnDay = None
) -> BenchmarksOut:
    """Rents by kind of asset, type of charge and valuation basis, for each asset and whole year.

    Planners are told no single rent, and no figure of fewer than five agreements.
    """
    day = on or now_utc().date()
    with database.reading() as session:
        held = counted(session)
        refs = [asset.ref for each in held for asset in each.agreement.assets]
        kinds = kinds_by_ref(session, refs)
    found = benchmarks(schedules.earners(held), kinds, FinancialYear.of(day))
    whole = sees_all(principal)
    return BenchmarksOut(
        on=day, year=f"{found.year}", groups=[_group(each, whole) for each in found.groups],
        left_out=dict(found.left_out) if whole else {},
    )  # fmt: skip


def _group(group: RentGroup, whole: bool) -> BenchmarkOut:
    told = whole or len(group.rents) >= FEWEST
    return BenchmarkOut(
        asset_kind=group.key.asset_kind,
        charge=group.key.charge,
        basis=group.key.basis,
        agreements=len(group.rents),
        is_withheld=not told,
        lower_quartile=group.lower_quartile if told else None,
        median=group.median if told else None,
        upper_quartile=group.upper_quartile if told else None,
        rents=[RentOut.model_validate(each) for each in group.rents] if whole else [],
        published=[PublishedOut.model_validate(each) for each in group.published],
    )
