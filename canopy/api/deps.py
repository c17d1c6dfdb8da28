"""What routes are given: the database, the principal, the policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from canopy.access.rules import PUBLIC, Principal, Role
from canopy.access.tokens import NotAuthenticated, authenticate
from canopy.api.problems import BadRequest
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.errors import NotAllowed
from canopy.settings import Settings

_BEARER = HTTPBearer(auto_error=False, description="A token made by `canopy token create`.")


def no_nul(request: Request) -> None:
    """Refuse NUL characters in path and query: no name has one, and PostgreSQL stores none."""
    if "\x00" in request.url.path or any(
        "\x00" in value for value in request.query_params.values()
    ):
        raise BadRequest("The address contains a NUL character (%00).")


def database_of(request: Request) -> Database:
    """The service's database."""
    database: Database = request.app.state.database
    return database


def settings_of(request: Request) -> Settings:
    """The service's settings."""
    settings: Settings = request.app.state.settings
    return settings


def policy_of(request: Request) -> SensitivityPolicy:
    """The one sensitivity policy."""
    policy: SensitivityPolicy = request.app.state.policy
    return policy


def principal_of(
    request: Request,
    database: Annotated[Database, Depends(database_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Principal:
    """Who asks: the public without a token. Raises NotAuthenticated for a wrong one."""
    if credentials is None:
        if request.headers.get("authorization"):
            raise NotAuthenticated("Send the token as `Authorization: Bearer canopy_…`.")
        return PUBLIC
    with database.reading() as session:
        return authenticate(session, credentials.credentials, now_utc())


def reading_session(
    database: Annotated[Database, Depends(database_of)],
    _: Annotated[Principal, Depends(principal_of)],
) -> Iterator[Session]:
    """A session for the length of a request, for reading.

    It is opened after the token was looked up: a request that held one connection while
    it waited for a second could wait for ever in a pool that is full of such requests.
    """
    with database.reading() as session:
        yield session


def editor_of(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """A principal who may change the catalogue. Raises NotAllowed."""
    if not principal.role.reaches(Role.estates):
        raise NotAllowed("Changing the catalogue needs a token with the role estates or admin.")
    return principal


DatabaseOf = Annotated[Database, Depends(database_of)]
SettingsOf = Annotated[Settings, Depends(settings_of)]
PolicyOf = Annotated[SensitivityPolicy, Depends(policy_of)]
SessionOf = Annotated[Session, Depends(reading_session)]
PrincipalOf = Annotated[Principal, Depends(principal_of)]
EditorOf = Annotated[Principal, Depends(editor_of)]
