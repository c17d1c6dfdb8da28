"""Who a request is from, and what is said to one that is from nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient

from canopy.access.rules import Role
from canopy.access.tokens import create_token, revoke_token
from canopy.db.engine import Database


def expired(database: Database) -> str:
    """A token whose year is over."""
    with database.writing() as session:
        now = datetime.now(UTC) - timedelta(days=366)
        return create_token(session, "old", Role.admin, created_by="test", now=now)


def revoked(database: Database) -> str:
    """A token that was revoked."""
    secret = token_for(database, Role.admin, "gone")
    with database.writing() as session:
        revoke_token(session, "gone", datetime.now(UTC))
    return secret


def test_no_token_is_the_public(client: TestClient) -> None:
    """Without a token one reads as the public, and may not import."""
    assert client.get("/").status_code == 200
    assert client.get("/jobs").status_code == 403


def test_every_useless_token_gets_the_same_answer(client: TestClient, database: Database) -> None:
    """Unknown, malformed, expired and revoked are not told apart."""
    secrets = ("canopy_" + "x" * 43, "nonsense", expired(database), revoked(database))
    answers = [client.get("/jobs", headers=bearer(secret)) for secret in secrets]
    assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert answers[0].json()["type"].endswith("#not-authenticated")


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "canopy_abc", "Bearer "])
def test_another_scheme_is_not_taken_for_no_token(client: TestClient, header: str) -> None:
    """Who sends credentials means to be somebody, and is told that it did not work."""
    answer = client.get("/jobs", headers={"Authorization": header})
    assert answer.status_code == 401


def test_useless_token_is_refused_on_public_pages_too(client: TestClient) -> None:
    """A page that all may read does not pass a wrong token over in silence."""
    answer = client.get("/assets/LC-1/history", headers=bearer("canopy_wrong"))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.operator, 403), (Role.planner, 403), (Role.estates, 200), (Role.admin, 200)],
)
def test_changing_the_catalogue_needs_estates(
    client: TestClient, database: Database, role: Role, status: int
) -> None:
    """Operators and planners read; estates and admins also import."""
    answer = client.get("/jobs", headers=bearer(token_for(database, role)))
    assert answer.status_code == status


def test_revoking_works_at_once(client: TestClient, database: Database) -> None:
    """A token that worked a moment ago does not after its revocation."""
    headers = bearer(token_for(database, Role.admin, "short"))
    assert client.get("/jobs", headers=headers).status_code == 200
    with database.writing() as session:
        revoke_token(session, "short", datetime.now(UTC))
    assert client.get("/jobs", headers=headers).status_code == 401


def test_many_requests_with_tokens_do_not_starve_each_other(
    serve: object, database: Database
) -> None:
    """More requests at once than the pool has connections are all answered."""
    from concurrent.futures import ThreadPoolExecutor

    client: TestClient = serve(db_pool_size=1)  # type: ignore[operator]
    headers = bearer(token_for(database, Role.admin))
    with ThreadPoolExecutor(30) as threads:
        paths = ["/assets/LC-1/history"] * 60
        answers = list(threads.map(lambda path: client.get(path, headers=headers), paths))
    assert {answer.status_code for answer in answers} == {404}
