"""Registering, changing and withdrawing entities, by estates and admins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import Request, Response
from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.api.deps import database_of, policy_of
from canopy.api.problems import BadRequest, MethodNotAllowed
from canopy.api.sensorthings.service import address_of, readings_of
from canopy.errors import NotAllowed
from canopy.iot.sensorthings import queries
from canopy.iot.sensorthings.audience import audience_of
from canopy.iot.sensorthings.creating import BadEntity, Creator
from canopy.iot.sensorthings.model import SETS
from canopy.iot.sensorthings.path import Step, steps_of
from canopy.iot.sensorthings.reading import Place, Reader
from canopy.iot.sensorthings.shaping import Shaper
from canopy.iot.sensorthings.translating import Scope

_MADE = ("Things", "Locations", "Datastreams", "Sensors", "ObservedProperties")
_WITHDRAWN = ("Things", "Datastreams")


def require_keeper(principal: Principal) -> None:
    """Raises NotAllowed for who may not register."""
    if not principal.role.reaches(Role.estates):
        raise NotAllowed("Registering needs a token with the role estates or admin.")


@contextmanager
def _writing(request: Request, principal: Principal) -> Iterator[tuple[Reader, Creator, Session]]:
    database = database_of(request)
    with readings_of(request).reading() as readings, database.writing() as session:
        audience = audience_of(principal, policy_of(request))
        scope = Scope(session, audience, database.srid, database.storage_crs)
        reader = Reader(scope, readings, Shaper(scope, address_of(request)))
        creator = Creator(session, database.storage_crs, database.srid, datetime.now(UTC))
        yield reader, creator, session


def create(request: Request, path: str, body: bytes, principal: Principal) -> Response:
    """Register an entity with what it holds; 201 and where it is."""
    *before, last = steps_of(path) or [Step("", None)]
    content = _json(body)
    with _writing(request, principal) as (reader, creator, _):
        links, of = {}, SETS.get(last.name)
        if before:
            parent = reader.place(path.strip("/").rpartition("/")[0])
            link = parent.of.links.get(last.name)
            of = SETS[link.target] if link is not None and parent.is_one else None
            links = {parent.of.name: parent.entity.id} if parent.is_one else {}
        if of is None or of.name not in _MADE or last.id is not None:
            raise MethodNotAllowed(f"POST is not for {path[:80]!r}; it is for {', '.join(_MADE)}.")
        entity = creator.create(of, content, links, "the body")
        (document,) = reader.shaper.documents(of, [entity])
    headers = {"Location": str(document["@iot.selfLink"])}
    return Response(orjson.dumps(document), 201, headers, media_type="application/json")


def change(
    request: Request, path: str, body: bytes, principal: Principal, *, is_json_patch: bool
) -> Response:
    """Set members of an entity; the entity as it is then."""
    content = _json(body)
    with _writing(request, principal) as (reader, creator, session):
        place = _entity(reader, path, _MADE, "PATCH")
        entity = session.merge(place.entity)
        creator.change(place.of, entity, _patched(content) if is_json_patch else content)
        session.flush()
        (document,) = reader.shaper.documents(place.of, [entity])
    return Response(orjson.dumps(document), media_type="application/json")


def withdraw(request: Request, path: str, principal: Principal) -> Response:
    """End a Thing with its streams, or a stream; what was observed stays."""
    with _writing(request, principal) as (reader, creator, session):
        place = _entity(reader, path, _WITHDRAWN, "DELETE")
        entity = session.merge(place.entity)
        streams = (
            queries.streams_of_thing(session, entity.id) if place.of.name == "Things" else [entity]
        )
        creator.withdraw(place.of, entity, streams)
    return Response(status_code=200)


def _entity(reader: Reader, path: str, sets: tuple[str, ...], method: str) -> Place:
    place = reader.place(path)
    if not place.is_one or place.rest or place.of.name not in sets:
        raise MethodNotAllowed(f"{method} is of one entity of {', '.join(sets)}.")
    return place


def _patched(content: object) -> dict[str, Any]:
    """Members from a JSON Patch of whole members. Source: RFC 6902."""
    if not isinstance(content, list):
        raise BadEntity("A JSON Patch is a list of operations.")
    found: dict[str, Any] = {}
    for at, each in enumerate(content):
        operation = each if isinstance(each, dict) else {}
        name = str(operation.get("path", "")).removeprefix("/")
        if operation.get("op") not in ("add", "replace") or "/" in name or "value" not in operation:
            raise BadEntity(f"Operation {at}: add or replace a whole member, such as /name.")
        found[name] = operation["value"]
    return found


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            f"The body is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            line=error.lineno, column=error.colno,
        ) from error  # fmt: skip
