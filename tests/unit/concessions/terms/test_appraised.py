"""Loans are paid back to the penny, and benefits say what they are of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.concessions.terms.appraised import Benefit, Loan
from canopy.errors import BadTerms


def loan(**said: Any) -> Loan:
    usual = {
        "name": "pwlb", "amount": Decimal(100_000), "drawn": date(2026, 4, 1), "years": 10,
        "rate": Decimal("0.05"), "repayment": "annuity", "source": "test", "payments_per_year": 1,
    }  # fmt: skip
    return Loan(**usual | said)


def test_an_annuity_pays_the_same_every_year() -> None:
    """100,000 at 5 % for ten years: 12,950.46 a year, as any table of annuities has it."""
    drawn, *paid = loan().movements()
    assert (drawn.day, drawn.principal_pence, drawn.interest_pence) == (
        date(2026, 4, 1), 10_000_000, 0,
    )  # fmt: skip
    assert {each.principal_pence + each.interest_pence for each in paid[:-1]} == {-1_295_046}
    assert paid[0].interest_pence == -500_000
    assert paid[-1].day == date(2036, 4, 1)


@given(
    st.decimals(0, 10**8, places=2), st.integers(1, 60), st.decimals(0, 1, places=6),
    st.sampled_from(["annuity", "equal-principal", "maturity"]), st.sampled_from([1, 2, 4, 12]),
)  # fmt: skip
def test_what_is_drawn_is_paid_back(
    amount: Decimal, years: int, rate: Decimal, repayment: str, payments: int
) -> None:
    """Whatever the loan: principal sums to nothing, and nobody is paid interest."""
    made = loan(
        amount=amount, years=years, rate=rate, repayment=repayment, payments_per_year=payments
    )
    moved = list(made.movements())
    assert len(moved) == 1 + years * payments
    assert sum(each.principal_pence for each in moved) == 0
    assert all(each.interest_pence <= 0 for each in moved)


def test_a_benefit_is_by_year_or_by_volume() -> None:
    usual: dict[str, Any] = {"name": "led", "beneficiary": "council", "source": "test"}
    for wrong in ({}, {"by_year": (Decimal(1),), "volume": "x"}, {"volume": "x"}):
        with pytest.raises(BadTerms):
            Benefit(**usual | wrong)
