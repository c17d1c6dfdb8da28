"""Pages of ready features: what `PageReader` would answer, without making it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import PageKey, PageRequest
from canopy.assets.ready import queries
from canopy.assets.ready.audiences import recipe, text_audience
from canopy.assets.ready.making import SHOWN_CRS
from canopy.db.prompt import PromptReader

MOST_IN_BOX = 5_000
"""Features in a box up to which they are read whole and put in order here."""
_DEGREES = (SHOWN_CRS, "EPSG:4326")


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """Features as JSON texts, and where the next page begins."""

    features: list[str]
    next: PageKey | None

    def __len__(self) -> int:
        return len(self.features)


class ReadyPages:
    """Answers what can be answered from ready features, on the event loop."""

    def __init__(self, reader: PromptReader, storage_crs: str, policy: SensitivityPolicy) -> None:
        self._reader = reader
        self._storage_crs = storage_crs
        self._policy = policy

    async def page(self, request: PageRequest) -> ReadyPage | None:
        """The page; None where it has to be read from the assets themselves.

        That is so for filters, sorting, other CRS, staff, large boxes, and while anything is
        pending.
        """
        audience = text_audience(request.principal)
        if audience is None or not _is_simple(request):
            return None
        most = request.limit + 1
        box = None
        if request.area is not None:
            (box,) = request.area.boxes
            most = min(2 * request.limit + 2, MOST_IN_BOX)
        sql, parameters = queries.page(
            audience,
            recipe(audience, self._storage_crs, self._policy),
            kinds=None if len(request.kinds) == len(KINDS) else [str(k) for k in request.kinds],
            box=box,
            after=None if request.after is None else request.after.asset_id,
            most=most,
        )
        rows = await self._reader.rows(sql, parameters)
        return _page(rows, request, most)


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


def _page(rows: Any, request: PageRequest, most: int) -> ReadyPage | None:
    if not rows or rows[0][0] is None:
        return None  # something is pending, or the asset that the page begins after is gone
    found = [row[1:] for row in rows if row[1] is not None]
    if request.area is not None:
        if len(found) >= most:
            return None
        found.sort()
    kept = found[: request.limit]
    key = PageKey(str(kept[-1][1])) if len(found) > len(kept) else None
    return ReadyPage([text for _, _, text in kept], key)
