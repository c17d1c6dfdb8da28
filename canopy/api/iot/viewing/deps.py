"""What these routes are given: the audience, the catalogue and the readings, and what is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, NamedTuple

from fastapi import Depends, Path, Query, Request
from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.api.deps import DatabaseOf, PrincipalOf, policy_of
from canopy.api.problems import BadRequest
from canopy.api.sensorthings.service import readings_of
from canopy.assets.kinds import KINDS
from canopy.iot.sensorthings.audience import audience_of
from canopy.iot.sensorthings.translating import Scope
from canopy.iot.viewing.latest import Box, area_of
from canopy.iot.viewing.queries import Wanted

MOST = 1_000
"""Entries of one page."""
MOST_NAMED = 50
"""Most Things, properties or kinds that a request names."""
NumberOf = Annotated[int, Path(ge=1, le=2**31 - 1)]
AfterOf = Annotated[int, Query(ge=0, le=2**31 - 1, description="The `next` of the page before")]
LimitOf = Annotated[int, Query(ge=1, le=MOST)]


class Asked(NamedTuple):
    """Which datastreams a request is about. `box` is in degrees: west, south, east, north."""

    wanted: Wanted
    box: Box | None


def asked_of(
    database: DatabaseOf,
    bbox: Annotated[
        str | None, Query(max_length=200, description="West,south,east,north in degrees")
    ] = None,
    observed_property: Annotated[
        list[Annotated[str, Query(min_length=1, max_length=200)]],
        Query(max_length=MOST_NAMED, description="Name or number; may be repeated"),
    ] = [],  # noqa: B006 (FastAPI copies it)
    kind: Annotated[
        list[str], Query(max_length=MOST_NAMED, description="Of asset; may be repeated")
    ] = [],  # noqa: B006
    thing: Annotated[
        list[Annotated[int, Query(ge=1, le=2**31 - 1)]],
        Query(max_length=MOST_NAMED, description="Number of a Thing; may be repeated"),
    ] = [],  # noqa: B006
) -> Asked:
    """Raises BadRequest."""
    for each in kind:
        if each not in KINDS:
            raise BadRequest(f"kind: there is no kind of asset {each[:80]!r}.")
    box = None if bbox is None else box_of(bbox)
    area = None if box is None else area_of(box, database.storage_crs)
    if area is not None and not all(math.isfinite(each) for each in area.bounds):
        raise BadRequest("bbox lies outside what this catalogue covers.")
    wanted = Wanted((), tuple(thing), tuple(observed_property), tuple(kind), area)
    return Asked(wanted, box)


def box_of(text: str) -> Box:
    """Raises BadRequest."""
    try:
        west, south, east, north = (float(each) for each in text.split(","))
    except ValueError:
        raise BadRequest("bbox takes four numbers: west,south,east,north in degrees.") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadRequest("bbox: west must lie before east, south before north, within the earth.")
    return west, south, east, north


class Viewing(NamedTuple):
    """The catalogue as somebody sees it, and the readings."""

    scope: Scope
    readings: Session


def scope_of(request: Request, session: Session, principal: Principal) -> Scope:
    """The catalogue as a principal sees it."""
    database = request.app.state.database
    audience = audience_of(principal, policy_of(request))
    return Scope(session, audience, database.srid, database.storage_crs)


def viewing_of(request: Request, database: DatabaseOf, principal: PrincipalOf) -> Iterator[Viewing]:
    """Open for the length of a request. Raises StorageUnavailable."""
    with database.reading() as session, readings_of(request).reading() as readings:
        yield Viewing(scope_of(request, session, principal), readings)


AskedOf = Annotated[Asked, Depends(asked_of)]
ViewingOf = Annotated[Viewing, Depends(viewing_of)]
