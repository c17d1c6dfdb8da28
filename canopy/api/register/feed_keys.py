"""Keys of the calendar feed, which people make, list and withdraw for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.register.deps import BodyOf, KeeperOf
from canopy.api.register.documents import body_schema, read_in
from canopy.assets.queries import now_utc
from canopy.concessions.register.told.feed_keys import (
    DEFAULT_DAYS,
    MAX_DAYS,
    create_own_key,
    own_keys,
    revoke_own_key,
)
from canopy.log import logger

KEYS = "/register/feed-keys"

router = APIRouter()


class FeedKeyIn(BaseModel):
    """A key to be made: `name` is not used before; it ends after so many days."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,62}$")]
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = DEFAULT_DAYS


class FeedKeyOut(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class NewFeedKeyOut(FeedKeyOut):
    """A key that was just made: `key` and the address with it are told this once."""

    key: str
    address: str


class FeedKeysOut(BaseModel):
    """The keys of who asks, the last one first."""

    keys: list[FeedKeyOut]


@router.post(KEYS, status_code=201, openapi_extra=body_schema(FeedKeyIn))
def make_feed_key(
    body: BodyOf,
    request: Request,
    response: Response,
    database: DatabaseOf,
    settings: SettingsOf,
    principal: KeeperOf,
) -> NewFeedKeyOut:
    """Make a key of your own; it opens the calendar feed while your token is in use, no longer."""
    wanted = read_in(FeedKeyIn, body)
    with database.writing() as session:
        secret = create_own_key(session, wanted.name, principal.name, now_utc(), wanted.days)
        made = FeedKeyOut.model_validate(own_keys(session, principal.name)[0])
    logger("api").info("feed_key_made", key=made.name, by=principal.name)
    response.headers["Cache-Control"] = "no-store"
    root = (settings.public_url or f"{request.base_url}").rstrip("/")
    return NewFeedKeyOut(
        **made.model_dump(), key=secret, address=f"{root}/register/alerts.ics?key={secret}"
    )


@router.get(KEYS)
def list_feed_keys(database: DatabaseOf, principal: KeeperOf) -> FeedKeysOut:
    """Your own keys, also those that have ended; no secret is kept."""
    with database.reading() as session:
        found = own_keys(session, principal.name)
        return FeedKeysOut(keys=[FeedKeyOut.model_validate(each) for each in found])


@router.delete(KEYS + "/{name}", status_code=204, response_class=Response)
def withdraw_feed_key(name: str, database: DatabaseOf, principal: KeeperOf) -> Response:
    """Make a key of your own useless at once."""
    with database.writing() as session:
        revoke_own_key(session, name, principal.name, now_utc())
    logger("api").info("feed_key_revoked", key=name, by=principal.name)
    return Response(status_code=204)
