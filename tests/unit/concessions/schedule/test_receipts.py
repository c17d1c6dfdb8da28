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
from canopy.concessions.schedule.ledger import reconcile
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.receipt import Receipt
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


def credited(pence: int = 12_000, due: str = "2026-09-15") -> list[Invoice]:
    """The four quarters, and a credit note of a day."""
    day = date.fromisoformat(due)
    taken = replace(year()[0], due=day, net_pence=-pence, vat_pence=0)
    return invoices([*year(), taken])


def test_a_credit_note_counts_from_the_day_it_falls_due() -> None:
    """Before, it is neither overpaid nor due; then it is due to the operator, until paid back."""
    early = reconcile(credited(), [], date(2026, 9, 14)).settlements[2]
    assert (early.standing, early.paid_pence, early.set_off_pence) == ("not-due", 0, 0)
    came = [receipt(f"2026-{month}-01", 32_500) for month in ("04", "07")]
    found = reconcile(credited(), came, date(2026, 9, 20)).settlements[2]
    assert (found.standing, found.difference_pence, found.days_late) == ("credit-due", 12_000, 0)
    came.append(receipt("2026-09-18", -12_000))
    found = reconcile(credited(), came, date(2026, 9, 20)).settlements[2]
    assert (found.standing, found.paid_pence, found.difference_pence) == ("credit-used", -12_000, 0)


def test_a_credit_that_the_operator_deducts_is_set_off() -> None:
    """120 less is paid in October, in time: the credit of September is what completes it."""
    came = [
        *(receipt(f"2026-{month}-01", 32_500) for month in ("04", "07")),
        receipt("2026-10-01", 20_500),
        receipt("2027-01-01", 32_500),
    ]
    found = reconcile(credited(), came, TODAY).settlements
    assert [(each.standing, each.set_off_pence, each.days_late) for each in found] == [
        ("paid", 0, 0), ("paid", 0, 0), ("credit-used", -12_000, 0), ("paid", 12_000, 0),
        ("paid", 0, 0),
    ]  # fmt: skip


def test_a_credit_that_nobody_deducts_stays_due() -> None:
    """Money takes the place of what was set off; unpaid, the oldest invoice is lessened."""
    paid = [receipt(f"2026-{month}-02", 32_500) for month in ("04", "07", "10")]
    found = reconcile(credited(), paid, date(2026, 12, 1)).settlements
    assert [each.standing for each in found[:4]] == ["paid", "paid", "credit-due", "paid"]
    found = reconcile(credited(), paid[:1], date(2026, 12, 1)).settlements
    assert [(each.standing, each.difference_pence) for each in found[1:4]] == [
        ("underpaid", -20_500), ("credit-used", 0), ("missing", -32_500),
    ]  # fmt: skip


def test_what_is_paid_late_and_too_much_is_late() -> None:
    """40 days after the due day, 1 pound over; giving the pound back does not make it later."""
    came = [receipt("2026-05-11", 32_600, "AG-1/2026-04-01")]
    first = reconcile(expected(), came, TODAY).settlements[0]
    assert (first.standing, first.days_late) == ("overpaid", 40)
    came.append(receipt("2026-06-11", -100))
    first = reconcile(expected(), came, TODAY).settlements[0]
    assert (first.standing, first.days_late) == ("paid", 40)


def test_a_receipt_that_bounces_opens_what_it_had_paid() -> None:
    """The second quarter's money goes back after the third was paid."""
    came = [
        receipt("2026-04-01", 32_500),
        receipt("2026-07-01", 32_501),
        receipt("2026-10-01", 32_499),
        receipt("2026-10-05", -32_501),
    ]
    found = reconcile(expected(), came, date(2026, 11, 1)).settlements[:3]
    assert [(each.standing, each.paid_pence) for each in found] == [
        ("paid", 32_500), ("missing", 0), ("underpaid", 32_499),
    ]  # fmt: skip


def test_money_that_went_back_without_having_come() -> None:
    """Against an invoice that it names, which stays missing; otherwise it is unmatched."""
    came = [receipt("2026-04-05", -5_000, "AG-1/2026-04-01"), receipt("2026-04-06", -700)]
    found = reconcile(expected(), came, date(2026, 5, 1))
    first = found.settlements[0]
    assert (first.standing, first.difference_pence) == ("missing", -37_500)
    assert found.unmatched == (came[1],)


NUMBERS = ["", "", "AG-1/2026-04-01", "AG-1/2026-09-15"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400), st.integers(-40_000, 60_000) | st.just(32_500),
            st.sampled_from(NUMBERS),
        ),
        max_size=12,
    ),
    st.integers(0, 90_000),
    st.dates(date(2026, 3, 1), date(2028, 1, 1)),
)  # fmt: skip
def test_every_penny_received_is_somewhere(
    came: list[tuple[int, int, str]], credit_pence: int, on: date
) -> None:
    """What is with invoices and what is unmatched sum to what came in; what was paid less what
    was billed, to the differences; what credits pay, to what is used of them.
    """
    receipts = [
        Receipt(row, date.fromordinal(date(2026, 3, 1).toordinal() + days), "AG-1", number, pence)
        for row, (days, pence, number) in enumerate(came)
    ]
    found = reconcile(credited(credit_pence), receipts, on)
    paid = sum(each.paid_pence for each in found.settlements)
    arrived = sum(each.amount_pence for each in receipts if each.received <= on)
    assert paid + found.unmatched_pence == arrived
    billed = sum(each.invoice.gross_pence for each in found.settlements)
    assert paid - billed == sum(each.difference_pence for each in found.settlements)
    assert sum(each.set_off_pence for each in found.settlements) == 0
    for each in found.settlements:
        assert each.set_off_pence * each.invoice.gross_pence >= 0


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
