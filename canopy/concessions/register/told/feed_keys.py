"""Keys that open the calendar feed of alerts.

Calendar programs ask for an address and send no header, so the key is part of the address. It
opens nothing but the feed, is told once, ends by itself, and can be made useless at any time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from canopy.access.tokens import NotAuthenticated, digest
from canopy.concessions.register.told import queries as alert_queries
from canopy.concessions.register.told.tables import FeedKey
from canopy.errors import NotFound, Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
PREFIX = "feed_"
SECRET_BYTES = 24
DEFAULT_DAYS, MAX_DAYS = 365, 1_100


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
    if alert_queries.feed_key_named(session, name) is not None:
        raise Refused(f"There was a key {name!r} before; names are not used twice.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    alert_queries.add_feed_key(
        session,
        FeedKey(
            name=name, secret_sha256=digest(secret), created_by=created_by, created_at=now,
            expires_at=now + timedelta(days=days), revoked_at=None,
        ),
    )  # fmt: skip
    return secret


def require_feed_key(session: Session, secret: str, now: datetime) -> str:
    """The name of a key that is in use. Raises NotAuthenticated for any other."""
    known = secret.startswith(PREFIX) and len(secret) <= 100
    key = alert_queries.feed_key_of(session, digest(secret)) if known else None
    if key is None or key.revoked_at is not None or key.expires_at <= now:
        raise NotAuthenticated("The key of the calendar feed is not valid; ask for a new one.")
    return key.name


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
