"""Greedy choices keep to their rules, and their bound holds against the proven best."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded, Refused
from canopy.plan.siting import sets as sets_module
from canopy.plan.siting import spacing as spacing_module
from canopy.plan.siting.curve import steps_of, trade_off
from canopy.plan.siting.exact import covered_by, solve
from canopy.plan.siting.greedy import choose
from canopy.plan.siting.minimums import Conflicting
from canopy.plan.siting.robustness import chosen_under, drawn_cover
from canopy.plan.siting.rules import Minimum, Rules, Spacing
from canopy.plan.siting.sets import CoverageSets, joined, numbered, within_reach

GRID = Grid(27700, 400_000.0, 300_000.0, 10.0, 60, 50)


def sets_of(*cells: list[int], count: int = 12) -> CoverageSets:
    return joined([np.array(each, np.int32) for each in cells], count)


@st.composite
def problems(draw: st.DrawFn) -> tuple[CoverageSets, np.ndarray, Rules]:
    """Up to seven candidates over twelve cells, some with costs and a budget."""
    cells = draw(st.lists(st.lists(st.integers(0, 11), max_size=8), min_size=1, max_size=7))
    weights = np.array(draw(st.lists(st.integers(0, 9), min_size=12, max_size=12)), float)
    count = len(cells)
    cost = np.array(draw(st.lists(st.integers(0, 9), min_size=count, max_size=count)), np.int64)
    budget = draw(st.none() | st.integers(0, 25))
    rules = Rules(
        count, sites=draw(st.none() | st.integers(1, count)), cost_pence=cost, budget_pence=budget
    )
    return sets_of(*cells), weights, rules


def best_of_all(sets: CoverageSets, weights: np.ndarray, rules: Rules) -> float:
    """By trying every choice."""
    cost, best = rules.costs(), 0.0
    for size in range(rules.most_sites + 1):
        for chosen in combinations(range(sets.count), size):
            sites = np.array(chosen, np.int32)
            within = rules.budget_pence is None or cost[sites].sum() <= rules.budget_pence
            if within:
                best = max(best, covered_by(sets, weights, sites))
    return best


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_bound_holds_and_the_exact_answer_is_the_best_there_is(
    problem: tuple[CoverageSets, np.ndarray, Rules],
) -> None:
    """Greedy is within its rules and its bound; HiGHS finds what trying all choices finds."""
    sets, weights, rules = problem
    found = choose(sets, weights, rules)
    best = best_of_all(sets, weights, rules)
    assert found.covered <= best + 1e-9 <= found.possible + 2e-9
    assert len(found.sites) <= rules.most_sites
    assert rules.budget_pence is None or found.cost_pence.sum() <= rules.budget_pence
    assert found.covered == pytest.approx(covered_by(sets, weights, found.sites))
    proven = solve(sets, weights, rules)
    assert proven.covered == pytest.approx(best)
    assert proven.is_proven


def test_the_greedy_order_is_by_what_each_adds_and_ties_go_to_the_lower_number() -> None:
    """Worked: 5, then 3 that are new, then 1; the fourth adds nothing and is not chosen."""
    sets = sets_of([0, 1, 2, 3, 4], [3, 4, 5, 6, 7], [7, 8], [0, 8], [5, 6])
    found = choose(sets, np.ones(12), Rules(5))
    assert found.sites.tolist() == [0, 1, 2]
    assert found.added.tolist() == [5.0, 3.0, 1.0]
    assert found.share_of_best == 1.0
    table = steps_of(found)
    assert [each.covered for each in table] == [5.0, 8.0, 9.0]


def test_required_sites_come_first_and_forbidden_ones_never() -> None:
    sets = sets_of([0, 1, 2], [3], [4, 5], [6])
    rules = Rules(4, sites=3, required=(3, 1), forbidden=(0,))
    assert choose(sets, np.ones(12), rules).sites.tolist() == [1, 3, 2]


def test_no_two_chosen_sites_are_nearer_than_the_rule_says() -> None:
    x = np.array([0.0, 50.0, 99.9, 200.0])
    rules = Rules(4, spacing=Spacing(x, np.zeros(4), 100.0))
    sets = sets_of([0, 1, 2], [3, 4], [5, 6], [7])
    assert choose(sets, np.ones(12), rules).sites.tolist() == [0, 3]
    assert solve(sets, np.ones(12), rules).sites.tolist() in ([0, 3], [1, 3], [2, 3])


def test_more_pairs_than_can_be_held_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four in one place are six pairs."""
    monkeypatch.setattr(spacing_module, "MOST_PAIRS", 5)
    rules = Rules(4, spacing=Spacing(np.zeros(4), np.zeros(4), 1.0))
    with pytest.raises(LimitExceeded, match="6 pairs"):
        choose(sets_of([0], [1], [2], [3]), np.ones(12), rules)


def test_minimums_are_met_where_the_greedy_choice_misses_them() -> None:
    """A ward that covers little gets its site."""
    sets = sets_of([0, 1, 2], [3, 4, 5], [6])
    poor = Minimum("ward Poor", np.array([False, False, True]), 1)
    rules = Rules(3, sites=2, minimums=(poor,))
    found = choose(sets, np.ones(12), rules)
    assert set(found.sites.tolist()) == {0, 2}
    assert solve(sets, np.ones(12), rules).covered == 4.0


def test_rules_that_clash_are_named_and_no_others() -> None:
    """Leave any one of them out and the rest can be kept."""
    poor = Minimum("ward Poor", np.array([False, False, True]), 1)
    rules = Rules(
        3, sites=2, cost_pence=np.array([500, 100, 300]), budget_pence=400, minimums=(poor,),
        forbidden=(2,), required=(1,),
    )  # fmt: skip
    with pytest.raises(Conflicting) as clash:
        choose(sets_of([0], [1], [2]), np.ones(12), rules)
    assert set(clash.value.members["rules"]) == {  # type: ignore[call-overload]
        "candidate 2 is forbidden", "at least 1 of ward Poor, which has 1",
    }  # fmt: skip


def test_a_chance_of_coverage_leaves_the_rest_to_others() -> None:
    """Two sites that cover a cell at one in two cover three quarters of it."""
    halves = CoverageSets(
        np.array([0, 1, 2, 3]), np.array([0, 0, 1], np.int32), 2,
        np.array([0.5, 0.5, 0.3], np.float32),
    )  # fmt: skip
    found = choose(halves, np.array([8.0, 8.0]), Rules(3))
    assert found.added.tolist() == pytest.approx([4.0, 2.4, 2.0])
    with pytest.raises(Refused, match="is covered or is not"):
        solve(halves, np.ones(2), Rules(3))


def test_the_curve_has_no_point_that_another_beats_and_shows_its_knee() -> None:
    sets = sets_of([0, 1, 2, 3], [4, 5], [6], [7])
    rules = Rules(4, cost_pence=np.array([100, 100, 100, 400], np.int64))
    points = trade_off(sets, np.ones(12), rules, [100, 150, 200, 300, 700])
    assert [(each.cost_pence, each.covered) for each in points] == [
        (100, 4.0), (200, 6.0), (300, 7.0), (700, 8.0),
    ]  # fmt: skip
    assert [each.cost_pence for each in points if each.is_knee] == [300]
    assert all(each.possible >= each.covered for each in points)


def test_sites_that_every_draw_chooses_are_a_safe_first_phase() -> None:
    """The same seed gives the same shares, and the first draws of more are those of fewer."""
    chances = CoverageSets(
        np.array([0, 2, 3, 4]), np.array([0, 1, 2, 3], np.int32), 4,
        np.array([1.0, 1.0, 0.5, 0.5], np.float32),
    )  # fmt: skip

    def draw(generator: np.random.Generator) -> tuple[CoverageSets, np.ndarray, Rules]:
        return drawn_cover(chances, generator), np.ones(4), Rules(3, sites=2)

    found = chosen_under(draw, 400, 7)
    assert found.always().tolist() == [0]
    assert found.share[1] == pytest.approx(0.5, abs=0.1)
    assert (chosen_under(draw, 400, 7).share == found.share).all()
    assert (chosen_under(draw, 100, 7).covered == found.covered[:100]).all()


@given(st.floats(399_900, 400_700), st.floats(299_400, 300_100), st.floats(1, 300))
def test_the_cells_within_reach_are_those_whose_centre_is(x: float, y: float, reach: float) -> None:
    """Against every cell's distance; only those that count are numbered."""
    wanted = np.arange(GRID.rows * GRID.columns).reshape(GRID.rows, GRID.columns) % 3 != 0
    numbers = numbered(wanted)
    found = within_reach(np.array([x]), np.array([y]), reach, GRID, numbers).of(0)
    columns = GRID.west_m + (np.arange(GRID.columns) + 0.5) * GRID.cell_m
    rows = GRID.north_m - (np.arange(GRID.rows) + 0.5) * GRID.cell_m
    apart = np.hypot(columns[None, :] - x, rows[:, None] - y)
    surely = numbers[(apart < reach - 1e-6) & wanted]
    maybe = numbers[(apart < reach + 1e-6) & wanted]
    assert set(surely.tolist()) <= set(found.tolist()) <= set(maybe.tolist())
    assert (np.diff(found) > 0).all()


def test_too_many_pairs_are_refused_before_memory_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sets_module, "MAX_PAIRS", 10)
    with pytest.raises(LimitExceeded, match="smaller reach"):
        within_reach(np.array([400_300.0]), np.array([299_700.0]), 100.0, GRID)


@pytest.mark.parametrize(
    ("weights", "told"),
    [([1.0] * 11, "12 cells"), ([float("nan")] * 12, "unknown"), ([-1.0] * 12, "0 or more")],
)
def test_weights_that_are_none_are_refused(weights: list[float], told: str) -> None:
    with pytest.raises(Refused, match=told):
        choose(sets_of([0]), np.array(weights), Rules(1))


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"sites": 0}, "sites"),
        ({"budget_pence": 5}, "budget_pence"),
        ({"cost_pence": np.array([-1, 1, 1])}, "cost_pence"),
        ({"required": (9,)}, "no candidate 9"),
        ({"required": (1,), "forbidden": (1,)}, "required too"),
        ({"spacing": Spacing(np.zeros(3), np.zeros(2), 5.0)}, "spacing"),
        ({"minimums": (Minimum("w", np.ones(3, bool), 0),)}, "minimums"),
    ],
)
def test_rules_that_are_none_are_refused(rules: dict[str, object], told: str) -> None:
    with pytest.raises(Refused, match=told):
        Rules(3, **rules)  # type: ignore[arg-type]
