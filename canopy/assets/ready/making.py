"""Stored rows, made into what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from canopy import geo
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import Page, RowCutter, geojson
from canopy.assets.reading.paging.place import Geometries
from canopy.assets.reading.paging.queries import POSITION, Rows
from canopy.assets.ready.audiences import Audience, whole_view

SHOWN_CRS = "OGC:CRS84"
CELL_SHIFT = 15
"""Assets are counted in cells of 2**15 world coordinates: 16 to a side of a tile of zoom 12."""

_FID, _ID = POSITION["fid"], POSITION["asset_id"]
_SENSITIVITY = POSITION["sensitivity"]


class ReadyRow(NamedTuple):
    """One feature as an audience sees it, in the order of the table's columns.

    `lon`, `lat` are of points only; `world_x`, `world_y` of a point on the geometry;
    `geom` is EWKB in hex, in EPSG:4326, x before y.
    """

    audience: str
    fid: int
    asset_id: str
    kind: str
    level: str | None
    status: str | None
    availability: str | None
    height_m: float | None
    lon: float | None
    lat: float | None
    world_x: int | None
    world_y: int | None
    geom: str | None
    feature: str | None


def made(rows: Rows, cutter: RowCutter) -> Iterator[ReadyRow]:
    """What every audience sees of some rows. Rows come as pages read them."""
    if not rows:
        return
    of_asset = {row[_ID]: row for row in rows}
    policy = cutter.policy
    seen_by_operators: set[str] = set()
    for audience in (Audience.public, Audience.operator):
        page = cutter.page(rows, audience.principal, whole_view(audience, policy), SHOWN_CRS)
        if audience is Audience.operator:
            seen_by_operators.update(page.ids)
        texts = [orjson.dumps(each).decode() for each in geojson.features(page)]
        yield from _rows(audience, page, texts, of_asset)
    hidden = [row for row in rows if row[_ID] not in seen_by_operators]
    yield from _staff_rows(hidden, cutter, policy, of_asset)


def _staff_rows(
    hidden: Rows,
    cutter: RowCutter,
    policy: SensitivityPolicy,
    of_asset: dict[str, tuple[object, ...]],
) -> Iterator[ReadyRow]:
    staff = Audience.staff
    page = cutter.page(hidden, staff.principal, whole_view(staff, policy), SHOWN_CRS)
    yield from _rows(staff, page, [None] * len(page), of_asset)


def _rows(
    audience: Audience,
    page: Page,
    texts: Sequence[str | None],
    of_asset: dict[str, tuple[object, ...]],
) -> Iterator[ReadyRow]:
    geometries = page.geometries
    lon, lat = _points(geometries)
    world_x, world_y = _world(geometries)
    placed = shapely.set_srid(geometries, 4326)
    wkb = shapely.to_wkb(placed, hex=True, include_srid=True)
    for i, (key, found) in enumerate(zip(page.ids, page.properties, strict=True)):
        row = of_asset[key]
        yield ReadyRow(
            audience=str(audience),
            fid=int(str(row[_FID])),
            asset_id=key,
            kind=found["kind"],
            level=None if row[_SENSITIVITY] is None else str(row[_SENSITIVITY]),
            status=found.get("status"),
            availability=found.get("availability"),
            height_m=found.get("height_m"),
            lon=lon[i],
            lat=lat[i],
            world_x=world_x[i],
            world_y=world_y[i],
            geom=wkb[i],
            feature=texts[i],
        )


def _points(geometries: Geometries) -> tuple[list[float | None], list[float | None]]:
    is_point = shapely.get_type_id(geometries) == 0
    x = np.where(is_point, shapely.get_x(geometries), np.nan)
    y = np.where(is_point, shapely.get_y(geometries), np.nan)
    return _or_none(x), _or_none(y)


def _world(geometries: Geometries) -> tuple[list[int | None], list[int | None]]:
    on_it = shapely.point_on_surface(geometries)
    x, y = geo.world_units(shapely.get_x(on_it), shapely.get_y(on_it))
    known = np.isfinite(x) & np.isfinite(y)
    whole_x, whole_y = np.where(known, x, 0).astype(int), np.where(known, y, 0).astype(int)
    return (
        [each if there else None for each, there in zip(whole_x.tolist(), known, strict=True)],
        [each if there else None for each, there in zip(whole_y.tolist(), known, strict=True)],
    )


def _or_none(values: NDArray[np.float64]) -> list[float | None]:
    return [None if each != each else each for each in values.tolist()]
