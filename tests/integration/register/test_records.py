"""The register keeps documents, routes to market and changes, and never edits one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from test_register_written import add, lease

from canopy.assets.queries import ChangeNote
from canopy.concessions.governance.changes import Change
from canopy.concessions.governance.entry_documents import entry_of
from canopy.concessions.register.records import writing as records
from canopy.concessions.register.records.entries import add_entry
from canopy.concessions.register.records.files import Stored
from canopy.concessions.register.records.tables import AgreementModification
from canopy.concessions.register.records.writing import Decision
from canopy.concessions.register.writing import change, record_event, withdraw
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused

AT = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
FILE = Stored("0" * 64, 14, ".pdf")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session on a register with the lease L-1, on either database."""
    with database.writing() as opened:
        add(opened, lease())
        yield opened


def decided(session: Session, procured: date, *, inside: bool = True) -> None:
    decision = Decision(
        ("concession", "open model"), "concession", "it has obligations", inside, procured,
        "goods-services", 120_000_000,
    )  # fmt: skip
    records.decide_route(session, "L-1", decision, "ann", AT)


def changed(session: Session, on: date, pounds: int) -> int:
    change = Change(on, Decimal(pounds), "minor")
    row = records.add_modification(session, "L-1", change, "more columns", "ann", AT)
    return records.numbers_of(records.modifications(session, "L-1"))[row.id]


def test_a_withdrawn_document_stays_on_record(session: Session) -> None:
    """With who, when and why; it is withdrawn once, and one of another agreement is not found."""
    old = records.add_document(session, "L-1", FILE, "Lease", "lease", "exempt", "ann", AT)
    new = records.add_document(session, "L-1", FILE, "Lease", "lease", "exempt", "ann", AT, old.id)
    assert new.supersedes == old.id
    records.withdraw_document(session, "L-1", old.id, "signed anew", "bob", AT)
    first = records.documents(session, "L-1")[0]
    assert (first.withdrawn_by, first.withdrawn_reason) == ("bob", "signed anew")
    with pytest.raises(Refused):
        records.withdraw_document(session, "L-1", old.id, "again", "bob", AT)
    with pytest.raises(NotFound):
        records.document(session, "L-1", 999)


def test_small_changes_are_added_up_under_the_old_regulations(session: Session) -> None:
    """£1.2 m, then £70,000 and £55,000: 10.42 %, so the second does not stand."""
    decided(session, date(2024, 5, 1))
    changed(session, date(2025, 1, 1), 70_000)
    second = changed(session, date(2025, 6, 1), 55_000)
    found = records.advice(session, "L-1")
    assert [(each.holds, each.regime) for each in found] == [
        (True, "pcr-2015"),
        (False, "pcr-2015"),
    ]
    assert found[1].tests[0].reference == "PCR 2015 reg. 72(1)(f), (5), (6)"
    records.reverse_modification(session, "L-1", second, "never agreed", "bob", AT)
    assert [each.holds for each in records.advice(session, "L-1")] == [True]
    assert len(records.modifications(session, "L-1")) == 3


def test_the_last_route_to_market_holds(session: Session) -> None:
    """None on record, and outside procurement law, are refused with the way out."""
    with pytest.raises(Refused, match="record it first"):
        records.advice(session, "L-1")
    decided(session, date(2024, 5, 1))
    decided(session, date(2025, 3, 1))
    changed(session, date(2026, 5, 1), 70_000)
    assert records.advice(session, "L-1")[0].regime == "pa-2023"
    decided(session, date(2025, 3, 1), inside=False)
    with pytest.raises(Refused, match="outside procurement law"):
        records.advice(session, "L-1")


def test_a_change_is_reversed_once_and_a_reversal_never(session: Session) -> None:
    """The reversal has the opposite value, so that entries sum to what holds.

    Numbers are of the agreement: what another one changed before does not move them.
    """
    add(session, lease(ref="L-0"))
    records.add_modification(
        session, "L-0", Change(date(2026, 4, 1), Decimal(1), "minor"), "", "ann", AT
    )
    number = changed(session, date(2026, 5, 1), 70_000)
    reversal = records.reverse_modification(session, "L-1", number, "wrong", "bob", AT)
    assert (number, reversal.value_pence) == (1, -7_000_000)
    for again in (number, 2):
        with pytest.raises(Refused, match="reversal"):
            records.reverse_modification(session, "L-1", again, "wrong", "bob", AT)


def test_nothing_happened_before_the_procurement_or_after_the_withdrawal(session: Session) -> None:
    """Changes, events and meetings: each names the field, both days and the way out."""
    decided(session, date(2024, 5, 1))
    meeting = entry_of(
        {"kind": "meeting", "on": "2024-04-30", "attendees": ["Ann"], "notes": "Too early."}
    )
    before = r"^on: .* on 2024-04-30 is before the procurement of L-1 began on 2024-05-01: correct"
    with pytest.raises(Refused, match=before):
        changed(session, date(2024, 4, 30), 1)
    with pytest.raises(Refused, match=before):
        record_event(session, "L-1", date(2024, 4, 30), "letter", "Sent.", "ann", AT)
    with pytest.raises(Refused, match=before):
        add_entry(session, "L-1", meeting, "ann", AT)
    withdraw(session, "L-1", 1, date(2026, 12, 1), ChangeNote("ann", "twice", "edit"), AT)
    record_event(session, "L-1", date(2026, 12, 1), "letter", "Sent.", "ann", AT)
    with pytest.raises(Refused, match="is after L-1 was withdrawn on 2026-12-01"):
        record_event(session, "L-1", date(2026, 12, 2), "letter", "Sent.", "ann", AT)


def test_a_procurement_does_not_begin_after_the_signature(session: Session) -> None:
    """The route to market and the terms tell of the same days."""
    signed = replace(lease(), signed=date(2024, 4, 30))
    change(session, signed, 1, ChangeNote("ann", "signed", "edit"), AT)
    with pytest.raises(Refused, match=r"procured_on: .* after L-1 was signed on 2024-04-30"):
        decided(session, date(2024, 5, 1))


@given(
    st.lists(
        st.tuples(st.integers(-(10**9), 10**9), st.integers(-99, 99), st.booleans()), max_size=30
    )
)
def test_entries_sum_to_the_changes_that_hold(made: list[tuple[int, int, bool]]) -> None:
    """Whatever was recorded and reversed, in pence and months."""
    rows = [
        AgreementModification(id=at, value_pence=pence, months=months, reverses=None)
        for at, (pence, months, _) in enumerate(made)
    ]
    taken_back = [row for row in rows if made[row.id][2]]
    for number, row in enumerate(taken_back, len(made)):
        entry = records.reversal_of(row, "wrong", "bob", AT)
        entry.id = number
        rows.append(entry)
    held = records.standing(rows)
    assert sum(row.value_pence for row in held) == sum(row.value_pence for row in rows)
    assert sum(row.months for row in held) == sum(row.months for row in rows)
