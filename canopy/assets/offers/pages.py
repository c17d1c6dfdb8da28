"""Pages of offers as a principal may see them.

An offer is seen where its asset is, at the asset's position as the policy shows it. Area and
filter are tested on what is shown, so that they can tell nothing that the page does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from canopy.access.rules import Principal
from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.filtering import evaluate
from canopy.assets.offers import queries
from canopy.assets.offers.distances import RouteDistances
from canopy.assets.offers.fields import ASSET_COLUMNS, DATES, DISTANCES, LISTS, PRICES
from canopy.assets.offers.pricing import CommonBands
from canopy.assets.offers.queries import OFFER_COLUMNS, OFFER_POSITION, AfterOffer, Rows
from canopy.assets.offers.rules import OfferStatus
from canopy.assets.offers.viewing import OfferView, offer_view
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import now_utc
from canopy.assets.reading.paging import Page, PageKey, PageRequest, SortKey
from canopy.assets.reading.paging.place import shown
from canopy.assets.reading.paging.tokens import bad_token
from canopy.assets.reading.queries import ROW_COLUMNS
from canopy.assets.reading.streaming import batch_of
from canopy.db.direct import DirectReader
from canopy.db.engine import Database
from canopy.db.types import utc_text
from canopy.errors import BadFilter, LimitExceeded, NotFound

MOST_ROWS = 10_000
"""Rows that are read at a time while a page is filled."""
_WIDTH = len(ROW_COLUMNS)
_FID, _ID = OFFER_POSITION["fid"], OFFER_POSITION["offer_id"]
_TIMES = ("created_at", "updated_at")


def today_utc() -> date:
    """The present day."""
    return now_utc().date()


@dataclass(frozen=True, slots=True)
class _Task:
    request: PageRequest
    view: OfferView
    search: queries.OfferSearch


class OfferReader:
    """Reads pages of offers. `fill_s` is the longest time that one is searched for [s]."""

    def __init__(
        self,
        reader: DirectReader,
        database: Database,
        policy: SensitivityPolicy,
        fill_s: float,
        today: Callable[[], date] = today_utc,
    ) -> None:
        self._reader = reader
        self._gpkg = database.is_gpkg
        self._srid = database.srid
        self._storage_crs = database.storage_crs
        self._policy = policy
        self._fill_s = fill_s
        self._today = today
        self._distances = RouteDistances(reader)
        self._prices = CommonBands(reader, database.is_gpkg)

    def page(self, request: PageRequest) -> Page:
        """A page of at most `limit` offers; their kinds are not asked for.

        As `PageReader.page`: it may have fewer and still a next one. Raises BadFilter for a
        field that is not seen or has no order, LimitExceeded where nothing was found in time.
        """
        task = self._task(request)
        if task is None:
            return Page()
        ends = time.monotonic() + self._fill_s
        after = self._after(task)
        page, most = Page(), request.limit + 1
        values: list[tuple[object, ...]] = []
        while True:
            rows = queries.offers_after(self._reader, self._gpkg, task.search, after, most)
            found, kept = self._shown(rows, task)
            page.add(found)
            values += kept
            is_full, is_last = len(page) > request.limit, len(rows) < most
            if is_full:
                page.cut(request.limit)
            if is_full or (not is_last and time.monotonic() > ends):
                if not len(page):
                    raise _too_long(self._fill_s)
                page.next = PageKey(page.ids[-1], values[len(page) - 1])
            if page.next is not None or is_last:
                return page
            after = AfterOffer(int(rows[-1][_FID]), _told(queries.sorted_values(rows[-1])))
            most = min(4 * most, MOST_ROWS)

    def count(self, request: PageRequest) -> int:
        """How many offers match. Raises LimitExceeded where that takes too long."""
        task = self._task(replace(request, sort=(), after=None))
        if task is None:
            return 0
        if request.area is None:
            told = queries.counted_offers(self._reader, self._gpkg, task.search)
            if told is not None:
                return told
        ends = time.monotonic() + self._fill_s
        counted, after = 0, None
        while True:
            rows = queries.offers_after(self._reader, self._gpkg, task.search, after, MOST_ROWS)
            counted += self._kept(rows, task)[1].size
            if len(rows) < MOST_ROWS:
                return counted
            if time.monotonic() > ends:
                raise LimitExceeded(
                    f"The offers could not be counted within {self._fill_s:g} s; ask for a "
                    "smaller area, or without count."
                )
            after = AfterOffer(int(rows[-1][_FID]))

    def one(self, offer_id: str, principal: Principal, crs: str) -> Page:
        """A page with that offer alone. Raises NotFound, of hidden offers in the same words."""
        request = PageRequest(kinds=(), principal=principal, limit=1, crs=crs)
        task = self._task(request)
        page = Page()
        if task is not None:
            rows = queries.offer_row(self._reader, self._gpkg, offer_id, task.search.seen)
            page, _ = self._shown(rows, task)
        if not len(page):
            raise NotFound(f"There is no offer {offer_id} in this collection.")
        return page

    def _task(self, request: PageRequest) -> _Task | None:
        view = offer_view(request.principal, self._policy)
        bounds = None
        if request.area is not None:
            bounds = request.area.bounds
            if bounds is None:
                return None
        predicate = None if request.filter is None else request.filter.resolved(view.finder)
        search = queries.OfferSearch(
            seen=queries.Seen(
                view.statuses, view.assets.levels, None if view.has_ended else self._today()
            ),
            has_every_price=view.has_every_price,
            bounds=bounds,
            margin_m=view.assets.margin_m,
            predicate=predicate,
            sorting=tuple((key, _sortable(key, view)) for key in request.sort),
            srid=self._srid,
        )
        return _Task(request, view, search)

    def _after(self, task: _Task) -> AfterOffer | None:
        key = task.request.after
        if key is None:
            return None
        place = queries.place_of_offer(self._reader, self._gpkg, key.asset_id)
        was_seen = place is not None and task.view.assets.sees(place.sensitivity)
        if place is None or not was_seen or not _may_have_seen(place.status, task.view):
            raise bad_token()
        return AfterOffer(place.fid, key.values)

    def _shown(self, rows: Rows, task: _Task) -> tuple[Page, list[tuple[object, ...]]]:
        """The rows that are seen, satisfy the filter and touch the area, with sorted values."""
        batch, kept = self._kept(rows, task)
        places = kept.tolist()
        page = Page(
            [str(rows[i][_ID]) for i in places],
            [_properties(batch, i, task.view) for i in places],
            shown(batch.geometries[kept], self._storage_crs, task.request.crs),
        )
        return page, [_told(queries.sorted_values(rows[i])) for i in places]

    def _kept(self, rows: Rows, task: _Task) -> tuple[AssetBatch, NDArray[np.intp]]:
        """The rows as they are seen, and which of them are in the page's area and filter."""
        batch = self._merged(rows, task)
        keep = np.ones(len(batch), dtype=bool)
        if task.search.predicate is not None and len(batch):
            keep &= evaluate(task.search.predicate, batch).true
        area = task.request.area
        if area is not None and len(batch):
            keep &= area.touches(shown(batch.geometries, self._storage_crs, area.crs))
        return batch, np.flatnonzero(keep)

    def _merged(self, rows: Rows, task: _Task) -> AssetBatch:
        """Offers and what is seen of their assets, in one batch."""
        principal, view = task.request.principal, task.view
        raw = [row[:_WIDTH] for row in rows]
        assets = self._policy.redact(batch_of(raw), principal)  # type: ignore[arg-type]
        if len(assets) != len(rows):
            raise ValueError("the policy hides an asset that was searched for")
        columns: dict[str, list[object]] = {
            name: assets.columns[column]
            for name, column in ASSET_COLUMNS.items()
            if name in view.fields and column in assets.columns
        }
        if GENERALISED_COLUMN in assets.columns:
            columns[GENERALISED_COLUMN] = assets.columns[GENERALISED_COLUMN]
        for name in OFFER_COLUMNS:
            if name in view.fields:
                place = OFFER_POSITION[name]
                columns[name] = [_read(name, row[place]) for row in rows]
        self._cut_prices(columns, task)
        if set(DISTANCES) <= set(view.fields):
            found = self._distances.of(assets.geometries, view.assets.levels)
            columns["distance_to_fibre_m"] = list(found.to_fibre_m)
            columns["distance_to_duct_m"] = list(found.to_duct_m)
        return AssetBatch(columns, [{} for _ in rows], assets.geometries)

    def _cut_prices(self, columns: dict[str, list[object]], task: _Task) -> None:
        """Withhold the price bands that too few assets share."""
        if task.view.has_every_price or PRICES[0] not in columns:
            return
        common = self._prices.seen(task.search.seen)
        lowest, highest = (columns[name] for name in PRICES)
        for i, band in enumerate(zip(lowest, highest, strict=True)):
            if band not in common:
                lowest[i] = highest[i] = None


def _sortable(key: SortKey, view: OfferView) -> Any:
    found = view.fields.get(key.field)
    if found is None:
        raise BadFilter(f"{key.field!r} is no field that can be sorted by here.", field=key.field)
    if found.type in ("list", "geometry") or key.field in view.unsorted:
        raise BadFilter(f"{key.field!r} has no order to sort by.", field=key.field)
    return found


def _may_have_seen(status: str, view: OfferView) -> bool:
    """Whether an offer could have stood on a page: a draft only on those of its writers."""
    return status != OfferStatus.draft or OfferStatus.draft in view.statuses


def _properties(batch: AssetBatch, place: int, view: OfferView) -> dict[str, Any]:
    """What is known and seen of an offer, as JSON values."""
    found: dict[str, Any] = {}
    for name in (*view.fields, GENERALISED_COLUMN):
        values = batch.columns.get(name)
        value = None if values is None else values[place]
        if value is not None:
            found[name] = _written(value)
    return found


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _read(name: str, value: Any) -> object:
    """A stored value in the form that filters are tested on."""
    if value is None:
        return None
    if name == "offer_id":
        return str(value)
    if name in LISTS:
        return tuple(orjson.loads(value) if isinstance(value, (str, bytes)) else value)
    if name in DATES and isinstance(value, str):
        return date.fromisoformat(value[:10])
    if name in _TIMES and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def _told(values: tuple[object, ...]) -> tuple[object, ...]:
    """Sorted values as a token holds them."""
    return tuple(_written(value) for value in values)


def _too_long(limit_s: float) -> LimitExceeded:
    return LimitExceeded(
        f"No offer was found within {limit_s:g} s; ask for a smaller area or filter on fields "
        "that more offers have."
    )
