"""The register over HTTP: who reads and writes what, and how nobody's change is lost."""

from __future__ import annotations

from typing import Any

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from service_log import Log

from canopy.access.rules import Role
from canopy.db.engine import Database

LEASE: dict[str, Any] = {
    "ref": "EST/2026/7",
    "title": "Roof of Town Hall",
    "kind": "lease",
    "term": {"start": "2026-04-01", "months": 144},
    "extensions": [
        {"months": 60, "by": "council", "notice": 9},
        {"months": 12, "by": "council", "notice": 6},
    ],
    "breaks": [{"by": "operator", "on": "2031-04-01", "notice": 6}],
    "market_reviews": [
        {"first": "2029-04-01", "every_years": 3, "basis": "code", "upward_only": True}
    ],
    "parties": [
        {"name": "Camford Council", "role": "council"},
        {"name": "Example Mast Ltd", "role": "operator"},
    ],
    "valuation_basis": "code-no-network",
    "vat": "exempt",
    "payment": {"frequency": "yearly", "timing": "advance"},
    "charges": [{"name": "rent", "type": "rent", "amount": "2551.77"}],
}
ROOT = "/register/agreements"
AT = f"{ROOT}/EST/2026/7"


@pytest.fixture
def estates(database: Database) -> dict[str, str]:
    return bearer(token_for(database, Role.estates))


@pytest.fixture
def held(client: TestClient, estates: dict[str, str]) -> str:
    """The lease is in the register; its ETag."""
    answer = client.post(ROOT, json={"terms": LEASE, "reason": "signed"}, headers=estates)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{ROOT}/EST%2F2026%2F7"
    return answer.headers["etag"]


def lease(ref: str, **more: object) -> dict[str, Any]:
    return {"terms": {**LEASE, "ref": ref, **more}}


def test_an_agreement_is_read_as_it_was_written(
    client: TestClient, estates: dict[str, str], held: str
) -> None:
    """Also under the address that its Location gave, where the slashes are encoded."""
    for address in (AT, f"{ROOT}/EST%2F2026%2F7"):
        answer = client.get(address, headers=estates)
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == held
        told = answer.json()
        assert told["terms"]["charges"][0]["amount"] == "2551.77"
        assert (told["status"], told["ends_on"], told["latest_end"]) == (
            "active", "2038-03-31", "2044-03-31",
        )  # fmt: skip


def test_terms_may_be_sent_as_the_text_of_a_terms_file(
    client: TestClient, estates: dict[str, str]
) -> None:
    """A wrong field is told by its name, and nothing is written."""
    text = """
        ref = "L-2"
        title = "Duct"
        kind = "duct-rental"
        valuation_basis = "legacy-market"
        vat = "standard"
        term = { start = 2026-04-01, months = 12 }
        payment = { frequency = "yearly", timing = "advance" }
        parties = [
          { name = "Camford Council", role = "council" }, { name = "Net", role = "operator" },
        ]
    """
    wrong = client.post(ROOT, json={"terms_toml": text.replace("12", "0")}, headers=estates)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "term.months")
    assert client.post(ROOT, json={"terms_toml": text}, headers=estates).status_code == 201


@pytest.mark.usefixtures("held")
def test_the_days_of_an_agreement_are_those_of_its_terms(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Domain facts, section 3.2: term, extension notice and break notice to the day."""
    client.post(
        AT + "/events",
        json={"kind": "meeting", "note": "Rent talked over", "on": "2027-01-05"},
        headers=estates,
    )
    told = client.get(AT + "/timeline", params={"on": "2027-02-01"}, headers=estates).json()
    days = [(each["kind"], each["day"], each["until"]) for each in told["items"]]
    assert ("term", "2026-04-01", "2038-03-31") in days
    assert ("extension", "2038-04-01", "2043-03-31") in days
    assert ("notice", "2037-06-30", None) in days
    assert ("extension", "2043-04-01", "2044-03-31") in days
    assert ("notice", "2042-09-30", None) in days
    assert ("notice", "2030-10-01", None) in days
    assert [day for kind, day, _ in days if kind == "market-review"] == [
        "2029-04-01", "2032-04-01", "2035-04-01",
    ]  # fmt: skip
    assert ("event", "2027-01-05", None) in days
    assert ("today", "2027-02-01", None) in days
    assert [each["day"] for each in told["items"]] == sorted(each["day"] for each in told["items"])


def test_a_change_names_the_version_that_it_began_from(
    client: TestClient, estates: dict[str, str], held: str
) -> None:
    """Without If-Match 428, with an old one 412, and the history says who and why."""
    new = {**lease("EST/2026/7", title="Roof of the Town Hall"), "reason": "slip"}
    assert client.put(AT, json=new, headers=estates).status_code == 428
    changed = client.put(AT, json=new, headers={**estates, "If-Match": held})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    stale = client.put(AT, json=new, headers={**estates, "If-Match": held})
    assert (stale.status_code, stale.json()["version"]) == (412, 2)
    entries = client.get(AT + "/history", headers=estates).json()["entries"]
    assert [(each["version"], each["reason"]) for each in entries] == [(1, "signed"), (2, "slip")]
    assert entries[1]["before"] == {"title": "Roof of Town Hall"}
    other = client.put(AT, json=lease("L-9"), headers={**estates, "If-Match": "*"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "ref")


def test_a_status_follows_the_life_of_an_agreement(
    client: TestClient, estates: dict[str, str], held: str
) -> None:
    """It continues after its term, and cannot be a draft again."""
    to = {"status": "continuing", "since": "2038-04-01", "reason": "no renewal yet"}
    headers = {**estates, "If-Match": held}
    assert client.post(AT + "/status", json=to, headers=headers).json()["status"] == "continuing"
    back = client.post(
        AT + "/status", json={"status": "draft"}, headers={**estates, "If-Match": "*"}
    )
    assert back.status_code == 422
    assert "may become" in back.json()["detail"]


def test_assets_that_the_catalogue_lacks_are_named(
    client: TestClient, estates: dict[str, str]
) -> None:
    """Each with its place in the terms, and nothing is written unless it is said to be meant."""
    body = lease("L-9", assets=[{"ref": "ROOF-9"}, {"ref": "ROOF-8"}])
    refused = client.post(ROOT, json=body, headers=estates)
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["errors"]] == [
        "assets[0].ref",
        "assets[1].ref",
    ]
    assert client.get(f"{ROOT}/L-9", headers=estates).status_code == 404
    meant = client.post(ROOT, json={**body, "allow_unknown_assets": True}, headers=estates)
    assert meant.status_code == 201
    assert meant.json()["assets_told"] == [
        "the catalogue has no asset ROOF-9",
        "the catalogue has no asset ROOF-8",
    ]


@pytest.mark.usefixtures("held")
def test_a_status_does_not_begin_before_the_one_before_it(
    client: TestClient, estates: dict[str, str]
) -> None:
    to = {"status": "ended", "since": "2026-03-31"}
    answer = client.post(AT + "/status", json=to, headers={**estates, "If-Match": "*"})
    assert (answer.status_code, "2026-04-01" in answer.json()["detail"]) == (422, True)


@pytest.mark.usefixtures("held")
def test_the_list_is_narrowed_and_goes_on_page_by_page(
    client: TestClient, estates: dict[str, str]
) -> None:
    """By text in any case, kind, party and end; the next page begins after the last."""
    for number in range(4):
        more = lease(f"W-{number}", title=f"Wayleave {number}", kind="wayleave")
        assert client.post(ROOT, json=more, headers=estates).status_code == 201

    def refs(**wanted: object) -> list[str]:
        told = client.get(ROOT, params=wanted, headers=estates).json()  # type: ignore[arg-type]
        return [each["ref"] for each in told["agreements"]]

    assert refs(q="TOWN") == ["EST/2026/7"]
    assert refs(q="%") == []
    assert refs(q="example mast", kind="wayleave") == [f"W-{number}" for number in range(4)]
    assert refs(ends_before="2038-03-31") == []
    handing = {**LEASE, "ref": "H-1", "handover_clause": True}
    assert client.post(ROOT, json={"terms": handing}, headers=estates).status_code == 201
    assert refs(handover_clause=True) == ["H-1"]
    assert refs(handover_clause=False, kind="lease") == ["EST/2026/7"]
    told = client.get(ROOT, params={"kind": "lease"}, headers=estates).json()["agreements"]
    assert [each["handover_clause"] for each in told] == [False, True]
    page = client.get(ROOT, params={"kind": "wayleave", "limit": 3}, headers=estates).json()
    assert [each["ref"] for each in page["agreements"]] == ["W-0", "W-1", "W-2"]
    last = client.get(page["next"], headers=estates).json()
    assert ([each["ref"] for each in last["agreements"]], last["next"]) == (["W-3"], None)
    assert (page["total"], last["total"]) == (4, 4)


@pytest.mark.parametrize("sort", ["title", "-title", "ends_on", "-ends_on", "kind", "-ref"])
def test_pages_in_any_order_hold_every_agreement_once(
    client: TestClient, estates: dict[str, str], sort: str
) -> None:
    """Also where titles, ends and kinds are equal, and where the last of a page has changed."""
    for number, title in enumerate(("Roof", "Roof", "Mast", "Roof", "Pole")):
        term = {"start": "2026-04-01", "months": 120 + number % 2}
        more = lease(f"L-{number}", title=title, term=term, breaks=[])
        assert client.post(ROOT, json=more, headers=estates).status_code == 201
    before = "Zone" if sort.startswith("-") else "Aerial"
    address, found = f"{ROOT}?limit=2&sort={sort}", []
    while address is not None:
        page = client.get(address, headers=estates).json()
        found += page["agreements"]
        address = page["next"]
        term = {"start": "2026-04-01", "months": 120 + int(found[1]["ref"][-1]) % 2}
        changed = {**LEASE, "ref": found[1]["ref"], "title": before, "term": term, "breaks": []}
        reply = client.put(
            f"{ROOT}/{found[1]['ref']}", json={"terms": changed},
            headers={**estates, "If-Match": "*"},
        )  # fmt: skip
        assert reply.status_code == 200, reply.text
    keys = [(each[sort.lstrip("-")], each["ref"]) for each in found]
    assert keys == sorted(keys, reverse=sort.startswith("-"))
    assert len({ref for _, ref in keys}) == len(keys) == 5


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"sort": "title", "after": "L-1"}, "after_value"),
        ({"sort": "ends_on", "after": "L-1", "after_value": "31/02/2026"}, "2026-04-01"),
        ({"sort": "assets"}, "sort"),
    ],
)
def test_a_page_that_cannot_be_found_is_told(
    client: TestClient, estates: dict[str, str], asked: dict[str, str], said: str
) -> None:
    answer = client.get(ROOT, params=asked, headers=estates)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True)


@pytest.mark.usefixtures("held")
def test_an_operator_reads_its_own_agreements_without_intentions(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """Options to end or renew, events and alerts are not told; the council's key opens nothing."""
    own = bearer(token_for(database, Role.operator, "example-mast-ltd.gis"))
    other = bearer(token_for(database, Role.operator, "camford-council"))
    assert [each["ref"] for each in client.get(ROOT, headers=own).json()["agreements"]] == [
        "EST/2026/7"
    ]
    assert client.get(ROOT, headers=other).json()["agreements"] == []
    hidden, missing = client.get(AT, headers=other), client.get(ROOT + "/L-0", headers=other)
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.json()["title"] == missing.json()["title"]
    kinds = {each["kind"] for each in client.get(AT + "/timeline", headers=own).json()["items"]}
    assert kinds == {"term", "market-review", "status"}
    for address in ("/register/alerts", AT + "/history", AT + "/events"):
        assert client.get(address, headers=own).status_code == 403
    told, whole = (client.get(AT, headers=each).json() for each in (own, estates))
    hidden_parts = {"benefits", "breaks", "costs", "extensions", "loans"}
    assert set(whole["terms"]) - set(told["terms"]) == hidden_parts & set(whole["terms"])
    assert "breaks" in whole["terms"]
    assert told["latest_end"] == told["ends_on"]


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(("role", "status"), [(None, 403), (Role.planner, 403)])
def test_public_and_planners_read_no_agreement(
    client: TestClient, database: Database, role: Role | None, status: int
) -> None:
    headers = {} if role is None else bearer(token_for(database, role))
    for address in (ROOT, AT, AT + "/timeline", "/register/alerts"):
        assert client.get(address, headers=headers).status_code == status
    for address in (ROOT, AT + "/events", AT + "/status"):
        assert client.post(address, json={}, headers=headers).status_code == status


@pytest.mark.usefixtures("held")
def test_reading_terms_is_on_record_without_figures(
    client: TestClient, estates: dict[str, str], log: Log
) -> None:
    client.get(AT, headers=estates)
    assert "agreement_read" in log.text()
    assert "2551" not in log.text()


@pytest.mark.usefixtures("held")
def test_alerts_are_told_by_kind_and_agreement(client: TestClient, estates: dict[str, str]) -> None:
    """On the day of the break's last notice it is among them."""
    told = client.get("/register/alerts", params={"on": "2030-09-01"}, headers=estates).json()
    assert any(
        (each["kind"], each["day"]) == ("break-notice", "2030-10-01") for each in told["alerts"]
    )
    none = {"on": "2030-09-01", "kind": "expiry"}
    assert client.get("/register/alerts", params=none, headers=estates).json()["alerts"] == []


@pytest.mark.usefixtures("held")
def test_alerts_may_be_asked_for_further_ahead(client: TestClient, estates: dict[str, str]) -> None:
    """Whatever the lead times are: notice by 1 October 2030 is more than a year off in 2029."""
    asked = {"on": "2029-08-01", "kind": "break-notice"}
    told = [
        client.get("/register/alerts", params={**asked, **more}, headers=estates).json()["total"]
        for more in ({}, {"within_months": 6}, {"within_months": 14})
    ]
    assert told == [0, 0, 1]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "JSON"),
        (b"[]", "object"),
        (b'{"terms": {}, "terms_toml": ""}', "either"),
        (b'{"status": "lost", "terms": {}}', "status"),
        (b'{"term": {}}', "term"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_its_member(
    client: TestClient, estates: dict[str, str], body: bytes, told: str
) -> None:
    answer = client.post(ROOT, content=body, headers=estates)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


def test_a_body_over_the_limit_is_refused(client: TestClient, estates: dict[str, str]) -> None:
    answer = client.post(ROOT, content=b" " * 5_000_001, headers=estates)
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, 5_000_000)
