"""Simulations: the worked figures, the sampler, and what the same seed gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from canopy.concessions.montecarlo.distributions import (
    Distribution,
    Fixed,
    LogNormal,
    Normal,
    Pert,
    Triangular,
    Uniform,
)
from canopy.concessions.montecarlo.draws import common_draws
from canopy.concessions.montecarlo.kernel import mixed, shuffle
from canopy.concessions.montecarlo.portfolio import (
    Bounds,
    Inflation,
    Portfolio,
    Uncertain,
    worth_of,
)
from canopy.concessions.montecarlo.sensitivity import convergence, switching_value, tornado
from canopy.concessions.montecarlo.simulation import Simulated, simulated
from canopy.concessions.valuation.discounting import GREEN_BOOK, flat_real
from canopy.errors import Refused

SEED, DRAWS = 20260401, 10_000
STEADY = Inflation(0.02, 0.0, 0.0, "made up")
SWINGING = Inflation(0.02, 0.015, 0.6, "made up")

# Worked example G: twelve years, nodes of example A, real, middle of years, 3.5 %.
WORKED = Uncertain(
    ref="G",
    planned=(20, 60, 100, 140, *[160] * 8),
    take_up=Triangular(100 / 160, 1, 200 / 160),
    fee=Triangular(200, 300, 350),
    revenue=Triangular(900, 1500, 2000),
    share=Triangular(0.10, 0.15, 0.25),
    churn=Triangular(0, 0.03, 0.08),
    guarantee_gbp=30_000,
    cost_per_year_gbp=18_000,
    cost_per_node_gbp=45,
    settled_after=5,
)


def portfolio(*agreements: Uncertain, **changed: Any) -> Portfolio:
    usual: dict[str, Any] = {
        "agreements": agreements or (WORKED,),
        "years": 12,
        "discount": flat_real(0.035, "check"),
        "timing": "middle",
        "inflation": STEADY,
    }
    return Portfolio(**usual | changed)


@pytest.fixture(scope="module")
def worked() -> Simulated:
    return simulated(portfolio(), DRAWS, SEED)


def test_base_case_is_as_worked(worked: Simulated) -> None:
    """Every factor at its most likely value, no draw made: 406,666.34."""
    assert worked.base_npv == pytest.approx(406_666.34, abs=0.005)


def test_percentiles_are_near_those_of_another_sampler(worked: Simulated) -> None:
    """P10, P50, P90 and mean within 2 %: plain random draws of the same number gave them."""
    assert worked.percentiles == pytest.approx((256_576.87, 372_409.39, 520_166.75), rel=0.02)
    assert worked.npv.mean() == pytest.approx(381_087.94, rel=0.02)
    assert worked.percentiles[1] < worked.base_npv


def test_tornado_is_as_worked() -> None:
    """Each range from end to end, the greatest swing first."""
    found = [(swing.factor, round(swing.size_gbp, 2)) for swing in tornado(portfolio(), (0, 1))]
    assert found == [
        ("take-up", 336_540.99),
        ("share", 257_316.69),
        ("revenue", 187_084.40),
        ("fee", 169_170.19),
        ("churn", 106_719.94),
    ]


def test_figures_of_the_only_agreement_are_the_portfolios(worked: Simulated) -> None:
    """Percentiles in the kernel are numpy's, and years sum to present values."""
    assert worked.agreement_npv[0] == pytest.approx(worked.percentiles, rel=1e-12)
    assert worked.agreement_mean[0] == pytest.approx(worked.npv.mean(), rel=1e-12)
    assert worked.agreement_loss[0] == worked.probability_of_loss == 0.0


FEW = tuple(
    replace(WORKED, ref=f"AG-{at}", guarantee_gbp=2_000.0 * at, indexation="cpi")
    for at in range(20)
)
LOADED = portfolio(
    *FEW,
    inflation=SWINGING,
    indexations={"cpi": Bounds(0.01, 0.05)},
    loadings={"take-up": 0.4, "fee": -0.2},
    inflation_loading=-0.3,
)


def test_same_seed_gives_the_same_figures_on_any_number_of_threads() -> None:
    """To the last bit, not only to 1e-9."""
    all_threads = simulated(LOADED, 2_000, SEED)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    one = simulated(LOADED, 2_000, SEED)
    numba.set_num_threads(before)
    assert (all_threads.by_year == one.by_year).all()
    assert (all_threads.agreement_npv == one.agreement_npv).all()
    assert (simulated(LOADED, 2_000, SEED + 1).by_year != one.by_year).all()


def test_draws_of_an_agreement_do_not_depend_on_its_neighbours() -> None:
    """Its figures are the same alone, and in another order."""
    turned = replace(LOADED, agreements=FEW[::-1])
    together, reverse = simulated(LOADED, 2_000, SEED), simulated(turned, 2_000, SEED)
    assert (together.agreement_npv == reverse.agreement_npv[::-1]).all()
    assert together.percentiles == pytest.approx(reverse.percentiles, rel=1e-12)


def test_generator_gives_its_published_numbers() -> None:
    """The first outputs of splitmix64 from seed 1234567, as its authors' code prints them."""
    golden, state, found = 0x9E3779B97F4A7C15, 1234567, []
    for _ in range(3):
        state = (state + golden) % 2**64
        found.append(int(mixed(np.uint64(state))))
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@settings(max_examples=30)
@given(st.integers(1, 500), st.integers(0, 2**64 - 1))
def test_shuffle_is_an_order_of_all(count: int, seed: int) -> None:
    """Every number once."""
    order = np.empty(count, np.int32)
    shuffle(order, np.uint64(seed))
    assert sorted(order.tolist()) == list(range(count))


def test_orders_are_uniform() -> None:
    """24 orders of four, each about as often (chi-squared)."""
    order, seen = np.empty(4, np.int32), []
    for seed in range(12_000):
        shuffle(order, np.uint64(mixed(np.uint64(seed))))
        seen.append(tuple(order.tolist()))
    counts = [seen.count(each) for each in set(seen)]
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-3


DISTRIBUTIONS: list[Distribution] = [
    Fixed(300.0),
    Uniform(200.0, 350.0),
    Triangular(200.0, 300.0, 350.0),
    Normal(300.0, 20.0),
    LogNormal(300.0, 0.2),
    Pert(200.0, 300.0, 350.0),
]


@pytest.mark.parametrize("loading", [0.0, 0.5])
@pytest.mark.parametrize("fee", DISTRIBUTIONS, ids=lambda each: type(each).__name__)
def test_drawn_values_follow_their_distribution(fee: Distribution, loading: float) -> None:
    """One node at a fee for one year: quantiles of its value are the distribution's own."""
    made = portfolio(
        Uncertain(ref="one", planned=(1.0,), fee=fee),
        years=1,
        discount=flat_real(0.0, "none"),
        loadings={"fee": loading},
    )
    found = simulated(made, DRAWS, SEED).npv
    at = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    tolerance = {0.0: 2e-4, 0.5: 1.5e-2}[loading]
    assert np.quantile(found, at) == pytest.approx(fee.quantile(at), rel=tolerance)


def test_loadings_correlate_what_is_drawn() -> None:
    """Two agreements whose fees load 0.8 on the market correlate by 0.64 in normal scores."""
    ones = [Uncertain(ref=name, planned=(1.0,), fee=Normal(50, 1)) for name in ("a", "b")]
    settings: dict[str, Any] = {
        "years": 1, "discount": flat_real(0.0, "x"), "loadings": {"fee": 0.8},
    }  # fmt: skip
    both = simulated(portfolio(*ones, **settings), DRAWS, SEED).npv
    assert both.var() == pytest.approx(2 + 2 * 0.64, rel=0.03)


def test_loadings_have_the_same_sign_for_every_distribution() -> None:
    """A uniform and a normal fee, both loading 0.8: their covariance is 0.64 / (2 root pi)."""
    ones = [
        Uncertain(ref="a", planned=(1.0,), fee=Uniform(50, 51)),
        Uncertain(ref="b", planned=(1.0,), fee=Normal(50, 1)),
    ]
    made = portfolio(*ones, years=1, discount=flat_real(0.0, "x"), loadings={"fee": 0.8})
    expected = 1 / 12 + 1 + 2 * 0.64 / (2 * np.sqrt(np.pi))
    assert simulated(made, DRAWS, SEED).npv.var() == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("design", ["latin-hypercube", "sobol"])
def test_inflation_path_has_its_mean_spread_and_persistence(design: str) -> None:
    """An autoregression of the first order, by either design."""
    made = portfolio(years=30, inflation=SWINGING)
    common = common_draws(made, 8192, SEED, design)  # type: ignore[arg-type]
    late = common.inflation[:, -1]
    assert late.mean() == pytest.approx(0.02, abs=5e-4)
    assert late.std() == pytest.approx(0.015 / np.sqrt(1 - 0.6**2), rel=0.03)
    follows = np.corrcoef(common.inflation[:, -2], late)[0, 1]
    assert follows == pytest.approx(0.6, abs=0.03)


def test_indexation_with_the_same_bounds_loses_what_inflation_takes() -> None:
    """A fixed 2 % at inflation of 4 %: worth 1.02/1.04 less each year; unbounded keeps all."""
    drawn, mean = np.full((5, 2), 0.04), Inflation(0.02, 0.0, 0.0, "x")
    fixed = worth_of(drawn, Bounds(0.02, 0.02), mean, 3)
    assert fixed[0] == pytest.approx([1, 1.02 / 1.04, (1.02 / 1.04) ** 2])
    assert (worth_of(drawn, None, mean, 3) == 1).all()


def test_worth_beside_a_planned_path_is_that_beside_the_plan() -> None:
    """As planned it is 1; with 4 % where 2 % were planned, money that stands still loses more."""
    planned = Inflation(0.0, 0.0, 0.0, "x", planned=(0.02, 0.03))
    cap = Bounds(-0.5, 0.025)
    path = np.array([[0.02, 0.03], [0.04, 0.03]])
    found = worth_of(path, cap, planned, 3)
    assert found[0] == pytest.approx([1, 1, 1])
    assert found[1] == pytest.approx([1, 1.025 / 1.04, 1.025 / 1.04])
    assert planned.middle(6) == pytest.approx([0.02, 0.03, 0.03, 0.03, 0.03])
    assert planned.middle(1).size == 0


def test_probability_of_loss_is_the_part_below_nothing() -> None:
    """A normal value with a mean of one deviation is below 0 in 15.87 of 100 draws."""
    made = portfolio(
        Uncertain(ref="one", planned=(1.0,), fee=Normal(101.0, 1.0), cost_per_year_gbp=100.0),
        years=1,
    )
    assert simulated(made, DRAWS, SEED).probability_of_loss == pytest.approx(0.1587, abs=1e-3)


def test_capital_is_spent_in_its_year() -> None:
    """1,000 in year 2, half as much again."""
    made = portfolio(
        Uncertain(
            ref="one", planned=(), fee=Fixed(0.0), capital=Fixed(1.5), capital_gbp=(0.0, 1000.0)
        ),
        years=3,
    )
    assert simulated(made, 16, SEED).by_year[:, 1].tolist() == [0.0, -1500.0, 0.0]


def test_convergence_narrows_as_draws_double(worked: Simulated) -> None:
    """Bounds hold the last estimate, and are narrower at the end."""
    shown = convergence(worked.npv)
    assert shown.draws.tolist() == [156, 312, 625, 1250, 2500, 5000, 10000]
    assert shown.estimates[-1] == pytest.approx(worked.percentiles)
    width = shown.high - shown.low
    assert (width[-1] < width[0] / 4).all()


def test_switching_value_is_where_nothing_is_gained() -> None:
    """A fee of 200 covers costs of 200; where no fee does, there is none."""
    assert switching_value(lambda fee: fee - 200, 0, 1000) == pytest.approx(200)
    assert switching_value(lambda fee: -fee - 1, 0, 1000) is None


REFUSED = [
    (lambda: simulated(portfolio(), 10, 1), "10 draws are outside"),
    (lambda: simulated(portfolio(), 10_000, 1, "sobol"), "take 8,192 or 16,384"),
    (lambda: portfolio(WORKED, WORKED), "two agreements have one reference"),
    (lambda: portfolio(loadings={"fee": 1.5}), "loading of fee is 1.5"),
    (lambda: portfolio(replace(WORKED, indexation="rpi")), "follows rpi"),
    (lambda: portfolio(years=0), "a year at least"),
    (lambda: Triangular(3, 2, 4), "not in order"),
    (lambda: Normal(0, float("nan")), "not in order"),
    (lambda: Pert(1, 1, 1), "use Fixed"),
    (lambda: LogNormal(0, 1), "above 0"),
    (lambda: Inflation(0.02, 0.01, 1.0, "x"), "below 1"),
    (lambda: convergence(np.zeros(50)), "too few"),
    (lambda: switching_value(abs, 2, 1), "not in order"),
]


@pytest.mark.parametrize(("work", "said"), REFUSED)
def test_inputs_without_a_meaning_are_refused(work: Any, said: str) -> None:
    """Each says what is wrong."""
    with pytest.raises(Refused, match=said):
        work()


def test_green_book_discounts_a_simulation_too() -> None:
    """Any real rates serve."""
    assert simulated(portfolio(discount=GREEN_BOOK), 1_000, SEED).percentiles[0] > 0
