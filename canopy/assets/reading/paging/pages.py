"""One page of assets as a principal may see them.

Rows whose kind is seen exactly are cut by what the policy said of that kind; all others
go through `SensitivityPolicy.redact`. Area and filter are tested on what is left, so that
they can tell nothing that the page does not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely

from canopy.access.rules import Principal, Role
from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.filtering import Filter, evaluate
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import queries
from canopy.assets.reading.paging.place import BoxArea, Geometries, shown
from canopy.assets.reading.paging.tokens import PageKey, SortKey, bad_token
from canopy.assets.reading.paging.views import View, view_of
from canopy.assets.reading.streaming import batch_of
from canopy.db import gpkg_geometry
from canopy.db.direct import DirectReader
from canopy.db.engine import Database
from canopy.errors import BadFilter, LimitExceeded, NotFound

MOST_ROWS = 10_000
"""Rows that are read at a time while a page is filled."""
_MORE = 8
"""Rows read beyond a page, for those that are near a box and not in it."""

_ATTRIBUTES, _GEOM = queries.POSITION["attributes"], queries.POSITION["geom"]
_KIND, _SENSITIVITY = queries.POSITION["kind"], queries.POSITION["sensitivity"]
_ID, _FID = queries.POSITION["asset_id"], queries.POSITION["fid"]
_EWKB_POINT = np.dtype([("head", "V9"), ("x", "<f8"), ("y", "<f8")])
_HEX_POINT = 2 * _EWKB_POINT.itemsize
_HEX_POINT_HEAD = "0101000020"
"""How PostGIS writes a 2D point with its SRID, little-endian, in hex."""
_ATTACHMENTS = '"attachments"'


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page. `crs` is that of the answer; `limit` at least 1."""

    kinds: tuple[Kind, ...]
    principal: Principal
    limit: int
    crs: str
    area: BoxArea | None = None
    filter: Filter | None = None
    sort: tuple[SortKey, ...] = ()
    after: PageKey | None = None


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

    def cut(self, most: int) -> None:
        """Keep the first `most` assets."""
        del self.ids[most:], self.properties[most:]
        self.geometries = self.geometries[:most]


@dataclass(frozen=True, slots=True)
class _Task:
    request: PageRequest
    view: View
    search: queries.PageSearch


class PageReader:
    """Reads pages. `fill_s` is the longest time that one page is searched for [s]."""

    def __init__(
        self, reader: DirectReader, database: Database, policy: SensitivityPolicy, fill_s: float
    ) -> None:
        self._reader = reader
        self._gpkg = database.is_gpkg
        self._crs = database.storage_crs
        self._srid = database.srid
        self._policy = policy
        self._fill_s = fill_s

    def page(self, request: PageRequest) -> Page:
        """A page of at most `limit` assets.

        It may have fewer and still a next one, where many had to be looked through. Raises
        BadFilter for a field this principal may not see, as for one that does not exist,
        and LimitExceeded where nothing was found in the time there is.
        """
        view = view_of(request.kinds, request.principal, self._policy)
        if not view.kinds:
            return Page()
        search = self._search(request, view)
        if search is None:
            return Page()
        task = _Task(request, view, search)
        return self._filled(task, self._after(task))

    def one(self, kinds: Sequence[Kind], asset_id: str, principal: Principal, crs: str) -> Page:
        """A page with that asset alone. Raises NotFound, of hidden assets in the same words."""
        view = view_of(kinds, principal, self._policy)
        rows = queries.row_of(self._reader, self._gpkg, asset_id)
        request = PageRequest(tuple(kinds), principal, 1, crs)
        page = Page()
        if rows and rows[0][_KIND] in view.kinds:
            page = self._shown(rows, request, view, None)
        if not len(page):
            raise NotFound(f"There is no asset {asset_id} in this collection.")
        return page

    def _search(self, request: PageRequest, view: View) -> queries.PageSearch | None:
        predicate = None if request.filter is None else request.filter.resolved(view.finder)
        bounds = None
        if request.area is not None:
            bounds = request.area.bounds
            if bounds is None:
                return None
        names = tuple(view.kinds)
        return queries.PageSearch(
            kinds=None if len(names) == len(KINDS) else names,
            generalised=view.generalised,
            levels=view.levels,
            bounds=bounds,
            margin_m=view.margin_m,
            predicate=predicate,
            sorting=tuple(_sorting(key, view) for key in request.sort),
            srid=self._srid,
        )

    def _after(self, task: _Task) -> queries.After | None:
        key = task.request.after
        if key is None:
            return None
        place = queries.place_of(self._reader, self._gpkg, key.asset_id)
        if place is None or not task.view.sees(place[1]):
            raise bad_token()
        return queries.After(place[0], key.values)

    def _filled(self, task: _Task, after: queries.After | None) -> Page:
        request = task.request
        ends = time.monotonic() + self._fill_s
        page = Page()
        most = request.limit + 1
        if request.area is not None:
            most += request.limit // 8 + _MORE
        while True:
            rows = queries.rows_after(self._reader, self._gpkg, task.search, after, most)
            page.add(self._shown(rows, request, task.view, task.search.predicate))
            if len(page) > request.limit:
                page.cut(request.limit)
                page.next = _key(page, request)
                return page
            if len(rows) < most:
                return page
            if time.monotonic() > ends:
                return self._unfinished(page, request)
            after = self._from(rows[-1], task)
            most = min(4 * most, MOST_ROWS)

    def _unfinished(self, page: Page, request: PageRequest) -> Page:
        if not len(page):
            raise LimitExceeded(
                f"Nothing was found within {self._fill_s:g} s; ask for a smaller area or "
                "filter on fields that more assets have."
            )
        page.next = _key(page, request)
        return page

    def _from(self, row: tuple[Any, ...], task: _Task) -> queries.After:
        """Where to go on after a row, whether it is shown or not."""
        if not task.search.sorting:
            return queries.After(int(row[_FID]))
        seen = _properties([row], task.view)[0]
        values = tuple(seen.get(each.key.field) for each in task.search.sorting)
        return queries.After(int(row[_FID]), values)

    def _shown(
        self,
        rows: queries.Rows,
        request: PageRequest,
        view: View,
        predicate: Predicate | None,
    ) -> Page:
        if not rows:
            return Page()
        is_plain = predicate is None and _is_plain(rows, view, request.principal)
        page = (
            self._plain(rows, view) if is_plain else self._redacted(rows, request, view, predicate)
        )
        return self._placed(page, request)

    def _plain(self, rows: queries.Rows, view: View) -> Page:
        seen = rows
        if view.levels is not None:
            seen = [row for row in rows if view.sees(row[_SENSITIVITY])]
        geometries = _decoded([row[_GEOM] for row in seen])
        return Page([row[_ID] for row in seen], _properties(seen, view), geometries)

    def _redacted(
        self,
        rows: queries.Rows,
        request: PageRequest,
        view: View,
        predicate: Predicate | None,
    ) -> Page:
        width = _GEOM + 1
        batch = self._policy.redact(
            batch_of([row[:width] for row in rows]),  # type: ignore[misc]
            request.principal,
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

    def _placed(self, page: Page, request: PageRequest) -> Page:
        """The page's assets that touch the area, at their positions in the answer's CRS."""
        area, stored = request.area, page.geometries
        page.geometries = shown(stored, self._crs, request.crs)
        if area is None or not len(page):
            return page
        asked = page.geometries
        if area.crs != request.crs:
            asked = shown(stored, self._crs, area.crs)
        inside = area.touches(asked)
        if inside.all():
            return page
        places = np.flatnonzero(inside).tolist()
        return Page(
            [page.ids[i] for i in places],
            [page.properties[i] for i in places],
            page.geometries[inside],
        )


def _sorting(key: SortKey, view: View) -> queries.Sorting:
    found = view.fields.get(key.field)
    if found is None:
        raise BadFilter(f"{key.field!r} is no field that can be sorted by here.", field=key.field)
    if found.type in ("list", "geometry"):
        raise BadFilter(f"{key.field!r} has no order to sort by.", field=key.field)
    return queries.Sorting(key, found)


def _key(page: Page, request: PageRequest) -> PageKey:
    last = page.properties[-1]
    return PageKey(page.ids[-1], tuple(last.get(each.field) for each in request.sort))


def _is_plain(rows: queries.Rows, view: View, principal: Principal) -> bool:
    """Whether the rows can be cut by columns alone: exact positions, nothing attached."""
    generalised = view.generalised
    if generalised and any(row[_KIND] in generalised for row in rows):
        return False
    if principal.role is Role.admin:
        return True
    return not any(_ATTACHMENTS in row[_ATTRIBUTES] for row in rows)


def _properties(rows: queries.Rows, view: View) -> list[dict[str, Any]]:
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
