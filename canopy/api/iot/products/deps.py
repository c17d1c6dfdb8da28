"""What these routes are given: a product that is open to whoever asks, its members and meter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from canopy.access.tokens import NotAuthenticated
from canopy.api.deps import database_of, policy_of, settings_of
from canopy.api.ogc.negotiation import base_url
from canopy.assets.queries import now_utc
from canopy.iot.products import keys
from canopy.iot.products.contents import Member, members_of, require_span
from canopy.iot.products.metering import Meter
from canopy.iot.products.publishing import product_of, public_scope, require_still_sellable
from canopy.iot.products.rules import PRICED
from canopy.iot.products.tables import DataProduct
from canopy.iot.sensorthings.translating import Scope

_KEY = HTTPBearer(
    auto_error=False, scheme_name="ProductKey", description="A key to a data product."
)
NameOf = Annotated[str, Path(min_length=2, max_length=63)]


@dataclass(frozen=True, slots=True)
class Known:
    """A published product and what it has now, for anybody to read of."""

    product: DataProduct
    members: list[Member]
    base: str
    publisher: str
    contact: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A product that is open to whoever asked, for a span of time."""

    product: DataProduct
    members: list[Member]
    meter: Meter
    span: tuple[datetime, datetime]


@contextmanager
def scope_of(request: Request) -> Iterator[Scope]:
    """The catalogue as the public sees it."""
    database = database_of(request)
    with database.reading() as session:
        yield public_scope(session, database, policy_of(request))


def address_of(request: Request) -> str:
    """The service's own address, the public one where that is set."""
    return (settings_of(request).public_url or base_url(request)).rstrip("/")


def known_of(request: Request, name: NameOf) -> Known:
    """Raises NotFound."""
    settings = settings_of(request)
    with scope_of(request) as scope:
        product = product_of(scope.session, name)
        members = members_of(scope, product)
        scope.session.expunge(product)  # it is read after the session has ended
    return Known(
        product, members, address_of(request), settings.catalogue_title, settings.privacy_contact
    )


def opened_of(
    request: Request,
    name: NameOf,
    begin: Annotated[
        datetime, Query(alias="from", description="From then on, with Z or an offset")
    ],
    end: Annotated[datetime, Query(alias="to", description="Up to then")],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_KEY)],
) -> Opened:
    """Counts the request. Raises NotFound, NotAuthenticated and Refused."""
    require_span(begin, end)
    with scope_of(request) as scope:
        product = product_of(scope.session, name)
        if credentials is None and (
            product.licence == PRICED or "authorization" in request.headers
        ):
            raise NotAuthenticated("Send the key as `Authorization: Bearer product_…`.")
        key_id = None
        if credentials is not None:
            secret = credentials.credentials
            key_id = keys.key_for(scope.session, product, secret, now_utc()).id
        require_still_sellable(scope.session, product)
        members = members_of(scope, product)
        scope.session.expunge(product)  # it is read after the session has ended
    meter = Meter(database_of(request), key_id, now_utc)
    meter.request()
    return Opened(product, members, meter, (begin, end))


KnownOf = Annotated[Known, Depends(known_of)]
OpenedOf = Annotated[Opened, Depends(opened_of)]
