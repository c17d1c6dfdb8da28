"""Reading over SensorThings: sets, entities, links, properties."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from canopy.access.rules import Principal
from canopy.api.deps import PrincipalOf
from canopy.api.sensorthings import posting, registering
from canopy.api.sensorthings.bodies import received
from canopy.api.sensorthings.service import (
    ROOT,
    address_of,
    options_given,
    reader_of,
    service_document,
)
from canopy.errors import NotFound
from canopy.iot.sensorthings import formats
from canopy.iot.sensorthings.options import Options
from canopy.iot.sensorthings.problem import BadQuery
from canopy.iot.sensorthings.reading import Page, Place, Reader

JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
_TYPES = {"GeoJSON": "application/geo+json", "CSV": "text/csv; charset=utf-8"}

router = APIRouter(tags=["sensorthings"])


@router.get(ROOT)
def show_service(request: Request, principal: PrincipalOf) -> dict[str, Any]:
    """The entity sets of the SensorThings API, and what it conforms to."""
    return service_document(address_of(request))


@router.get(ROOT + "/{path:path}", response_model=None)
def read(request: Request, path: str, principal: PrincipalOf) -> Response:
    """An entity set, an entity, what is linked to one, a property, or its `$value`.

    Options: `$filter`, `$expand`, `$select`, `$orderby`, `$top`, `$skip`, `$count`,
    `$resultFormat` (dataArray, GeoJSON, CSV).
    """
    if not path.strip("/"):
        return _json(service_document(address_of(request)))
    return _answer(request, path, principal)


@router.post(ROOT + "/{path:path}", response_model=None, status_code=201)
async def create(request: Request, path: str, principal: PrincipalOf) -> Response:
    """Send Observations, or register an entity with those that it holds.

    Observations go to `Observations`, `Datastreams(1)/Observations` or `CreateObservations`, and
    are answered when they are committed.
    """
    if not posting.takes_observations(path):
        registering.require_keeper(principal)
        body = await received(request)
        return await run_in_threadpool(registering.create, request, path, body, principal)
    gateway = posting.sender_of(principal)
    body = await received(request)
    return await run_in_threadpool(posting.post_observations, request, path, body, gateway)


@router.patch(ROOT + "/{path:path}", response_model=None)
@router.put(ROOT + "/{path:path}", response_model=None)
async def change(request: Request, path: str, principal: PrincipalOf) -> Response:
    """Set members of an entity: as an object of those to set, or as a JSON Patch of them."""
    registering.require_keeper(principal)
    body = await received(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    changing = partial(registering.change, is_json_patch=media_type == JSON_PATCH)
    return await run_in_threadpool(changing, request, path, body, principal)


@router.delete(ROOT + "/{path:path}", response_model=None)
def withdraw(request: Request, path: str, principal: PrincipalOf) -> Response:
    """Withdraw a Thing with its Datastreams, or a Datastream. What was observed stays stored."""
    registering.require_keeper(principal)
    return registering.withdraw(request, path, principal)


def _answer(request: Request, path: str, principal: Principal) -> Response:
    options = options_given(request.query_params)
    with reader_of(request, principal) as reader:
        place = reader.place(path)
        if place.rest == ("$ref",):
            return _json(_references(reader, place, options))
        if place.rest:
            return _property(reader, place)
        if place.is_one:
            return _json(_one(reader, place, options))
        return _set(reader, reader.page(place, options), options)


def _one(reader: Reader, place: Place, options: Options) -> dict[str, Any]:
    for name, _ in options.given:
        if name not in ("$expand", "$select"):
            raise BadQuery(f"{name} is of a set; this is one entity.", parameter=name)
    return reader.one(place, options)


def _set(reader: Reader, page: Page, options: Options) -> Response:
    wanted = options.result_format
    if wanted == "CSV":
        headers = {} if page.next_link is None else {"Link": f'<{page.next_link}>; rel="next"'}
        return Response(formats.table(page), headers=headers, media_type=_TYPES[wanted])
    if wanted == "GeoJSON":
        return _json(formats.feature_collection(page, reader.shaper), _TYPES[wanted])
    if wanted == "dataArray":
        if page.of.name != "Observations":
            raise BadQuery("dataArray is of Observations.", parameter="$resultFormat")
        return _json(formats.data_array(page, reader.shaper))
    return _json(formats.plain(page))


def _references(reader: Reader, place: Place, options: Options) -> dict[str, Any]:
    """Addresses alone. Source: 18-088, section 9.2.7."""
    if place.is_one:
        return {"@iot.selfLink": reader.one(place, options)["@iot.selfLink"]}
    page = reader.page(place, options)
    page.documents = [{"@iot.selfLink": each["@iot.selfLink"]} for each in page.documents]
    return formats.plain(page)


def _property(reader: Reader, place: Place) -> Response:
    """A property as an object of one member, or by `$value` as it is."""
    name, *rest = place.rest
    document = reader.one(place, Options())
    shown = "@iot.id" if name == "id" else name
    value: Any = document.get(shown)
    wants_value = rest[-1:] == ["$value"]
    for each in rest[:-1] if wants_value else rest:
        value = value.get(each) if isinstance(value, dict) else None
        name = each
    if shown not in document or (value is None and rest not in ([], ["$value"])):
        raise NotFound(f"{place.of.name} have no {'/'.join(place.rest)[:80]!r}.")
    if not wants_value:
        return _json({name: value}) if value is not None else Response(status_code=204)
    if value is None:
        return Response(status_code=204)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return Response(text, media_type="text/plain; charset=utf-8")


def _json(content: Any, media_type: str = JSON) -> Response:
    return Response(orjson.dumps(content), media_type=media_type)
