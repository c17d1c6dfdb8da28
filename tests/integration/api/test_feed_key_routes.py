"""People make, list and withdraw keys of the calendar feed for themselves, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from service_log import Log
from sqlalchemy import text

from canopy.access.rules import Role
from canopy.access.tokens import create_token, revoke_token
from canopy.db.engine import Database

KEYS, FEED = "/register/feed-keys", "/register/alerts.ics"


@pytest.fixture
def anna(database: Database) -> dict[str, str]:
    return _token(database, "anna")


def _token(database: Database, name: str, role: Role = Role.estates) -> dict[str, str]:
    with database.writing() as session:
        return bearer(
            create_token(session, name, role, created_by="test", now=datetime.now(UTC))
        )  # fmt: skip


def _make(client: TestClient, headers: dict[str, str], name: str = "outlook") -> dict[str, str]:
    made = client.post(KEYS, json={"name": name, "days": 30}, headers=headers)
    assert made.status_code == 201, made.text
    told: dict[str, str] = made.json()
    return told


def test_key_is_told_once_and_only_its_hash_is_kept(
    client: TestClient, database: Database, anna: dict[str, str], log: Log
) -> None:
    """The address opens the feed; neither the list, the database nor the log has the secret."""
    made = client.post(KEYS, json={"name": "outlook", "days": 30}, headers=anna)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    told = made.json()
    assert told["address"].endswith(f"{FEED}?key={told['key']}")
    assert client.get(FEED, params={"key": told["key"]}).status_code == 200
    (listed,) = client.get(KEYS, headers=anna).json()["keys"]
    assert listed == {name: told[name] for name in listed}
    assert listed["expires_at"] > listed["created_at"]
    assert not {"key", "address"} & listed.keys()
    with database.reading() as session:
        (kept,) = session.execute(text("SELECT * FROM feed_key")).all()
    assert told["key"] not in f"{kept}"
    assert "feed_key_made" in log.text()
    assert told["key"] not in log.text()


def test_withdrawn_key_opens_nothing(client: TestClient, anna: dict[str, str]) -> None:
    made = _make(client, anna)
    assert client.delete(f"{KEYS}/outlook", headers=anna).status_code == 204
    assert client.get(FEED, params={"key": made["key"]}).status_code == 401
    assert client.get(KEYS, headers=anna).json()["keys"][0]["revoked_at"]
    assert client.delete(f"{KEYS}/outlook", headers=anna).status_code == 404


def test_key_of_somebody_else_is_neither_listed_nor_withdrawn(
    client: TestClient, database: Database, anna: dict[str, str]
) -> None:
    """Not by another officer, and not by an admin, who has the command for it."""
    made = _make(client, anna)
    for other in (_token(database, "ben"), _token(database, "root", Role.admin)):
        assert client.get(KEYS, headers=other).json() == {"keys": []}
        assert client.delete(f"{KEYS}/outlook", headers=other).status_code == 404
    assert client.get(FEED, params={"key": made["key"]}).status_code == 200


def test_key_ends_with_the_token_that_made_it(
    client: TestClient, database: Database, anna: dict[str, str]
) -> None:
    """Who has left the council reads no calendar any more."""
    made = _make(client, anna)
    with database.writing() as session:
        revoke_token(session, "anna", datetime.now(UTC))
    assert client.get(FEED, params={"key": made["key"]}).status_code == 401


@pytest.mark.parametrize("role", [Role.operator, Role.planner, Role.gateway])
def test_who_reads_no_alerts_makes_no_key(
    client: TestClient, database: Database, role: Role
) -> None:
    headers = bearer(token_for(database, role))
    assert client.post(KEYS, json={"name": "mine"}, headers=headers).status_code == 403
    assert client.get(KEYS, headers=headers).status_code == 403
    assert client.post(KEYS, json={"name": "mine"}).status_code in (401, 403)


@pytest.mark.parametrize(
    "wanted", [{"name": "X"}, {"name": "ok", "days": 0}, {"name": "ok", "days": 1_101}, {}]
)
def test_bad_key_is_refused(
    client: TestClient, anna: dict[str, str], wanted: dict[str, object]
) -> None:
    assert client.post(KEYS, json=wanted, headers=anna).status_code in (400, 422)


def test_names_are_used_once_and_keys_are_limited(
    client: TestClient, anna: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that anybody had is refused, and so is one key more than the limit."""
    monkeypatch.setattr("canopy.concessions.register.told.feed_keys.MOST_IN_USE", 2)
    _make(client, anna)
    again = client.post(KEYS, json={"name": "outlook"}, headers=anna)
    assert "not used twice" in again.json()["detail"]
    _make(client, anna, "phone")
    third = client.post(KEYS, json={"name": "tablet"}, headers=anna)
    assert (third.status_code, "withdraw one" in third.json()["detail"]) == (
        again.status_code,
        True,
    )
