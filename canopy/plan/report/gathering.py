"""Everything that a report tells, read as those may see it who the edition is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from canopy.access.rules import PUBLIC, Principal, Role
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.provenance import provenance
from canopy.assets.reading.selection import Selection
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.montecarlo.assumed import USUAL, read_assumed
from canopy.concessions.terms.documents import read_toml
from canopy.plan.benefits.asked import read_benefits
from canopy.plan.benefits.social import read_social
from canopy.plan.cashflow.candidates import Candidate
from canopy.plan.cashflow.gathering import cash_flow
from canopy.plan.report.covered import covered
from canopy.plan.report.material import Material, Site
from canopy.plan.report.seen import duplicated, seen
from canopy.plan.report.words import Words, read_words
from canopy.plan.scenarios.computing import Inputs, Result, changed_since, compute
from canopy.plan.scenarios.scenario import DO_MINIMUM
from canopy.plan.scenarios.storing import Kept, find
from canopy.plan.suitability.computing import suitability
from canopy.plan.suitability.explaining import Line, explained, lines
from canopy.plan.suitability.facts import Numbers
from canopy.plan.suitability.scoring import Scored
from canopy.render.report.document import Audience

MOST_EXPLAINED = 200
"""Sites whose rules are told one by one; of more the table alone is given."""
UNPHASED = "undivided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the council wrote beside the scenario; each may be missing.

    Attributes:
        benefits, social, words: as their modules read them.
        prospects: prices and take-up of new sites, as of `canopy plan prospects`.
        ranges: of the simulation; the usual ones where missing.
    """

    benefits: Path | None = None
    social: Path | None = None
    words: Path | None = None
    prospects: Path | None = None
    ranges: Path | None = None


def gathered(
    session: Session,
    name: str,
    version: int | None,
    inputs: Inputs,
    audience: Audience,
    council: str,
    files: Files | None = None,
) -> Material:
    """What a report of a scenario tells. Raises as `compute`, and BadTerms for a file's field.

    The figures are the scenario's, by the eyes that it names. Single assets are counted as the
    edition's readers see them: the public one as the public does.
    """
    files = files or Files()
    kept, least = find(session, name, version), find(session, DO_MINIMUM)
    result = compute(session, kept, inputs)
    principal = _principal(kept)
    reader = PUBLIC if audience == "public" else principal
    origin = provenance(session, Selection(), reader, SensitivityPolicy())
    words, pictures = (Words(), {}) if files.words is None else read_words(files.words)
    sites = chosen_sites(session, result, inputs)
    review, spread = seen(session, reader, inputs)
    return Material(
        council=council,
        made_on=inputs.day,
        result=result,
        minimum=compute(session, least, inputs),
        sites=sites,
        review=review,
        spread=spread,
        duplicates=duplicated(session, principal, inputs),
        changed=changed_since(session, result),
        now=covered(session, least),
        after=covered(session, kept),
        cash=cash_flow(
            session, inputs.schedules, inputs.day, [each.candidate for each in sites],
            _document(files.prospects),
            USUAL if files.ranges is None else read_assumed(files.ranges),
        ),
        benefits=None if files.benefits is None else read_benefits(files.benefits),
        social=None if files.social is None else read_social(files.social),
        licences=[
            ("Licences of the data", "; ".join(origin.licences) or "none is named"),
            ("To be named", "; ".join(origin.attributions) or "nobody"),
            ("Sources of the catalogue", "; ".join(origin.sources) or "none is named"),
        ],
        attribution=origin.attributions,
        words=words,
        pictures=pictures,
    )  # fmt: skip


def _principal(kept: Kept) -> Principal:
    return Principal(Role(kept.scenario.audience), f"scenario:{kept.scenario.name}")


def _document(path: Path | None) -> dict[str, Any] | None:
    return None if path is None else read_toml(path)


def chosen_sites(session: Session, result: Result, inputs: Inputs) -> list[Site]:
    """The sites that a result chose, in its order, each with its phase and what its rules say."""
    kept = result.kept
    principal = _principal(kept)
    found = suitability(session, inputs.database, principal, inputs.rule_file, inputs.day)
    scored = found.scored(kept.scenario.technology)
    ids = scored.facts.assets.asset_id
    ranks = {ids[scored.at[row]]: rank for rank, row in enumerate(scored.order.tolist())}
    places = [ranks[each["asset_id"]] for each in result.chosen]
    costs = _costs(scored, places)
    phases = _phases(result, inputs.day)
    return [
        Site(
            number, line, _candidate(line, phase, year, cost),
            explained(scored, place) if number <= MOST_EXPLAINED else (),
        )
        for number, (line, place, cost, (phase, year)) in enumerate(
            zip(lines(scored, places), places, costs, phases, strict=True), 1
        )
    ]  # fmt: skip


def _candidate(line: Line, phase: str, year: FinancialYear, cost: float | None) -> Candidate:
    return Candidate(line.kind, line.ward, str(line.suitability), phase, year, cost)


def _costs(scored: Scored, places: list[int]) -> list[float | None]:
    column = scored.facts.columns.get("cost_gbp")
    if not isinstance(column, Numbers):
        return [None] * len(places)
    values = column.values[scored.at[scored.order[places]]]
    return [None if np.isnan(each) else float(each) for each in values]


def _phases(result: Result, day: date) -> Iterator[tuple[str, FinancialYear]]:
    """Of each site: the phase that it was chosen for, else in the order of choice; those beyond
    the last phase are built in its year.
    """
    phases = result.kept.scenario.phases
    last = FinancialYear(phases[-1].year) if phases else FinancialYear.of(day)
    after = (f"after {phases[-1].name}" if phases else UNPHASED), last
    named = {each.name: (each.name, FinancialYear(each.year)) for each in phases}
    in_order = [named[each.name] for each in phases for _ in range(each.sites)]
    for at, chosen in enumerate(result.chosen):
        by_order = in_order[at] if at < len(in_order) else after
        yield named.get(str(chosen.get("phase")), by_order)
