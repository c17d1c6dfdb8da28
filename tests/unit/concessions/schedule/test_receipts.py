"""Invoices, corrections that edit nothing, and receipts set against what was expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_agreements import agreement

from canopy.concessions.exchange.receipts import read_ledger
from canopy.concessions.schedule.corrections import charged, correct, standing
from canopy.concessions.schedule.invoices import Invoice, invoices
from canopy.concessions.schedule.ledger import Receipt, reconcile
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.charges import Rent
from canopy.concessions.terms.duration import Term
from canopy.errors import BadSource, Refused

TODAY = date(2027, 1, 15)


def year(amount: str = "1000.00") -> list[Line]:
    """Four quarters in advance from 1 April 2026, with a service charge and a cost."""
    made = agreement(
        term=Term(start=date(2026, 4, 1), months=12),
        charges=(
            Rent(name="rent", type="rent", amount=Decimal(amount)),
            Rent(name="service", type="yearly", amount=Decimal("100.00"), vat="exempt"),
        ),
        costs=(Rent(name="staff", type="yearly", amount=Decimal("50.00")),),
    )
    return schedule(made, {})


def expected() -> list[Invoice]:
    return invoices(year())


def receipt(day: str, pence: int, invoice: str = "", of: str = "AG-1", row: int = 2) -> Receipt:
    return Receipt(row, date.fromisoformat(day), of, invoice, pence)


def test_invoices_gather_what_is_due_on_a_day() -> None:
    """Rent with VAT and the exempt service charge on one bill; costs on none."""
    first = expected()[0]
    assert [invoice.due.isoformat() for invoice in expected()] == [
        "2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01",
    ]  # fmt: skip
    assert (first.number, first.net_pence, first.vat_pence) == ("AG-1/2026-04-01", 27_500, 5_000)
    assert sum(each.net_pence for each in expected()) == 110_000


def test_receipts_tell_paid_late_short_over_and_missing() -> None:
    """Each invoice says how it stands, by what names it."""
    came = [
        receipt("2026-04-01", 32_500, "AG-1/2026-04-01"),
        receipt("2026-07-01", 30_000, "AG-1/2026-07-01"),
        receipt("2026-10-01", 30_000, "AG-1/2026-10-01"),
        receipt("2026-10-11", 2_500, "AG-1/2026-10-01"),
    ]
    found = reconcile(expected(), came, TODAY)
    assert [
        (each.standing, each.difference_pence, each.days_late) for each in found.settlements
    ] == [("paid", 0, 0), ("underpaid", -2_500, 198), ("paid", 0, 10), ("missing", -32_500, 14)]


def test_overpayment_and_what_is_not_due_yet() -> None:
    """Paid twice; and the last quarter seen from before it is due."""
    came = [receipt("2026-04-01", 65_000, "AG-1/2026-04-01")]
    found = reconcile(expected(), came, date(2026, 4, 2)).settlements
    assert [(each.standing, each.difference_pence) for each in found[:2]] == [
        ("overpaid", 32_500),
        ("not-due", -32_500),
    ]


def test_receipt_without_invoice_pays_the_oldest_first() -> None:
    """40,000 pays the first quarter and part of the second."""
    found = reconcile(expected(), [receipt("2026-07-02", 40_000)], TODAY)
    assert [each.paid_pence for each in found.settlements] == [32_500, 7_500, 0, 0]


def test_what_belongs_to_nothing_is_named_not_guessed() -> None:
    """A number that was never billed, and an agreement nobody knows."""
    came = [receipt("2026-04-01", 100, "AG-1/2020-01-01"), receipt("2026-04-01", 5, of="AG-9")]
    found = reconcile(expected(), came, TODAY)
    assert found.unmatched == tuple(came)
    assert found.unmatched_pence == 105


def test_receipts_after_the_day_do_not_count() -> None:
    """The state of a past day can be told again."""
    came = [receipt("2026-04-03", 32_500, "AG-1/2026-04-01")]
    found = reconcile(expected(), came, date(2026, 4, 2))
    assert (found.settlements[0].standing, found.settlements[0].days_late) == ("missing", 1)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(-5_000, 60_000)), max_size=12))
def test_every_penny_received_is_somewhere(came: list[tuple[int, int]]) -> None:
    """What is set against invoices and what is unmatched sum to what came in."""
    receipts = [
        Receipt(row, date.fromordinal(date(2026, 3, 1).toordinal() + days), "AG-1", "", pence)
        for row, (days, pence) in enumerate(came)
    ]
    found = reconcile(expected(), receipts, date(2028, 1, 1))
    paid = sum(each.paid_pence for each in found.settlements)
    assert paid + found.unmatched_pence == sum(pence for _, pence in came)


LEDGER = """Date,Agreement,Invoice,Amount,Text
01/04/2026,AG-1,AG-1/2026-04-01,"£1,032.50",Q1
2026-07-01,AG-1,,(12.5),back
"""


def test_ledger_is_read_as_councils_export_it(tmp_path: Path) -> None:
    """British and ISO dates, pound signs, thousands, and brackets for money that went back."""
    path = tmp_path / "ledger.csv"
    path.write_text(LEDGER, encoding="utf-8-sig")
    assert read_ledger(path, dates="dd/mm/yyyy").receipts == [
        Receipt(2, date(2026, 4, 1), "AG-1", "AG-1/2026-04-01", 103_250),
        Receipt(3, date(2026, 7, 1), "AG-1", "", -1_250),
    ]


@pytest.mark.parametrize(
    ("other", "received", "told"),
    [
        ("13/04/2026", date(2026, 4, 3), "read with the day first, as '13/04/2026' in row 3"),
        ("04/13/2026", date(2026, 3, 4), "read with the month first, as '04/13/2026' in row 3"),
        ("2026-04-13", None, "row 2: date '03/04/2026' may be day/month or month/day"),
    ],
)
def test_dates_that_are_either_are_read_as_other_rows_show_or_refused(
    tmp_path: Path, other: str, received: date | None, told: str
) -> None:
    """A month is the difference between paid in time and late. It is told, with the way out."""
    path = tmp_path / "ledger.csv"
    path.write_text(f"Date,Agreement,Amount\n03/04/2026,AG-1,1\n{other},AG-1,1\n", "utf-8")
    if received is None:
        with pytest.raises(BadSource, match=f"{told}.*--dates dd/mm/yyyy"):
            read_ledger(path)
        received = date(2026, 3, 4)
        assert read_ledger(path, dates="mm/dd/yyyy").receipts[0].received == received
        return
    ledger = read_ledger(path)
    assert ledger.receipts[0].received == received
    assert ledger.told is not None
    assert told in ledger.told


def test_dates_of_both_orders_are_refused(tmp_path: Path) -> None:
    """Which rows between them are which nobody could tell."""
    path = tmp_path / "ledger.csv"
    path.write_text("Date,Agreement,Amount\n13/04/2026,AG-1,1\n04/13/2026,AG-1,1\n", "utf-8")
    with pytest.raises(BadSource, match=r"row 2: .* the day first, and row 3: .* the month"):
        read_ledger(path)


@pytest.mark.parametrize(
    ("find", "replace", "said"),
    [
        ("01/04/2026", "31/02/2026", "row 2: date '31/02/2026'"),
        ("(12.5)", "12.555", "row 3: amount '12.555'"),
        ("Amount", "Sum", "no column amount"),
    ],
)
def test_ledger_that_cannot_be_read_is_refused_by_row(
    tmp_path: Path, find: str, replace: str, said: str
) -> None:
    """A guess about money is not taken."""
    path = tmp_path / "ledger.csv"
    path.write_text(LEDGER.replace(find, replace), encoding="utf-8")
    with pytest.raises(BadSource, match=said):
        read_ledger(path, dates="dd/mm/yyyy")


def test_correction_reverses_and_replaces() -> None:
    """A rent that was too high: its entries stay, their reversals and the right ones follow."""
    book = charged(year("1200.00"), date(2026, 4, 1))
    added = correct(book, year(), date(2026, 12, 1), "rent is 1,000 from the start")
    assert [(entry.kind, entry.net_pence) for entry in added[::4]] == [
        ("reversal", -30_000),
        ("replacement", 25_000),
    ]
    whole = [*book, *added]
    assert sum(entry.net_pence for entry in whole) == sum(line.net_pence for line in year())
    assert {entry.line for entry in standing(whole)} == set(year())


def test_correct_book_needs_nothing() -> None:
    """What stands and is right is left alone, also after a correction."""
    book = charged(year(), date(2026, 4, 1))
    assert correct(book, year(), TODAY, "looked again") == []
    wrong = [replace(line, net_pence=1) for line in year()]
    once = [*book, *correct(book, wrong, TODAY, "wrongly")]
    again = [*once, *correct(once, year(), TODAY, "back")]
    assert correct(again, year(), TODAY, "looked again") == []


def test_correction_without_a_reason_is_refused() -> None:
    """Whoever reads the book later has to know why."""
    with pytest.raises(Refused, match="needs a reason"):
        correct([], year(), TODAY, " ")
