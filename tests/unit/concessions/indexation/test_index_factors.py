"""Factors of indexation: the worked figures of each method, bounds and what they rest on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.concessions.calendar.months import add_months
from canopy.concessions.indexation.factors import factor_at, factor_path
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.indexation.series import IndexSeries, series_of_months
from canopy.concessions.rounding import to_penny
from canopy.errors import BadTerms, Refused

START = date(2026, 4, 1)
FAR = date(2060, 3, 31)


def rates(*percents: str, series_id: str = "D7G7") -> IndexSeries:
    """Published 12-month rates: the first counts for the review on 1 April 2027."""
    first = date(2027, 2, 1)
    values = {
        add_months(first, at): Decimal(percents[at // 12]) for at in range(12 * len(percents))
    }
    return series_of_months(series_id, "annual-rate", "", values, "made up for the test")


def rule(**changed: Any) -> IndexRule:
    """CPI of February, bounded each year, unless changed."""
    usual: dict[str, Any] = {"name": "cpi", "index": "cpi", "method": "annual", "lag_months": 2}
    return IndexRule(**usual | changed)


def charged(base: str, rule: IndexRule, years: int, series: IndexSeries) -> list[str]:
    """A base amount in each of the first years of a term from 1 April 2026."""
    end = date(START.year + years, 3, 31)
    steps = factor_path(rule, START, end, {"cpi": series})
    return [
        str(to_penny(Decimal(base) * factor_at(steps, date(START.year + at, 4, 1))))
        for at in range(years)
    ]


# Check values: 300 GBP, CPI 3.1, 2.4, 6.8 and 0.9 %, collar 1 %, cap 5 %.
FOUR = ("3.1", "2.4", "6.8", "0.9")


@pytest.mark.parametrize(
    ("method", "bounds", "expected"),
    [
        ("annual", {"collar": Decimal("0.01"), "cap": Decimal("0.05")}, "335.88"),
        ("at-review", {"collar": Decimal("0.01"), "cap": Decimal("0.05")}, "341.30"),
        ("simple", {"collar": Decimal("0.01"), "cap": Decimal("0.05")}, "341.30"),
        ("annual", {}, "341.30"),
        ("at-review", {}, "341.30"),
        ("at-review", {"cap": Decimal("0.03")}, "337.65"),
        ("simple", {"cap": Decimal("0.03")}, "336.00"),
        ("at-review", {"collar": Decimal("0.05")}, "364.65"),
        ("at-review", {"collar": Decimal("0.04"), "cap": Decimal("0.05")}, "350.96"),
    ],
)
def test_methods_differ_as_worked(method: str, bounds: dict[str, Decimal], expected: str) -> None:
    """After four years: bounded each year 335.88, bounded at the review 341.30."""
    every = {} if method == "annual" else {"review_every_years": 4}
    asked = rule(method=method, **every, **bounds)
    assert charged("300", asked, 5, rates(*FOUR))[-1] == expected


def test_annual_bounds_over_five_years_as_worked() -> None:
    """5,000 GBP, CPI 2, 10.5, 4, 0.5, 2.5 %, collar 1 %, cap 4 %."""
    asked = rule(collar=Decimal("0.01"), cap=Decimal("0.04"))
    assert charged("5000", asked, 6, rates("2", "10.5", "4", "0.5", "2.5"))[1:] == [
        "5100.00",
        "5304.00",
        "5516.16",
        "5571.32",
        "5710.60",
    ]


def test_review_of_five_years_without_bounds_as_worked() -> None:
    """The charge stands for five years, then follows all of them: 6,037.48."""
    asked = rule(method="at-review", review_every_years=5)
    series = rates("2", "10.5", "4", "0.5", "2.5")
    assert charged("5000", asked, 6, series)[4:] == ["5000.00", "6037.48"]


def test_fixed_review_every_three_years_as_worked() -> None:
    """2 % a year compounded at reviews: the rooftop lease of the worked examples."""
    asked = IndexRule(
        name="fixed", index="fixed", rate=Decimal("0.02"), method="annual", review_every_years=3
    )
    years = charged("11346", asked, 10, rates("0"))
    assert years == ["11346.00"] * 3 + ["12040.47"] * 3 + ["12777.44"] * 3 + ["13559.52"]


def test_index_numbers_give_their_ratio() -> None:
    """138.0 to 142.14 is 3 % exactly; the figures and their months are kept with the factor."""
    values = {
        date(2026 + at // 12, at % 12 + 1, 1): Decimal("138.0") if at < 12 else Decimal("142.14")
        for at in range(24)
    }
    series = series_of_months("D7BT", "index", "2015=100", values, "made up")
    asked = rule(lag_months=None, base_month=date(2026, 1, 1))
    step = factor_path(asked, START, date(2028, 3, 31), {"cpi": series})[-1]
    assert step.factor == Decimal("1.03")
    assert [(each.month, each.base, each.value) for each in step.readings] == [
        (date(2026, 1, 1), "2015=100", Decimal("138.0")),
        (date(2027, 1, 1), "2015=100", Decimal("142.14")),
    ]


@pytest.mark.parametrize(
    ("index", "method", "expected"),
    [
        ("higher-of", "annual", "1.081600000000"),
        ("lower-of", "annual", "1.020100000000"),
        ("higher-of", "at-review", "1.050400000000"),
        ("lower-of", "at-review", "1.050400000000"),
    ],
)
def test_higher_and_lower_of_compare_as_the_method_does(
    index: str, method: str, expected: str
) -> None:
    """Year by year, or over the whole review: 4 then 1 %, against 1 then 4 %."""
    asked = rule(
        index=index, of=("cpi", "rpi"), method=method, review_every_years=1 + (method != "annual")
    )
    series = {"cpi": rates("4", "1"), "rpi": rates("1", "4", series_id="CZBH")}
    steps = factor_path(asked, START, date(2029, 3, 31), series)  # type: ignore[arg-type]
    assert steps[-1].factor == Decimal(expected)


def test_upward_only_holds_what_a_fall_would_lower() -> None:
    """The later rise starts from what was held."""
    asked = rule(upward_only=True)
    assert charged("100", asked, 4, rates("2", "-1", "3")) == [
        "100.00", "102.00", "102.00", "105.06",
    ]  # fmt: skip


def test_reviews_before_the_start_are_in_the_first_factor() -> None:
    """A rule that counts from two years before the term begins with their changes."""
    asked = rule(
        index="fixed", rate=Decimal("0.02"), lag_months=None, reviews_from=date(2024, 6, 1)
    )
    steps = factor_path(asked, START, date(2027, 3, 31), {})
    assert [(step.from_day, step.factor) for step in steps] == [
        (date(2025, 6, 1), Decimal("1.02")),
        (date(2026, 6, 1), Decimal("1.0404")),
    ]
    assert factor_at(steps, START) == Decimal("1.02")


def test_index_that_is_not_given_is_asked_for() -> None:
    """No other index stands in."""
    with pytest.raises(Refused, match="follows cpi"):
        factor_path(rule(), START, FAR, {})


def test_review_beyond_the_series_is_refused() -> None:
    """The term is longer than what is published, and no scenario was given."""
    with pytest.raises(Refused, match="no figure for February 2029"):
        factor_path(rule(), START, date(2029, 6, 30), {"cpi": rates("2", "3")})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"index": "fixed", "lag_months": None}, "rate"),
        ({"rate": Decimal("0.02")}, "rate"),
        ({"index": "higher-of", "of": ("cpi",)}, "of"),
        ({"of": ("cpi", "rpi")}, "of"),
        ({"lag_months": None}, "base_month"),
        ({"base_month": START}, "base_month"),
        ({"collar": Decimal("0.05"), "cap": Decimal("0.01")}, "collar"),
    ],
)
def test_contradictory_rules_are_refused_by_field(changed: dict[str, Any], field: str) -> None:
    """Each says which field is wrong."""
    with pytest.raises(BadTerms) as refusal:
        rule(**changed)
    assert refusal.value.members["field"] == field


@given(
    st.lists(st.decimals(-20, 30, places=1), min_size=6, max_size=12),
    st.sampled_from(["annual", "at-review", "simple"]),
    st.integers(1, 4),
)
def test_factors_stay_within_their_bounds(changes: list[Decimal], method: str, every: int) -> None:
    """Whatever the index does, each review lies between collar and cap."""
    asked = rule(
        method=method, review_every_years=every, collar=Decimal("-0.02"), cap=Decimal("0.06")
    )
    end = date(START.year + len(changes), 3, 31)
    steps = factor_path(asked, START, end, {"cpi": rates(*map(str, changes))})
    ratios = [later.factor / before.factor for before, later in pairwise(steps)]
    lowest = Decimal("0.98") ** every if method != "simple" else 1 - Decimal("0.02") * every
    highest = Decimal("1.06") ** every if method != "simple" else 1 + Decimal("0.06") * every
    slack = Decimal("1e-11")
    assert all(lowest - slack <= ratio <= highest + slack for ratio in ratios)
