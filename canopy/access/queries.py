"""SELECTs and INSERTs of tokens. Functions take a session and never commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from canopy.access.tables import Token


def add(session: Session, token: Token) -> bool:
    """Store a new token; False when its name was used before, revoked ones included.

    The database decides, so that of two processes that add one name only one succeeds.
    """
    try:
        with session.begin_nested():
            session.add(token)
    except IntegrityError:
        return False
    return True


def by_digest(session: Session, secret_sha256: str) -> Token | None:
    """The token whose secret has that SHA-256."""
    return session.scalars(select(Token).where(Token.secret_sha256 == secret_sha256)).one_or_none()


def by_name(session: Session, name: str) -> Token | None:
    """A token by its name, in use or not."""
    return session.scalars(select(Token).where(Token.name == name)).one_or_none()


def all_tokens(session: Session) -> Sequence[Token]:
    """Every token, oldest first."""
    return session.scalars(select(Token).order_by(Token.id)).all()


def count(session: Session) -> int:
    """How many tokens were ever made."""
    return session.scalar(select(func.count()).select_from(Token)) or 0


def revoke(session: Session, name: str, at: datetime) -> int:
    """Mark a token as revoked; the number of tokens this changed."""
    result = session.execute(
        update(Token).where(Token.name == name, Token.revoked_at.is_(None)).values(revoked_at=at)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
