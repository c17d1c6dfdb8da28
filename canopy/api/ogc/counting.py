"""How many features match in all, counted only where that is asked for."""

from __future__ import annotations

from dataclasses import replace

from canopy.api.ogc.parameters import ItemsQuery
from canopy.api.ogc.service import OgcService
from canopy.assets.reading.paging import Page
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import count_selected

FEW = 1_000


def matched(service: OgcService, query: ItemsQuery, found: Page) -> int:
    """The number of all features that match. A first page that is the last tells it itself.

    Up to `FEW` features in a box are counted as pages find them; of more, those within a
    centimetre of a side may be counted otherwise than they are shown.
    """
    request = query.request
    if request.after is None and found.next is None:
        return len(found)
    if request.area is not None:
        whole = service.pages.page(replace(request, limit=FEW, after=None, sort=()))
        if whole.next is None:
            return len(whole)
    selection = Selection(
        kinds=tuple(str(kind) for kind in request.kinds),
        area=None if request.area is None else request.area.shape(),
        filter=request.filter,
    )
    database = service.database
    with database.reading() as session:
        return count_selected(session, selection, request.principal, service.policy, database.srid)
