"""Which notices a procurement needs, and how each stands on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from canopy.concessions.governance.changes import Change, advice_on_changes
from canopy.concessions.governance.notices import Procurement, Published, needed

NEW = Procurement(
    began=date(2025, 6, 1), is_inside_law=True, is_direct=False, is_call_off=False,
    subject="goods-services", value_gbp=Decimal(400_000), start=date(2026, 1, 10),
)  # fmt: skip
OLD = replace(NEW, began=date(2024, 6, 1), start=date(2024, 12, 2))
DAY = date(2026, 2, 1)


def numbers(procurement: Procurement, on: date = DAY) -> list[str]:
    return [each.number for each in needed(procurement, (), (), on)]


@pytest.mark.parametrize(
    ("procurement", "expected"),
    [
        (NEW, ["UK2", "UK4", "UK6", "UK7"]),
        (replace(NEW, is_direct=True), ["UK2", "UK5", "UK6", "UK7"]),
        (replace(NEW, is_call_off=True), ["UK2", "UK6", "UK7"]),
        (replace(NEW, value_gbp=Decimal(2_000_001)), ["UK1", "UK2", "UK4", "UK6", "UK7"]),
        (replace(NEW, value_gbp=Decimal(5_000_000)), ["UK1", "UK2", "UK4", "UK6", "UK7"]),
        (
            replace(NEW, value_gbp=Decimal(5_000_001)),
            ["UK1", "UK2", "UK4", "UK6", "UK7", "UK9"],
        ),
        (replace(NEW, ended=date(2026, 1, 31)), ["UK2", "UK4", "UK6", "UK7", "UK11"]),
        (OLD, ["F02", "F03"]),
        (replace(OLD, is_direct=True), ["F03"]),
        (replace(OLD, subject="concession", value_gbp=Decimal(6_000_000)), ["F24", "F25"]),
    ],
)
def test_notices_follow_regime_route_and_value(
    procurement: Procurement, expected: list[str]
) -> None:
    assert numbers(procurement) == expected


@pytest.mark.parametrize(
    "procurement",
    [
        replace(NEW, is_inside_law=False),
        replace(NEW, value_gbp=Decimal(214_903)),  # the threshold of 2025 is 214,904
        replace(NEW, subject="concession", value_gbp=Decimal(5_372_608)),
    ],
)
def test_none_are_needed_outside_the_law_or_below_its_threshold(procurement: Procurement) -> None:
    assert numbers(procurement) == []


def test_the_regime_changes_with_the_day_the_procurement_began() -> None:
    """24 February 2025 is the first day of the Act."""
    assert numbers(replace(NEW, began=date(2025, 2, 23)))[0] == "F02"
    assert numbers(replace(NEW, began=date(2025, 2, 24)))[0] == "UK2"


def test_a_notice_is_due_by_its_day_and_overdue_after_it() -> None:
    """Contract details within 30 days of the contract: 9 February 2026."""

    def details(on: date) -> str:
        return next(x for x in needed(NEW, (), (), on) if x.number == "UK7").state

    assert details(date(2026, 2, 9)) == "needed"
    assert details(date(2026, 2, 10)) == "overdue"


def test_a_termination_notice_is_due_thirty_days_after_the_end() -> None:
    ended = replace(NEW, ended=date(2026, 1, 31))
    assert needed(ended, (), (), DAY)[-1].due == date(2026, 3, 2)


def test_a_published_notice_is_found_and_counts_once() -> None:
    """Two years of performance need two notices."""
    large = replace(NEW, value_gbp=Decimal(6_000_000))
    published = [Published("UK9", date(2027, 1, 5), "2027-001"), Published("UK6", DAY, "2026-1")]
    found = {
        (each.number, each.place): (each.state, each.published and each.published.at)
        for each in needed(large, (), published, date(2028, 2, 1))
    }
    assert found["UK6", ""] == ("published", "2026-1")
    assert found["UK9", "year 1"] == ("published", "2027-001")
    assert found["UK9", "year 2"] == ("overdue", None)
    assert found["UK9", "year 3"] == ("needed", None)
    assert ("UK9", "year 4") not in found


def test_events_that_may_not_happen_are_never_overdue() -> None:
    engagement = needed(NEW, (), (), date(2040, 1, 1))[0]
    assert (engagement.number, engagement.state, engagement.due) == (
        "UK2", "when-it-happens", None,
    )  # fmt: skip


def test_a_change_needs_its_notice_before_the_change() -> None:
    """Each its own: what was published about one says nothing of the other."""
    changes = [
        Change(date(2026, 3, 1), Decimal(100_000), "unforeseen"),
        Change(date(2026, 4, 1), Decimal(100_000), "unforeseen"),
        Change(date(2026, 5, 1), Decimal(1_000), "minor"),
    ]
    advice = advice_on_changes(changes, NEW.value_gbp, 120, NEW.began, NEW.subject)
    published = [Published("UK10", date(2026, 4, 1), "2026-9", "change of 2026-04-01")]
    found = [each for each in needed(NEW, advice, published, date(2026, 6, 1)) if each.place]
    assert [(each.number, each.due, each.state) for each in found] == [
        ("UK10", date(2026, 3, 1), "overdue"),
        ("UK10", date(2026, 4, 1), "published"),
    ]


def test_a_change_of_an_older_contract_needs_a_notice_of_modification() -> None:
    change = Change(date(2026, 3, 1), Decimal(100_000), "additional-needs")
    advice = advice_on_changes([change], OLD.value_gbp, 120, OLD.began, OLD.subject)
    last = needed(OLD, advice, (), DAY)[-1]
    assert (last.number, last.reference) == ("F20", "PCR 2015 reg. 72(3)")


def test_advice_and_notices_agree_below_the_threshold() -> None:
    """Of a contract below it no change needs a notice, until one takes it to the threshold."""
    small = replace(OLD, value_gbp=Decimal(100_000))
    changes = [
        Change(date(2025, 3, 1), Decimal(50_000), "additional-needs"),
        Change(date(2025, 4, 1), Decimal(64_903), "additional-needs"),
        Change(date(2025, 5, 1), Decimal(1), "additional-needs"),
    ]
    advice = advice_on_changes(changes, small.value_gbp, 120, small.began, small.subject)
    assert [each.below_gbp for each in advice] == [214_904, 214_904, None]
    assert [each.notice is not None for each in advice] == [False, False, True]
    found = needed(small, advice, (), DAY)
    assert [(each.number, each.place) for each in found] == [("F20", "change of 2025-05-01")]
