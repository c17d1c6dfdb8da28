"""Vector tiles from ready features: assets from zoom 13 on, counts below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy import geo
from canopy.access.rules import Principal
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.tiling import DETAIL_ZOOM, MOST_DETAILS, Box, lonlat_box
from canopy.assets.ready import tile_queries
from canopy.assets.ready.audiences import Audience, PlacesSeen, places_seen, recipe
from canopy.db.prompt import PromptReader
from canopy.db.tiles import TileAddress

CROWDED_TO_ZOOM = 16
"""Closer in, a tile is smaller than the cells in which assets are counted."""


@dataclass(frozen=True, slots=True)
class ReadyTile:
    """A tile, and the version of what it was made from."""

    version: int
    body: bytes


class ReadyTiles:
    """Cuts tiles on the event loop; None from every method while anything is pending."""

    def __init__(self, reader: PromptReader, storage_crs: str, policy: SensitivityPolicy) -> None:
        self._reader = reader
        self._storage_crs = storage_crs
        self._policy = policy

    async def version(self) -> int | None:
        """What changes with every write that is ready."""
        sql, parameters = tile_queries.version(self._recipes(tuple(Audience)))
        rows = await self._reader.rows(sql, parameters)
        return int(rows[0][0]) if rows else None

    async def tile(
        self, principal: Principal, address: TileAddress, layer: str, kind: str | None
    ) -> ReadyTile | None:
        """What `principal` sees of all kinds, or of one. Its body is empty where that is nothing.

        A tile of more than `MOST_DETAILS` assets holds counts, down to `CROWDED_TO_ZOOM`.
        """
        seen = places_seen(principal, self._policy)
        recipes = self._recipes(seen.audiences)
        if address.z >= DETAIL_ZOOM:
            box = lonlat_box(address)
            most = MOST_DETAILS + 1 if address.z <= CROWDED_TO_ZOOM else None
            sql, parameters = tile_queries.details(seen, recipes, address, box, layer, kind, most)
            rows = await self._reader.rows(sql, parameters, binary=True)
            if not rows:
                return None
            version, found, body = rows[0]
            if found <= MOST_DETAILS or address.z > CROWDED_TO_ZOOM:
                return ReadyTile(int(version), body or b"")
        return await self._cells(seen, address, layer, kind)

    async def bounds(self, principal: Principal) -> dict[str, Box] | None:
        """West, south, east, north [degrees] of what is seen, by kind and of all (``assets``)."""
        if await self.version() is None:
            return None
        seen = places_seen(principal, self._policy)
        sql, parameters = tile_queries.bounds(seen, self._recipes(seen.audiences))
        rows = await self._reader.rows(sql, parameters)
        sides = {str(kind): np.array(box, dtype=float) for kind, *box in rows}
        if sides:
            every = np.array(list(sides.values()))
            sides["assets"] = np.concatenate([every[:, :2].min(axis=0), every[:, 2:].max(axis=0)])
        return {name: _degrees(box) for name, box in sides.items()}

    async def counts(self, principal: Principal) -> dict[str, int] | None:
        """How many assets are seen, by kind, with or without a position."""
        seen = places_seen(principal, self._policy)
        sql, parameters = tile_queries.counts(seen, self._recipes(seen.audiences))
        rows = await self._reader.rows(sql, parameters)
        if not rows:
            return None
        return {str(kind): int(count) for kind, count in rows if kind is not None}

    async def _cells(
        self, seen: PlacesSeen, address: TileAddress, layer: str, kind: str | None
    ) -> ReadyTile | None:
        recipes = self._recipes(seen.audiences)
        sql, parameters = tile_queries.cells(seen, recipes, address, layer, kind)
        rows = await self._reader.rows(sql, parameters, binary=True)
        return ReadyTile(int(rows[0][0]), rows[0][1] or b"") if rows else None

    def _recipes(self, audiences: tuple[Audience, ...]) -> dict[Audience, str]:
        return {each: recipe(each, self._storage_crs, self._policy) for each in audiences}


def _degrees(world: NDArray[np.float64]) -> Box:
    (west, south), (east, north) = geo.lonlat(world[[0, 2]], world[[3, 1]]).tolist()
    return west, south, east, north
