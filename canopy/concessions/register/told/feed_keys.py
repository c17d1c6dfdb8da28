"""Keys that open the calendar feed of alerts.

Calendar programs ask for an address and send no header, so the key is part of the address. It
opens nothing but the feed, is told once, ends by itself, and can be made useless at any time.
One that a person made with a token ends with that token: it opens what the token may read.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from canopy.access.rules import Role
from canopy.access.tokens import NotAuthenticated, digest, holder
from canopy.concessions.register.told import queries as alert_queries
from canopy.concessions.register.told.tables import FeedKey
from canopy.errors import NotFound, Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
PREFIX = "feed_"
SECRET_BYTES = 24
DEFAULT_DAYS, MAX_DAYS = 365, 1_100
MOST_IN_USE = 20
"""Keys that one person may have in use at a time."""
MOST_LISTED = 1_000
_LOCAL = ":"
"""In the name of somebody at the command line, and in no token's."""


def create_feed_key(
    session: Session, name: str, *, created_by: str, now: datetime, days: int = DEFAULT_DAYS
) -> str:
    """Make a key and return its secret, which is kept nowhere.

    name: 2 to 63 of a-z 0-9 . _ -, not used before. Raises Refused for anything else.
    """
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} is no name of a key; use 2 to 63 of a-z 0-9 . _ - .")
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"A key lives 1 to {MAX_DAYS} days; not {days}.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = FeedKey(
        name=name, secret_sha256=digest(secret), created_by=created_by, created_at=now,
        expires_at=now + timedelta(days=days), revoked_at=None,
    )  # fmt: skip
    if not alert_queries.add_feed_key(session, key):
        raise Refused(f"There was a key {name!r} before; names are not used twice.")
    return secret


def create_own_key(session: Session, name: str, owner: str, now: datetime, days: int) -> str:
    """As `create_feed_key`, for the holder of a token. Raises Refused for too many in use."""
    if alert_queries.count_in_use(session, owner, now) >= MOST_IN_USE:
        raise Refused(f"You have {MOST_IN_USE} keys in use; withdraw one first.")
    return create_feed_key(session, name, created_by=owner, now=now, days=days)


def require_feed_key(session: Session, secret: str, now: datetime) -> str:
    """The name of a key that is in use. Raises NotAuthenticated for any other.

    A key that was made with a token is in use while that token is, and reads the register.
    """
    known = secret.startswith(PREFIX) and len(secret) <= 100
    key = alert_queries.feed_key_of(session, digest(secret)) if known else None
    if key is None or not _opens(session, key, now):
        raise NotAuthenticated("The key of the calendar feed is not valid; ask for a new one.")
    return key.name


def _opens(session: Session, key: FeedKey, now: datetime) -> bool:
    if key.revoked_at is not None or key.expires_at <= now:
        return False
    if _LOCAL in key.created_by:
        return True
    maker = holder(session, key.created_by, now)
    return maker is not None and maker.role.reaches(Role.estates)


def revoke_own_key(session: Session, name: str, owner: str, now: datetime) -> None:
    """As `revoke_feed_key`. Raises NotFound for somebody else's too."""
    key = alert_queries.feed_key_named(session, name)
    if key is None or key.created_by != owner:
        raise NotFound(f"You have no key {name!r} in use.")
    revoke_feed_key(session, name, now)


def own_keys(session: Session, owner: str) -> Sequence[FeedKey]:
    """The keys that the holder of a token made, the last one first, without secrets."""
    return alert_queries.feed_keys_by(session, owner, MOST_LISTED)


def revoke_feed_key(session: Session, name: str, now: datetime) -> None:
    """Make a key useless from now on. Raises NotFound."""
    key = alert_queries.feed_key_named(session, name)
    if key is None or key.revoked_at is not None:
        raise NotFound(f"There is no key {name!r} in use.")
    key.revoked_at = now
    session.flush()


def feed_keys(session: Session) -> Sequence[FeedKey]:
    """Every key ever made, without secrets."""
    return alert_queries.feed_keys(session)
