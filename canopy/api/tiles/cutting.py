"""Who cuts a tile: the database from what is ready, or this process from the assets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from starlette.concurrency import run_in_threadpool

from canopy.access.rules import Principal
from canopy.api.ogc.collections import Collection
from canopy.api.stamp import LOOK_EVERY_S, Stamp
from canopy.api.tiles.cache import Tile, TileCache
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import PageReader
from canopy.assets.reading.tiling import (
    DETAIL_ZOOM,
    Box,
    SeenPlaces,
    TileAddress,
    counts_tile,
    details_tile,
    seen_places,
)
from canopy.assets.ready.audiences import PlacesSeen, places_seen
from canopy.assets.ready.tiles import ReadyTile, ReadyTiles
from canopy.db.engine import Database
from canopy.errors import NotReadyYet

WAIT_S = 4.0
"""How long a tile of counts waits for features to be ready [s]."""
BOUNDS_FOR_S = 60.0
"""How long bounds are taken for right [s]."""


@dataclass(frozen=True, slots=True)
class Cutters:
    """What tiles are cut with; `ready` on PostgreSQL."""

    database: Database
    policy: SensitivityPolicy
    pages: PageReader
    ready: ReadyTiles | None


class TileService:
    """Tiles for one process, each cut once."""

    def __init__(
        self, cutters: Cutters, stamp: Stamp, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cutters = cutters
        self._stamp = stamp
        self._clock = clock
        self._cache = TileCache()
        self._running: dict[Hashable, asyncio.Task[Tile]] = {}
        self._places: dict[PlacesSeen, tuple[int, SeenPlaces]] = {}
        self._reading = Lock()
        self._bounds: dict[PlacesSeen, tuple[float, dict[str, Box]]] = {}

    async def tile(
        self, principal: Principal, each: Collection, address: TileAddress, *, packed: bool
    ) -> Tile:
        """The tile as `principal` sees it, empty where that is nothing.

        Raises NotReadyYet for counts while a large import is being made ready.
        """
        stamp = await self._stamp.now()
        seen = places_seen(principal, self._cutters.policy)
        key = (seen, each.id, address)
        if stamp is not None:
            kept = self._cache.get((key, packed), stamp)
            if kept is not None:
                return kept
            plain = self._cache.get((key, False), stamp)
            if plain is not None:
                return await self._keep(key, stamp, plain, packed)
        running = self._running.get((key, stamp))
        if running is None:
            running = asyncio.create_task(self._cut(principal, each, address))
            self._running[key, stamp] = running
            running.add_done_callback(lambda _: self._running.pop((key, stamp), None))
        tile = await asyncio.shield(running)
        if stamp is None or stamp != await self._stamp.now():
            return await run_in_threadpool(tile.in_form, packed=packed)
        return await self._keep(key, stamp, tile, packed)

    async def _keep(self, key: Hashable, stamp: int, tile: Tile, packed: bool) -> Tile:
        if packed and not tile.is_packed:
            tile = await run_in_threadpool(tile.in_form, packed=True)
        self._cache.put((key, packed), stamp, tile)
        return tile

    async def _cut(self, principal: Principal, each: Collection, address: TileAddress) -> Tile:
        kind = None if len(each.kinds) == len(KINDS) else str(each.kinds[0])
        ready = self._cutters.ready
        if ready is not None:
            found = await ready.tile(principal, address, each.id, kind)
            if found is not None:
                return Tile.of(found.body)
        if address.z >= DETAIL_ZOOM:
            body = await run_in_threadpool(self._details, principal, each, address)
            if body is not None:
                return Tile.of(body)
        if ready is None:
            body = await run_in_threadpool(self._counts, principal, each.id, kind, address)
            return Tile.of(body)
        found = await _patiently(lambda: ready.tile(principal, address, each.id, kind))
        return Tile.of(found.body)

    def _details(
        self, principal: Principal, each: Collection, address: TileAddress
    ) -> bytes | None:
        cutters = self._cutters
        crs = cutters.database.storage_crs
        return details_tile(cutters.pages, crs, principal, address, each.id, each.kinds)

    def _counts(
        self, principal: Principal, layer: str, kind: str | None, address: TileAddress
    ) -> bytes:
        return counts_tile(self._places_of(principal).of_kind(kind), address, layer)

    def _places_of(self, principal: Principal) -> SeenPlaces:
        """Where everything stands, read once after each write. In a thread."""
        seen = places_seen(principal, self._cutters.policy)
        with self._reading:
            stamp = self._stamp.of_file()
            kept = self._places.get(seen)
            if kept is not None and kept[0] == stamp:
                return kept[1]
            found = seen_places(self._cutters.database, principal, self._cutters.policy)
            self._places[seen] = (stamp, found)
            return found

    async def bounds(self, principal: Principal) -> dict[str, Box]:
        """West, south, east, north [degrees] of what `principal` sees, by collection.

        A collection without any place is not in it; neither is any while nothing is ready.
        """
        seen = places_seen(principal, self._cutters.policy)
        kept = self._bounds.get(seen)
        now = self._clock()
        if kept is not None and now - kept[0] < BOUNDS_FOR_S:
            return kept[1]
        if self._cutters.ready is not None:
            found = await self._cutters.ready.bounds(principal)
        else:
            found = await run_in_threadpool(self._bounds_of, principal)
        if found is None:
            return {}
        self._bounds[seen] = (now, found)
        return found

    def _bounds_of(self, principal: Principal) -> dict[str, Box]:
        places = self._places_of(principal)
        by_kind = {str(kind): places.of_kind(str(kind)).bounds() for kind in KINDS}
        by_kind["assets"] = places.bounds()
        return {name: box for name, box in by_kind.items() if box is not None}


async def _patiently(ask: Callable[[], Awaitable[ReadyTile | None]]) -> ReadyTile:
    ends = time.monotonic() + WAIT_S
    while time.monotonic() < ends:
        await asyncio.sleep(LOOK_EVERY_S)
        found = await ask()
        if found is not None:
            return found
    raise NotReadyYet(
        "The counts of the map are being prepared after a large change; ask again in a minute."
    )
