"""What the register publishes is for everybody; a ledger is reconciled for who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from httpx2 import Response

from canopy.access.rules import Role
from canopy.api import register_exchange
from canopy.assets.queries import ChangeNote
from canopy.concessions.register import writing
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment
from canopy.db.engine import Database

LEDGER = b"Date,Agreement,Amount\n02/04/2026,L/1,1000\n"
RENT = Rent(name="rent", type="rent", amount=Decimal(1200))
LEASE = Agreement(
    ref="L/1",
    title="Lease of a roof",
    kind="lease",
    term=Term(start=date(2026, 4, 1), months=12),
    parties=(
        Party(name="Camford Council", role="council"),
        Party(name="Example Mast Ltd", role="operator"),
    ),
    valuation_basis="code-no-network",
    vat="exempt",
    payment=Payment(frequency="yearly", timing="advance"),
    charges=(RENT,),
)


@pytest.fixture(autouse=True)
def agreements(database: Database) -> None:
    """Two leases in force, and a draft."""
    with database.writing() as session:
        for ref, status in (("L/1", Status.active), ("L/2", Status.active), ("L/3", Status.draft)):
            writing.add(
                session, replace(LEASE, ref=ref), status, LEASE.term.start,
                ChangeNote("ann", "confidential reason", "edit"), datetime(2026, 4, 1, tzinfo=UTC),
            )  # fmt: skip


def reconcile(client: TestClient, headers: dict[str, str], **asked: str | list[str]) -> Response:
    params: dict[str, str | list[str]] = {
        "filename": "l.csv",
        "ref": ["L/1"],
        "on": "2026-05-01",
        "dates": "dd/mm/yyyy",
        **asked,
    }
    return client.post("/register/reconciliation", params=params, content=LEDGER, headers=headers)


@pytest.fixture
def estates(database: Database) -> dict[str, str]:
    """The header of somebody who may see money."""
    return bearer(token_for(database, Role.estates))


def test_everybody_reads_releases(client: TestClient) -> None:
    """Without a token, without drafts, money and reasons."""
    answer = client.get("/register/ocds")
    assert answer.status_code == 200
    document = answer.json()
    assert [each["contracts"][0]["id"] for each in document["releases"]] == ["L/1", "L/2"]
    assert "1200" not in answer.text
    assert "confidential" not in answer.text


def test_pages_follow_one_another(client: TestClient) -> None:
    """By a Link header, until there are no more."""
    first = client.get("/register/ocds", params={"limit": 1})
    assert [each["contracts"][0]["id"] for each in first.json()["releases"]] == ["L/1"]
    second = client.get(first.links["next"]["url"])
    assert [each["contracts"][0]["id"] for each in second.json()["releases"]] == ["L/2"]
    assert "next" not in second.links


def test_a_draft_is_as_one_that_is_not_there(client: TestClient) -> None:
    """404 for both."""
    assert client.get("/register/ocds", params={"ref": "L/2"}).status_code == 200
    for hidden in ("L/3", "L/9"):
        assert client.get("/register/ocds", params={"ref": hidden}).status_code == 404


def test_a_ledger_is_reconciled(client: TestClient, estates: dict[str, str]) -> None:
    """The rent of 1,200 was paid short by 200 when 30 days have gone."""
    answer = reconcile(client, estates)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["counts"] == {"underpaid": 1, "late": 1, "unmatched": 0}
    (invoice,) = told["invoices"]
    assert (invoice["billed_pence"], invoice["paid_pence"], invoice["days_late"]) == (
        120_000, 100_000, 30,
    )  # fmt: skip


def test_what_was_billed_before_terms_changed_stays_billed(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """£1,200 was due on 1 April; on 20 April £1,300 turns out right: £100 more is due that day."""
    rent = replace(RENT, amount=Decimal(1300))
    with database.writing() as session:
        writing.change(
            session, replace(LEASE, charges=(rent,)), 1, ChangeNote("ann", "misread", "edit"),
            datetime(2026, 4, 20, tzinfo=UTC),
        )  # fmt: skip
    told = reconcile(client, estates).json()
    assert [(each["invoice"], each["billed_pence"]) for each in told["invoices"]] == [
        ("L/1/2026-04-01", 120_000), ("L/1/2026-04-20", 10_000),
    ]  # fmt: skip


def test_what_goes_on_and_ends_is_billed_until_then(
    client: TestClient, database: Database, estates: dict[str, str]
) -> None:
    """A second year in advance while it continues; of it 183 days of £1,200 a year are kept."""
    note, at = ChangeNote("ann", "holds over", "edit"), datetime(2027, 4, 1, tzinfo=UTC)
    for version, status, day in (
        (1, Status.continuing, date(2027, 4, 1)), (2, Status.ended, date(2027, 9, 30)),
    ):  # fmt: skip
        with database.writing() as session:
            writing.set_status(session, "L/1", version, status, day, note, at)
    told = reconcile(client, estates, on="2028-05-01").json()
    assert [
        (each["due"], each["standing"], each["billed_pence"], each["set_off_pence"])
        for each in told["invoices"]
    ] == [
        ("2026-04-01", "paid", 120_000, 20_000),
        ("2027-04-01", "underpaid", 120_000, 39_836),
        ("2027-09-30", "credit-used", -59_836, -59_836),
    ]


def test_others_reconcile_nothing(client: TestClient, database: Database) -> None:
    """Money is for estates and admin."""
    assert reconcile(client, {}).status_code == 403
    for role in (Role.operator, Role.planner):
        assert reconcile(client, bearer(token_for(database, role))).status_code == 403


def test_uploads_have_limits(
    client: TestClient, estates: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of size, of kind, of dates that may be either, and of the agreements that are named."""
    assert reconcile(client, estates, ref=["L/404"]).status_code == 404
    assert reconcile(client, estates, filename="l.xlsx").status_code == 422
    unsaid = reconcile(client, estates, dates=[])
    assert unsaid.status_code == 422
    assert "'02/04/2026' may be day/month" in unsaid.json()["detail"]
    assert reconcile(client, estates, ref=["L"] * 101).status_code == 400
    monkeypatch.setattr(register_exchange, "MOST_LEDGER_BYTES", 10)
    assert reconcile(client, estates).status_code == 413
