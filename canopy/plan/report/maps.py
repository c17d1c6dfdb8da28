"""The maps of a report, with the tables that say the same. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from canopy.plan.report.material import NO_SHAPES, Covered, Material
from canopy.plan.report.telling import percent, plural, words
from canopy.render.report.document import Column, Figure, Paragraph12A, Table
from canopy.render.report.plan_map import (
    SHAPES,
    MapArea,
    MapDots,
    MapLines,
    MapPatches,
    MapSites,
    PlanMap,
    map_svg,
)

_STATUSES = (("total", "dense", "nobody covers"), ("partial", "sparse", "some cover, not all"),
             ("unknown", "dotted", "not known"))  # fmt: skip
BEYOND = "A part of these predictions lies beyond the published range of a method: see the text."
UNKNOWN_WARD = "ward not known"


def ward_map(material: Material) -> Figure | None:
    """Wards with how many sites each has: for everybody. None where nothing has a place."""
    counts = Counter(each.line.ward or UNKNOWN_WARD for each in material.sites)
    areas = [
        MapArea(each.name, each.geometry, _sites_told(counts[each.name]))
        for each in material.spread.wards
    ]
    table = Table(
        caption="Sites by ward",
        columns=[Column(name="Ward"), Column(name="Sites", is_number=True)],
        rows=[[ward, f"{count:,}"] for ward, count in sorted(
            ({each.name: 0 for each in material.spread.wards} | counts).items())],
    )  # fmt: skip
    return _figure(
        "Chosen sites by ward", _plan(material, "Chosen sites by ward", areas), table, None
    )


def _sites_told(count: int) -> str:
    return f"{count:,} {plural('site', count)}"


def site_map(material: Material) -> Figure | None:
    """Every site by its number; exempt."""
    areas = [MapArea(each.name, each.geometry) for each in material.spread.wards]
    placed = [each for each in material.sites if each.line.x_m is not None]
    phases = list(dict.fromkeys(each.candidate.phase for each in placed))
    sites = []
    for at, phase in enumerate(phases):
        mine = [each for each in placed if each.candidate.phase == phase]
        xy = np.array([(each.line.x_m, each.line.y_m) for each in mine], np.float64)
        sites.append(
            MapSites(f"Site of phase {words(phase)}, by its number", xy,
                     [each.number for each in mine], SHAPES[at % len(SHAPES)])
        )  # fmt: skip
    plan = _plan(material, "Chosen sites", areas, sites)
    return _figure("Chosen sites by their numbers", plan, site_table(material), 3)


def site_table(material: Material, most: int = 500) -> Table:
    """The chosen, best first; exempt."""
    count = len(material.sites)
    cut = f": the first {most:,} of {count:,}" if count > most else ""
    return Table(
        caption=f"Sites, best first{cut}", exempt=3,
        columns=[
            Column(name="Number"), Column(name="Site"), Column(name="Kind"), Column(name="Ward"),
            Column(name="Phase"), Column(name="Class"), Column(name="Score", is_number=True),
        ],
        rows=[
            [f"{each.number}", f"{each.line.source}/{each.line.ref or each.line.asset_id}",
             words(each.line.kind), each.line.ward or UNKNOWN_WARD, words(each.candidate.phase),
             words(str(each.line.suitability)),
             f"{each.line.score:.1f} ({each.line.lowest:.0f} to {each.line.highest:.0f})"]
            for each in material.sites[:most]
        ],
    )  # fmt: skip


def coverage_map(material: Material, run: Covered, when: str) -> Figure | None:
    """Where nobody, or not everybody, covers. Exempt unless everybody may see the run."""
    areas = [MapArea(each.name, each.geometry) for each in material.spread.wards]
    patches = [
        MapPatches(f"{told[0].upper()}{told[1:]}", run.patches[status], hatch)
        for status, hatch, told in _STATUSES
        if len(run.patches.get(status, NO_SHAPES))
    ]
    title = f"Coverage {when}: {run.technology}, outdoors"
    notes = [BEYOND] if run.beyond else []
    plan = PlanMap(
        title=title, crs=material.spread.crs, attribution=_named(material), areas=areas,
        patches=patches, notes=notes,
    )  # fmt: skip
    table = Table(
        caption=f"Parts of each ward, {when}",
        columns=[Column(name="Ward"), *(
            Column(name=name, is_number=True)
            for name in ("Nobody covers", "Some cover", "All cover", "Residents without")
        )],
        rows=[
            [each.ward, percent(each.total), percent(each.partial), percent(each.full),
             "not counted" if each.without_residents is None
             else f"{each.without_residents:,.0f}"]
            for each in run.wards
        ],
    )  # fmt: skip
    return _figure(title, plan, table, None if run.is_public else 3)


def _plan(
    material: Material, title: str, areas: Sequence[MapArea], sites: Sequence[MapSites] = ()
) -> PlanMap:
    spread = material.spread
    return PlanMap(
        title=title, crs=spread.crs, attribution=_named(material), areas=areas, sites=sites,
        dots=[MapDots("Asset of the catalogue", spread.dots_m)],
        lines=[MapLines("Duct or fibre", spread.routes)],
    )  # fmt: skip


def _named(material: Material) -> list[str]:
    return [f"Contains: {each}" for each in material.attribution] or [
        "The catalogue names nobody who must be credited."
    ]


def _figure(
    caption: str, plan: PlanMap, table: Table, exempt: Paragraph12A | None
) -> Figure | None:
    if plan.is_empty:
        return None
    return Figure(caption=caption, svg=map_svg(plan), table=table, exempt=exempt)
