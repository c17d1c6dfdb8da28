"""Tokens: made once, shown once, and useless after their end."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from canopy.access.rules import Principal, Role
from canopy.access.tokens import (
    DEFAULT_DAYS,
    MAX_DAYS,
    NotAuthenticated,
    authenticate,
    create_token,
    ensure_first_admin,
    revoke_token,
    tokens,
)
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def make(database: Database, name: str = "acme", role: Role = Role.operator, days: int = 30) -> str:
    """A new token's secret."""
    with database.writing() as session:
        return create_token(session, name, role, created_by="test", now=NOW, days=days)


def who(database: Database, secret: str, at: datetime = NOW) -> Principal:
    """Whom a secret stands for at a moment."""
    with database.reading() as session:
        return authenticate(session, secret, at)


def test_secret_stands_for_its_role_and_name(database: Database) -> None:
    """Whoever holds the secret is the principal it was made for."""
    assert who(database, make(database)) == Principal(Role.operator, "acme")


def test_secrets_are_long_and_differ(database: Database) -> None:
    """Each secret has its prefix and 256 random bits."""
    secrets = {make(database, f"acme-{number}") for number in range(5)}
    assert len(secrets) == 5
    assert {len(secret) for secret in secrets} == {len("canopy_") + 43}


def test_only_the_hash_is_stored(database: Database) -> None:
    """Nowhere in the token's row is the secret, or a part of it; its SHA-256 is."""
    secret = make(database)
    with database.reading() as session:
        row = session.execute(text("SELECT * FROM token")).one()
    stored = " ".join(str(value) for value in row)
    assert secret.removeprefix("canopy_")[:8] not in stored
    assert hashlib.sha256(secret.encode()).hexdigest() in stored


@pytest.mark.parametrize("wrong", ["", "canopy_", "canopy_" + "x" * 43, "CANOPY_", "naïve", "'--"])
def test_wrong_secret_is_nobody(database: Database, wrong: str) -> None:
    """What is no secret of a token stands for nobody."""
    make(database)
    with pytest.raises(NotAuthenticated):
        who(database, wrong)


def test_hash_is_not_a_secret(database: Database) -> None:
    """Who reads the database cannot use what is there as a token."""
    digest = hashlib.sha256(make(database).encode()).hexdigest()
    with pytest.raises(NotAuthenticated):
        who(database, digest)


def test_token_ends_when_it_says(database: Database) -> None:
    """It works until the moment of its end, and not at it."""
    secret = make(database, days=30)
    end = NOW + timedelta(days=30)
    assert who(database, secret, end - timedelta(seconds=1)).name == "acme"
    with pytest.raises(NotAuthenticated):
        who(database, secret, end)


def test_revoked_token_is_nobody(database: Database) -> None:
    """A revoked token is refused in the same words as an unknown one."""
    secret = make(database)
    with database.writing() as session:
        revoke_token(session, "acme", NOW)
    with pytest.raises(NotAuthenticated) as revoked:
        who(database, secret)
    with pytest.raises(NotAuthenticated) as unknown:
        who(database, "canopy_unknown")
    assert revoked.value.detail == unknown.value.detail


def test_revoking_again_or_unknown_is_told(database: Database) -> None:
    """What is not in use cannot be revoked."""
    make(database)
    with database.writing() as session:
        revoke_token(session, "acme", NOW)
    with database.writing() as session:
        for name in ("acme", "nobody"):
            with pytest.raises(NotFound, match=name):
                revoke_token(session, name, NOW)


def test_names_are_used_once(database: Database) -> None:
    """A revision's author means one token for ever, so a revoked one's name is gone too."""
    make(database)
    with database.writing() as session:
        revoke_token(session, "acme", NOW)
    with pytest.raises(Refused, match="not used twice"):
        make(database)


def test_refused_name_leaves_the_transaction_usable(database: Database) -> None:
    """After a refusal the same transaction can still make another token."""
    make(database)
    with database.writing() as session:
        with pytest.raises(Refused):
            create_token(session, "acme", Role.admin, created_by="test", now=NOW)
        create_token(session, "other", Role.admin, created_by="test", now=NOW)
    with database.reading() as session:
        assert [token.name for token in tokens(session)] == ["acme", "other"]


@pytest.mark.parametrize("name", ["", "a", "Acme", "-acme", "a b", "a" * 64, "ä-token", "acme\n"])
def test_odd_names_are_refused(database: Database, name: str) -> None:
    """A name is 2 to 63 of a few plain letters, as it goes into logs and revisions."""
    with pytest.raises(Refused, match="no token name"):
        make(database, name)


@pytest.mark.parametrize("name", ["ab", "a" * 63, "acme.telecom_2-uk"])
def test_plain_names_are_taken(database: Database, name: str) -> None:
    """The shortest, the longest and every allowed sign."""
    assert who(database, make(database, name)).name == name


@pytest.mark.parametrize("days", [0, -1, MAX_DAYS + 1])
def test_life_outside_the_limits_is_refused(database: Database, days: int) -> None:
    """No token is for ever, and none is over before it begins."""
    with pytest.raises(Refused, match=f"1 to {MAX_DAYS} days"):
        make(database, days=days)


@pytest.mark.parametrize("days", [1, DEFAULT_DAYS, MAX_DAYS])
def test_life_within_the_limits_is_taken(database: Database, days: int) -> None:
    """Both ends of the allowed range."""
    assert who(database, make(database, days=days)).role == Role.operator


def test_the_public_has_no_tokens(database: Database) -> None:
    """The public needs no token, and gets none."""
    with pytest.raises(Refused, match="role"):
        make(database, role=Role.public)


def test_first_admin_is_made_once(database: Database) -> None:
    """The first start makes an admin token; no later one does, not even after its revocation."""
    with database.writing() as session:
        secret = ensure_first_admin(session, NOW)
    assert secret is not None
    assert who(database, secret) == Principal(Role.admin, "first-admin")
    with database.writing() as session:
        revoke_token(session, "first-admin", NOW)
    with database.writing() as session:
        assert ensure_first_admin(session, NOW) is None


def test_no_first_admin_where_there_are_tokens(database: Database) -> None:
    """A catalogue that has any token gets no first admin."""
    make(database)
    with database.writing() as session:
        assert ensure_first_admin(session, NOW) is None


def test_services_that_start_together_make_one_first_admin(database: Database) -> None:
    """Of several processes at their first start one makes the token; the others go on."""

    def start(_: int) -> str | None:
        with database.writing() as session:
            return ensure_first_admin(session, NOW)

    with ThreadPoolExecutor(4) as threads:
        made = [secret for secret in threads.map(start, range(4)) if secret is not None]
    assert len(made) == 1
