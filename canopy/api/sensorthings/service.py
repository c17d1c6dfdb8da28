"""What the routes of SensorThings work with: sessions, the audience, the address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from fastapi import Request
from sqlalchemy.exc import OperationalError
from starlette.datastructures import QueryParams

from canopy.access.rules import Principal
from canopy.api.deps import database_of, policy_of
from canopy.api.ogc.negotiation import base_url
from canopy.errors import StorageUnavailable
from canopy.iot.sensorthings.audience import audience_of
from canopy.iot.sensorthings.model import SETS
from canopy.iot.sensorthings.options import Options, options_of
from canopy.iot.sensorthings.reading import Reader
from canopy.iot.sensorthings.shaping import Shaper
from canopy.iot.sensorthings.translating import Scope
from canopy.iot.store.opening import Readings

ROOT = "/sensorthings/v1.1"
_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMANCE = (
    f"{_SPEC}/datamodel",
    f"{_SPEC}/resource-path/resource-path-to-entities",
    f"{_SPEC}/request-data",
    f"{_SPEC}/create-update-delete/create-entity",
    f"{_SPEC}/create-update-delete/link-to-existing-entities",
    f"{_SPEC}/create-update-delete/deep-insert",
    f"{_SPEC}/create-update-delete/update-entity",
    f"{_SPEC}/data-array/data-array",
    f"{_SPEC}/create-observations-via-mqtt/observations-creation",
)


def service_document(base: str) -> dict[str, object]:
    """The sets, and what the service conforms to. Source: 18-088, section 9.2.1."""
    return {
        "value": [{"name": name, "url": f"{base}/{name}"} for name in SETS],
        "serverSettings": {"conformance": list(CONFORMANCE)},
    }


def address_of(request: Request) -> str:
    """Where the API is, as this request came to it."""
    return base_url(request) + ROOT


def options_given(query: QueryParams) -> Options:
    """The options of a request. Raises BadQuery."""
    return options_of(query.multi_items(), datetime.now(UTC))


def readings_of(request: Request) -> Readings:
    """The service's readings."""
    readings: Readings = request.app.state.readings
    return readings


@contextmanager
def reader_of(request: Request, principal: Principal) -> Iterator[Reader]:
    """What answers a request, for the length of it."""
    database = database_of(request)
    with database.reading() as session:
        audience = audience_of(principal, policy_of(request))
        scope = Scope(session, audience, database.srid, database.storage_crs)
        try:
            with readings_of(request).reading() as readings:
                yield Reader(scope, readings, Shaper(scope, address_of(request)))
        except OperationalError as error:
            raise StorageUnavailable(f"The readings cannot be read: {error.orig}") from error
