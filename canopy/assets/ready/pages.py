"""Pages of ready features: what `PageReader` would answer, without making it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import PageKey, PageRequest
from canopy.assets.ready import queries
from canopy.assets.ready.audiences import Audience, recipe, text_audience
from canopy.assets.ready.making import SHOWN_CRS
from canopy.assets.ready.queries import Way
from canopy.db.prompt import PromptReader

MOST_AT_ONCE = 5_000
"""Features in a box up to which they are read whole and put in order here."""
RARE = 20_000
"""Assets of the asked kinds up to which all their positions are looked at, whatever the box."""
_DEGREES = (SHOWN_CRS, "EPSG:4326")

_Row = tuple[Any, ...]
"""A feature's row in the table, and its text in UTF-8; both None where there is no feature."""


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """Features as JSON texts in UTF-8, and where the next page begins."""

    features: list[bytes]
    next: PageKey | None

    def __len__(self) -> int:
        return len(self.features)


class ReadyPages:
    """Answers what can be answered from ready features, on the event loop."""

    def __init__(self, reader: PromptReader, storage_crs: str, policy: SensitivityPolicy) -> None:
        self._reader = reader
        self._storage_crs = storage_crs
        self._policy = policy

    async def page(self, request: PageRequest, of_kinds: int | None = None) -> ReadyPage | None:
        """The page; None where it has to be read from the assets themselves.

        That is so for filters, sorting, other CRS, staff, and while anything is pending.
        `of_kinds` is about how many assets of the asked kinds there are, where that is known:
        those of a rare kind are not looked for among all that lie in a wide box.
        """
        audience = text_audience(request.principal)
        if audience is None or not _is_simple(request):
            return None
        if request.area is None:
            return _page(await self._rows(audience, request, request.limit + 1), request)
        if of_kinds is not None and of_kinds <= RARE:
            rows = await self._rows(audience, request, request.limit + 1, Way.MANY)
            return _page(rows, request)
        most = min(2 * request.limit + 2, MOST_AT_ONCE)
        rows = await self._rows(audience, request, most)
        if len(rows) < most:
            rows.sort()  # by their numbers, of which no two are the same
            return _page(rows, request)
        for way in (Way.FEW, Way.MANY):
            rows = await self._rows(audience, request, request.limit + 1, way)
            if rows and rows[0][0] is not None:
                break
        return _page(rows, request)

    async def _rows(
        self, audience: Audience, request: PageRequest, most: int, way: Way = Way.ANY
    ) -> list[_Row]:
        sql, parameters = queries.page(
            audience,
            recipe(audience, self._storage_crs, self._policy),
            kinds=None if len(request.kinds) == len(KINDS) else [str(k) for k in request.kinds],
            box=None if request.area is None else request.area.boxes[0],
            after=None if request.after is None else request.after.asset_id,
            most=most,
            way=way,
        )
        return await self._reader.encoded_rows(sql, parameters)


def _is_simple(request: PageRequest) -> bool:
    if request.filter is not None or request.sort or request.crs != SHOWN_CRS:
        return False
    area = request.area
    if area is None:
        return True
    if area.crs not in _DEGREES or len(area.boxes) != 1:
        return False
    west, south, east, north = area.boxes[0]
    return west < east and south < north


def _page(rows: list[_Row], request: PageRequest) -> ReadyPage | None:
    if not rows:
        return None  # something is pending, or the asset that the page begins after is gone
    texts = [text for _, text in rows[: request.limit] if text is not None]
    key = PageKey(orjson.loads(texts[-1])["id"]) if len(rows) > request.limit else None
    return ReadyPage(texts, key)
