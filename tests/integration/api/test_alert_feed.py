"""The calendar feed opens to its key alone, and is what calendar programs read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from service_log import Log
from test_register_routes import LEASE, ROOT

from canopy.access.rules import Role
from canopy.concessions.register.told import feed_keys
from canopy.db.engine import Database

FEED = "/register/alerts.ics"


@pytest.fixture
def key(database: Database) -> str:
    with database.writing() as session:
        return feed_keys.create_feed_key(
            session, "anna", created_by="cli:test", now=datetime.now(UTC), days=30
        )


@pytest.fixture(autouse=True)
def held(client: TestClient, database: Database) -> None:
    """A lease that has ended and still is active: somebody has to act."""
    estates = bearer(token_for(database, Role.estates))
    past = {**LEASE, "term": {"start": "2010-04-01", "months": 120}, "extensions": [], "breaks": [],
            "market_reviews": []}  # fmt: skip
    assert client.post(ROOT, json={"terms": past}, headers=estates).status_code == 201


def test_a_calendar_program_reads_the_feed(client: TestClient, key: str) -> None:
    answer = client.get(FEED, params={"key": key})
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    events = icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
    assert [str(each["CATEGORIES"].cats[0]) for each in events] == ["holding-over"]
    assert "still active" in events[0]["SUMMARY"]
    again = client.get(FEED, params={"key": key}, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    none = client.get(FEED, params={"key": key, "kind": "expiry"})
    assert icalendar.Calendar.from_ical(none.text).walk("VEVENT") == []


@pytest.mark.parametrize("wrong", ["", "feed_", "feed_guess", "canopy_x" * 30])
def test_another_key_opens_nothing(client: TestClient, wrong: str) -> None:
    answer = client.get(FEED, params={"key": wrong})
    assert answer.status_code in (400, 401)


def test_an_access_token_is_no_key_and_a_key_is_no_token(
    client: TestClient, database: Database, key: str
) -> None:
    token = token_for(database, Role.admin)
    assert client.get(FEED, params={"key": token}).status_code == 401
    assert client.get(ROOT, headers=bearer(key)).status_code == 401


def test_a_key_ends_by_itself_and_by_being_revoked(
    client: TestClient, database: Database, key: str
) -> None:
    with database.writing() as session:
        old = feed_keys.create_feed_key(
            session,
            "ben",
            created_by="cli:test",
            now=datetime.now(UTC) - timedelta(days=31),
            days=30,
        )
        feed_keys.revoke_feed_key(session, "anna", datetime.now(UTC))
    for each in (key, old):
        assert client.get(FEED, params={"key": each}).status_code == 401


def test_the_key_is_in_no_log(client: TestClient, key: str, log: Log) -> None:
    """Who read is: by the key's name."""
    client.get(FEED, params={"key": key})
    assert "alert_feed_read" in log.text()
    assert "anna" in log.text()
    assert key not in log.text()
