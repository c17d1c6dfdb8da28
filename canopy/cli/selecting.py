"""Options that choose assets, shared by every command that reads the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import shapely
import typer

from canopy import geo
from canopy.assets.filtering import parse_condition, parse_filter
from canopy.assets.importers.opening import open_tables
from canopy.assets.reading.selection import Selection
from canopy.errors import BadFilter

KindsOption = Annotated[
    list[str] | None, typer.Option("--kind", help="Only this kind; may be repeated.")
]
SourcesOption = Annotated[
    list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")
]
BboxOption = Annotated[
    str | None,
    typer.Option("--bbox", help="Only in this box: min x,min y,max x,max y in --bbox-crs."),
]
BboxCrsOption = Annotated[
    str, typer.Option("--bbox-crs", help="CRS of --bbox; x before y, longitude before latitude.")
]
PolygonOption = Annotated[
    Path | None, typer.Option("--polygon", help="Only in the areas of this spatial file.")
]
FilterOption = Annotated[
    list[str] | None,
    typer.Option("--filter", help="Only where this holds: height_m>=6. May be repeated."),
]
Cql2Option = Annotated[
    str | None,
    typer.Option(
        "--cql2", help="Only where this CQL2 text holds; longitude before latitude in geometries."
    ),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="As the catalogue was then: 2026-01-31T12:00:00Z.")
]
WithdrawnOption = Annotated[bool, typer.Option("--with-withdrawn", help="Withdrawn assets too.")]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The raw options, before they are understood."""

    kinds: list[str] | None
    sources: list[str] | None
    bbox: str | None
    bbox_crs: str
    polygon: Path | None
    conditions: list[str] | None
    cql2: str | None
    as_of: str | None
    with_withdrawn: bool = False

    def selection(self, storage_crs: str) -> Selection:
        """The selection; BadFilter for anything that cannot be read."""
        return Selection(
            kinds=tuple(self.kinds or ()),
            area=self._area(storage_crs),
            sources=tuple(self.sources or ()),
            conditions=tuple(parse_condition(text) for text in self.conditions or ()),
            filter=parse_filter(self.cql2, "cql2-text", storage_crs) if self.cql2 else None,
            as_of=_moment(self.as_of),
            with_withdrawn=self.with_withdrawn,
        )

    def _area(self, storage_crs: str) -> shapely.Geometry | None:
        shapes = []
        if self.bbox is not None:
            shapes.append(_box(self.bbox, self.bbox_crs, storage_crs))
        if self.polygon is not None:
            shapes.append(_polygon(self.polygon, storage_crs))
        if not shapes:
            return None
        area = shapely.intersection_all(np.array(shapes, dtype=object))
        if area.is_empty:
            raise BadFilter("The box and the polygon have nothing in common.")
        return area


def _box(text: str, crs: str, storage_crs: str) -> shapely.Geometry:
    try:
        min_x, min_y, max_x, max_y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadFilter(f"--bbox {text!r} is not four numbers: min x,min y,max x,max y.") from error
    if not (min_x < max_x and min_y < max_y):
        raise BadFilter(f"--bbox {text!r} has no size; give the lower left corner first.")
    # A straight edge in one CRS is curved in another: enough points keep it within a metre.
    steps = max(max_x - min_x, max_y - min_y) / 64
    box = shapely.segmentize(shapely.box(min_x, min_y, max_x, max_y), steps)
    area = geo.transformer(crs, storage_crs).geometries(np.array([box], dtype=object))[0]
    if not np.isfinite(shapely.get_coordinates(area)).all():
        raise BadFilter(f"--bbox {text!r} lies outside the area of {storage_crs}.")
    return area


def _polygon(path: Path, storage_crs: str) -> shapely.Geometry:
    shapes: list[shapely.Geometry] = []
    for table in open_tables(path):
        crs = table.declared_crs
        if crs is None:
            raise BadFilter(f"{path.name} declares no CRS.")
        mover = geo.transformer(crs, storage_crs)
        for batch in table.batches():
            if batch.geometries is not None:
                shapes.extend(g for g in mover.geometries(batch.geometries) if g is not None)
    area = shapely.union_all(np.array(shapes, dtype=object)) if shapes else None
    if area is not None and not np.isfinite(shapely.get_coordinates(area)).all():
        raise BadFilter(f"{path.name} lies outside the area of {storage_crs}.")
    if area is None or area.is_empty or area.area == 0:
        raise BadFilter(f"{path.name} holds no polygon.")
    return area


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise BadFilter(f"--as-of {text!r} is no time; write 2026-01-31T12:00:00Z.") from error
