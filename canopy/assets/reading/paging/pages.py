"""One page of assets as a principal may see them.

Area and filter are tested on what the principal sees, so that they can tell nothing that
the page does not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from canopy.access.rules import Principal
from canopy.assets.filtering import Filter
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import queries
from canopy.assets.reading.paging.cutting import Page, RowCutter, flat_properties
from canopy.assets.reading.paging.place import BoxArea
from canopy.assets.reading.paging.tokens import PageKey, SortKey, bad_token
from canopy.assets.reading.paging.views import View, view_of
from canopy.db.direct import DirectReader
from canopy.db.engine import Database
from canopy.errors import BadFilter, LimitExceeded, NotFound

MOST_ROWS = 10_000
"""Rows that are read at a time while a page is filled."""
_MORE = 8
"""Rows read beyond a page, for those that are near a box and not in it."""

_FID, _KIND = queries.POSITION["fid"], queries.POSITION["kind"]


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
        self._srid = database.srid
        self._policy = policy
        self._cutter = RowCutter(database.storage_crs, policy)
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
        page = Page()
        if rows and rows[0][_KIND] in view.kinds:
            page = self._cutter.page(rows, principal, view, crs)
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
            page.add(self._shown(rows, task))
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

    def _shown(self, rows: queries.Rows, task: _Task) -> Page:
        asked = task.request
        return self._cutter.page(
            rows, asked.principal, task.view, asked.crs, task.search.predicate, asked.area
        )

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
        seen = flat_properties([row], task.view)[0]
        values = tuple(seen.get(each.key.field) for each in task.search.sorting)
        return queries.After(int(row[_FID]), values)


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
