"""What is expected of agreements that go on after their term, or end before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_agreements import agreement

from canopy.concessions.appraisal.inputs import Inputs
from canopy.concessions.exchange.reconciling import reconciled
from canopy.concessions.schedule.billed import Billable, Version
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Guarantee, OneOff, Rent
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import INSTALMENTS, Frequency, Payment

RENT = Rent(name="rent", type="rent", amount=Decimal(36_500))
LET = agreement(charges=(RENT,), vat="exempt", term=Term(start=date(2026, 4, 1), months=24))
ARREARS = replace(LET, payment=Payment(frequency="quarterly", timing="arrears"))


def billed_on(
    on: str, let: Agreement = LET, ended: str = "", *, continues: bool = False, added: str = ""
) -> dict[str, float]:
    """The sums of the invoices that are expected by a day, by their due days [GBP]."""
    added_on = date.fromisoformat(added) if added else let.term.start
    last = date.fromisoformat(ended) if ended else None
    one = Billable((Version(added_on, let, "", continues),), last)
    found = reconciled([one], [], date.fromisoformat(on), Inputs()).settlements
    return {str(each.invoice.due): each.invoice.gross_pence / 100 for each in found}


def test_an_early_end_of_rent_in_advance_is_a_credit_on_the_last_day() -> None:
    """£9,125 a quarter in advance; to 15 December it is 76 days of £100: £1,525 is given back."""
    before = {"2026-04-01": 9_125, "2026-07-01": 9_125, "2026-10-01": 9_125}
    assert billed_on("2026-12-14", ended="2026-12-15") == before
    for added in ("2026-04-01", "2027-02-01"):
        found = billed_on("2028-01-01", ended="2026-12-15", added=added)
        assert found == {**before, "2026-12-15": -1_525}


def test_an_early_end_of_rent_in_arrears_is_a_shorter_bill() -> None:
    """76 days from 1 October to 15 December, due on the last of them, or 30 days later."""
    before = {"2026-06-30": 9_125, "2026-09-30": 9_125}
    found = billed_on("2028-01-01", ARREARS, "2026-12-15")
    assert found == {**before, "2026-12-15": 7_600}
    later = replace(ARREARS, payment=replace(ARREARS.payment, due_days=30))
    found = billed_on("2028-01-01", later, "2026-12-15")
    assert found == {"2026-07-30": 9_125, "2026-10-30": 9_125, "2027-01-14": 7_600}


def test_what_is_for_days_after_an_early_end_is_not_billed() -> None:
    """Not a one-off, nor a charge that begins later; a guarantee is by the day: of £73,000 the
    259 days until then come to £51,800, of which the rent is half."""
    fee = OneOff(name="fee", type="one-off", amount=Decimal(99), due=date(2027, 1, 5),
                 account="revenue")  # fmt: skip
    mast = replace(RENT, name="mast", first_day=date(2027, 4, 1), last_day=date(2027, 12, 31))
    least = Guarantee(name="least", type="guarantee", amount=Decimal(73_000), counts=("rent",),
                      period="contract-year", shortfall="kept")  # fmt: skip
    let = replace(ARREARS, charges=(RENT, fee, mast, least))
    found = billed_on("2028-01-01", let, "2026-12-15")
    assert found == {"2026-06-30": 9_125, "2026-09-30": 9_125, "2026-12-15": 7_600 + 25_900}


@pytest.mark.parametrize("added", ["2026-04-01", "2028-11-01"])
def test_an_agreement_that_continues_bills_on(added: str) -> None:
    """The term ends on 31 March 2028; the quarters after it are expected, until it ends."""
    found = billed_on("2028-10-02", continues=True, added=added)
    assert list(found)[-3:] == ["2028-04-01", "2028-07-01", "2028-10-01"]
    assert set(list(found.values())[-3:]) == {9_125}
    assert "2028-04-01" not in billed_on("2028-10-02")
    ended = billed_on("2029-10-01", ended="2028-08-31", continues=True, added=added)
    assert list(ended.items())[-2:] == [("2028-07-01", 9_125), ("2028-08-31", -2_925)]


def test_a_year_in_advance_that_the_term_cuts_is_made_whole_when_it_continues() -> None:
    """18 months: the second year's invoice was of 183 days; the rest is due the day after."""
    let = replace(
        LET,
        term=Term(start=date(2026, 4, 1), months=18),
        payment=Payment(frequency="yearly", timing="advance"),
    )
    found = billed_on("2028-03-01", let, continues=True)
    assert found == {"2026-04-01": 36_500, "2027-04-01": 18_300, "2027-10-01": 18_200}


@settings(max_examples=40)
@given(
    st.sampled_from(list(INSTALMENTS)),
    st.sampled_from(["advance", "arrears"]),
    st.dates(date(2026, 4, 1), date(2030, 3, 31)),
    st.integers(0, 1_500),
)
def test_whenever_it_ends_the_days_until_then_are_billed(
    frequency: Frequency, timing: str, last: date, added: int
) -> None:
    """As much as if the term had been to that day, whenever that was put into the register."""
    payment = Payment(
        frequency=frequency,
        timing="advance" if timing == "advance" else "arrears",
        counted_from=date(2026, 4, 1),
    )
    let = replace(LET, payment=payment)
    whole = billed_on("2032-01-01", let, str(last), continues=True)
    on = date.fromordinal(date(2026, 4, 1).toordinal() + added)
    again = billed_on("2032-01-01", let, str(last), continues=True, added=str(on))
    assert whole == again
    told = replace(let, term=Term(start=let.term.start, last_day=last))
    assert sum(whole.values()) == pytest.approx(sum(billed_on("2032-01-01", told).values()))
