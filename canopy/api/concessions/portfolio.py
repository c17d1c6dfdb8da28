"""What all agreements earn and what may end, told to whom it may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel

from canopy.api.concessions.deps import PlannerOf, SchedulesOf, sees_all
from canopy.api.deps import DatabaseOf
from canopy.api.on_days import OnDay
from canopy.assets.queries import kinds_by_ref, now_utc
from canopy.concessions.appraisal.breakdown import (
    Part,
    asset_kinds,
    income_in,
    operators,
    parts_of,
)
from canopy.concessions.appraisal.portfolio import (
    Earner,
    Expiring,
    PortfolioView,
    YearSum,
    portfolio,
)
from canopy.concessions.appraisal.uncounted import Uncounted, known, uncounted
from canopy.concessions.appraisal.withholding import (
    AMOUNTS,
    Amount,
    YearTold,
    tellable_amounts,
)
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.register.valuing import counted
from canopy.concessions.standing import LIVE

MOST_YEARS = 100

router = APIRouter()
_Group = TypeVar("_Group")


class PortfolioYear(BaseModel):
    """What falls due in a financial year; revenue and capital apart."""

    year: str
    income_pence: int | None
    cost_pence: int | None
    capital_income_pence: int | None
    capital_cost_pence: int | None
    """Each None where too few agreements are in it, or none that has a schedule."""
    uncounted: int
    """Live agreements of the year that are in no sum, since they have no schedule."""


class GroupYear(BaseModel):
    """Revenue income of a financial year; None where too few agreements are in it, or none that has
    a schedule.
    """

    year: str
    income_pence: int | None


class GroupYears(BaseModel):
    """Revenue income of each financial year that is told of."""

    name: str
    agreements: int
    uncounted: int
    """Of the agreements, those in no sum, since they have no schedule."""
    years: list[GroupYear]


class GroupOut(BaseModel):
    """Revenue income of the financial year of `on`; None where too few agreements are in it, or
    none that has a schedule.
    """

    name: str
    agreements: int
    uncounted: int
    """Of the agreements, those in no sum, since they have no schedule."""
    income_pence: int | None


class ExpiringOut(BaseModel):
    """Terms that end, or may be ended, in a financial year; income is that of the year of `on`."""

    year: str
    count: int
    refs: list[str]
    uncounted: int
    """Of them, those in no sum, since they have no schedule."""
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
    asset_kinds: list[GroupYears]
    """An agreement's income is shared over its assets."""
    operators_by_year: list[GroupYears]
    expiring: list[ExpiringOut]
    breaking: list[ExpiringOut]
    """By the first year in which another party than the council may end them early."""
    uncounted: int
    """Live agreements that are in no sum, since they have no schedule; `without_schedule` says
    which and why, to those who may know of single agreements.
    """
    without_schedule: dict[str, str]
    sources: list[str]


@router.get("/portfolio")
def show_portfolio(
    database: DatabaseOf,
    principal: PlannerOf,
    schedules: SchedulesOf,
    on: OnDay = None,
    years: Annotated[int, Query(ge=1, le=MOST_YEARS)] = 25,
) -> PortfolioOut:
    """What all agreements earn, by financial year, kind and operator, and which terms end.

    Planners are told no sum over fewer than five agreements, nor sums from which one follows.
    Agreements without a schedule are in no sum: `uncounted` says of how many each is without.
    """
    day, whole = on or now_utc().date(), sees_all(principal)
    with database.reading() as session:
        held = counted(session)
        refs = (asset.ref for each in held for asset in each.agreement.assets)
        kinds = kinds_by_ref(session, refs)
    earners = schedules.earners(held)
    # To planners breaks are the same on every day of a year: from two days' sums one would follow.
    view = portfolio(earners, day, years, day if whole else FinancialYear.of(day).start)
    return portfolio_of(
        view, earners, parts_of(earners, kinds), schedules.inputs().sources, whole=whole
    )


def portfolio_of(
    view: PortfolioView,
    earners: Sequence[Earner],
    parts: Sequence[Part],
    sources: list[str],
    *,
    whole: bool,
) -> PortfolioOut:
    """The portfolio. `whole`: also what could tell of a single agreement."""
    live = [each for each in earners if each.registered.status in LIVE]
    this = FinancialYear.of(view.on)
    amounts = dict.fromkeys(view.years, frozenset(AMOUNTS)) if whole else tellable_amounts(live)
    told = {} if whole else {year: YearTold(parts, year) for year in {this, *view.years}}
    by_kind = Counter[str](each.agreement.kind for each in live)
    by_operator = Counter[str](each.operator for each in live)
    ending, breaking = (
        (told[this].groups({year: each.refs for year, each in found.items()}) if told else None)
        for found in (view.expiring, view.breaking)
    )
    shown = [year for year in view.years if year in amounts]
    without = uncounted(live)
    refs = {each.ref: each for each in without}
    # By income only for those who may know it: the order would tell which of two is greater.
    ordered = _as_given if whole else _by_name
    return PortfolioOut(
        on=view.on,
        year=f"{this}",
        statuses=dict(view.statuses),
        income_pence=known(view.income_pence, without, this)
        if whole or told[this].total
        else None,
        years=[
            PortfolioYear(
                year=f"{year}", uncounted=sum(each.is_in(year) for each in without),
                **_sums(view.years[year], amounts[year], told.get(year), without, year),
            )
            for year in shown
        ],
        kinds=[
            _group(
                name, pence if whole or told[this].kind(name) else None, by_kind[name],
                [each for each in without if each.kind == name], this,
            )
            for name, pence in ordered(view.kinds)
        ],
        operators=[
            _group(
                name, pence, by_operator[name],
                [refs[each.agreement.ref] for each in live
                 if each.operator == name and each.agreement.ref in refs], this,
            )
            for name, pence in view.operators.items()
        ]
        if whole
        else [],
        asset_kinds=[
            _group_years(
                name, group,
                {year: whole or told[year].asset_kind(name) for year in shown}, refs,
            )
            for name, group in ordered(asset_kinds(parts))
        ],
        operators_by_year=[
            _group_years(name, group, dict.fromkeys(shown, True), refs)
            for name, group in operators(parts).items()
        ]
        if whole
        else [],
        expiring=_expiring(view.expiring, ending, refs, this),
        breaking=_expiring(view.breaking, breaking, refs, this),
        uncounted=len(without),
        without_schedule=dict(view.without_schedule) if whole else {},
        sources=sources,
    )  # fmt: skip


def _as_given(groups: Mapping[str, _Group]) -> list[tuple[str, _Group]]:
    return list(groups.items())


def _by_name(groups: Mapping[str, _Group]) -> list[tuple[str, _Group]]:
    return sorted(groups.items(), key=lambda each: each[0])


def _group(
    name: str,
    pence: int | None,
    agreements: int,
    without: Sequence[Uncounted],
    year: FinancialYear,
) -> GroupOut:
    return GroupOut(
        name=name, agreements=agreements, uncounted=len(without),
        income_pence=None if pence is None else known(pence, without, year),
    )  # fmt: skip


def _group_years(
    name: str,
    parts: Sequence[Part],
    years: Mapping[FinancialYear, bool],
    uncounted_refs: Mapping[str, Uncounted],
) -> GroupYears:
    refs = {part.ref for part in parts}
    without = [uncounted_refs[ref] for ref in sorted(refs & uncounted_refs.keys())]
    return GroupYears(
        name=name,
        agreements=len(refs),
        uncounted=len(without),
        years=[
            GroupYear(
                year=f"{year}",
                income_pence=known(income_in(parts, year), without, year) if told else None,
            )
            for year, told in years.items()
        ],
    )


def _expiring(
    found: Mapping[FinancialYear, Expiring],
    told: set[FinancialYear] | None,
    uncounted_refs: Mapping[str, Uncounted],
    this: FinancialYear,
) -> list[ExpiringOut]:
    """`told`: the years whose income is told, without references; None for everything."""
    listed = []
    for year, each in found.items():
        without = [uncounted_refs[ref] for ref in each.refs if ref in uncounted_refs]
        income = known(each.income_pence, without, this)
        listed.append(
            ExpiringOut(
                year=f"{year}", count=len(each.refs), uncounted=len(without),
                refs=list(each.refs) if told is None else [],
                income_pence=income if told is None or year in told else None,
            )
        )  # fmt: skip
    return listed


def _sums(
    year: YearSum,
    told: frozenset[Amount],
    income: YearTold | None,
    without: Sequence[Uncounted],
    of: FinancialYear,
) -> dict[str, int | None]:
    sums = {
        ("revenue", "income"): ("income_pence", year.income_pence),
        ("revenue", "cost"): ("cost_pence", year.cost_pence),
        ("capital", "income"): ("capital_income_pence", year.capital_income_pence),
        ("capital", "cost"): ("capital_cost_pence", year.capital_cost_pence),
    }
    if income is not None and not income.total and year.income_pence:
        told -= {("revenue", "income")}
    return {
        name: known(pence, without, of, amount) if amount in told else None
        for amount, (name, pence) in sums.items()
    }
