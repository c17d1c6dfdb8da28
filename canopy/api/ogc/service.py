"""What the routes of one running service share."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from canopy.access.rules import Principal
from canopy.api.ogc.collections import Collection, collection_of
from canopy.api.ogc.limits import PAGE_SECONDS
from canopy.api.ogc.principals import Principals
from canopy.api.ogc.totals import Totals
from canopy.api.stamp import Stamp
from canopy.assets.offers.pages import OfferReader
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.finding.nearby import NearbyReader
from canopy.assets.reading.finding.searching import SearchReader
from canopy.assets.reading.paging import PageReader
from canopy.assets.reading.paging.views import View, view_of
from canopy.assets.ready.pages import ReadyPages
from canopy.assets.ready.tiles import ReadyTiles
from canopy.db.direct import DirectReader
from canopy.db.engine import Database
from canopy.db.prompt import PromptReader
from canopy.settings import Settings


@dataclass(frozen=True, slots=True)
class OgcService:
    """The database with its own connections, the policy, and who is known."""

    database: Database
    policy: SensitivityPolicy
    reader: DirectReader
    pages: PageReader
    offers: OfferReader
    nearby: NearbyReader
    search: SearchReader
    ready: ReadyPages | None
    prompt: PromptReader | None
    tiles: ReadyTiles | None
    stamp: Stamp
    totals: Totals
    principals: Principals
    title: str
    attribution: str

    def close(self) -> None:
        """Close every connection. On the event loop."""
        if self.prompt is not None:
            self.prompt.close()
        self.stamp.close()
        self.reader.close()


def make_service(database: Database, policy: SensitivityPolicy, settings: Settings) -> OgcService:
    """What answers; nothing is connected yet. It is for one event loop; close it there."""
    prompt = None
    if not database.is_gpkg:
        prompt = PromptReader(database, settings.db_pool_size, settings.db_statement_timeout_s)
    crs = database.storage_crs
    reader = DirectReader(database, settings.db_pool_size, settings.db_statement_timeout_s)
    tiles = None if prompt is None else ReadyTiles(prompt, crs, policy)
    stamp = Stamp(database, tiles)
    return OgcService(
        database=database,
        policy=policy,
        reader=reader,
        pages=PageReader(reader, database, policy, PAGE_SECONDS),
        offers=OfferReader(reader, database, policy, PAGE_SECONDS),
        nearby=NearbyReader(reader, database, policy, PAGE_SECONDS),
        search=SearchReader(reader, database, policy),
        ready=None if prompt is None else ReadyPages(prompt, crs, policy),
        prompt=prompt,
        tiles=tiles,
        stamp=stamp,
        totals=Totals(database, policy, tiles, stamp),
        principals=Principals(database),
        title=settings.catalogue_title,
        attribution=settings.attribution,
    )


def service_of(request: Request) -> OgcService:
    """The running service that a request came to."""
    found: OgcService = request.app.state.ogc
    return found


def asked(request: Request, service: OgcService) -> tuple[Principal, Collection, View]:
    """Who asks, for which collection, and what they see of it."""
    principal = service.principals.of(request)
    collection = collection_of(request.path_params["collection"])
    return principal, collection, view_of(collection.kinds, principal, service.policy)
