"""Agreements as OCDS releases: valid, and with nothing that is not for everybody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from releases import Json, lacking, schema_validator

from canopy.concessions.exchange.ocds.publishing import (
    Amended,
    Published,
    by_agreement,
    package,
    release,
)
from canopy.concessions.schedule.receipt import Receipt
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, LetAsset, Party
from canopy.concessions.terms.charges import OneOff, Rent
from canopy.concessions.terms.duration import BreakOption, Extension, MarketReview, Term
from canopy.concessions.terms.payment import Payment

AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
LEASE = Agreement(
    ref="L/1 roof",
    title="Rooftop lease",
    kind="lease",
    term=Term(start=date(2026, 4, 1), months=144),
    parties=(
        Party(name="Camford Council", role="council"),
        Party(name="Example Mast Ltd", role="operator"),
        Party(name="Jane Doe", role="guarantor"),
    ),
    valuation_basis="code-no-network",
    vat="exempt",
    payment=Payment(frequency="yearly", timing="advance"),
    assets=(LetAsset(ref="SECRET-ROOF"),),
    charges=(Rent(name="rent", type="rent", amount=Decimal("2551.77")),),
)
SERVICE = replace(
    LEASE, ref="S-1", title="Lamp maintenance", kind="call-off", assets=(), charges=(),
    parties=(Party(name="Camford Council", role="council"),
             Party(name="Example Works Ltd", role="contractor")),
    costs=(OneOff(name="fee", type="one-off", amount=Decimal("12000.50"), due=date(2026, 4, 1),
                  account="revenue"),),
)  # fmt: skip
RECEIPTS = (
    Receipt(2, date(2026, 4, 3), "L/1 roof", "", 255_177),
    Receipt(3, date(2026, 5, 3), "", "L/1 roof/2026-04-01", -177),
    Receipt(4, date(2026, 5, 4), "other", "", 5),
)


def held(agreement: Agreement, status: Status = Status.active, **more: object) -> Published:
    made = Published(agreement, status, agreement.term.start, 1, AT)
    return replace(made, **more)  # type: ignore[arg-type]


CASES: dict[str, Published] = {
    "lease": held(LEASE),
    "extended": held(replace(LEASE, extensions=(Extension(months=60, by="operator", notice=9),))),
    "amended": held(
        LEASE, version=3,
        amended=(Amended(2, AT, frozenset({"charges"})), Amended(3, AT, frozenset({"term"}))),
    ),
    "reviews and breaks": held(
        replace(
            LEASE,
            breaks=(BreakOption(by="council", notice=6, on=date(2031, 4, 1)),),
            market_reviews=(
                MarketReview(first=date(2029, 4, 1), every_years=3, basis="code",
                             upward_only=False),
            ),
        )
    ),
    "receipts": held(LEASE, receipts=by_agreement(RECEIPTS)["L/1 roof"]),
    "service": held(SERVICE),
    "ended concession": held(replace(LEASE, kind="concession", charges=()), Status.ended),
    "continuing": held(LEASE, Status.continuing),
}  # fmt: skip


def published(name: str) -> Json:
    return package([release(CASES[name], "ocds-abc123")], "https://camford.example/ocds", "C", AT)


def contract(name: str) -> Json:
    found: Json = published(name)["releases"][0]["contracts"][0]
    return found


@pytest.mark.parametrize("name", CASES)
def test_required_members_are_there(name: str) -> None:
    """Those that OCDS 1.1 requires of every part."""
    assert lacking(published(name)) == []


@pytest.mark.real_data
@pytest.mark.parametrize("name", CASES)
def test_packages_validate_against_the_schema(name: str, real_data: Path) -> None:
    """The whole of the published schema, times included."""
    validator = schema_validator(real_data / "schemas" / "ocds")
    assert [each.message for each in validator.iter_errors(published(name))] == []


@pytest.mark.real_data
def test_the_validator_finds_what_is_wrong(real_data: Path) -> None:
    """A contract without its award, and a time without its offset."""
    document = published("lease")
    made = document["releases"][0]["contracts"][0]
    del made["awardID"]
    made["period"]["startDate"] = "2026-04-01T00:00:00"
    validator = schema_validator(real_data / "schemas" / "ocds")
    told = " ".join(each.message for each in validator.iter_errors(document))
    assert "'awardID' is a required property" in told
    assert "is not a 'date-time'" in told


def test_references_resolve() -> None:
    """Every organisation named is a party of the release; a contract's award is there."""
    for name in CASES:
        (made,) = published(name)["releases"]
        known = {party["id"] for party in made["parties"]}
        named = [made["buyer"], *made["awards"][0]["suppliers"]]
        assert {each["id"] for each in named} <= known
        assert made["contracts"][0]["awardID"] == made["awards"][0]["id"]


def test_the_period_has_its_greatest_extent() -> None:
    """The end with all options, which is the end where there is none."""
    assert contract("extended")["period"] == {
        "startDate": "2026-04-01T00:00:00Z",
        "endDate": "2038-03-31T23:59:59Z",
        "maxExtentDate": "2043-03-31T23:59:59Z",
    }
    assert contract("lease")["period"]["maxExtentDate"] == "2038-03-31T23:59:59Z"


def test_milestones_are_ends_and_reviews_and_never_breaks() -> None:
    """Whether a side means to break is nobody else's business."""
    days = [each["dueDate"][:10] for each in contract("reviews and breaks")["milestones"]]
    assert days == ["2029-04-01", "2032-04-01", "2035-04-01", "2038-03-31"]


def test_recorded_changes_are_amendments() -> None:
    """Of what is published: a change of rent alone is none."""
    (made,) = published("amended")["releases"]
    assert made["tag"] == ["contractAmendment"]
    (amendment,) = made["contracts"][0]["amendments"]
    assert amendment["description"] == "Changed: term."
    assert amendment["releaseID"] == made["id"]


def test_receipts_go_from_operator_to_council() -> None:
    """What went back goes the other way; another agreement's receipts are not there."""
    (made,) = published("receipts")["releases"]
    names = {party["id"]: party["name"] for party in made["parties"]}
    told = [
        (names[each["payer"]["id"]], names[each["payee"]["id"]], each["value"]["amount"])
        for each in made["contracts"][0]["implementation"]["transactions"]
    ]
    assert told == [
        ("Example Mast Ltd", "Camford Council", 2551.77),
        ("Camford Council", "Example Mast Ltd", 1.77),
    ]


def test_value_is_what_the_council_pays() -> None:
    """A service has it; income has a note in its place."""
    assert contract("service")["value"] == {"amount": 12000.5, "currency": "GBP"}
    for name in ("lease", "ended concession"):
        assert "value" not in contract(name)
        assert "Income to the council" in contract(name)["description"]


@pytest.mark.parametrize("name", [name for name in CASES if name != "receipts"])
def test_what_is_not_for_everybody_is_withheld(name: str) -> None:
    """Rent, breaks and their notice, assets, guarantors."""
    text = json.dumps(published(name))
    for secret in ("2551", "2031-04-01", "SECRET-ROOF", "Jane Doe", "reason"):
        assert secret not in text


def test_processes_have_identifiers_of_their_own() -> None:
    """Those from OCDS keep theirs; others have the publisher's prefix."""
    assert published("lease")["releases"][0]["ocid"] == "ocds-abc123-L%2F1%20roof"
    kept = held(replace(LEASE, ref="ocds-b5fd17-1"))
    assert release(kept, "ocds-abc123")["ocid"] == "ocds-b5fd17-1"
