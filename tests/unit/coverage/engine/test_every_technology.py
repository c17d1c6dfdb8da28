"""Every technology of the table runs end to end with the method that is chosen for it."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import GRID, site

from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.engine.preparing import prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import solve
from canopy.coverage.propagation.choice import METHODS
from canopy.coverage.sites.technologies import TECHNOLOGIES, technology
from canopy.coverage.validity import Validity


def problem(technology_id: str, kind: str, environment: str) -> Problem:
    """One site in the middle of 400 m by 400 m, with the technology's own values."""
    chosen = technology(technology_id)
    defaults = chosen.small_cell if kind == "column" else chosen.macro
    here = site(
        1,
        530_203.0,
        180_203.0,
        technology=technology_id,
        antenna_height_m=defaults.antenna_height_m,
        frequency_mhz=chosen.frequency_mhz,
        bandwidth_mhz=chosen.bandwidth_mhz,
        eirp_dbm=defaults.eirp_dbm,
    )
    budget = LinkBudget(
        technology=technology_id,
        bandwidth_mhz=chosen.bandwidth_mhz,
        reference_carriers=chosen.reference_carriers,
        receiver_height_m=chosen.receiver_height_m,
        noise_figure_db=chosen.noise_figure_db,
        threshold_dbm=chosen.threshold_dbm,
        shannon_share=chosen.shannon_share,
        most_bps_per_hz=chosen.most_bps_per_hz,
        least_sinr_db=chosen.least_sinr_db,
    )
    return Problem(GRID, (here,), budget, defaults.reach_m, environment)  # type: ignore[arg-type]


@pytest.mark.parametrize("environment", ["dense urban", "urban", "suburban", "rural"])
@pytest.mark.parametrize("kind", ["column", "mast"])
@pytest.mark.parametrize("technology_id", list(TECHNOLOGIES))
def test_a_technology_gives_levels_from_a_column_and_from_a_mast(
    technology_id: str, kind: str, environment: str
) -> None:
    """Finite levels, none above what leaves the antenna, probabilities, and every method named."""
    asked = problem(technology_id, kind, environment)
    prepared = prepare(asked)
    result = solve(prepared)
    assert np.isfinite(result.rsrp_dbm).all()
    assert (result.rsrp_dbm < asked.sites[0].eirp_dbm).all()
    assert ((result.probability >= 0) & (result.probability <= 1)).all()
    assert np.isin(result.flag, [Validity.IN_RANGE, Validity.EXTRAPOLATED]).all()
    (stages,) = prepared.stages
    said = " ".join(prepared.explanation)
    assert [stage.method for stage in stages if METHODS[stage.method].edition not in said] == []
    assert stages[0].from_m == 0
    assert stages[-1].to_m == asked.reach_m


CHOSEN = [
    ("lorawan-868", "column", ["umi"]),
    ("lorawan-868", "mast", ["uma", "uma"]),
    ("wifi-2400", "column", ["p1411"]),
    ("wifi-5000", "column", ["p1411"]),
    ("wifi-6000", "mast", ["p1411"]),  # a mast of Wi-Fi is 15 m: not above the roofs
    ("nr-26000", "column", ["p1411"]),
    ("nr-26000", "mast", ["uma"]),
    ("lte-1800", "column", ["umi"]),
    ("nr-3500", "column", ["umi"]),
    ("nr-3500", "mast", ["uma"]),
]


@pytest.mark.parametrize(("technology_id", "kind", "expected"), CHOSEN)
def test_each_technology_is_reckoned_by_the_method_made_for_it(
    technology_id: str, kind: str, expected: list[str]
) -> None:
    """In town, with the heights and reaches of the table."""
    (stages,) = prepare(problem(technology_id, kind, "urban")).stages
    assert [stage.method for stage in stages] == expected
