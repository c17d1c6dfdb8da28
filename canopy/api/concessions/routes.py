"""What agreements are worth, over HTTP: terms checked and valued, schedules, what assets earn."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response

from canopy.api.concessions import (
    accounts,
    code,
    comparing,
    portfolio,
    prospects,
    simulation,
    voids,
)
from canopy.api.concessions.deps import PlannerOf, SchedulesOf, sees_all
from canopy.api.concessions.documents import (
    AssetIncomeOut,
    AssetsOut,
    CheckedOut,
    ScheduleIn,
    ScheduleOut,
    ValueIn,
    schedule_of,
)
from canopy.api.deps import DatabaseOf
from canopy.api.on_days import OnDay
from canopy.api.register.deps import BodyOf, KeeperOf, ReaderOf, SeenAgreement, only_party
from canopy.api.register.documents import TermsGiven, body_schema, read_in
from canopy.assets.queries import now_utc
from canopy.concessions.appraisal.portfolio import AssetIncome, by_asset
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.register.valuing import counted
from canopy.concessions.schedule.deposits import deposit_movements
from canopy.concessions.standing import Status
from canopy.concessions.terms.reading import json_schema

CONCESSIONS = "/concessions"
BANDS = (
    (0, "nothing"), (100_000, "under £1,000"), (500_000, "£1,000 to £4,999"),
    (1_000_000, "£5,000 to £9,999"), (2_500_000, "£10,000 to £24,999"),
)  # fmt: skip
"""Upper ends of bands of yearly income, exclusive [p]; the first for nothing at all."""
TOP_BAND = "£25,000 and more"
NOT_KNOWN = "not known"
"""Of assets whose agreements have no schedule."""
IN_PART = "known in part"
"""Of assets some of whose agreements have no schedule: the band of the others would mislead."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter(prefix=CONCESSIONS, tags=["concessions"])
router.include_router(simulation.router)
router.include_router(comparing.router)
router.include_router(prospects.router)
router.include_router(portfolio.router)
router.include_router(voids.router)
router.include_router(accounts.router)
router.include_router(code.router)


@router.get("/schema")
def terms_schema() -> dict[str, Any]:
    """JSON Schema of terms, for editors that help while one writes."""
    return json_schema()


@router.post("/check", openapi_extra=body_schema(TermsGiven))
def check_terms(body: BodyOf, principal: KeeperOf) -> CheckedOut:
    """Check terms: every wrong field is told at once, with the rule that it breaks."""
    agreement = read_in(TermsGiven, body).agreement()
    return CheckedOut(
        ref=agreement.ref, kind=agreement.kind, starts_on=agreement.term.start,
        ends_on=agreement.term.end, charges=len(agreement.charges), costs=len(agreement.costs),
    )  # fmt: skip


@router.post("/schedule", openapi_extra=body_schema(ScheduleIn))
def schedule_terms(body: BodyOf, principal: KeeperOf, schedules: SchedulesOf) -> ScheduleOut:
    """The dated schedule of terms that need not be in the register, before they are saved."""
    wanted = read_in(ScheduleIn, body)
    agreement = wanted.agreement()
    lines, reason = schedules.preview(agreement, wanted.status)
    deposit = deposit_movements(agreement, None)
    metering = [] if reason else schedules.metering(agreement, wanted.status)
    return schedule_of(agreement, lines, deposit, reason, schedules.inputs().sources, metering)


@router.post("/value", openapi_extra=body_schema(ValueIn))
def value_terms(body: BodyOf, principal: KeeperOf, schedules: SchedulesOf) -> dict[str, Any]:
    """Value terms that need not be in the register: the document of `canopy concession value`."""
    wanted = read_in(ValueIn, body)
    return _valued(wanted.agreement(), wanted, schedules)


@router.get("/agreements/{ref:path}/schedule")
def agreement_schedule(
    found: SeenAgreement, schedules: SchedulesOf, principal: ReaderOf
) -> ScheduleOut:
    """The dated schedule of an agreement, to the penny, and its sums by financial year.

    Operators are told what is charged, and nothing of what the council spends.
    """
    lines, reason = schedules.of(found)
    if only_party(principal) is not None:
        lines = tuple(each for each in lines if each.side == "income")
    ended_on = found.status_on if found.status is Status.ended else None
    deposit = deposit_movements(found.agreement, ended_on)
    metering = [] if reason else schedules.metering(found.agreement, found.status)
    sources = schedules.inputs().sources
    return schedule_of(found.agreement, lines, deposit, reason, sources, metering)


@router.get("/agreements/{ref:path}/value")
def agreement_value(
    found: SeenAgreement, principal: KeeperOf, schedules: SchedulesOf
) -> dict[str, Any]:
    """What an agreement is worth by the Green Book's rates: present value, return, cover."""
    return _valued(found.agreement, ValueIn(), schedules)


@router.get(
    "/agreements/{ref:path}/workbook.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
def agreement_workbook(
    found: SeenAgreement, principal: KeeperOf, schedules: SchedulesOf
) -> Response:
    """The valuation as a workbook whose totals are live formulas."""
    from canopy.concessions.appraisal.value import Basis, value
    from canopy.concessions.appraisal.workbook import write_workbook

    indices = schedules.inputs().indices(found.agreement)
    valuation = value(found.agreement, indices, Basis(), schedules.meters(found.agreement))
    with tempfile.TemporaryDirectory(prefix="canopy-workbook-") as folder:
        path = Path(folder) / "workbook.xlsx"
        write_workbook(valuation, path, now_utc())
        content = path.read_bytes()
    return Response(
        content, media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="agreement.xlsx"'},
    )  # fmt: skip


def _valued(agreement: Any, wanted: ValueIn, schedules: SchedulesOf) -> dict[str, Any]:
    from canopy.concessions.appraisal.documents import as_json
    from canopy.concessions.appraisal.value import Basis, value
    from canopy.concessions.valuation.discounting import GREEN_BOOK, flat_nominal, flat_real

    real, nominal = wanted.real_rate_percent, wanted.nominal_rate_percent
    basis = Basis(
        GREEN_BOOK if real is None else flat_real(real / 100, f"real, {real:g} %, as asked"),
        None if nominal is None else flat_nominal(nominal / 100, f"nominal, {nominal:g} %"),
        wanted.deflator, wanted.timing, wanted.from_day, wanted.last_day,
        wanted.price_lag_months,
    )  # fmt: skip
    indices = schedules.inputs().indices(agreement, wanted.deflator)
    valuation = value(agreement, indices, basis, schedules.meters(agreement))
    found: dict[str, Any] = json.load(io.StringIO(as_json(valuation)))
    return found


@router.get("/assets")
def asset_incomes(
    database: DatabaseOf,
    principal: PlannerOf,
    schedules: SchedulesOf,
    on: OnDay = None,
) -> AssetsOut:
    """What each asset of live agreements earns in the financial year, its agreements' income
    shared over their assets. Planners are told bands, without agreements and days. Of assets whose
    agreements have no schedule the band is "not known"; where that is so of some of them it is
    "known in part", and the income is that of the others (`is_part`).
    """
    day = on or now_utc().date()
    year = FinancialYear.of(day)
    with database.reading() as session:
        held = counted(session)
    found = by_asset(schedules.earners(held), year)
    whole = sees_all(principal)
    return AssetsOut(
        on=day, year=f"{year}", assets=[_asset_out(found[ref], whole) for ref in sorted(found)]
    )


def _asset_out(each: AssetIncome, whole: bool) -> AssetIncomeOut:
    return AssetIncomeOut(
        asset_ref=each.asset_ref,
        income_pence=each.income_pence if whole and each.is_known else None,
        is_part=each.is_part and each.is_known,
        band=_band(each),
        ends_on=each.ends_on if whole else None,
        agreements=list(each.agreements) if whole else [],
    )


def _band(each: AssetIncome) -> str:
    if not each.is_known:
        return NOT_KNOWN
    return IN_PART if each.is_part else band_of(each.income_pence)


def band_of(income_pence: int) -> str:
    """The band of a yearly income."""
    if income_pence <= 0:
        return BANDS[0][1]
    return next((name for below, name in BANDS[1:] if income_pence < below), TOP_BAND)
