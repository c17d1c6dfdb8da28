"""A deposit's way and its interest."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from made_agreements import agreement
from terms_files import CONCESSION

from canopy.concessions.alerts.timeline import timeline
from canopy.concessions.appraisal.documents import as_csv, as_json
from canopy.concessions.appraisal.value import Basis, value
from canopy.concessions.schedule.deposits import deposit_movements
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.deposits import Deposit
from canopy.concessions.terms.reading import from_document, loads, to_document
from canopy.errors import BadTerms

TABLE = """
[deposit]
amount = 12000
"""


def held(**changed: Any) -> Agreement:
    """12,000 pounds for the ten years from 1 April 2026."""
    rent = Rent(name="rent", type="rent", amount=Decimal(100))
    deposit = Deposit(amount=Decimal(12_000), **changed)
    return agreement(deposit=deposit, charges=(rent,))


def moves(made: Agreement, ended_on: date | None = None) -> list[tuple[str, str, int]]:
    return [(f"{each.day}", each.what, each.pence) for each in deposit_movements(made, ended_on)]


def test_a_bare_amount_goes_back_on_the_last_day() -> None:
    """As terms had it before; none is no movement."""
    made = loads(CONCESSION.replace("exclusivity", "deposit = 250.5\nexclusivity"))
    assert moves(made) == [("2026-04-01", "taken", 25_050), ("2043-03-31", "returned", -25_050)]
    assert from_document(to_document(made)) == made
    assert from_document({**to_document(made), "deposit": "250.50"}) == made
    assert deposit_movements(loads(CONCESSION)) == []


def test_simple_interest_is_by_days() -> None:
    """2 % of 12,000 for 3,653 days from 1 April 2026 to 1 April 2036: 2,401.97."""
    made = held(return_days=1, interest=Decimal("0.02"))
    assert moves(made) == [
        ("2026-04-01", "taken", 1_200_000),
        ("2036-04-01", "returned", -1_200_000),
        ("2036-04-01", "interest", -240_197),
    ]


def test_compounded_interest_bears_interest() -> None:
    """12,000 at 2 % for ten whole years is 14,627.93; thirty days more are by 1/365."""
    ten = held(return_days=1, interest=Decimal("0.02"), compounded=True)
    assert moves(ten)[2] == ("2036-04-01", "interest", -262_793)
    more = held(return_days=31, interest=Decimal("0.02"), compounded=True)
    grown = 12_000 * 1.02**10 * (1 + 0.02 * 30 / 365) - 12_000
    assert moves(more)[2][2] == -round(100 * grown)


def test_a_deposit_follows_the_day_on_which_it_ends_early_or_was_returned() -> None:
    """A fixed day stands whenever it ends; a return on record is the day that counts."""
    assert moves(held(return_days=14), date(2030, 1, 1))[1][0] == "2030-01-15"
    fixed = held(return_on=date(2037, 1, 1))
    assert moves(fixed, date(2030, 1, 1))[1][0] == "2037-01-01"
    assert moves(held(returned_on=date(2031, 5, 4)))[1][0] == "2031-05-04"


def test_no_total_has_it_and_every_document_shows_it() -> None:
    """Income is ten years of rent; the deposit stands beside."""
    found = value(held(), {}, Basis())
    assert found.income_pence == 100_000
    assert any("neither income nor a cost" in each for each in found.assumptions)
    rows = as_csv(found.lines, "AG-1", found.deposit).splitlines()[-2:]
    assert rows == [
        "2026-04-01,2026-04-01,2026-04-01,AG-1,deposit,deposit,taken,held,12000.00,0.00,no",
        "2036-03-31,2036-03-31,2036-03-31,AG-1,deposit,deposit,returned,held,-12000.00,0.00,no",
    ]
    assert json.loads(as_json(found))["deposit"][1] == {
        "day": "2036-03-31", "what": "returned", "pence": -1_200_000,
    }  # fmt: skip
    late = value(held(), {}, Basis(from_day=date(2030, 4, 1)))
    assert [each.what for each in late.deposit] == ["returned"]
    days = [each.text for each in timeline(held(), []) if each.kind == "deposit"]
    assert days == ["The deposit is paid: 12,000.00.", "The deposit goes back: 12,000.00."]


@pytest.mark.parametrize(
    ("more", "field", "told"),
    [
        ("return_days = 3\nreturn_on = 2043-05-01", "deposit.return_on", "not both"),
        ("compounded = true", "deposit.compounded", "only interest"),
        ("paid_on = 2043-04-01", "deposit.paid_on", "due back on 2043-03-31"),
        ("returned_on = 2026-03-31", "deposit.returned_on", "before it was paid"),
        ("amount_gbp = 3", "deposit.amount_gbp", "no such field"),
    ],
)
def test_a_wrong_deposit_is_refused(more: str, field: str, told: str) -> None:
    """By the field of its table; a bare amount below 0 too."""
    with pytest.raises(BadTerms) as refusal:
        loads(CONCESSION + TABLE + more)
    (error,) = refusal.value.members["errors"]  # type: ignore[misc]
    assert error["field"] == field
    assert told in error["rule"]
    with pytest.raises(BadTerms, match=r"deposit\.amount"):
        loads(CONCESSION.replace("exclusivity", "deposit = -1\nexclusivity"))
