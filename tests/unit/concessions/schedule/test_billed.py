"""What was billed stays billed: a change of past charges is a reversal and a new entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from made_agreements import agreement

from canopy.concessions.schedule.billed import Version, billed
from canopy.concessions.schedule.invoices import invoices
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Rent


def let(pounds: int) -> Agreement:
    """Ten years from 1 April 2026, quarterly in advance."""
    return agreement(charges=(Rent(name="rent", type="rent", amount=Decimal(pounds)),))


def lines_of(each: Version) -> list[Line]:
    return schedule(each.agreement, {})


def sums(lines: list[Line]) -> dict[str, int]:
    return {each.number: each.net_pence for each in invoices(lines)}


def test_a_change_of_the_past_is_reversed_and_charged_anew_on_its_day() -> None:
    """£4,000 a year, and £4,400 from the start as was found on 15 August 2026: three quarters were
    due by 1 October; two of them (£100 more each) are corrected on the day."""
    versions = [
        Version(date(2026, 4, 1), let(4_000), ""),
        Version(date(2026, 8, 15), let(4_400), "misread"),
    ]
    found = sums(billed(versions, lines_of))
    assert found["AG-1/2026-04-01"] == found["AG-1/2026-07-01"] == 100_000
    assert found["AG-1/2026-08-15"] == 20_000
    assert found["AG-1/2026-10-01"] == 110_000


def test_a_change_that_leaves_the_past_alone_bills_nothing_more() -> None:
    """Of the title, say."""
    same = [Version(date(2026, 4, 1), let(4_000), ""), Version(date(2027, 8, 15), let(4_000), "x")]
    assert sums(billed(same, lines_of)) == sums(schedule(let(4_000), {}))


def test_one_version_is_billed_as_it_says_however_old() -> None:
    only = [Version(date(2030, 1, 1), let(4_000), "added late")]
    assert billed(only, lines_of) == schedule(let(4_000), {})


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 9_999)), min_size=1, max_size=5)
)  # fmt: skip
def test_all_that_was_billed_sums_to_the_last_terms(changes: list[tuple[int, int]]) -> None:
    """Whatever was changed and when; every entry before the last change stays as it was."""
    days = sorted(day for day, _ in changes)
    versions = [
        Version(date.fromordinal(date(2026, 4, 1).toordinal() + day), let(pounds), "change")
        for day, (_, pounds) in zip(days, changes, strict=True)
    ]
    found = billed(versions, lines_of)
    assert sum(each.net_pence for each in found) == sum(
        each.net_pence for each in lines_of(versions[-1])
    )
    before = billed(versions[:-1], lines_of) if len(versions) > 1 else []
    kept = [each for each in before if each.due < versions[-1].since]
    assert [each for each in found if each.due < versions[-1].since] == kept or not before
