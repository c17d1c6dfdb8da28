"""Documents, routes to market and changes over HTTP: who may, what is kept, what is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from test_register_routes import AT, LEASE, ROOT

from canopy.access.rules import Role
from canopy.db.engine import Database

PDF = b"%PDF-1.7 lease"
SENT = {"filename": "lease.pdf", "title": "Lease"}


@pytest.fixture
def keeper(
    database: Database,
    client: TestClient,
    tmp_path: Path,
) -> dict[str, str]:
    """Who keeps the register; the lease is in it, and documents have a folder."""
    headers = bearer(token_for(database, Role.estates))
    state = client.app.state  # type: ignore[attr-defined]
    state.settings = state.settings.model_copy(
        update={"register_documents": tmp_path / "documents", "register_document_max_bytes": 50}
    )
    answer = client.post(ROOT, json={"terms": LEASE}, headers=headers)
    assert answer.status_code == 201, answer.text
    return headers


def test_a_document_comes_back_as_it_was_sent(client: TestClient, keeper: dict[str, str]) -> None:
    """With its SHA-256 in the list; withdrawn, it stays there with the reason."""
    at = f"{AT}/documents"
    added = client.post(at, params=SENT, content=PDF, headers=keeper)
    assert added.status_code == 201, added.text
    assert added.json()["sha256"] == hashlib.sha256(PDF).hexdigest()
    one = f"{at}/{added.json()['id']}"
    got = client.get(f"{one}/file", headers=keeper)
    assert (got.content, got.headers["x-content-type-options"]) == (PDF, "nosniff")
    gone = client.post(f"{one}/withdrawal", json={"reason": "unsigned"}, headers=keeper)
    assert gone.status_code == 200, gone.text
    (listed,) = client.get(at, headers=keeper).json()["documents"]
    assert listed["withdrawn_reason"] == "unsigned"


def test_a_file_that_is_too_large_or_no_such_kind_is_refused(
    client: TestClient, keeper: dict[str, str]
) -> None:
    """And nothing is on record of it."""
    at = f"{AT}/documents"
    assert client.post(at, params=SENT, content=PDF * 9, headers=keeper).status_code == 413
    assert client.post(at, params=SENT, content=b"MZ", headers=keeper).status_code == 422
    assert client.get(at, headers=keeper).json() == {"documents": []}


def test_public_document_is_read_by_everybody_and_an_exempt_one_by_keepers(
    client: TestClient, database: Database, keeper: dict[str, str]
) -> None:
    """Without who recorded it; taken back, or of an agreement not in force, it is not there."""
    at = f"{AT}/documents"
    for sensitivity in ("exempt", "public"):
        sent = {**SENT, "sensitivity": sensitivity}
        assert client.post(at, params=sent, content=PDF, headers=keeper).status_code == 201
    exempt, public = (each["id"] for each in client.get(at, headers=keeper).json()["documents"])
    operator = bearer(token_for(database, Role.operator, "example-mast-ltd"))
    for headers in ({}, operator, bearer(token_for(database, Role.planner))):
        (listed,) = client.get(at, headers=headers).json()["documents"]
        assert (listed["id"], listed["author"]) == (public, None)
        assert client.get(f"{at}/{public}/file", headers=headers).content == PDF
        assert client.get(f"{at}/{exempt}/file", headers=headers).status_code == 404
    mark = {"sensitivity": "exempt", "reason": "it names a person"}
    kept = client.post(f"{at}/{public}/sensitivity", json=mark, headers=keeper).json()
    assert (kept["supersedes"], kept["sensitivity"]) == (public, "exempt")
    assert client.get(at).json()["documents"] == []
    again = client.post(f"{at}/{kept['id']}/sensitivity", json=mark, headers=keeper)
    assert (again.status_code, "already" in again.json()["detail"]) == (422, True)
    mark = {"sensitivity": "public", "reason": "the name is blacked out"}
    assert client.post(f"{at}/{kept['id']}/sensitivity", json=mark).status_code == 403
    public = client.post(f"{at}/{kept['id']}/sensitivity", json=mark, headers=keeper).json()["id"]
    assert client.get(f"{at}/{public}/file").content == PDF
    gone = client.post(f"{at}/{public}/withdrawal", json={"reason": "names"}, headers=keeper)
    assert gone.status_code == 200
    assert client.get(at).json() == {"documents": []}
    assert client.get(f"{at}/{public}/file").status_code == 404


def test_document_of_a_draft_is_not_there_for_the_public(
    client: TestClient, keeper: dict[str, str]
) -> None:
    """An agreement that is not published is not even named."""
    draft = {"terms": {**LEASE, "ref": "D-1"}, "status": "draft"}
    assert client.post(ROOT, json=draft, headers=keeper).status_code == 201
    at = f"{ROOT}/D-1/documents"
    sent = {**SENT, "sensitivity": "public"}
    added = client.post(at, params=sent, content=PDF, headers=keeper).json()
    answers = [
        client.get(at),
        client.get(f"{at}/{added['id']}/file"),
        client.get(f"{ROOT}/NO/documents"),
    ]
    assert [each.status_code for each in answers] == [404, 404, 404]


@pytest.mark.parametrize("part", ["documents", "route", "modifications", "changes"])
def test_records_are_for_keepers_alone(
    client: TestClient, database: Database, keeper: dict[str, str], part: str
) -> None:
    """Not even an operator's own agreement shows them, and no token none."""
    operator = bearer(token_for(database, Role.operator, "example-mast-ltd"))
    if part != "documents":
        assert client.get(f"{AT}/{part}").status_code in (401, 403)
        assert client.get(f"{AT}/{part}", headers=operator).status_code in (403, 404)
    if part != "changes":
        answer = client.post(f"{AT}/{part}", params=SENT, content=PDF, headers=operator)
        assert answer.status_code == 403, answer.text


def test_changes_are_advised_on_by_the_route_to_market(
    client: TestClient, keeper: dict[str, str]
) -> None:
    """A reversed change no longer counts."""
    route = {
        "options": ["concession"], "chosen": "concession", "reason": "has obligations",
        "is_inside_law": True, "procured_on": "2024-05-01", "subject": "goods-services",
        "initial_pence": 120_000_000,
    }  # fmt: skip
    assert client.post(f"{AT}/route", json=route, headers=keeper).status_code == 201
    at = f"{AT}/modifications"
    for day, pence in (("2025-01-01", 7_000_000), ("2025-06-01", 5_500_000)):
        sent = {"on": day, "ground": "minor", "value_pence": pence}
        last = client.post(at, json=sent, headers=keeper)
        assert last.status_code == 201, last.text
    told = client.get(f"{AT}/changes", headers=keeper).json()["changes"]
    assert [each["holds"] for each in told] == [True, False]
    back = client.post(
        f"{at}/{told[1]['number']}/reversal", json={"reason": "not agreed"}, headers=keeper
    )
    assert (back.json()["value_pence"], back.json()["reverses"]) == (-5_500_000, 2)
    told = client.get(f"{AT}/changes", headers=keeper).json()["changes"]
    assert [each["holds"] for each in told] == [True]
