"""Rules of valuation: what is refused, limits, and independent solutions."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from canopy.concessions.valuation.code_rights import (
    CodeInputs,
    Passing,
    code_value,
    renewal_effect,
)
from canopy.concessions.valuation.comparables import comparables, published_range
from canopy.concessions.valuation.deals import (
    RollOut,
    compared,
    concession,
    neutral_host,
    open_access,
    own_and_operate,
)
from canopy.concessions.valuation.discounting import (
    GREEN_BOOK,
    factors,
    flat_nominal,
    flat_real,
    nominal_of,
    npv,
    npv_dated,
)
from canopy.concessions.valuation.flows import (
    DatedNominalFlows,
    NominalFlows,
    RealFlows,
    deflated,
    frozen,
    inflated,
    price_levels,
)
from canopy.concessions.valuation.optimism import (
    Mitigation,
    additional,
    distributional_weight,
    mixed_bias,
    residual_bias,
)
from canopy.concessions.valuation.prospects import Bass, Group, SCurve, prospect, taken_up
from canopy.concessions.valuation.returns import (
    discounted_payback,
    guarantee_cover,
    irr,
    payback,
    xirr,
)
from canopy.errors import Refused

NOMINAL, REAL = NominalFlows.of([-100, 60, 60]), RealFlows.of([-100, 60, 60], "2026/27")
GROWTH = price_levels([0.031, 0.024], 0, "2026/27", "made up")


@pytest.mark.parametrize(
    ("flows", "discount"), [(NOMINAL, GREEN_BOOK), (REAL, flat_nominal(0.05, "x"))]
)
def test_real_and_nominal_do_not_mix(flows: Any, discount: Any) -> None:
    """Nominal amounts at the Green Book rate, or real ones at a nominal rate, are refused."""
    with pytest.raises(Refused, match="are not discounted at a"):
        npv(flows, discount, "end")
    with pytest.raises(Refused, match="are not discounted at a"):
        discounted_payback(flows, discount, "end")


@pytest.mark.parametrize(
    "work",
    [
        lambda: NOMINAL.plus(REAL),
        lambda: REAL.plus(NOMINAL),
        lambda: deflated(REAL, GROWTH),
        lambda: inflated(NOMINAL, GROWTH),
    ],
)  # type: ignore[arg-type]
def test_one_is_not_taken_for_the_other(work: Any) -> None:
    """Neither in sums nor in deflating twice."""
    with pytest.raises(Refused, match="cannot be taken for"):
        work()


def test_prices_of_two_years_are_not_summed() -> None:
    """Both are real, and still not the same money."""
    with pytest.raises(Refused, match="2026/27 and in 2030/31"):
        REAL.plus(RealFlows.of([1.0], "2030/31"))
    with pytest.raises(Refused, match="levels are of"):
        inflated(RealFlows.of([1.0], "2030/31"), GROWTH)


def test_levels_that_end_too_early_are_refused() -> None:
    """No year goes without a price level."""
    with pytest.raises(Refused, match="price levels end in year 2"):
        deflated(NominalFlows.of([1, 1, 1, 1]), GROWTH)


def test_deflating_is_undone_by_inflating() -> None:
    """And the same value comes of real cash at a real rate, or of both made nominal."""
    even = price_levels([0.02] * 2, 0, "2026/27", "made up")
    assert inflated(REAL, even).amounts == pytest.approx([-100, 61.2, 62.424])
    nominal_rate = nominal_of(flat_real(0.035, "x"), 0.02)
    assert nominal_rate.bands[0].rate == pytest.approx(0.0557)
    assert npv(inflated(REAL, even), nominal_rate, "end") == pytest.approx(
        npv(REAL, flat_real(0.035, "x"), "end"), abs=1e-9
    )


def test_amounts_cannot_be_changed_afterwards() -> None:
    """A value in a report stays what it was computed from."""
    with pytest.raises(ValueError, match="read-only"):
        REAL.amounts[0] = 0.0


@given(st.floats(0, 400), st.floats(0, 400))
def test_green_book_factors_fall_without_a_jump(one: float, other: float) -> None:
    """Later is never worth more, and a little later hardly less."""
    early, late = sorted((one, other))
    assert factors(GREEN_BOOK, late) <= factors(GREEN_BOOK, early) * (1 + 1e-12)
    assert factors(GREEN_BOOK, late + 1e-9) == pytest.approx(float(factors(GREEN_BOOK, late)))


def test_middle_and_start_of_years_shift_all_but_now() -> None:
    """Year 0 is now by every convention."""
    flows, rate = RealFlows.of([100, 100], "x"), flat_real(0.10, "x")
    assert [npv(flows, rate, each) for each in ("start", "middle", "end")] == pytest.approx(
        [200, 100 + 100 / math.sqrt(1.1), 100 + 100 / 1.1]
    )


@given(
    st.lists(st.floats(1, 1e5), min_size=1, max_size=40),
    st.floats(0.2, 3.0),
)
def test_irr_is_the_root_that_another_finder_finds(income: list[float], part: float) -> None:
    """To 1e-9 of Brent's method on the present value."""
    amounts = [-sum(income) * part / 2, *income]
    found = irr(NominalFlows.of(amounts))

    def value(rate: float) -> float:
        return sum(amount * (1 + rate) ** -at for at, amount in enumerate(amounts))

    assert found.rate == pytest.approx(brentq(value, -0.99, 1e4, xtol=1e-13, rtol=1e-13), abs=1e-9)


@given(st.lists(st.tuples(st.integers(200, 9000), st.floats(1, 1e5)), min_size=1, max_size=20))
def test_xirr_is_the_root_that_another_finder_finds(came: list[tuple[int, float]]) -> None:
    """Days in any order, years of 365 days."""
    start = date(2026, 4, 1)
    amounts = [*(amount for _, amount in came), -0.6 * sum(amount for _, amount in came)]
    days = (*(start + timedelta(days=at) for at, _ in came), start)
    found = xirr(DatedNominalFlows(days, frozen(amounts)))

    def value(rate: float) -> float:
        return sum(
            amount * (1 + rate) ** -((day - start).days / 365)
            for day, amount in zip(days, amounts, strict=True)
        )

    root = brentq(value, 0.0, 10.0, xtol=1e-13, rtol=1e-13)
    assert found.rate == pytest.approx(root, abs=1e-9)


@pytest.mark.parametrize(
    ("amounts", "said"),
    [([5, 5, 5], "never change"), ([-1, 5, -6], "change sign 2 times"), ([0, 0], "never change")],
)
def test_no_irr_is_given_where_there_is_not_one(amounts: list[float], said: str) -> None:
    """A concession without capital has none, and two roots are not one."""
    found = irr(NominalFlows.of(amounts))
    assert found.rate is None
    assert said in (found.reason or "")


def test_dated_value_counts_years_of_365_days() -> None:
    """100 after 365 and 730 days at 10 %."""
    start = date(2025, 1, 1)
    flows = DatedNominalFlows(
        (start + timedelta(days=365), start + timedelta(days=730)), frozen([100, 100])
    )
    assert npv_dated(flows, flat_nominal(0.10, "x"), start) == pytest.approx(100 / 1.1 + 100 / 1.21)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([-100, 50, 100], 1.5),
        ([-100, 0, 100], 2.0),
        ([-100, 50], None),
        ([10, 5], 0.0),
        ([10, -20, 5, 10], 2.5),
        ([-100, 200, -150, 100], 0.5),
    ],
)
def test_payback_is_the_first_time_the_sum_is_not_negative(
    amounts: list[float], expected: float | None
) -> None:
    """In proportion within a year; cash that turns negative later begins to count there."""
    assert payback(NominalFlows.of(amounts)) == expected


def test_cover_flags_thin_years_and_knows_no_commitment() -> None:
    """Income of 30 against 20, 28 and nothing."""
    cover = guarantee_cover([30, 30, 30], [20, 28, 0])
    assert cover.ratio == pytest.approx([1.5, 30 / 28, np.nan], nan_ok=True)
    assert cover.flagged.tolist() == [False, True, False]


def test_adjustments_of_appraisal_are_as_worked() -> None:
    """Optimism, mixes, additionality and weights: published and worked figures."""
    most = residual_bias("non-standard-building", [Mitigation(0.92, "fixed price")])
    assert most == pytest.approx(0.0408)
    assert mixed_bias([(0.3, 0.51), (0.7, 0.24)]) == pytest.approx(0.321)
    assert additional(1_000_000, 0.3, 0.1, 0.25, 1.25) == pytest.approx(590_625)
    assert distributional_weight(32_000, 16_000) == pytest.approx(2.462, abs=5e-4)


@pytest.mark.parametrize("part", [-0.1, 1.1])
def test_mitigation_beyond_the_allowance_is_refused(part: float) -> None:
    """Also without a reason."""
    with pytest.raises(Refused):
        residual_bias("equipment", [Mitigation(part, "x")])
    with pytest.raises(Refused):
        residual_bias("equipment", [Mitigation(0.5, " ")])


def test_code_value_keeps_consideration_and_compensation_apart() -> None:
    """Islington's nominal 50 with services of 950, beside the published range of roofs."""
    value = code_value(CodeInputs("rooftop", 50, 950, 0, compensation_gbp=300))
    assert (value.consideration_gbp, value.compensation_gbp) == (1000, 300)
    assert (value.published, value.within_published) == ((2551.77, 5000), False)


def test_nothing_is_published_of_lamp_columns() -> None:
    """No range is made up for them."""
    assert published_range("street-furniture", "code-no-network") is None
    assert code_value(CodeInputs("street-furniture", 50, 0, 0)).within_published is None


def test_bases_are_never_blended() -> None:
    """Rents of before the Code are not among those under it."""
    assert {each.basis for each in comparables("rooftop", "code-no-network")} == {"code-no-network"}


def test_renewal_shows_what_the_code_would_do() -> None:
    """A roof at the pre-Code rent, one that was worked out, and a lamp column left out."""
    lettings = [
        Passing("ROOF-1", "rooftop", 11_346),
        Passing("ROOF-2", "rooftop", 9_200),
        Passing("LC-1", "street-furniture", 300),
    ]
    effect = renewal_effect(lettings, {"ROOF-2": code_value(CodeInputs("rooftop", 50, 950, 0))})
    assert effect.passing_gbp == 20_546
    assert (effect.low_gbp, effect.high_gbp) == (3_551.77, 6_000)
    assert effect.without_comparable == ("LC-1",)


BASS = Bass(0.03, 0.38, "Sultan et al. 1990")


def test_bass_curve_is_its_differential_equation() -> None:
    """dF/dt = (p + q F)(1 - F), solved in small steps, reaches the same."""
    part, step = 0.0, 1e-4
    for _ in range(int(10 / step)):
        part += step * (0.03 + 0.38 * part) * (1 - part)
    assert taken_up(BASS, 10)[-1] == pytest.approx(part, abs=1e-4)


@given(st.floats(0.001, 0.5), st.floats(0, 1), st.integers(1, 60))
def test_take_up_rises_from_nothing_to_all(p: float, q: float, years: int) -> None:
    """Whatever the coefficients."""
    taken = taken_up(Bass(p, q, "x"), years)
    assert (np.diff(taken, prepend=0.0) >= -1e-12).all()
    assert taken[-1] <= 1 + 1e-12


def test_prospect_follows_curve_price_churn_and_sharing() -> None:
    """100 columns at 300, half of the market in year 3, a fifth shared at a quarter more."""
    group = Group("columns", 100, "green", SCurve(3, 1.0, "x"), churn=0.0, sharing=0.2, uplift=0.25)
    found = prospect(group, {"green": 300.0}, 5, "2026/27")
    assert found.let[3] == pytest.approx(50)
    assert found.income.amounts[3] == pytest.approx(50 * 300 * 1.05)
    assert found.income.amounts[0] == 0


def test_churn_takes_lettings_away() -> None:
    """With all let at once, half is left after a year of 50 %."""
    at_once = Group("columns", 100, "green", SCurve(-50, 1.0, "x"), churn=0.5)
    assert prospect(at_once, {"green": 1.0}, 3, "x").let == pytest.approx([0, 100, 50, 25])


def test_class_without_a_price_is_refused() -> None:
    """No other class stands in."""
    with pytest.raises(Refused, match="no price for the suitability class amber"):
        prospect(Group("columns", 1, "amber", BASS), {"green": 1.0}, 3, "x")


ROLL_OUT = RollOut(np.array([20, 60, 100, 140, *[160] * 6], np.float64), "2026/27")


def test_deals_are_compared_on_the_same_assets() -> None:
    """Four deals in one table, by value, with who bears what."""
    deals = [
        concession(
            ROLL_OUT, operator_gbp_per_node=2500, guarantee_gbp=40_000, share=0.2,
            upfront_gbp=250_000, council_gbp_per_year=15_000,
        ),
        open_access(
            ROLL_OUT, fee_gbp_per_node=300, council_gbp_per_year=8_000, preparation_gbp=60_000
        ),
        own_and_operate(
            ROLL_OUT, operator_gbp_per_node=2500, capital_gbp_per_node=6000,
            running_gbp_per_node=700, council_gbp_per_year=40_000, replaced_after_years=8,
        ),
        neutral_host(
            ROLL_OUT, operator_gbp_per_node=2500, operators_per_node=1.6, share=0.1,
            fee_gbp_per_node=100, council_gbp_per_year=10_000,
        ),
    ]  # fmt: skip
    rows = compared(deals, flat_real(0.035, "check"), "end")
    assert [row.npv_gbp for row in rows] == sorted((row.npv_gbp for row in rows), reverse=True)
    told = {row.name: row for row in rows}
    assert told["own and operate"].council_bears[0] == "take-up"
    assert len(told["own and operate"].council_bears) == 6
    assert told["concession with guarantee and share"].irr.rate is None
    assert told["own and operate"].most_outlaid_gbp > 100_000
    assert told["open access, licence for each node"].most_outlaid_gbp == 62_000


def test_own_equipment_is_bought_again() -> None:
    """20 nodes in year 1 are replaced in year 9."""
    deal = own_and_operate(
        ROLL_OUT, operator_gbp_per_node=0, capital_gbp_per_node=1000, running_gbp_per_node=0,
        council_gbp_per_year=0, replaced_after_years=8,
    )  # fmt: skip
    assert deal.cash.amounts[[1, 2, 6, 9, 10]].tolist() == [-20_000, -40_000, 0, -20_000, -40_000]


def test_deals_over_different_years_are_not_compared() -> None:
    """The longer would always look better."""
    short = RollOut(np.ones(3), "2026/27")
    deals = [
        open_access(each, fee_gbp_per_node=300, council_gbp_per_year=0, preparation_gbp=0)
        for each in (ROLL_OUT, short)
    ]
    with pytest.raises(Refused, match="different years"):
        compared(deals, GREEN_BOOK, "end")
