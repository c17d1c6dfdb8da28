"""What a batch of assets says of itself: ages, supplies, claims."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from canopy.access.rules import Role
from canopy.assets.batches import AssetBatch
from canopy.plan.suitability.reading import BatchReader, Told, supply_of

DAY = date(2026, 11, 28)


def read(
    attributes: dict[str, Any] | None = None, held: dict[str, bool] | None = None,
    role: Role = Role.estates, **columns: Any,
) -> dict[str, Any]:  # fmt: skip
    """The facts of one asset."""
    given = {"source": "town", "ref": "L1", "height_m": None, "sensitivity": None, **columns}
    if role is Role.planner:
        del given["sensitivity"]
    batch = AssetBatch(
        {name: [value] for name, value in given.items()}, [attributes or {}],
        np.array([None], dtype=object),
    )  # fmt: skip
    return {
        name: values[0]
        for name, values in BatchReader(batch, Told(DAY, role, held)).facts().items()
    }


@pytest.mark.parametrize(
    ("regime", "supply"),
    [("35/18", "live"), ("Continuous", "live"), ("Dusk-Dawn", "live"), ("Photocell 70/35", "live"),
     ("Part night 00:00-05:30", "part_night"), ("off at midnight", "part_night"),
     ("CMS profile 7", None), (None, None)],
)  # fmt: skip
def test_a_switch_regime_tells_whether_the_supply_stays(regime: Any, supply: Any) -> None:
    """A photocell switches the lamp, a part-night regime the supply; other words tell nothing."""
    assert supply_of(regime) == supply


def test_ages_are_counted_on_the_day() -> None:
    """A test of six years ago, a column half through a stated life, a lease with a year left."""
    told = read({"structural_test_on": "2020-11-28", "installed_on": "2006-11-28",
                 "design_life_y": 40, "tenure_expires_on": "2027-11-28"})  # fmt: skip
    assert told["structural_age_y"] == pytest.approx(6.0, abs=0.01)
    assert told["residual_life_y"] == pytest.approx(20.0, abs=0.01)
    assert told["tenure_left_y"] == pytest.approx(1.0, abs=0.01)


def test_absent_is_not_known() -> None:
    """Never zero, never a default."""
    told = read()
    assert {name for name, value in told.items() if value is not None} == {"sensitivity"}


@pytest.mark.parametrize(
    ("register", "claims", "held"),
    [
        (None, None, None),
        ({}, None, "none"),
        ({"L1": True}, None, "exclusive"),
        ({"town/L1": False}, None, "shared"),
        ({}, [{"kind": "exclusivity", "until_on": "2030-01-01"}], "exclusive"),
        ({}, [{"kind": "exclusivity", "until_on": "2020-01-01"}], "none"),
        (None, [{"kind": "wayleave"}], "shared"),
        (None, [], "none"),
    ],
)
def test_what_is_let_comes_from_agreements_and_encumbrances(
    register: Any, claims: Any, held: Any
) -> None:
    """Where neither tells, it is not known; what has ended does not count."""
    attributes = {} if claims is None else {"encumbrances": claims}
    assert read(attributes, register)["held"] == held


def test_who_sees_no_sensitivity_knows_that_it_is_not_beyond_them() -> None:
    """An asset kept for estates would not be there for a planner at all."""
    assert read(role=Role.planner)["sensitivity"] == "planner"
    assert read()["sensitivity"] == "public"
    assert read(sensitivity="admin")["sensitivity"] == "admin"


def test_equipment_hangs_below_the_lantern() -> None:
    """A metre under the lantern, or under the top where none is stated."""
    assert read(height_m=8.0)["clear_height_m"] == 7.0
    assert read({"lantern_height_m": 5.0}, height_m=8.0)["clear_height_m"] == 4.0
