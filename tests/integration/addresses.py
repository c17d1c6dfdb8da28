"""How another process finds a test's catalogue, and keys to it."""

from __future__ import annotations

from datetime import UTC, datetime

from canopy.access.rules import Role
from canopy.access.tokens import create_token
from canopy.db.engine import Database


def url_of(database: Database) -> str:
    """The CANOPY_DB_URL of a catalogue, password included."""
    if database.is_gpkg:
        return database.address
    return database.engine.url.render_as_string(hide_password=False)


def token_for(database: Database, role: Role, name: str | None = None) -> str:
    """The secret of a new token with that role, named for it where no name is given."""
    with database.writing() as session:
        return create_token(
            session, name or f"test-{role}", role, created_by="test", now=datetime.now(UTC)
        )


def bearer(secret: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {secret}"}
