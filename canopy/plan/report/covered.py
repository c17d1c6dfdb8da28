"""What a stored coverage run tells a report: parts by ward, patches, and where its methods end."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from canopy.access.rules import PUBLIC, Role
from canopy.plan.coverage import queries
from canopy.plan.coverage.tables import CoverageFigure, CoverageRun
from canopy.plan.report.material import NO_SHAPES, Covered, Geometries, Material, WardCovered
from canopy.plan.scenarios.storing import Kept

MOST_PATCHES = 5_000
_BEYOND = ("outside its published range", "is not known: it is taken as even")
"""Words of a run's explanation about what lies beyond the validity of its methods."""


def covered(session: Session, kept: Kept) -> Covered | None:
    """The run that a scenario names. Raises as `compute` does, which is asked before."""
    run_id = kept.scenario.coverage_run
    if run_id is None:
        return None
    run, _ = queries.run_and_job(session, str(run_id))
    told = [str(each) for each in run.explanation or ()]
    return Covered(
        name=run.name, technology=run.technology,
        is_public=Role(run.audience) is PUBLIC.role,
        is_indicative=bool(run.is_indicative), threshold_dbm=run.threshold_dbm,
        wards=_wards(queries.figures(session, run)),
        beyond=_grouped(each for each in told if any(word in each for word in _BEYOND)),
        patches=_patches(session, run),
    )  # fmt: skip


def run_folders(session: Session, material: Material, runs: Path) -> dict[str, Path]:
    """Where the files of the runs lie: "now" of doing the minimum, "plan" of the scenario."""
    found = {}
    for when, result in (("now", material.minimum), ("plan", material.result)):
        run_id = result.kept.scenario.coverage_run
        if run_id is not None:
            found[when] = queries.run_folder(session, str(run_id), runs)
    return found


_HEIGHT = re.compile(r"(?<= at )[\d.]+(?= m\b)")


def _grouped(sentences: Iterable[str]) -> list[str]:
    """Sentences that differ in an antenna's height alone, as one with all heights."""
    groups: dict[str, list[str]] = {}
    for each in sentences:
        found = _HEIGHT.search(each)
        heights = groups.setdefault(_HEIGHT.sub("{}", each), [])
        if found is not None and found[0] not in heights:
            heights.append(found[0])
    return [key.replace("{}", ", ".join(heights)) for key, heights in groups.items()]


def _wards(rows: Iterable[CoverageFigure]) -> list[WardCovered]:
    parts: dict[str, dict[str, float]] = defaultdict(dict)
    people: dict[str, float | None] = {}
    for row in rows:
        if row.operator != "all" or row.place != "outdoor" or row.area_id == "all":
            continue
        parts[row.area_name][row.status] = row.area_share or 0.0
        if row.status == "total":
            people[row.area_name] = row.residents
        people.setdefault(row.area_name, None if row.residents is None else 0.0)
    return [
        WardCovered(name, each.get("total", 0.0), each.get("partial", 0.0), each.get("full", 0.0),
                    people.get(name))
        for name, each in sorted(parts.items())
    ]  # fmt: skip


def _patches(session: Session, run: CoverageRun) -> dict[str, Geometries]:
    found: dict[str, list[object]] = defaultdict(list)
    for spot in queries.page_of_spots(session, run, MOST_PATCHES):
        found[spot.status].append(spot.geom)
    return {status: _array(each) for status, each in found.items()}


def _array(geometries: list[object]) -> Geometries:
    if not geometries:
        return NO_SHAPES
    made: Geometries = np.empty(len(geometries), object)
    made[:] = geometries
    return made
