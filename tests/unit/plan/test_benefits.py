"""Lines of benefit: formula, range, source, and nothing counted twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.concessions.valuation.accounts import economic_account, financial_account
from canopy.concessions.valuation.discounting import GREEN_BOOK
from canopy.errors import BadTerms, Refused
from canopy.plan.benefits.asked import Benefits, benefits_of
from canopy.plan.benefits.valued import (
    Counted,
    Range,
    account_lines,
    by_area,
    sources,
    unsourced,
    valued,
)


def value(low: str, central: str, high: str, source: str = "survey of 2026") -> dict[str, Any]:
    return {"low": low, "central": central, "high": high, "source": source}


def line(**changes: Any) -> dict[str, Any]:
    return {
        "name": "firms", "group": "business", "text": "Firms newly in reach",
        "measure": "premises-gained", "effect": "productivity", "outcome": "growth",
        "part": value("0.1", "0.2", "0.3"), "gbp_per_year": value("100", "200", "400"),
        "attribution": value("0.25", "0.5", "0.75"), **changes,
    }  # fmt: skip


def asked(*lines: dict[str, Any]) -> Benefits:
    return benefits_of({"prices": "2026/27", "line": list(lines)})


def counted(central: int, low: int | None = None, high: int | None = None) -> Counted:
    return Counted(
        Decimal(central if low is None else low), Decimal(central),
        Decimal(central if high is None else high), "coverage run 4",
    )  # fmt: skip


def test_a_line_is_the_product_of_its_numbers_and_says_so() -> None:
    """1,000 premises x 0.2 x £200 x 0.5 = £20,000 a year; low 1,000 x .1 x 100 x .25."""
    (found,) = valued(asked(line()), {"premises-gained": counted(1_000)}, 3).lines
    assert found.full_year == Range(Decimal("2500.00"), Decimal("20000.00"), Decimal("90000.00"))
    assert found.formula == "1,000 premises-gained x 0.2 x £200 a year x 0.5"


def test_present_value_begins_in_its_year_and_rises_to_all_of_it() -> None:
    """From year 2, over two years: 0, 0, 10,000, 20,000, 20,000, by the Green Book's 3.5 %."""
    (found,) = valued(
        asked(line(from_year=2, years_to_full=2)), {"premises-gained": counted(1_000)}, 4
    ).lines
    assert found.present_value is not None
    worked = 10_000 / 1.035**2 + 20_000 / 1.035**3 + 20_000 / 1.035**4
    assert float(found.present_value.central_gbp) == pytest.approx(worked, abs=0.005)


def test_benefits_of_the_published_portfolio_are_its_accounts_figures() -> None:
    """Worked example D: residents £22,000, business £31,000, visitors £9,000 and £38,000 of energy
    saved a year over 40 years have a present value of £2,143,117.25 by Green Book bands."""
    one = {"part": value("1", "1", "1"), "attribution": value("1", "1", "1")}
    lines = [
        line(name=name, group=group, measure=measure, gbp_per_year=value(gbp, gbp, gbp), **one)
        for name, group, measure, gbp in (
            ("a", "residents", "residents-gained", "22000"),
            ("b", "business", "premises-gained", "31000"),
            ("c", "visitors", "visits-gained", "9000"),
            ("d", "council", "kwh-saved", "38000"),
        )
    ]
    measures = ("residents-gained", "premises-gained", "visits-gained", "kwh-saved")
    found = valued(asked(*lines), {each: counted(1) for each in measures}, 40)
    account = economic_account(account_lines(found), GREEN_BOOK, "end", 0.44)
    assert account.benefits_pv_gbp == pytest.approx(2_143_117.25, abs=0.01)
    assert set(found.by_group()) == {"business", "council", "residents", "visitors"}
    assert sum(each.central_gbp for each in found.by_group().values()) == pytest.approx(
        Decimal("2143117.25"), abs=Decimal("0.02")
    )
    cash = financial_account(account_lines(found), GREEN_BOOK, "end").cash
    assert cash.amounts[1:] == pytest.approx([38_000] * 40)  # only savings are the council's cash


def test_a_number_without_a_source_keeps_its_line_out_of_every_sum() -> None:
    """It stays in the table, says why, and is listed for the cover."""
    bare = asked(line(), line(name="bare", effect="time", part=value("1", "1", "1", " ")))
    found = valued(bare, {"premises-gained": counted(10)}, 5)
    assert found.lines[1].full_year is None
    assert found.lines[1].why_not == "no source is given for part"
    assert found.by_group()["business"] == found.lines[0].present_value
    assert len(account_lines(found)) == 1
    assert unsourced(bare) == ["bare.part"]
    assert sources(found.lines) == ["survey of 2026"]


def test_a_measure_that_the_plan_does_not_count_is_said() -> None:
    """It is no nought: nobody counted."""
    (found,) = valued(asked(line()), {}, 5).lines
    assert (found.full_year, found.why_not) == (None, "the plan does not count premises-gained")
    with pytest.raises(Refused, match="not counted"):
        by_area(found, {"A": Decimal(1)})


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([line(), line()], "given twice"),
        (
            [line(), line(name="again", group="residents", part=value("0.1", "0.9", "1"))],
            "counted more than once",
        ),
        ([line(group="council")], "not a saving"),
        ([line(measure="kwh-saved")], "is a saving of the council"),
        ([line(part=value("0.1", "0.2", "1.1"))], "from 0 to 1"),
        ([line(gbp_per_year=value("3", "2", "4"))], "do not rise"),
        ([line(gbp_per_year=value("-1", "2", "4"))], "line.0.gbp_per_year.low"),
        ([line(wrong=1)], "line.0.wrong"),
    ],
)
def test_lines_that_would_mislead_are_refused(lines: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(BadTerms, match=says):
        asked(*lines)


def test_different_effects_of_one_measure_are_no_double_count() -> None:
    asked(line(part=value("1", "1", "1")), line(name="b", effect="time", part=value("1", "1", "1")))


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10_000), max_size=9))
def test_shares_of_areas_sum_to_the_line_to_the_penny(gains: dict[str, int]) -> None:
    """Whatever the areas; an area without a gain has none of it."""
    (found,) = valued(asked(line()), {"premises-gained": counted(333)}, 3).lines
    assert found.full_year is not None
    shared = by_area(found, {name: Decimal(each) for name, each in gains.items()})
    assert set(shared) == set(gains)
    if any(gains.values()):
        assert sum(shared.values()) == found.full_year.central_gbp
    assert all(shared[name] == 0 for name, each in gains.items() if each == 0)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(1, 40))
def test_low_is_never_above_high(low: int, more: int, most: int, years: int) -> None:
    found = valued(
        asked(line()), {"premises-gained": counted(low + more, low, low + more + most)}, years
    )
    (only,) = found.lines
    assert only.present_value is not None
    amounts = (only.present_value.low_gbp, only.present_value.central_gbp,
               only.present_value.high_gbp)  # fmt: skip
    assert list(amounts) == sorted(amounts)


def test_what_is_counted_cannot_fall_from_low_to_high() -> None:
    with pytest.raises(Refused):
        counted(5, low=6)
