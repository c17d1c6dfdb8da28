"""Things are registered and what waits is decided over HTTP, by those who keep the catalogue."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from quarantined import Town, opened, reading
from registers import import_register, write_register

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.store.rows import Batch, HappeningRow

ENTRY = {
    "asset": "lighting:LC-1", "source": "probe", "stream": "air", "unit": "Cel", "high": 60,
    "observed_property": "Air temperature", "definition": "urn:air",
}  # fmt: skip


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Four lampposts; two readings that wait, and a dead letter."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    with opened(database) as found:
        found.hear(reading("air", 20.5, unit="Cel"), reading("air", 900.0, unit="Cel", after_s=1))
        found.take(b"\x00{", topic="odd/topic")
        yield found


@pytest.fixture
def officer(client: TestClient, database: Database) -> TestClient:
    """A client with a token of the role estates."""
    client.headers.update(bearer(token_for(database, Role.estates)))
    return client


ROUTES = (
    ("GET", "things"), ("GET", "things/1"), ("POST", "things"), ("POST", "things/1/withdraw"),
    ("GET", "held"), ("POST", "held/approve"), ("POST", "held/refuse"), ("GET", "dead-letters"),
    ("GET", "dead-letters/1"), ("POST", "dead-letters/1/replay"), ("GET", "happenings"),
    ("POST", "happenings/acknowledge"), ("GET", "lighting/units"), ("GET", "lighting/mismatches"),
    ("GET", "lighting/differences"), ("GET", "lighting/faults"), ("GET", "lighting/findings"),
    ("GET", "lighting/proposals"), ("POST", "lighting/proposals/1/decision"), ("GET", "rules"),
    ("POST", "rules"), ("GET", "rules/a"), ("PUT", "rules/a"), ("DELETE", "rules/a"),
    ("GET", "rules/a/revisions"), ("POST", "rules/test"), ("GET", "alarms"), ("GET", "alarms/1"),
    ("POST", "alarms/1/acknowledge"),
)  # fmt: skip


@pytest.mark.parametrize("role", [None, Role.operator, Role.planner])
def test_others_are_refused(client: TestClient, database: Database, role: Role | None) -> None:
    """The public, operators and planners neither see nor decide."""
    headers = {} if role is None else bearer(token_for(database, role))
    answers = [
        client.request(
            method, f"/iot/{path}", headers=headers, json=None if method == "GET" else {}
        ).status_code
        for method, path in ROUTES
    ]
    assert answers == [403] * len(ROUTES)


def test_a_thing_is_registered_shown_and_withdrawn(town: Town, officer: TestClient) -> None:
    """A dry run first; the list has pages."""
    tried = officer.post("/iot/things", params={"dry_run": True}, json={"entries": [ENTRY]})
    assert tried.json()["added"] == 1
    assert officer.get("/iot/things").json() == {"things": [], "next": None}
    second = {**ENTRY, "source": "other", "asset": "LC-2"}
    made = officer.post("/iot/things", json={"entries": [ENTRY, second]}).json()
    assert made == {"things": 2, "moved": 0, "added": 2, "changed": 0, "unchanged": 0}
    page = officer.get("/iot/things", params={"limit": 1}).json()
    assert [each["source"] for each in page["things"]] == ["probe"]
    rest = officer.get("/iot/things", params={"after": page["next"]}).json()
    assert ([each["source"] for each in rest["things"]], rest["next"]) == (["other"], None)
    number = page["things"][0]["id"]
    whole = officer.get(f"/iot/things/{number}").json()
    assert [(each["stream"], each["high"]) for each in whole["streams"]] == [("air", 60)]
    ended = officer.post(f"/iot/things/{number}/withdraw").json()
    assert ended["withdrawn_at"] is not None
    assert ended["streams"][0]["is_withdrawn"] is True
    assert officer.post(f"/iot/things/{number}/withdraw").status_code == 422
    assert officer.get("/iot/things/99").status_code == 404
    assert officer.post("/iot/things/99/withdraw").status_code == 404


def test_a_wrong_entry_is_named(town: Town, officer: TestClient) -> None:
    """With its row and column; nothing is written."""
    wrong = {**ENTRY, "source": "x", "asset": "LC-9"}
    answer = officer.post("/iot/things", json={"entries": [ENTRY, wrong]})
    assert answer.status_code == 422
    assert "row 2, column asset: There is no asset 'LC-9'" in answer.json()["detail"]
    assert officer.get("/iot/things").json()["things"] == []


def test_a_device_that_waits_is_approved(town: Town, officer: TestClient) -> None:
    """What it measured is stored; what it cannot have measured is a dead letter."""
    (waits,) = officer.get("/iot/held").json()["held"]
    assert (waits["source"], waits["count"], waits["newest"]) == ("probe", 2, 900.0)
    assert officer.get("/iot/held", params={"limit": 1}).json()["next"] == "probe"
    body = {"source": "probe", "asset": "LC-1", "data_class": "open", "highs": {"air": 60}}
    unsaid = officer.post("/iot/held/approve", json={"source": "probe", "asset": "LC-1"})
    assert (unsaid.status_code, "data_class" in unsaid.text) == (400, True)
    tried = officer.post("/iot/held/approve", params={"dry_run": True}, json=body).json()
    (gone,) = tried["releases"]
    assert (gone["count"], gone["dead"], gone["lowest"], gone["newest"]) == (2, 1, 20.5, 900.0)
    assert officer.get("/iot/held").json()["held"] == [waits]
    done = officer.post("/iot/held/approve", json=body).json()
    assert (done["registered"]["added"], done["stored"], done["dead"]) == (1, 1, 1)
    assert done["is_more"] is False
    assert officer.get("/iot/held").json() == {"held": [], "next": None}
    assert officer.post("/iot/held/approve", json=body).status_code == 404


def test_a_device_that_waits_is_refused(town: Town, officer: TestClient) -> None:
    """By whom, is in the dead letters."""
    done = officer.post("/iot/held/refuse", json={"source": "probe", "reason": "not ours"})
    assert done.json() == {"refused": 2, "is_more": False}
    letters = officer.get("/iot/dead-letters", params={"kind": "refused"}).json()["letters"]
    assert [each["reason"] for each in letters] == ["refused by test-estates: not ours"] * 2


def test_dead_letters_are_searched_shown_and_replayed(town: Town, officer: TestClient) -> None:
    """A page at a time, the body as it came."""
    officer.post("/iot/held/refuse", json={"source": "probe"})
    page = officer.get("/iot/dead-letters", params={"limit": 2}).json()
    assert [each["kind"] for each in page["letters"]] == ["refused", "refused"]
    last = officer.get("/iot/dead-letters", params={"before": page["next"]}).json()
    (odd,) = last["letters"]
    assert (odd["topic"], last["next"]) == ("odd/topic", None)
    found = officer.get("/iot/dead-letters", params={"search": "odd/"}).json()["letters"]
    assert [each["id"] for each in found] == [odd["id"]]
    whole = officer.get(f"/iot/dead-letters/{odd['id']}").json()
    assert base64.b64decode(whole["body_base64"]) == b"\x00{"
    failed = officer.post(f"/iot/dead-letters/{odd['id']}/replay").json()
    assert failed == {"replayed": 0, "failed": 1, "readings": 0}
    said = {"purpose": "care", "lawful_basis": "consent", "retention_days": 9, "owner": "Care"}
    risky = {**ENTRY, **said, "source": "bed", "data_class": "personal-risk"}
    officer.post("/iot/things", json={"entries": [risky, {**ENTRY, "high": None}]})
    whole = officer.get(f"/iot/dead-letters/{odd['id']}").json()
    assert (whole["body_base64"], whole["reason"]) == (None, "")
    assert "only an admin" in whole["withheld"]
    assert (
        officer.get("/iot/dead-letters", params={"search": "{"}).json()["letters"][-1]["withheld"]
        is None
    )
    done = officer.post(f"/iot/dead-letters/{page['letters'][1]['id']}/replay").json()
    assert done["replayed"] == 1
    assert officer.get("/iot/dead-letters/999").status_code == 404
    assert officer.get("/iot/dead-letters", params={"limit": 501}).status_code == 400


def test_happenings_are_acknowledged(town: Town, officer: TestClient) -> None:
    """By the name of the token."""
    town.store.write(Batch(happenings=[HappeningRow("clock", "probe", "an hour ahead")]))
    (found,) = officer.get("/iot/happenings").json()["happenings"]
    assert found["detail"] == "an hour ahead"
    named = {"kind": "clock", "subject": "probe"}
    seen = officer.post("/iot/happenings/acknowledge", json=named).json()
    assert seen["acknowledged_by"] == "test-estates"
    assert officer.get("/iot/happenings").json()["happenings"] == []
    missing = {"kind": "clock", "subject": "nobody"}
    assert officer.post("/iot/happenings/acknowledge", json=missing).status_code == 404
