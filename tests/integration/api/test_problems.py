"""What goes wrong is told as a problem document, without what is inside."""

from __future__ import annotations

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from service_log import Log

from canopy.access.rules import Role
from canopy.api import pages
from canopy.db.engine import Database


def test_unknown_address_is_a_problem(client: TestClient) -> None:
    """An address with nothing behind it is named, and where to look instead."""
    answer = client.get("/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "https://canopy-councils.github.io/canopy/reference/problems/#not-found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "There is nothing at /nothing; see /openapi.json.",
    }


def test_wrong_method_is_a_problem(client: TestClient) -> None:
    """A method that is not there gives 405 and names those that are."""
    answer = client.delete("/jobs")
    assert answer.status_code == 405
    assert answer.json()["type"].endswith("#method-not-allowed")
    assert answer.headers["allow"] == "GET"


def test_bad_parameters_are_all_named(client: TestClient, database: Database) -> None:
    """A request with several faults is told each of them at once."""
    headers = bearer(token_for(database, Role.admin))
    answer = client.post("/imports?dry_run=perhaps&filename=a.csv", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("#bad-request")
    assert [each["where"] for each in answer.json()["errors"]] == ["query/source", "query/dry_run"]


@pytest.mark.parametrize(
    "path", ["/jobs/abc", "/jobs/0", "/jobs/-1", f"/jobs/{2**63}", f"/jobs/{10**40}"]
)
def test_job_numbers_no_database_has_are_refused(
    client: TestClient, database: Database, path: str
) -> None:
    """Numbers that cannot be a job's are a bad request, not a failure of the database."""
    answer = client.get(path, headers=bearer(token_for(database, Role.admin)))
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/assets/a%00b/history", "/?q=%00", "/nothing%00"])
def test_nul_is_refused(client: TestClient, path: str) -> None:
    """A NUL character does not reach the database."""
    assert client.get(path).status_code in (400, 404)


@pytest.mark.parametrize("path", ["/assets/%FF%FE/history", "/assets/%27%20OR%201=1/history"])
def test_odd_references_are_just_not_found(client: TestClient, path: str) -> None:
    """What is no reference leads nowhere; it is not part of a statement."""
    assert client.get(path).status_code == 404


@pytest.fixture
def failing(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A service whose front page has a bug."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(pages, "last_change", broken)
    return client


def test_unexpected_failure_tells_only_its_number(failing: TestClient, log: Log) -> None:
    """A bug gives a 500 problem without internals; the log has it under the same number."""
    answer = failing.get("/", headers={"Accept": "text/html"})
    number = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["detail"] == f"It was logged under request {number}."
    (failed,) = log.lines("request_failed")
    assert failed["request_id"] == number
    assert "secret inside" in str(failed["exception"])
    assert [line["status"] for line in log.lines("request_answered")] == [500]


def test_service_goes_on_after_a_failure(failing: TestClient) -> None:
    """One request's failure is not the next one's."""
    failing.get("/", headers={"Accept": "text/html"})
    assert failing.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/jobs"])
def test_every_answer_has_the_security_headers(client: TestClient, path: str) -> None:
    """Pages, data and refusals alike forbid sniffing, framing and keeping."""
    headers = client.get(path, headers={"Accept": "text/html"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert len(headers["x-request-id"]) == 16


def test_one_line_is_logged_a_request_without_its_token(
    client: TestClient, database: Database, log: Log
) -> None:
    """The log tells method, path, status and time; tokens and queries are not in it."""
    secret = token_for(database, Role.admin)
    client.get("/jobs?reason=private", headers=bearer(secret))
    client.get("/jobs", headers=bearer("canopy_wrong-secret"))
    told = [(x["method"], x["path"], x["status"]) for x in log.lines("request_answered")]
    assert told == [("GET", "/jobs", 200), ("GET", "/jobs", 401)]
    assert [text for text in (secret, "wrong-secret", "private") if text in log.text()] == []
