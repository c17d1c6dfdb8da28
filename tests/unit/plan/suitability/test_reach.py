"""How much lies within reach, beside counting each pair."""

from __future__ import annotations

import numpy as np
import pytest

from canopy.plan.suitability.reach import CELLS_IN_REACH, demand_within


def test_demand_is_what_counting_each_pair_gives() -> None:
    """Between what lies within the reach less a cell, and the reach and a cell more."""
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-50, 1_050, (2, 200))
    at_x, at_y, amounts = *rng.uniform(0, 1_000, (2, 3_000)), rng.uniform(0, 5, 3_000)
    found = demand_within(x, y, 150.0, at_x, at_y, amounts)
    apart = np.hypot(x[:, None] - at_x, y[:, None] - at_y)
    cell = 150.0 / CELLS_IN_REACH
    assert np.all(found >= (amounts * (apart <= 150 - cell)).sum(axis=1) - 1e-6)
    assert np.all(found <= (amounts * (apart <= 150 + cell)).sum(axis=1) + 1e-6)
    exact = (amounts * (apart <= 150)).sum(axis=1)
    assert found.sum() == pytest.approx(exact.sum(), rel=0.01)


def test_nothing_near_is_nothing_and_no_position_is_not_known() -> None:
    """Zero is a finding; NaN is none."""
    found = demand_within(
        np.array([10_000.0, np.nan]), np.array([0.0, np.nan]), 100.0,
        np.array([0.0]), np.array([0.0]), np.array([7.0]),
    )  # fmt: skip
    assert found[0] == 0.0
    assert np.isnan(found[1])


def test_a_point_beside_the_asset_counts_in_full() -> None:
    """Even where it is the only one there is."""
    one = np.array([5.0])
    assert demand_within(one, one, 100.0, one, one, np.array([7.0])).tolist() == [7.0]
