"""The one cash flow, read from the register, the chosen sites and the council's own files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from canopy.assets.queries import kinds_by_ref, wards_by_ref
from canopy.concessions.appraisal.breakdown import Part, parts_of
from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.appraisal.uncertainty import Planned
from canopy.concessions.appraisal.withholding import AMOUNTS, Withholding
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.montecarlo.assumed import USUAL, Assumed
from canopy.concessions.register.valuing import Schedules, counted
from canopy.concessions.standing import LIVE
from canopy.errors import Refused
from canopy.plan.cashflow.candidates import Candidate, Group, candidate_rows, groups_of
from canopy.plan.cashflow.prices import price_levels
from canopy.plan.cashflow.ranges import Ranges, ranges_of
from canopy.plan.cashflow.rows import UNKNOWN, CashRow, Place, agreement_rows

YEARS = 15
"""Financial years of the model, from that of the report's day."""


@dataclass(frozen=True, slots=True, eq=False)
class CashFlow:
    """Every agreement and candidate.

    Attributes:
        rows: in each year's own money.
        ranges: real; None where they cannot be had, and `without_ranges` then says why.
        left_out: agreements without a schedule, with the reason.
        tellable: years in which enough agreements pay that their sum may be public.
        notes: what readers should know, of money that is exempt.
    """

    years: tuple[FinancialYear, ...]
    rows: tuple[CashRow, ...]
    ranges: Ranges | None
    without_ranges: str
    left_out: Mapping[str, str]
    tellable: frozenset[FinancialYear]
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    groups: tuple[Group, ...]
    levels: NDArray[np.float64]
    """Prices by year, that of the first as 1."""


def cash_flow(
    session: Session,
    schedules: Schedules,
    day: date,
    candidates: Sequence[Candidate],
    prospects: dict[str, Any] | None = None,
    assumed: Assumed = USUAL,
) -> CashFlow:
    """All live agreements of the register and the chosen sites, over `YEARS`.

    Raises BadTerms for a field of the prospects.
    """
    first = FinancialYear.of(day)
    years = tuple(FinancialYear(first.begins + at) for at in range(YEARS))
    held = [each for each in counted(session) if each.status in LIVE]
    earners = schedules.earners(held)
    refs = [asset.ref for each in held for asset in each.agreement.assets]
    kinds = kinds_by_ref(session, refs)
    groups, told = groups_of(candidates, prospects, years)
    try:
        levels, priced = price_levels(schedules.inputs(), first.start, YEARS), ""
    except Refused as refusal:
        levels, priced = np.ones(YEARS), f"New sites are in prices of {first}: {refusal.detail}."
    planned = [
        Planned(earner.agreement, earner.lines, schedules.indices(each))
        for each, earner in zip(held, earners, strict=True)
        if earner.reason is None
    ]
    ranges, without = _ranges(planned, groups, first, assumed)
    return CashFlow(
        years=years,
        rows=(
            *agreement_rows(earners, _places(kinds, wards_by_ref(session, refs)), years),
            *candidate_rows(groups, years, levels),
        ),
        ranges=ranges,
        without_ranges=without,
        left_out={each.agreement.ref: each.reason for each in earners if each.reason is not None},
        tellable=_tellable(earners, parts_of(earners, kinds), years),
        notes=tuple(filter(None, (*told, priced))),
        sources=tuple(schedules.inputs().sources),
        groups=tuple(groups),
        levels=levels,
    )


def _ranges(
    planned: Sequence[Planned], groups: Sequence[Group], first: FinancialYear, assumed: Assumed
) -> tuple[Ranges | None, str]:
    try:
        found = ranges_of(planned, groups, first.start, YEARS, assumed)
    except Refused as refusal:
        return None, refusal.detail
    return found, "" if found else "there is neither an agreement nor a new site"


def _places(
    kinds: Mapping[str, Mapping[str, str]], wards: Mapping[str, Mapping[str, str | None]]
) -> dict[str, Place]:
    """Kind and ward by reference; not known where two assets of one reference differ."""
    return {
        ref: (_one(set(found.values())), _one(set(wards.get(ref, {}).values())))
        for ref, found in kinds.items()
    }


def _one(values: set[str] | set[str | None]) -> str:
    (only,) = values if len(values) == 1 else (None,)
    return UNKNOWN if only is None else only


def _tellable(
    earners: Sequence[Earner], parts: Sequence[Part], years: Sequence[FinancialYear]
) -> frozenset[FinancialYear]:
    """Years whose sums over agreements are of whole cohorts, so that none tells of a single one."""
    held = Withholding(earners, parts)
    return frozenset(
        year for year in years
        if not any(held.amount(amount, year).is_part for amount in AMOUNTS)
    )  # fmt: skip
