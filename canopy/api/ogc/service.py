"""What the routes of one running service share."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from canopy.api.ogc.limits import PAGE_SECONDS
from canopy.api.ogc.principals import Principals
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import PageReader
from canopy.db.direct import DirectReader
from canopy.db.engine import Database
from canopy.settings import Settings


@dataclass(frozen=True, slots=True)
class OgcService:
    """The database with its own connections, the policy, and who is known."""

    database: Database
    policy: SensitivityPolicy
    reader: DirectReader
    pages: PageReader
    principals: Principals
    title: str
    attribution: str


def open_service(database: Database, policy: SensitivityPolicy, settings: Settings) -> OgcService:
    """Ready to answer; nothing is connected yet. Close its `reader` at the end."""
    reader = DirectReader(database, settings.db_pool_size, settings.db_statement_timeout_s)
    return OgcService(
        database=database,
        policy=policy,
        reader=reader,
        pages=PageReader(reader, database, policy, PAGE_SECONDS),
        principals=Principals(database),
        title=settings.catalogue_title,
        attribution=settings.attribution,
    )


def service_of(request: Request) -> OgcService:
    """The running service that a request came to."""
    found: OgcService = request.app.state.ogc
    return found
