"""Entries of the register over HTTP: written once, replaced, and what follows from them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from test_register_routes import AT, LEASE, ROOT

from canopy.access.rules import Role
from canopy.db.engine import Database

# Domain facts, section 3.3: the small-cell concession that comes to 58.83 points.
ANSWERS = {
    "impact": "medium", "statutory": "no", "reputation": "medium", "data": "no",
    "correction": "considerable", "complexity": "specialist", "alternatives": "1-to-4",
    "strategy": "essential", "spend": "500k-to-1m",
}  # fmt: skip
KPI = {
    "kind": "performance", "indicator": "nodes live", "first": "2026-04-01", "last": "2027-03-31",
    "required": "60", "delivered": "55", "rating": "approaching-target",
}  # fmt: skip


@pytest.fixture
def estates(database: Database) -> dict[str, str]:
    return bearer(token_for(database, Role.estates))


@pytest.fixture(autouse=True)
def held(client: TestClient, estates: dict[str, str]) -> None:
    for ref in ("EST/2026/7", "L-2"):
        terms = {**LEASE, "ref": ref}
        assert client.post(ROOT, json={"terms": terms}, headers=estates).status_code == 201


def note(
    client: TestClient, headers: dict[str, str], entry: dict[str, Any], at: str = AT, **more: Any
) -> dict[str, Any]:
    answer = client.post(at + "/entries", json={"entry": entry, **more}, headers=headers)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_class_of_a_contract_is_scored_openly(
    client: TestClient, estates: dict[str, str]
) -> None:
    """58.83 points are operational, which asks for a manager, quarterly, and a risk register."""
    assert client.get(AT + "/segmentation", headers=estates).status_code == 404
    note(client, estates, {"kind": "segmentation", "answers": ANSWERS})
    told = client.get(AT + "/segmentation", headers=estates).json()
    assert (told["segment"], round(told["points"], 2)) == ("operational", 58.83)
    assert round(sum(told["contributions"].values()), 2) == 58.83
    assert told["missing"] == ["who looks after it"]
    note(client, estates, {"kind": "governance", "manager": "ann", "monitoring": "yearly"})
    told = client.get(AT + "/segmentation", headers=estates).json()
    assert told["missing"] == ["quarterly monitoring", "a risk register"]
    wrong = {"kind": "segmentation", "answers": {**ANSWERS, "data": "perhaps"}}
    answer = client.post(AT + "/entries", json={"entry": wrong}, headers=estates)
    assert (answer.status_code, "data" in answer.json()["detail"]) == (422, True)


def test_the_checklist_says_what_nobody_answered(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Of 21 items; "not-applicable" needs a reason."""
    told = client.get(AT + "/checklist", headers=estates).json()
    assert len(told["unanswered"]) == 21
    answers = {"2": {"choice": "yes"}, "9": {"choice": "not-applicable", "note": "no competition"}}
    note(client, estates, {"kind": "checklist", "answers": answers})
    told = client.get(AT + "/checklist", headers=estates).json()
    assert len(told["unanswered"]) == 19
    assert [each["number"] for each in told["without_evidence"]] == [2]
    bare = {"kind": "checklist", "answers": {"9": {"choice": "not-applicable"}}}
    assert client.post(AT + "/entries", json={"entry": bare}, headers=estates).status_code == 422


def test_every_example_of_the_reference_page_is_taken_and_fits_its_schema(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Entries as the page's TOML has them, other records as its JSON; schemas need no token."""
    page = (Path(__file__).parents[3] / "docs/reference/register-entries.md").read_text()
    examples = [
        json.loads(json.dumps(tomllib.loads(text), default=str))
        for text in re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    ]
    for example in examples:
        made = note(client, estates, example)
        schema = client.get(f"/register/schemas/{example['kind']}").json()
        Draft202012Validator(schema).validate(example)
        Draft202012Validator(schema).validate(schema["examples"][0])
        assert all(each["description"] for each in schema["properties"].values())
        assert made["is_current"]
    assert len(examples) == 8
    sent = re.findall(r"`POST (\S+)`, with.*?```json\n(.*?)```", page, flags=re.DOTALL)
    for kind, (path, body) in zip(("event", "route", "modification"), sent, strict=True):
        answer = client.post(
            path.replace("{ref}", "EST/2026/7"), json=json.loads(body), headers=estates
        )
        assert answer.status_code == 201, answer.text
        Draft202012Validator(client.get(f"/register/schemas/{kind}").json()).validate(
            json.loads(body)
        )
    assert client.get("/register/schemas/benchmark").status_code in (400, 404, 422)


def test_a_correction_replaces_and_nothing_is_edited(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Once, by the same kind, for a reason; both stay on record."""
    first = note(client, estates, KPI)
    at = first["number"]
    note(client, estates, {**KPI, "delivered": "58"}, replaces=at, reason="counted twice")
    rows = client.get(AT + "/entries", params={"kind": "performance"}, headers=estates).json()
    assert [
        (each["entry"]["delivered"], each["is_current"], each["reason"]) for each in rows["entries"]
    ] == [("55", False, None), ("58", True, "counted twice")]
    why = {"reason": "again"}
    again = {"entry": KPI, "replaces": at, **why}
    assert client.post(AT + "/entries", json=again, headers=estates).status_code == 422
    strange = {"entry": KPI, "replaces": 999_999, **why}
    assert client.post(AT + "/entries", json=strange, headers=estates).status_code == 404
    silent = {"entry": KPI, "replaces": at + 1}
    answer = client.post(AT + "/entries", json=silent, headers=estates)
    assert (answer.status_code, "say why" in answer.json()["detail"]) == (422, True)
    idle = {"entry": KPI, **why}
    assert client.post(AT + "/entries", json=idle, headers=estates).status_code == 422


def test_an_entry_is_withdrawn_for_a_reason_and_stays_on_record(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Once; what it was counted for ends. A withdrawal cannot be withdrawn or replaced."""
    paid = {"kind": "spend", "supplier": "Mast Ltd", "first": "2026-04-01", "last": "2026-06-30"}
    made = note(client, estates, {**paid, "amount_pence": 2_100_000})
    note(client, estates, {**paid, "amount_pence": 100})
    path = f"{AT}/entries/{made['number']}/withdrawal"
    assert client.post(path, json={"reason": " "}, headers=estates).status_code == 422
    answer = client.post(path, json={"reason": "another council's"}, headers=estates)
    told = answer.json()
    assert (answer.status_code, told["is_withdrawal"], told["is_current"]) == (201, True, False)
    assert (told["replaces"], told["reason"]) == (made["number"], "another council's")
    assert client.post(path, json={"reason": "again"}, headers=estates).status_code == 422
    of_it = f"{AT}/entries/{told['number']}/withdrawal"
    assert client.post(of_it, json={"reason": "again"}, headers=estates).status_code == 422
    none = f"{AT}/entries/999999/withdrawal"
    assert client.post(none, json={"reason": "none"}, headers=estates).status_code == 404
    (supplier,) = client.get("/register/suppliers", headers=estates).json()["suppliers"]
    assert supplier["spent_pence"] == 100
    rows = client.get(AT + "/entries", headers=estates).json()["entries"]
    assert [each["is_current"] for each in rows] == [False, True, False]


def test_a_withdrawn_notice_leaves_nothing_to_do_and_the_answers_before_hold(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Of answers one holds: with the last withdrawn it is the one before."""
    due = note(client, estates, {"kind": "notice", "notice": "UK7", "due": "2026-05-01"})
    path = f"{AT}/entries/{due['number']}/withdrawal"
    assert (
        client.post(path, json={"reason": "no notice needed"}, headers=estates).status_code == 201
    )
    alerts = client.get("/register/alerts", params={"on": "2026-06-01"}, headers=estates).json()
    assert "notice-due" not in {each["kind"] for each in alerts["alerts"]}
    for choice in ("yes", "no"):
        last = note(client, estates, {"kind": "checklist", "answers": {"2": {"choice": choice}}})
    path = f"{AT}/entries/{last['number']}/withdrawal"
    assert client.post(path, json={"reason": "a slip"}, headers=estates).status_code == 201
    told = client.get(AT + "/checklist", headers=estates).json()
    assert told["answers"]["2"]["choice"] == "yes"


def test_a_supplier_is_one_however_its_form_is_written(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Ltd and Limited count as one; a plc of the same name is another, and looks like it."""
    paid = {"kind": "spend", "first": "2026-04-01", "last": "2026-06-30", "amount_pence": 100}
    for name in ("Mast Ltd", "MAST  LIMITED", "Mast Ltd.", "Mast plc"):
        note(client, estates, {**paid, "supplier": name})
    told = client.get("/register/suppliers", headers=estates).json()["suppliers"]
    assert [
        (each["supplier"], each["spent_pence"], each["also_written"], each["looks_like"])
        for each in told
    ] == [
        ("Mast Ltd.", 300, ["Mast Ltd", "MAST  LIMITED"], ["Mast plc"]),
        ("Mast plc", 100, [], ["Mast Ltd."]),
    ]  # fmt: skip


def test_spend_is_summed_by_supplier_beside_its_limits(
    client: TestClient, estates: dict[str, str]
) -> None:
    """£30,000 under two agreements against £25,000 in all and £20,000 under one."""
    paid = {"kind": "spend", "supplier": "Mast Ltd", "first": "2026-04-01", "last": "2026-06-30"}
    note(client, estates, {**paid, "amount_pence": 2_100_000})
    note(client, estates, {**paid, "amount_pence": 900_000}, at=ROOT + "/L-2")
    cap = {"kind": "cap", "supplier": "Mast Ltd", "source": "cabinet, May 2026"}
    note(client, estates, {**cap, "of": "supplier", "limit_pence": 2_500_000})
    note(client, estates, {**cap, "of": "agreement", "limit_pence": 2_000_000})
    (told,) = client.get("/register/suppliers", headers=estates).json()["suppliers"]
    assert told == {
        "supplier": "Mast Ltd", "spent_pence": 3_000_000, "limit_pence": 2_500_000,
        "is_over": True, "by_agreement": {"EST/2026/7": 2_100_000, "L-2": 900_000},
        "over": ["EST/2026/7"], "also_written": [], "looks_like": [],
    }  # fmt: skip


def test_a_supplier_s_limit_is_the_last_on_record_of_any_agreement(
    client: TestClient, estates: dict[str, str]
) -> None:
    """100, then 200 under another agreement, then 300 under the first: 300 holds."""
    cap = {"kind": "cap", "supplier": "Mast Ltd", "of": "supplier", "source": "cabinet"}
    for at, pence in ((AT, 100), (ROOT + "/L-2", 200), (AT, 300)):
        note(client, estates, {**cap, "limit_pence": pence}, at=at)
    (told,) = client.get("/register/suppliers", headers=estates).json()["suppliers"]
    assert told["limit_pence"] == 300


def test_a_notice_and_an_action_are_told_until_they_are_done(
    client: TestClient, estates: dict[str, str]
) -> None:
    """However late; a replacement that says it is published ends it."""
    made = note(client, estates, {"kind": "notice", "notice": "UK7", "due": "2026-05-01"})
    action = {"what": "send the plan", "who": "Ben", "due": "2026-06-10"}
    note(client, estates, {
        "kind": "meeting", "on": "2026-06-01", "attendees": ["Ann", "Ben"], "notes": "Roll-out",
        "actions": [action, {**action, "what": "pay", "done": True}],
    })  # fmt: skip

    def kinds(on: str) -> list[tuple[str, str]]:
        told = client.get("/register/alerts", params={"on": on}, headers=estates).json()["alerts"]
        return [(a["kind"], a["day"]) for a in told if a["kind"] in ("notice-due", "action-due")]

    assert kinds("2026-03-31") == []
    assert kinds("2026-04-01") == [("notice-due", "2026-05-01")]
    assert kinds("2027-01-01") == [("notice-due", "2026-05-01"), ("action-due", "2026-06-10")]
    published = {"published_on": "2026-05-20", "published_id": "2026/S 000-1"}
    note(client, estates, {**made["entry"], **published}, replaces=made["number"], reason="done")
    assert kinds("2027-01-01") == [("action-due", "2026-06-10")]


def test_an_operator_is_told_its_own_performance_alone(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    note(client, estates, KPI)
    own = bearer(token_for(database, Role.operator, "example-mast-ltd"))
    told = client.get(AT + "/entries", params={"kind": "performance"}, headers=own).json()
    assert [each["entry"]["delivered"] for each in told["entries"]] == ["55"]
    for address in ("/entries", "/entries?kind=meeting", "/segmentation", "/checklist"):
        assert client.get(AT + address, headers=own).status_code == 403
    assert client.get("/register/suppliers", headers=own).status_code == 403
    assert client.post(AT + "/entries", json={"entry": KPI}, headers=own).status_code == 403


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"kind": "gift"}, "kind"),
        ({**KPI, "last": "2026-01-01"}, "last"),
        ({**KPI, "rating": "fine"}, "rating"),
        ({**KPI, "more": 1}, "more"),
        ({"kind": "notice", "notice": "UK99", "due": "2026-05-01"}, "notice"),
        ({"kind": "notice", "notice": "UK7", "due": "31/02/2026"}, "due"),
        ({"kind": "cap", "supplier": "x", "of": "supplier", "limit_pence": 0, "source": "y"},
         "limit_pence"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(
    client: TestClient, estates: dict[str, str], entry: dict[str, Any], field: str
) -> None:
    answer = client.post(AT + "/entries", json={"entry": entry}, headers=estates)
    assert answer.status_code == 422
    assert field in answer.json()["detail"]
    assert client.get(AT + "/entries", headers=estates).json()["entries"] == []
