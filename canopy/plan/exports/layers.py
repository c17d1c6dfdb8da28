"""The layers of a plan: sites, wards and not-spots, as one audience may have them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from canopy.plan.report.material import Covered, Material, Site, WardCovered
from canopy.render.report.document import Audience

GeometryType = Literal["Point", "MultiPolygon"]
GEOMETRY = "geom"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `name` has ten letters at the most, so that every format can hold it."""

    name: str
    title: str
    type: Literal["text", "integer", "number"]
    values: Sequence[str | int | float | None]


@dataclass(frozen=True, slots=True, eq=False)
class PlanLayer:
    """Things of one kind with their places, in the storage CRS."""

    name: str
    title: str
    geometry_type: GeometryType
    geometries: NDArray[np.object_]
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return len(self.geometries)

    def table(self, geometries: NDArray[np.object_] | None = None) -> pa.Table:
        """As Arrow, places as WKB; others in place of them where given."""
        types = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64()}
        shapes = self.geometries if geometries is None else geometries
        arrays = {each.name: pa.array(each.values, types[each.type]) for each in self.columns}
        return pa.table({**arrays, GEOMETRY: pa.array(shapely.to_wkb(shapes), pa.binary())})


def plan_layers(material: Material, audience: Audience) -> list[PlanLayer]:
    """Sites for those who may know them; wards for all; patches where the run allows it."""
    return [each for each in _layers(material, audience) if len(each)]


def _layers(material: Material, audience: Audience) -> Iterator[PlanLayer]:
    if audience == "exempt":
        yield _sites([each for each in material.sites if each.line.x_m is not None])
    yield _wards(material)
    for run, name, when in (
        (material.now, "not_spots_now", "now"), (material.after, "not_spots_plan", "with the plan"),
    ):  # fmt: skip
        if run is not None and (audience == "exempt" or run.is_public):
            yield _patches(run, name, when)


def _sites(sites: Sequence[Site]) -> PlanLayer:
    points = shapely.points([(each.line.x_m, each.line.y_m) for each in sites]) if sites else []
    return PlanLayer(
        "sites", "Chosen sites", "Point", np.asarray(points, dtype=object),
        (
            Column("number", "Number, best first", "integer", [each.number for each in sites]),
            Column("source", "Source of the catalogue", "text", [s.line.source for s in sites]),
            Column("ref", "Reference", "text", [each.line.ref for each in sites]),
            Column("kind", "Kind of asset", "text", [each.line.kind for each in sites]),
            Column("ward", "Ward", "text", [each.line.ward for each in sites]),
            Column("phase", "Phase", "text", [each.candidate.phase for each in sites]),
            Column("built", "Financial year of building", "text",
                   [f"{each.candidate.year}" for each in sites]),
            Column("class", "Class of suitability", "text",
                   [str(each.line.suitability) for each in sites]),
            Column("score", "Score, 0 to 100", "number", [each.line.score for each in sites]),
            Column("capital", "Capital cost [£]", "number",
                   [each.candidate.capital_gbp for each in sites]),
            Column("not_known", "Rules of which it is not known what they ask", "text",
                   [", ".join(each.line.unknown) or None for each in sites]),
        ),
    )  # fmt: skip


def _wards(material: Material) -> PlanLayer:
    wards = material.spread.wards
    counts = Counter(each.line.ward for each in material.sites)
    now, after = _by_ward(material.now), _by_ward(material.after)

    def of(runs: Mapping[str, WardCovered], name: str) -> list[float | None]:
        return [
            None if (found := runs.get(each.name)) is None else getattr(found, name)
            for each in wards
        ]

    return PlanLayer(
        "wards", "Wards with chosen sites and coverage", "MultiPolygon",
        _multi(np.array([each.geometry for each in wards], dtype=object)),
        (
            Column("code", "Code", "text", [each.code for each in wards]),
            Column("name", "Name", "text", [each.name for each in wards]),
            Column("sites", "Chosen sites", "integer", [counts[each.name] for each in wards]),
            Column("total_now", "Part that nobody covers outdoors, now", "number",
                   of(now, "total")),
            Column("total_plan", "Part that nobody covers outdoors, with the plan", "number",
                   of(after, "total")),
            Column("people_now", "Residents without coverage, now", "number",
                   of(now, "without_residents")),
            Column("peopleplan", "Residents without coverage, with the plan", "number",
                   of(after, "without_residents")),
        ),
    )  # fmt: skip


def _by_ward(run: Covered | None) -> dict[str, WardCovered]:
    return {} if run is None else {each.ward: each for each in run.wards}


def _patches(run: Covered, name: str, when: str) -> PlanLayer:
    statuses = [status for status, each in run.patches.items() for _ in range(len(each))]
    shapes = [each for found in run.patches.values() for each in found]
    beyond = "some predictions beyond a method's published range" if run.beyond else None
    return PlanLayer(
        name, f"Not-spots {when}, {run.technology} outdoors", "MultiPolygon",
        _multi(np.array(shapes, dtype=object)),
        (
            Column("status", "total, partial or unknown", "text", statuses),
            Column("technology", "Radio technology", "text", [run.technology] * len(shapes)),
            Column("indicative", "yes where sites are estimated", "text",
                   ["yes" if run.is_indicative else "no"] * len(shapes)),
            Column("validity", "Where a method's validity ends", "text", [beyond] * len(shapes)),
        ),
    )  # fmt: skip


def _multi(outlines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Every outline as many parts, so that a layer has one type."""
    made: NDArray[np.object_] = np.empty(len(outlines), object)
    made[:] = [
        each if each.geom_type == "MultiPolygon" else shapely.MultiPolygon([each])
        for each in outlines
    ]
    return made
