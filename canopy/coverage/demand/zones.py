"""Areas with a count of people in each: census zones, as a boundary file and a table give them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from canopy.coverage.demand.overlaps import Geometries
from canopy.coverage.demand.sources import csv_rows, opened, required_column
from canopy.errors import BadSource, LimitExceeded, Refused
from canopy.geo import WGS84, transformer

MAX_ZONES = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Polygons, each with a name and how many people live in it.

    Attributes:
        ids: unique.
        names: for people; the ids where the source has none.
        polygons: valid polygons and multipolygons in the grid's CRS.
        counts: people of each; NaN where the count is not known.
        notes: what had to be done to the sources.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    polygons: Geometries
    counts: NDArray[np.float64]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sizes = {len(self.ids), len(self.names), len(self.polygons), len(self.counts)}
        if len(sizes) != 1:
            raise Refused("zones need as many ids, names, polygons and counts as each other")
        if len(set(self.ids)) != len(self.ids):
            raise Refused("two zones have the same id: a count would be used twice")
        wrong = np.flatnonzero((self.counts < 0) | np.isinf(self.counts))
        if wrong.size:
            first = int(wrong[0])
            raise Refused(f"zone {self.ids[first]} counts {self.counts[first]:g} people")


def read_polygons(
    path: Path, *, id_field: str, name_field: str | None = None, epsg: int = 27700
) -> Zones:
    """Polygons of a GeoJSON file, in the CRS `epsg`, their counts not known yet.

    RFC 7946 coordinates (WGS 84) are carried over by `canopy.geo`; a file that declares
    another CRS is refused. Invalid outlines are repaired, keeping their area, and counted in
    the notes. Raises BadSource, naming the file and the feature.
    """
    features = _features(path)
    ids, names, polygons = [], [], []
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict):
            raise BadSource(f"{path.name}: feature {number} is no GeoJSON feature")
        properties = feature.get("properties") or {}
        key = properties.get(id_field)
        if key in (None, ""):
            raise BadSource(f"{path.name}: feature {number} has no {id_field!r}")
        ids.append(str(key))
        names.append(str(properties.get(name_field) or key))
        polygons.append(_polygon(path, number, feature.get("geometry")))
    moved = transformer(WGS84, f"EPSG:{epsg}").geometries(np.array(polygons, dtype=object))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise BadSource(f"{path.name}: a vertex has no position in EPSG:{epsg}")
    valid, notes = _repaired(path, moved)
    unknown = np.full(len(ids), np.nan)
    return Zones(tuple(ids), tuple(names), valid, unknown, notes)


def with_counts(zones: Zones, path: Path, *, id_field: str, count_field: str) -> Zones:
    """`zones` with the counts of a CSV file; zones it does not name stay unknown.

    Raises BadSource for a count that is no number of people, an id given twice, or a table
    that names none of the zones.
    """
    counts: dict[str, float] = {}
    with opened(path) as file:
        headings, rows = csv_rows(path, file)
        key_at = required_column(path, headings, (id_field,))
        count_at = required_column(path, headings, (count_field,))
        for row in rows:
            key = row.values[key_at]
            if key in counts:
                raise BadSource(f"{path.name}: row {row.line}: {key} is given twice")
            counts[key] = _count(path, row.line, row.values[count_at])
    if not counts.keys() & set(zones.ids):
        raise BadSource(f"{path.name}: none of its {id_field!r} is an id of the zones")
    missing = sum(key not in counts for key in zones.ids)
    notes = zones.notes
    if missing:
        notes += (f"{missing} of {len(zones.ids)} zones have no count in {path.name}: unknown",)
    values = np.array([counts.get(key, np.nan) for key in zones.ids], dtype=np.float64)
    return Zones(zones.ids, zones.names, zones.polygons, values, notes)


def _features(path: Path) -> list[Any]:
    with opened(path) as file:
        try:
            document = json.load(file)
        except ValueError as error:
            raise BadSource(f"{path.name} is not JSON: {error}") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise BadSource(f"{path.name} is no GeoJSON FeatureCollection with features")
    if len(features) > MAX_ZONES:
        raise LimitExceeded(f"{path.name} has {len(features):,} features, over {MAX_ZONES:,}")
    declared = json.dumps(document.get("crs") or "")
    if declared != '""' and not any(name in declared for name in ("CRS84", "4326")):
        raise BadSource(
            f"{path.name} declares the CRS {declared[:120]}; GeoJSON is read in WGS 84: "
            "convert the file first"
        )
    return features


def _polygon(path: Path, number: int, geometry: object) -> shapely.Geometry:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadSource(f"{path.name}: feature {number} is {kind or 'without geometry'}")
    try:
        return shapely.force_2d(shape(geometry))
    except (ValueError, TypeError, IndexError, shapely.errors.GEOSException) as error:
        raise BadSource(f"{path.name}: feature {number} is no polygon: {error}") from error


def _repaired(path: Path, polygons: Geometries) -> tuple[Geometries, tuple[str, ...]]:
    broken = np.flatnonzero(~shapely.is_valid(polygons))
    if not broken.size:
        return polygons, ()
    polygons = polygons.copy()
    for index in broken:
        parts = shapely.get_parts(shapely.make_valid(polygons[index], method="structure"))
        areas = [part for part in parts if part.geom_type == "Polygon"]
        if not areas:
            raise BadSource(f"{path.name}: feature {index + 1} has an outline without area")
        polygons[index] = shapely.union_all(areas)
    return polygons, (f"{broken.size} outlines of {path.name} crossed themselves; repaired",)


def _count(path: Path, row: int, text: str) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = math.nan if text.strip() == "" else -1.0
    if value < 0 or math.isinf(value):
        raise BadSource(f"{path.name}: row {row}: {text!r} is no number of people")
    return value
