"""Rows as they are stored, cut to a page of what a principal may see.

Rows whose kind is seen exactly are cut by what the policy said of that kind; all others
go through `SensitivityPolicy.redact`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely

from canopy.access.rules import Principal, Role
from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.filtering import evaluate
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import queries
from canopy.assets.reading.paging.place import BoxArea, Geometries, shown
from canopy.assets.reading.paging.tokens import PageKey
from canopy.assets.reading.paging.views import View
from canopy.assets.reading.streaming import batch_of
from canopy.db import gpkg_geometry

_ATTRIBUTES, _GEOM = queries.POSITION["attributes"], queries.POSITION["geom"]
_KIND, _SENSITIVITY = queries.POSITION["kind"], queries.POSITION["sensitivity"]
_ID = queries.POSITION["asset_id"]
_EWKB_POINT = np.dtype([("head", "V9"), ("x", "<f8"), ("y", "<f8")])
_HEX_POINT = 2 * _EWKB_POINT.itemsize
_HEX_POINT_HEAD = "0101000020"
"""How PostGIS writes a 2D point with its SRID, little-endian, in hex."""
_ATTACHMENTS = '"attachments"'


@dataclass(slots=True)
class Page:
    """Some assets: ids, flat properties (JSON values) and positions side by side.

    Positions are in the CRS that was asked for, x before y, None where withheld.
    `next` is where the next page begins, None on the last.
    """

    ids: list[str] = field(default_factory=list)
    properties: list[dict[str, Any]] = field(default_factory=list)
    geometries: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))
    next: PageKey | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, other: Page) -> None:
        """Put another page's assets behind these."""
        self.ids += other.ids
        self.properties += other.properties
        self.geometries = (
            np.concatenate([self.geometries, other.geometries])
            if len(self.geometries)
            else other.geometries
        )

    def taken(self, places: list[int]) -> Page:
        """A page with the assets at these places, in that order."""
        return Page(
            [self.ids[i] for i in places],
            [self.properties[i] for i in places],
            self.geometries[np.array(places, dtype=np.intp)],
        )

    def cut(self, most: int) -> None:
        """Keep the first `most` assets."""
        del self.ids[most:], self.properties[most:]
        self.geometries = self.geometries[:most]


@dataclass(frozen=True, slots=True)
class RowCutter:
    """Cuts rows by the policy, and shows their positions in the CRS that was asked for."""

    storage_crs: str
    policy: SensitivityPolicy

    def page(
        self,
        rows: queries.Rows,
        principal: Principal,
        view: View,
        crs: str,
        predicate: Predicate | None = None,
        area: BoxArea | None = None,
    ) -> Page:
        """The rows that `principal` sees, satisfy the predicate and touch the area."""
        if not rows:
            return Page()
        if predicate is None and _is_plain(rows, view, principal):
            page = _plain(rows, view)
        else:
            page = self._redacted(rows, principal, view, predicate)
        return self._placed(page, crs, area)

    def _redacted(
        self,
        rows: queries.Rows,
        principal: Principal,
        view: View,
        predicate: Predicate | None,
    ) -> Page:
        width = _GEOM + 1
        batch = self.policy.redact(
            batch_of([row[:width] for row in rows]),  # type: ignore[misc]
            principal,
        )
        keep = np.ones(len(batch), dtype=bool)
        if predicate is not None and len(batch):
            keep = evaluate(predicate, batch).true
        places = np.flatnonzero(keep).tolist()
        raw = {row[_ID]: row for row in rows}
        ids = [str(batch.columns["asset_id"][i]) for i in places]
        properties = [
            _cut_row(raw[each], batch, i, view) for each, i in zip(ids, places, strict=True)
        ]
        return Page(ids, properties, batch.geometries[keep])

    def _placed(self, page: Page, crs: str, area: BoxArea | None) -> Page:
        """The page's assets that touch the area, at their positions in the answer's CRS."""
        stored = page.geometries
        page.geometries = shown(stored, self.storage_crs, crs)
        if area is None or not len(page):
            return page
        asked = page.geometries
        if area.crs != crs:
            asked = shown(stored, self.storage_crs, area.crs)
        inside = area.touches(asked)
        if inside.all():
            return page
        return page.taken(np.flatnonzero(inside).tolist())


def _plain(rows: queries.Rows, view: View) -> Page:
    seen = rows
    if view.levels is not None:
        seen = [row for row in rows if view.sees(row[_SENSITIVITY])]
    geometries = _decoded([row[_GEOM] for row in seen])
    return Page([row[_ID] for row in seen], flat_properties(seen, view), geometries)


def _is_plain(rows: queries.Rows, view: View, principal: Principal) -> bool:
    """Whether the rows can be cut by columns alone: exact positions, nothing attached."""
    generalised = view.generalised
    if generalised and any(row[_KIND] in generalised for row in rows):
        return False
    if principal.role is Role.admin:
        return True
    return not any(_ATTACHMENTS in row[_ATTRIBUTES] for row in rows)


def flat_properties(rows: queries.Rows, view: View) -> list[dict[str, Any]]:
    """Flat properties of rows whose kinds are seen exactly."""
    made = []
    kinds, loads = view.kinds, orjson.loads
    for row in rows:
        kind = kinds[row[_KIND]]
        found = dict(zip(kind.names, kind.take(row), strict=True))
        if "designations" in found:
            found["designations"] = loads(found["designations"])
        attributes = loads(row[_ATTRIBUTES])
        if kind.attributes is None or kind.attributes.issuperset(attributes):
            found.update(attributes)
        else:
            seen = kind.attributes
            found.update({name: value for name, value in attributes.items() if name in seen})
        made.append(found)
    return made


def _cut_row(row: tuple[Any, ...], batch: AssetBatch, place: int, view: View) -> dict[str, Any]:
    """Flat properties of an asset that went through `redact`: what that left, and no more."""
    kind = view.kinds[row[_KIND]]
    found = dict(zip(kind.names, kind.take(row), strict=True))
    found = {name: value for name, value in found.items() if name in batch.columns}
    if "designations" in found:
        found["designations"] = orjson.loads(found["designations"])
    found.update(batch.attributes[place])
    cells = batch.columns.get(GENERALISED_COLUMN)
    if cells is not None and cells[place] is not None:
        found[GENERALISED_COLUMN] = cells[place]
    return found


def _decoded(stored: list[Any]) -> Geometries:
    if any(isinstance(value, bytes) for value in stored):
        return gpkg_geometry.decode(stored)
    if stored and all(
        value is not None and len(value) == _HEX_POINT and value.startswith(_HEX_POINT_HEAD)
        for value in stored
    ):
        packed = np.frombuffer(bytes.fromhex("".join(stored)), dtype=_EWKB_POINT)
        points: Geometries = shapely.points(packed["x"], packed["y"])
        return points
    found: Geometries = shapely.from_wkb(np.array(stored, dtype=object))
    return found
