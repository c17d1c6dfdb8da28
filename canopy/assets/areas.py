"""Loading wards, designations and other areas, and placing the assets in them anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy.orm import Session

from canopy import geo
from canopy.assets import queries
from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.opening import open_tables
from canopy.assets.mapping.area import to_storage
from canopy.assets.places import AREA_KINDS, NamedArea, Places
from canopy.db.engine import Database
from canopy.errors import BadSource, OutOfArea, UnknownCrs

MAX_AREAS = 50_000
_NAME_HEADINGS = (
    "name",
    "ward name",
    "wd24nm",
    "wd23nm",
    "wd22nm",
    "lsoa11nm",
    "lsoa21nm",
    "title",
)
_CODE_HEADINGS = ("code", "reference", "wd24cd", "wd23cd", "wd22cd", "lsoa11cd", "lsoa21cd",
                  "entity", "id")  # fmt: skip


@dataclass(frozen=True, slots=True)
class AreaReport:
    """What was loaded, and how many assets lie elsewhere now."""

    kind: str
    read: int
    stored: int
    repaired: int
    name_column: str
    code_column: str
    transformation: str
    assets_placed: int


def import_areas(
    database: Database,
    path: Path,
    kind: str,
    source: str,
    *,
    layer: str | None = None,
    name_column: str | None = None,
    code_column: str | None = None,
    crs: str | None = None,
    licence: str | None = None,
) -> AreaReport:
    """Replace the areas of `kind` from `source` by those of a file, and place assets anew.

    Raises BadSource for a file without polygons, names or codes, UnknownCrs where no CRS is
    declared, OutOfArea for positions outside the deployment.
    """
    if kind not in AREA_KINDS:
        raise BadSource(f"{kind!r} is no kind of area; the kinds are {', '.join(AREA_KINDS)}.")
    tables = open_tables(path, layer=layer)
    if len(tables) != 1:
        names = ", ".join(table.name for table in tables)
        raise BadSource(f"{path.name} has several tables ({names}); choose one with --layer.")
    table = tables[0]
    if not table.has_geometry:
        raise BadSource(f"{path.name} has no polygons; areas come from a spatial file.")
    declared = crs or table.declared_crs
    if declared is None:
        raise UnknownCrs(f"{path.name} declares no CRS; give it with --crs EPSG:n.")
    name = _column(table, name_column, _NAME_HEADINGS, "name")
    code = _column(table, code_column, _CODE_HEADINGS, "code")
    transformation = geo.transformer(declared, database.storage_crs).transformation
    area = geo.Area.of(database.storage_crs)
    areas, repaired = _read(table, kind, name, code, declared, area)
    with database.writing() as session:
        queries.replace_areas(session, kind, source, licence, areas, database.srid)
        placed = place_assets(session)
    return AreaReport(
        kind, len(areas), len(areas), repaired, name, code, transformation.sentence(), placed
    )


def _column(table: SourceTable, chosen: str | None, headings: Sequence[str], what: str) -> str:
    if chosen is not None:
        if chosen not in table.columns:
            raise BadSource(
                f"{table.path.name} has no column {chosen!r}; it has {', '.join(table.columns)}."
            )
        return chosen
    by_heading = {column.casefold().replace("_", " "): column for column in table.columns}
    for heading in headings:
        if heading in by_heading:
            return by_heading[heading]
    endings = ("nm", "name") if what == "name" else ("cd", "code")
    for heading, column in by_heading.items():
        if heading.endswith(endings):
            return column
    raise BadSource(
        f"No column of {table.path.name} looks like the areas' {what}; choose one with "
        f"--{what}-column from: {', '.join(table.columns)}."
    )


def _read(
    table: SourceTable,
    kind: str,
    name: str,
    code: str,
    crs: str,
    area: geo.Area,
) -> tuple[list[NamedArea], int]:
    found: dict[str, NamedArea] = {}
    repaired = 0
    for batch in table.batches():
        if batch.geometries is None:
            continue
        shapes, outside = _placed(batch.geometries, crs, area)
        for row, label, key, shape, is_outside in zip(
            batch.row_numbers, batch.columns[name], batch.columns[code], shapes, outside,
            strict=True,
        ):  # fmt: skip
            if is_outside:
                raise OutOfArea(
                    f"Row {row} of {table.path.name} lies outside the deployment's area "
                    f"({area.describe()}); check the file's CRS (--crs)."
                )
            if shape is None or key in (None, ""):
                raise BadSource(f"Row {row} of {table.path.name} has no geometry or no {code}.")
            if not shape.is_valid:
                shape = shapely.make_valid(shape)
                repaired += 1
            text = str(key)
            if text in found:
                shape = shapely.union(found[text].geometry, shape)
            found[text] = NamedArea(kind, text, str(label or text), shape)
            if len(found) > MAX_AREAS:
                raise BadSource(f"{table.path.name} has more than {MAX_AREAS:,} areas.")
    if not found:
        raise BadSource(f"{table.path.name} holds no areas.")
    return list(found.values()), repaired


def _placed(
    geometries: geo.Geometries, crs: str, area: geo.Area
) -> tuple[geo.Geometries, list[bool]]:
    """Geometries [crs] in the storage CRS, and which have a vertex outside the area."""
    shapes: geo.Geometries = shapely.force_2d(geometries)
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    x, y, _, inside = to_storage(
        points[:, 0], points[:, 1], crs, area, geographic=geo.parse_crs(crs).is_geographic
    )
    outside = np.bincount(owner, weights=~inside, minlength=len(shapes)) > 0
    shapes[outside] = None
    kept = ~outside[owner]
    return shapely.set_coordinates(shapes, np.column_stack((x, y))[kept]), outside.tolist()


def place_assets(session: Session) -> int:
    """Derive ward and designations of every asset anew; how many changed."""
    places = Places(queries.areas(session))
    changed = 0
    for fids, wards, designations, shapes in queries.placed_assets(session):
        new_wards = places.wards(shapes)
        new_designations = places.designations(shapes)
        updates = [
            (fid, new_ward, new_kinds)
            for fid, ward, kinds, new_ward, new_kinds in zip(
                fids, wards, designations, new_wards, new_designations, strict=True
            )
            if ward != new_ward or tuple(kinds or ()) != new_kinds
        ]
        queries.set_places(session, updates)
        changed += len(updates)
    return changed
