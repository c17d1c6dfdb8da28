"""Everything that a report tells, read as those may see it who the edition is for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from canopy.access.rules import PUBLIC, Principal, Role
from canopy.assets.batches import GENERALISED_COLUMN
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.provenance import provenance
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.plan.benefits.asked import read_benefits
from canopy.plan.benefits.social import read_social
from canopy.plan.overlaps import Duplicates, duplicates
from canopy.plan.report.material import KindCount, Material
from canopy.plan.scenarios.computing import Inputs, Result, changed_since, compute
from canopy.plan.scenarios.scenario import DO_MINIMUM
from canopy.plan.scenarios.storing import Kept, find
from canopy.plan.suitability.computing import suitability
from canopy.plan.suitability.explaining import Line, lines
from canopy.render.report.document import Audience

_KNOWN = ("power", "height_m", "owner")


def gathered(
    session: Session,
    name: str,
    version: int | None,
    inputs: Inputs,
    audience: Audience,
    council: str,
    benefits: Path | None = None,
    social: Path | None = None,
) -> Material:
    """What a report of a scenario tells. Raises as `compute`, and BadTerms for a file's field.

    The figures are the scenario's, by the eyes that it names. Single assets are counted as the
    edition's readers see them: the public one as the public does.
    """
    kept = find(session, name, version)
    result = compute(session, kept, inputs)
    principal = _principal(kept)
    reader = PUBLIC if audience == "public" else principal
    origin = provenance(session, Selection(), reader, SensitivityPolicy())
    return Material(
        council=council,
        made_on=inputs.day,
        result=result,
        minimum=compute(session, find(session, DO_MINIMUM), inputs),
        sites=_sites(session, result, principal, inputs),
        review=_review(session, reader, inputs),
        duplicates=_duplicates(session, principal, inputs),
        changed=changed_since(session, result),
        benefits=None if benefits is None else read_benefits(benefits),
        social=None if social is None else read_social(social),
        licences=[
            ("Licences of the data", "; ".join(origin.licences) or "none is named"),
            ("To be named", "; ".join(origin.attributions) or "nobody"),
        ],
    )


def _principal(kept: Kept) -> Principal:
    scenario = kept.scenario
    return Principal(Role(scenario.audience), f"scenario:{scenario.name}")


def _sites(session: Session, result: Result, principal: Principal, inputs: Inputs) -> list[Line]:
    found = suitability(session, inputs.database, principal, inputs.rule_file, inputs.day)
    scored = found.scored(result.kept.scenario.technology)
    return lines(scored, list(result.places))


def _review(session: Session, reader: Principal, inputs: Inputs) -> list[KindCount]:
    counts: Counter[str] = Counter()
    known: dict[str, Counter[str]] = {name: Counter() for name in _KNOWN}
    for batch in stream(session, Selection(), reader, SensitivityPolicy(), inputs.database.srid):
        kinds = [str(kind) for kind in batch.columns["kind"]]
        counts.update(kinds)
        for name in _KNOWN:
            values = batch.columns.get(name, [None] * len(kinds))
            pairs = zip(kinds, values, strict=True)
            known[name].update(kind for kind, value in pairs if value is not None)
    return [
        KindCount(kind, count, *(known[name][kind] for name in _KNOWN))
        for kind, count in sorted(counts.items())
    ]


def _duplicates(session: Session, principal: Principal, inputs: Inputs) -> Duplicates:
    """Of what the scenario's eyes see exactly: a coarse place is beside nothing."""
    kinds: list[str] = []
    departments: list[str | None] = []
    shapes = []
    for batch in stream(session, Selection(), principal, SensitivityPolicy(), inputs.database.srid):
        rows = range(len(batch))
        coarse = batch.columns.get(GENERALISED_COLUMN, [None] * len(batch))
        who = batch.columns.get("maintainer", [None] * len(batch))
        exact = [row for row in rows if coarse[row] is None]
        kinds += [str(batch.columns["kind"][row]) for row in exact]
        departments += [None if who[row] is None else str(who[row]) for row in exact]
        shapes.append(batch.geometries[exact])
    geometries = np.concatenate(shapes) if shapes else np.empty(0, object)
    return duplicates(kinds, departments, geometries)
