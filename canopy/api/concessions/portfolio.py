"""What all agreements earn and what may end, told to whom it may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from canopy.api.concessions.deps import PlannerOf, SchedulesOf, sees_all
from canopy.api.concessions.portfolio_bodies import (
    ExpiringOut,
    GroupOut,
    GroupYear,
    GroupYears,
    PortfolioOut,
    PortfolioYear,
)
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
from canopy.concessions.appraisal.withholding import AMOUNTS, INCOME, Sum, Withholding
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.register.valuing import counted
from canopy.concessions.standing import LIVE

MOST_YEARS = 100

router = APIRouter()
_Group = TypeVar("_Group")


@router.get("/portfolio")
def show_portfolio(
    database: DatabaseOf,
    principal: PlannerOf,
    schedules: SchedulesOf,
    on: OnDay = None,
    years: Annotated[int, Query(ge=1, le=MOST_YEARS)] = 25,
) -> PortfolioOut:
    """What all agreements earn, by financial year, kind and operator, and which terms end.

    Planners are told no sum over fewer than five agreements, nor sums, of one year or several,
    from which one follows: a sum may then be of part of the agreements, and says so. Agreements
    without a schedule are in no sum: `uncounted` says of how many each is without.
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
    held = None if whole else Withholding(live, parts)
    by_kind = Counter[str](each.agreement.kind for each in live)
    by_operator = Counter[str](each.operator for each in live)
    told_of = None if held is None else held.years()
    shown = [year for year in view.years if told_of is None or year in told_of]
    without = {each.ref: each for each in uncounted(live)}
    missing = list(without.values())
    total = _whole(view.income_pence) if held is None else held.amount(INCOME, this)
    # By income only for those who may know it: the order would tell which of two is greater.
    ordered = _as_given if whole else _by_name
    return PortfolioOut(
        on=view.on,
        year=f"{this}",
        statuses=dict(view.statuses),
        income_pence=_known(total, missing, this),
        years=[_year_of(year, view.years[year], held, missing) for year in shown],
        kinds=[
            _group(
                name, _whole(pence) if held is None else held.kind(name, this), by_kind[name],
                [each for each in missing if each.kind == name], this,
            )
            for name, pence in ordered(view.kinds)
        ],
        operators=[
            _group(
                name, _whole(pence), by_operator[name],
                _of(without, (each.agreement.ref for each in live if each.operator == name)), this,
            )
            for name, pence in view.operators.items()
        ]
        if whole
        else [],
        asset_kinds=[
            _group_years(name, group, shown, held, without)
            for name, group in ordered(asset_kinds(parts))
        ],
        operators_by_year=[
            _group_years(name, group, shown, None, without)
            for name, group in operators(parts).items()
        ]
        if whole
        else [],
        expiring=_expiring(view.expiring, held, this, without),
        breaking=_expiring(view.breaking, held, this, without),
        uncounted=len(missing),
        without_schedule=dict(view.without_schedule) if whole else {},
        sources=sources,
    )  # fmt: skip


def _of(without: Mapping[str, Uncounted], refs: Iterable[str]) -> list[Uncounted]:
    return [without[ref] for ref in refs if ref in without]


def _known(sums: Sum, without: Sequence[Uncounted], year: FinancialYear) -> int | None:
    return None if sums.pence is None else known(sums.pence, without, year)


def _whole(pence: int) -> Sum:
    """A sum that leaves nothing out, for those who may know it."""
    return Sum(pence, 0, 0)


def _as_given(groups: Mapping[str, _Group]) -> list[tuple[str, _Group]]:
    return list(groups.items())


def _by_name(groups: Mapping[str, _Group]) -> list[tuple[str, _Group]]:
    return sorted(groups.items(), key=lambda each: each[0])


def _group(
    name: str, sums: Sum, agreements: int, without: Sequence[Uncounted], year: FinancialYear
) -> GroupOut:
    return GroupOut(
        name=name, agreements=agreements, uncounted=len(without),
        income_pence=_known(sums, without, year), is_part=sums.is_part,
    )  # fmt: skip


def _group_years(
    name: str,
    parts: Sequence[Part],
    years: Sequence[FinancialYear],
    held: Withholding | None,
    without: Mapping[str, Uncounted],
) -> GroupYears:
    """Of a kind of asset where sums are withheld."""
    refs = {part.ref for part in parts}
    missing = _of(without, sorted(refs))
    sums = {
        year: _whole(income_in(parts, year)) if held is None else held.asset_kind(name, year)
        for year in years
    }
    return GroupYears(
        name=name,
        agreements=len(refs),
        uncounted=len(missing),
        years=[
            GroupYear(
                year=f"{year}", income_pence=_known(each, missing, year), is_part=each.is_part
            )
            for year, each in sums.items()
        ],
    )


def _expiring(
    found: Mapping[FinancialYear, Expiring],
    held: Withholding | None,
    this: FinancialYear,
    without: Mapping[str, Uncounted],
) -> list[ExpiringOut]:
    """Without references where sums are withheld."""
    listed = []
    for year, each in found.items():
        sums = _whole(each.income_pence) if held is None else held.among(each.refs, this)
        missing = _of(without, each.refs)
        listed.append(
            ExpiringOut(
                year=f"{year}", count=len(each.refs), uncounted=len(missing),
                refs=list(each.refs) if held is None else [],
                income_pence=_known(sums, missing, this), is_part=sums.is_part,
            )
        )  # fmt: skip
    return listed


_NAMES = ("income_pence", "cost_pence", "capital_income_pence", "capital_cost_pence")


def _year_of(
    year: FinancialYear, whole: YearSum, held: Withholding | None, without: Sequence[Uncounted]
) -> PortfolioYear:
    if held is None:
        count = whole.agreements
        sums = [Sum(getattr(whole, name), count, count) for name in _NAMES]
    else:
        sums = [held.amount(amount, year) for amount in AMOUNTS]
    told = {
        name: None if each.pence is None else known(each.pence, without, year, amount)
        for name, amount, each in zip(_NAMES, AMOUNTS, sums, strict=True)
    }
    return PortfolioYear(
        year=f"{year}",
        **told,
        uncounted=sum(each.is_in(year) for each in without),
        paying=sums[0].paying,
        told=sums[0].told,
        is_part=any(each.is_part for each in sums),
    )
