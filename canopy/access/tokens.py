"""Tokens: named, hashed, expiring, revocable keys with a role.

A secret has 256 random bits, so its plain SHA-256 cannot be guessed back; nothing slower
is needed. It is shown once and never logged.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from canopy.access import queries
from canopy.access.rules import Principal, Role
from canopy.access.tables import Token
from canopy.errors import CanopyError, NotFound, Refused

PREFIX = "canopy_"
SECRET_BYTES = 32
DEFAULT_DAYS = 365
MAX_DAYS = 3 * 365
FIRST_ADMIN = "first-admin"
ROLES = (Role.operator, Role.planner, Role.estates, Role.admin, Role.gateway)
"""Roles a token may carry; the public needs none. The token of a gateway bears its name."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


class NotAuthenticated(CanopyError):
    """The token is unknown, expired or revoked; which of these is not said."""

    kind, status, title = "not-authenticated", 401, "The token is not valid"


def create_token(
    session: Session,
    name: str,
    role: Role,
    *,
    created_by: str,
    now: datetime,
    days: int = DEFAULT_DAYS,
) -> str:
    """Make a token and return its secret, which is kept nowhere.

    name: 2 to 63 of a-z 0-9 . _ -, not used before. days: 1 to `MAX_DAYS`.
    Raises Refused for anything else.
    """
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} is no token name; use 2 to 63 of a-z 0-9 . _ - .")
    if role not in ROLES:
        raise Refused(f"A token's role is one of {', '.join(ROLES)}; not {role}.")
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"A token lives 1 to {MAX_DAYS} days; not {days}.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = Token(
        name=name, role=str(role), secret_sha256=digest(secret), created_at=now,
        created_by=created_by, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    if not queries.add(session, token):
        raise Refused(f"There was a token {name!r} before; names are not used twice.")
    return secret


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate(session: Session, secret: str, now: datetime) -> Principal:
    """Who holds this secret. Raises NotAuthenticated.

    The look-up is by digest, so its timing tells nothing of the secret.
    """
    token = queries.by_digest(session, digest(secret)) if secret.startswith(PREFIX) else None
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        raise NotAuthenticated("The token is not valid; ask for a new one.")
    return Principal(Role(token.role), token.name)


def holder(session: Session, name: str, now: datetime) -> Principal | None:
    """Whom the token of a name speaks for; None where none of that name is in use."""
    token = queries.by_name(session, name)
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    return Principal(Role(token.role), token.name)


def revoke_token(session: Session, name: str, now: datetime) -> None:
    """Make a token useless from now on. Raises NotFound."""
    if not queries.revoke(session, name, now):
        raise NotFound(f"There is no token {name!r} in use.")


def tokens(session: Session) -> Sequence[Token]:
    """Every token ever made, without secrets."""
    return queries.all_tokens(session)


def ensure_first_admin(session: Session, now: datetime) -> str | None:
    """Make the first admin token where there never was any token; its secret, or None."""
    if queries.count(session):
        return None
    try:
        return create_token(session, FIRST_ADMIN, Role.admin, created_by="canopy init", now=now)
    except Refused:  # another process that starts in this moment has made it, and prints it
        return None
