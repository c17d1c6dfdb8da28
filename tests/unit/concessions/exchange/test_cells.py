"""Cells of registers are read, unknown, or unreadable with the reason: never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.assets.mapping.values import Unreadable
from canopy.concessions.exchange import cells
from canopy.concessions.exchange.cells import BreakDay, Length
from canopy.concessions.exchange.index_words import index_rule
from canopy.concessions.exchange.words import ALLOWED, choice

ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
    | st.datetimes() | st.decimals() | st.lists(st.text(), max_size=3)
)  # fmt: skip


def unreadable(read: object) -> str:
    assert isinstance(read, Unreadable), read
    return read.reason


@pytest.mark.parametrize("order", ["dd/mm/yyyy", "mm/dd/yyyy", "yyyy-mm-dd", None])
def test_a_day_that_the_calendar_lacks_is_refused(order: str | None) -> None:
    """31/02 is no date in any order."""
    assert "no calendar date" in unreadable(cells.day("31/02/2026", order))


def test_a_date_that_could_be_either_needs_the_mapping() -> None:
    """03/04 is 3 April or 4 March; 13/04 and 2026-04-03 are clear."""
    assert "which in [formats]" in unreadable(cells.day("03/04/2026", None))
    assert cells.day("03/04/2026", "dd/mm/yyyy") == date(2026, 4, 3)
    assert cells.day("03/04/2026", "mm/dd/yyyy") == date(2026, 3, 4)
    for clear in (
        "13/04/2026",
        "04/13/2026",
        "2026-04-13",
        "13 April 2026",
        datetime(2026, 4, 13, tzinfo=UTC),
    ):
        assert cells.day(clear, None) == date(2026, 4, 13)
    assert unreadable(cells.day("04/13/2026", "dd/mm/yyyy"))


@pytest.mark.parametrize(
    ("text", "heading", "months"),
    [
        ("12 years", "Term", 144), ("144 months", "Term", 144), ("10 yrs 6 months", "Term", 126),
        ("5 years and 3 months", "Term", 63), ("12", "Term (years)", 144),
        ("12", "Term in months", 12), (20, "Term yrs", 240),
    ],
)  # fmt: skip
def test_lengths_are_months(text: object, heading: str, months: int) -> None:
    """A bare number has the unit of its heading."""
    assert cells.months(text, heading) == months


def test_a_length_without_a_unit_is_refused() -> None:
    """12 of what?"""
    assert "without a unit" in unreadable(cells.months("12", "Term"))
    assert "without a unit" in unreadable(cells.notice("6", "Notice"))
    assert unreadable(cells.months("a while", "Term"))
    assert cells.months("ten years and six months", "Term") == 126
    assert unreadable(cells.notice("5 working days", "Notice"))
    assert "two lengths" in unreadable(cells.notice("six (5) months", "Notice"))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("6 months", Length(6, "months")), ("28 days' notice", Length(28, "days")),
        ("3 clear months", Length(3, "clear-months")), ("1 year", Length(12, "months")),
        ("2 weeks", Length(14, "days")), ("6 months clear", Length(6, "clear-months")),
        ("six months", Length(6, "months")), ("3 calendar months' notice", Length(3, "months")),
        ("Not less than six (6) months' prior written notice", Length(6, "months")),
        ("28 clear days’ notice", Length(28, "clear-days")),
        ("a month's notice", Length(1, "months")),
    ],
)  # fmt: skip
def test_notice_keeps_its_unit(text: str, length: Length) -> None:
    """Clear months are not months."""
    assert cells.notice(text, "Notice") == length


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("£2,551.77", "2551.77"), ("2551.77 pa", "2551.77"), (2551.77, "2551.77"), (1200, "1200"),
        ("a peppercorn", "0"), ("£1,200 per annum", "1200"),
        ("£1,200 + VAT", "1200"),
    ],
)  # fmt: skip
def test_money_is_exact(value: object, amount: str) -> None:
    """To the penny, as it is written."""
    assert cells.money(value) == Decimal(amount)


@pytest.mark.parametrize(
    "value", ["£12.345", "12 pcm", "€12", "12 inc VAT", "-5", "1,2,3", "1e9", 0.001]
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    """Fractions of a penny, other currencies, other periods."""
    assert unreadable(cells.money(value))


def test_breaks_are_fixed_or_rolling() -> None:
    """Several in one cell; one at any time from a day on; one bad day refuses the cell."""
    assert cells.breaks("01/04/2031; rolling from 01/04/2033", "dd/mm/yyyy") == (
        BreakDay(date(2031, 4, 1), is_rolling=False),
        BreakDay(date(2033, 4, 1), is_rolling=True),
    )
    assert unreadable(cells.breaks("01/04/2031; 31/02/2033", "dd/mm/yyyy"))
    assert cells.breaks("none", "dd/mm/yyyy") is None


def test_references_are_parted_and_names_keep_their_commas() -> None:
    """`Cell Co, Ltd` is one name, `LC-1, LC-2` two columns; one named twice is refused."""
    assert cells.refs("LC-1, LC-2,LC-3") == ("LC-1", "LC-2", "LC-3")
    assert cells.refs("A, left; B") == ("A, left", "B")
    assert cells.names("Cell Co, Ltd") == ("Cell Co, Ltd",)
    assert cells.names("Cell Co, Ltd; Mast plc") == ("Cell Co, Ltd", "Mast plc")
    assert "twice" in unreadable(cells.refs("LC-1; LC-1"))


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("CPI capped 5 %", {"index": "cpi", "cap": "0.05", "method": "annual"}),
        (
            "CPIH, collar 1% and cap 4%, upward only",
            {"index": "cpih", "collar": "0.01", "cap": "0.04", "upward_only": True,
             "method": "annual"},
        ),
        (
            "Higher of CPI and RPI, every 3 years, capped at 5% per annum, simple",
            {"index": "higher-of", "of": ["cpi", "rpi"], "review_every_years": 3, "cap": "0.05",
             "method": "simple"},
        ),
        ("RPI between 2% and 4%, base Jan 2026", {"index": "rpi", "collar": "0.02", "cap": "0.04",
                                                 "base_month": "2026-01", "method": "annual"}),
        ("5-yearly CPI, lag 2 months", {"index": "cpi", "review_every_years": 5, "lag_months": 2,
                                        "method": "at-review"}),
        ("fixed 2.5% per annum", {"index": "fixed", "rate": "0.025", "method": "annual"}),
        ("3% fixed", {"index": "fixed", "rate": "0.03", "method": "annual"}),
    ],
)  # fmt: skip
def test_index_rules_are_read_from_words(words: str, rule: dict[str, object]) -> None:
    """All of it: index, bounds, years, base and how bounds act."""
    assert index_rule(words) == {"name": "index", **rule}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("CPI capped 5 % if the moon is full", "not wholly understood ('if moon is full'"),
        ("capped 5 %", "without an index"),
        ("CPI every 5 years capped 4%", "how its bounds act over several years"),
        ("open market review", "give market_reviews in the agreement's terms"),
        ("CPI, CPI", "not wholly understood"),
        ("CPI " * 200, "longer than"),
    ],
)
def test_half_an_index_rule_is_refused(words: str, reason: str) -> None:
    """What is left over would be another rule."""
    assert reason in unreadable(index_rule(words))


def test_words_mean_what_the_mapping_says_first() -> None:
    """`expired` says neither ended nor continuing, until somebody does."""
    assert choice("status", "Live", {}) == "active"
    assert choice("status", "holding over", {}) == "continuing"
    assert "ended" in unreadable(choice("status", "expired", {}))
    assert choice("status", "expired", {"expired": "continuing"}) == "continuing"
    assert choice("break_by", "Tenant", {}) == "operator"


@given(ANYTHING, st.text(max_size=20), st.sampled_from(["dd/mm/yyyy", "mm/dd/yyyy", None]))
def test_no_cell_raises(value: object, heading: str, order: str | None) -> None:
    """Whatever it holds, it is read, unknown, or unreadable with a reason."""
    reads = [
        cells.day(value, order), cells.months(value, heading), cells.notice(value, heading),
        cells.money(value), cells.breaks(value, order), cells.refs(value), cells.names(value),
        cells.words(value), index_rule(value),
        *(choice(field, value, {}) for field in ALLOWED),
    ]  # fmt: skip
    assert all(read.reason for read in reads if isinstance(read, Unreadable))
