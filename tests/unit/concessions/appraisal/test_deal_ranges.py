"""The range of each compared deal: drawn on the same futures, and of the deal itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from canopy.concessions.appraisal.comparison import Asked, asked_of, compare
from canopy.concessions.montecarlo.assumed import Assumed, Range
from canopy.errors import BadTerms

COMMON = {"council_gbp_per_year": 9000, "source": "made up"}
ASKED = {
    "title": "Lamp columns", "prices": "2026/27", "nodes": [20, 60, 100, 90, 140],
    "nodes_source": "made up",
    "concession": {"operator_gbp_per_node": 1500, "guarantee_gbp": 20000, "share": 0.2,
                   "upfront_gbp": 25000, **COMMON},
    "open_access": {"fee_gbp_per_node": 300, "preparation_gbp": 40000, **COMMON},
    "own_and_operate": {"operator_gbp_per_node": 1500, "capital_gbp_per_node": 2500,
                        "running_gbp_per_node": 600, "replaced_after_years": 3, **COMMON},
    "neutral_host": {"operator_gbp_per_node": 1200, "operators_per_node": 1.5, "share": 0.1,
                     "fee_gbp_per_node": 100, **COMMON},
}  # fmt: skip


def fixed(value: float) -> Range:
    return Range(shape="fixed", value=value, source="none drawn")


def assumed(take_up: float = 1, capital: float = 1) -> Assumed:
    return Assumed(
        take_up=fixed(take_up), price=fixed(1), churn=fixed(0), capital=fixed(capital)
    )  # fmt: skip


def asked(**changed: object) -> Asked:
    return asked_of({**ASKED, **changed})


@pytest.mark.parametrize("threshold", [None, 30_000, 500_000])
def test_with_nothing_drawn_the_range_is_the_plan_s_value(threshold: int | None) -> None:
    """Of every deal, year 0 included, also where a share comes on top of a guarantee."""
    terms = {**ASKED["concession"], **({"threshold_gbp": threshold} if threshold else {})}
    found = compare(replace(asked(concession=terms), ranges=assumed()), draws=100)
    assert len(found.rows) == 4
    for row in found.rows:
        drawn = found.ranges[row.name]
        values = [drawn.p10_gbp, drawn.p50_gbp, drawn.p90_gbp]
        assert values == pytest.approx([row.npv_gbp] * 3, abs=1e-6)


def test_half_the_take_up_is_half_the_fees_and_no_less_equipment() -> None:
    """By hand: a guarantee keeps the concession, and the owner has bought for the plan."""
    half = compare(replace(asked(), ranges=assumed(take_up=0.5, capital=1.2)), draws=100).ranges
    nodes = np.array(ASKED["nodes"])
    factors = 1.035 ** -np.arange(1, 6)
    paid = np.maximum(20_000, 0.2 * 1500 * nodes / 2) - 9_000
    bought = np.array([20, 40, 40, 0 + 20, 50 + 40])
    own = nodes / 2 * 900 - 1.2 * 2500 * bought - 9_000
    opened = nodes / 2 * 300 - 9_000
    by_hand = {
        "concession with guarantee and share": 25_000 + factors @ paid,
        "own and operate": factors @ own,
        "open access, licence for each node": -1.2 * 40_000 + factors @ opened,
    }
    assert {name: half[name].p50_gbp for name in by_hand} == pytest.approx(by_hand)


def test_a_seed_gives_the_same_ranges_and_a_guarantee_narrows_them() -> None:
    """Without one the share hangs on take-up and price to the last pound."""
    first, again = (compare(asked(), draws=500, seed=7).ranges for _ in range(2))
    assert first == again
    assert first != compare(asked(), draws=500, seed=8).ranges
    bare = compare(asked(concession={**ASKED["concession"], "guarantee_gbp": 0}), draws=500, seed=7)
    name = "concession with guarantee and share"
    kept, free = first[name], bare.ranges[name]
    assert free.p90_gbp - free.p10_gbp > kept.p90_gbp - kept.p10_gbp > 0
    assert 0 <= kept.probability_of_loss <= 1


def test_ranges_of_the_file_are_named_with_their_source_and_checked() -> None:
    named = {name: {"shape": "fixed", "value": 1, "source": "five councils"}
             for name in ("take_up", "price", "churn", "capital")}  # fmt: skip
    assert "take-up: fixed value 1 (five councils)" in asked(ranges=named).sources()
    assert not any("inflation" in each for each in asked().sources())
    with pytest.raises(BadTerms, match=r"ranges\.take_up"):
        asked(ranges={**named, "take_up": {"shape": "fixed", "source": "none"}})
