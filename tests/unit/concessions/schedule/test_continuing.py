"""What goes on after the term is what runs by the day, and nothing before it changes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from made_agreements import agreement

from canopy.concessions.schedule.continuing import continued_schedule
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.charges import OneOff, Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment

YEARLY = Payment(frequency="yearly", timing="advance")
RENT = Rent(name="rent", type="rent", amount=Decimal("1200.00"))
PREMIUM = OneOff(
    name="premium", type="premium", amount=Decimal("500.00"), due=date(2026, 4, 1),
    account="capital",
)  # fmt: skip


def test_the_rent_goes_on_and_the_premium_does_not_come_again() -> None:
    """Two years of term and one and a half after it."""
    made = agreement(
        term=Term(start=date(2026, 4, 1), months=24), charges=(RENT, PREMIUM), payment=YEARLY
    )
    lines = continued_schedule(made, {}, date(2029, 9, 30))
    rents = [(line.due, line.net_pence) for line in lines if line.charge == "rent"]
    assert rents[:3] == [(date(2026 + at, 4, 1), 120_000) for at in range(3)]
    # 183 of 365 days from 1 April to 30 September 2029.
    assert rents[3] == (date(2029, 4, 1), 60_164)
    assert [line.net_pence for line in lines if line.charge == "premium"] == [50_000]


@given(st.integers(0, 4_000))
def test_what_is_due_before_the_end_is_not_touched(days: int) -> None:
    made = agreement(term=Term(start=date(2026, 4, 1), months=24), charges=(RENT,), payment=YEARLY)
    until = date.fromordinal(date(2025, 1, 1).toordinal() + days)
    before = schedule(made, {})
    after = continued_schedule(made, {}, until)
    assert after[: len(before)] == before
    assert all(made.term.end < line.first <= line.last <= until for line in after[len(before) :])
