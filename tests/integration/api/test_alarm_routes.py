"""Rules are kept, tried and removed over HTTP; alarms are listed and acknowledged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from quarantined import Town, opened

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.rules.watching.watch import Watch
from canopy.iot.store.rows import Batch, HappeningRow
from canopy.iot.tending.happenings import acknowledge

RULE = {
    "name": "pm10-high", "title": "PM10 is high", "severity": "critical",
    "select": {"property": "PM10"},
    "when": {"kind": "threshold", "above": 40, "clears_at": 35, "for_min": 10},
    "hours": {"from": "07:00", "until": "19:00"}, "tell": {"mail": ["air@example.org"]},
}  # fmt: skip
ODD = {
    "name": "odd", "title": "Ingestion", "when": {"kind": "ingestion", "happenings": ["clock"]},
}  # fmt: skip


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    with opened(database) as found:
        yield found


@pytest.fixture
def officer(client: TestClient, database: Database) -> TestClient:
    """A client with a token of the role estates."""
    client.headers.update(bearer(token_for(database, Role.estates)))
    return client


def test_a_rule_is_added_changed_and_removed(officer: TestClient) -> None:
    """Each with a revision and an author; a change from an old one is refused."""
    made = officer.post("/iot/rules", json=RULE)
    assert (made.status_code, made.headers["location"]) == (201, "/iot/rules/pm10-high")
    assert made.json()["warnings"] == [
        "tell.mail: no mail is sent, since CANOPY_MAIL_HOST is not set",
        "select: no datastream fits now",
    ]
    assert officer.post("/iot/rules", json=RULE).status_code == 200
    again = officer.post("/iot/rules", json={**RULE, "title": "Other"})
    assert (again.status_code, "PUT it" in again.json()["detail"]) == (422, True)
    one = officer.get("/iot/rules/pm10-high").json()
    assert (one["revision"], one["rule"]["hours"]["from"]) == (1, "07:00")
    changed = {**one["rule"], "title": "Other"}
    put = officer.put("/iot/rules/pm10-high", params={"revision": 1}, json=changed)
    assert (put.json()["became"], put.json()["changed_by"]) == ("changed", "test-estates")
    stale = officer.put("/iot/rules/pm10-high", params={"revision": 1}, json=RULE)
    assert stale.status_code == 412
    assert officer.put("/iot/rules/other", json=RULE).status_code == 422
    assert officer.delete("/iot/rules/pm10-high").status_code == 204
    assert officer.get("/iot/rules/pm10-high").status_code == 404
    past = officer.get("/iot/rules/pm10-high/revisions", params={"limit": 2}).json()
    assert [(each["revision"], each["rule"] is None) for each in past["revisions"]] == [
        (3, True), (2, False),
    ]  # fmt: skip
    assert past["next"] == 2


def test_rules_have_pages(officer: TestClient) -> None:
    """In the order in which they were added."""
    for number in range(3):
        officer.post("/iot/rules", json={**ODD, "name": f"odd-{number}"})
    page = officer.get("/iot/rules", params={"limit": 2}).json()
    rest = officer.get("/iot/rules", params={"after": page["next"]}).json()
    names = [each["rule"]["name"] for each in [*page["rules"], *rest["rules"]]]
    assert (names, rest["next"]) == (["odd-0", "odd-1", "odd-2"], None)


def test_a_wrong_rule_is_refused_with_its_field(officer: TestClient) -> None:
    """As every request is that is not well formed."""
    answer = officer.post("/iot/rules", json={**RULE, "when": {**RULE["when"], "above": "x"}})  # type: ignore[dict-item]
    assert (answer.status_code, "when/threshold/above" in answer.json()["detail"]) == (400, True)
    nowhere = {**RULE, "select": {"property": "PM10", "area": "Nowhere"}}
    answer = officer.post("/iot/rules", json=nowhere)
    assert answer.json()["type"].endswith("#bad-rule")
    assert "select.area" in answer.json()["detail"]


def test_a_rule_is_tried_without_being_kept(officer: TestClient) -> None:
    """Here it selects no stream."""
    tried = officer.post("/iot/rules/test", params={"hours": 1}, json=RULE).json()
    assert (tried["streams"], tried["changes"], tried["is_more"]) == (0, [], False)
    assert officer.get("/iot/rules").json()["rules"] == []


def test_alarms_are_listed_shown_and_acknowledged(
    town: Town, officer: TestClient, database: Database
) -> None:
    """With filters and pages, and with everybody who is told."""
    officer.post("/iot/rules", json=ODD)
    watch = Watch(database, town.readings, lambda: datetime.now(UTC))
    watch.round()
    rows = [HappeningRow("clock", f"gateway {n}", "it is fast") for n in range(3)]
    town.store.write(Batch(happenings=rows))
    watch.round()
    page = officer.get("/iot/alarms", params={"limit": 2}).json()
    rest = officer.get("/iot/alarms", params={"before": page["next"]}).json()
    numbers = [each["id"] for each in [*page["alarms"], *rest["alarms"]]]
    assert (numbers, rest["next"]) == ([3, 2, 1], None)
    done = officer.post("/iot/alarms/2/acknowledge", json={"note": "NTP is set"}).json()
    assert (done["state"], done["acknowledged_by"]) == ("acknowledged", "test-estates")
    assert officer.post("/iot/alarms/2/acknowledge", json={}).status_code == 422
    assert officer.post("/iot/alarms/9/acknowledge", json={}).status_code == 404
    acknowledge(town.readings, "clock", page["alarms"][0]["stream"].removeprefix("clock "),
                "ben", datetime.now(UTC))  # fmt: skip
    watch.round()

    def ids(**asked: object) -> list[int]:
        answer = officer.get("/iot/alarms", params=asked)  # type: ignore[arg-type]
        return [each["id"] for each in answer.json()["alarms"]]

    assert (ids(), ids(state="cleared"), ids(state=["raised", "cleared"])) == (
        [2, 1], [3], [3, 1],
    )  # fmt: skip
    assert (ids(rule="odd"), ids(rule="x"), ids(severity="critical")) == ([2, 1], [], [])
    assert ids(since="2100-01-01T00:00:00Z") == []
    assert officer.get("/iot/alarms", params={"state": "odd"}).status_code == 400
    whole = officer.get("/iot/alarms/2").json()
    assert [(each["state"], each["author"], each["note"]) for each in whole["changes"]] == [
        ("raised", "canopy", ""), ("acknowledged", "test-estates", "NTP is set"),
    ]  # fmt: skip
    assert [each["channel"] for each in whole["messages"]] == ["mqtt", "mqtt"]
