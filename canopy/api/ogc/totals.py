"""How many features a whole collection has, counted once after each write."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool

from canopy.access.rules import Principal
from canopy.api.stamp import Stamp
from canopy.assets.kinds import Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.summary import summary
from canopy.assets.ready.audiences import PlacesSeen, places_seen
from canopy.assets.ready.tiles import ReadyTiles
from canopy.db.engine import Database

Counts = Mapping[str, int]


class Totals:
    """Counts by kind, as each role sees them."""

    def __init__(
        self,
        database: Database,
        policy: SensitivityPolicy,
        ready: ReadyTiles | None,
        stamp: Stamp,
    ) -> None:
        self._database = database
        self._policy = policy
        self._ready = ready
        self._stamp = stamp
        self._kept: dict[PlacesSeen, tuple[int, Counts]] = {}

    async def of(self, principal: Principal, kinds: tuple[Kind, ...]) -> int | None:
        """How many assets of these kinds there are; None while that takes long to tell."""
        stamp = await self._stamp.now()
        if stamp is None:
            return None
        seen = places_seen(principal, self._policy)
        kept = self._kept.get(seen)
        if kept is None or kept[0] != stamp:
            counts = await self._counted(principal)
            if counts is None:
                return None
            kept = self._kept[seen] = (stamp, counts)
        return sum(kept[1].get(str(kind), 0) for kind in kinds)

    async def _counted(self, principal: Principal) -> Counts | None:
        if self._ready is not None:
            return await self._ready.counts(principal)
        return await run_in_threadpool(self._of_assets, principal)

    def _of_assets(self, principal: Principal) -> Counts:
        with self._database.reading() as session:
            return summary(session, principal, self._policy).assets_by_kind
