"""Losses over distance by the method that was asked for, with sight, without, and expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_runs import BUDGET, GRID, site

from canopy.coverage.engine.methods import ClassCurves, SiteClass, curves_of
from canopy.coverage.engine.preparing import prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import solve
from canopy.coverage.validity import Validity
from canopy.errors import Refused


def curves(
    model: str,
    frequency_mhz: float,
    height_m: float,
    environment: str = "urban",
    reach_m: float = 5000.0,
) -> ClassCurves:
    here = site(1, 530_203.0, 180_203.0, frequency_mhz=frequency_mhz, antenna_height_m=height_m)
    given = Problem(GRID, (here,), BUDGET, reach_m, environment, model)  # type: ignore[arg-type]
    return curves_of(SiteClass.of(here), given)


def at(distance_m: float, found: ClassCurves, row: int) -> tuple[float, float, int]:
    """Loss [dB], deviation [dB] and flag of a row: 0 expected, 1 with sight, 2 without."""
    loss, sigma, flag = found.rows[row](np.array([distance_m]))
    return float(loss[0]), float(sigma[0]), int(flag[0])


def test_streets_are_p1411_weighed_by_the_probability_of_sight() -> None:
    """2,400 MHz from 8 m to 1.5 m at 100 m in a street of high buildings."""
    # d3D = hypot(100, 6.5) = 100.2110, log 2.000915; log 2.4 = 0.380211.
    # with sight 20.7 * 2.000915 + 31.23 + 20.6 * 0.380211 = 80.4813
    # without 37.3 * 2.000915 + 16.02 + 22.6 * 0.380211 = 99.2469
    # P = 0.18 + 0.82 exp(-100/36) = 0.230985: 0.230985 * 80.4813 + 0.769015 * 99.2469
    # deviation: 0.230985 * 4.91² + 0.769015 * 7.62² + 0.177631 * 18.7656² = 112.7737
    found = curves("p1411", 2400.0, 8.0, reach_m=660.0)
    assert at(100.0, found, 1) == pytest.approx((80.481, 4.91, Validity.IN_RANGE), abs=2e-3)
    assert at(100.0, found, 2) == pytest.approx((99.247, 7.62, Validity.IN_RANGE), abs=2e-3)
    assert at(100.0, found, 0) == pytest.approx((94.912, 10.619, Validity.IN_RANGE), abs=2e-3)


def test_streets_are_in_range_where_the_row_in_use_is() -> None:
    """To 18 m sight is certain, so that only its row counts; 5 m and 660 m are its ends."""
    found = curves("p1411", 2400.0, 1.5, reach_m=660.0)
    flags = [at(d, found, 0)[2] for d in (4.9, 5.0, 18.0, 19.0, 20.0, 660.0, 661.0)]
    inside, flagged = Validity.IN_RANGE, Validity.EXTRAPOLATED
    assert flags == [flagged, inside, inside, flagged, inside, inside, flagged]


@pytest.mark.parametrize("environment", ["dense urban", "urban"])
@pytest.mark.parametrize("frequency_mhz", [2442.0, 5600.0, 6175.0, 26_500.0, 82_000.0])
@pytest.mark.parametrize("height_m", [4.0, 8.0, 15.0])
def test_p1411_hands_over_to_umi_without_a_ring(
    height_m: float, frequency_mhz: float, environment: str
) -> None:
    """At 660 m the expected losses of both differ by less than 2 dB."""
    found = curves("auto", frequency_mhz, height_m, environment)
    assert [stage.method for stage in found.stages] == ["p1411", "umi"]
    before, after = at(660.0, found, 0)[0], at(660.001, found, 0)[0]
    assert abs(after - before) < 2


def test_open_country_has_no_row_of_p1411() -> None:
    """The residential row is taken, and flagged everywhere."""
    found = curves("p1411", 2400.0, 8.0, "rural")
    assert at(100.0, found, 1)[2] == at(100.0, found, 2)[2] == Validity.EXTRAPOLATED
    # 30.1 * 2.000915 + 18.8 + 20.7 * 0.380211
    assert at(100.0, found, 2)[0] == pytest.approx(86.898, abs=2e-3)


HATA = [
    # tests/unit/coverage/closed_form/test_hata_losses.py works these out for 2 km and 30 m;
    # deviation 0.65 * 2.90309² - 1.3 * 2.90309 + 5.2 = 5.4782 - 3.7740 + 5.2, or + 6.6
    ("dense urban", 135.69, 6.904),
    ("urban", 135.67, 6.904),
    ("suburban", 126.03, 8.304),
    ("rural", 107.66, 8.304),
]


@pytest.mark.parametrize(("environment", "loss_db", "sigma_db"), HATA)
def test_hata_is_one_median_for_the_surroundings(
    environment: str, loss_db: float, sigma_db: float
) -> None:
    """The same with sight, without, and expected."""
    found = curves("hata", 800.0, 30.0, environment)
    for row in range(3):
        loss, sigma, flag = at(2000.0, found, row)
        assert (loss, sigma) == pytest.approx((loss_db, sigma_db), abs=0.01)
        assert flag == Validity.IN_RANGE


def test_a_mast_by_hata_serves_its_own_foot() -> None:
    """Nearer than 20 m the value there is held, flagged as all of the first kilometre."""
    found = curves("hata", 800.0, 30.0)
    assert at(1.0, found, 0) == at(20.0, found, 0)
    flags = [at(d, found, 0)[2] for d in (20.0, 999.0, 1000.0)]
    assert flags == [Validity.EXTRAPOLATED, Validity.EXTRAPOLATED, Validity.IN_RANGE]


def test_cost231_is_three_decibels_more_in_a_metropolitan_centre() -> None:
    """1,800 MHz at 1 km from 30 m: 136.20 dB in town; deviation 0.65 * 3.255273² - 4.2319 + 5.2."""
    assert at(1000.0, curves("cost231", 1800.0, 30.0), 0) == pytest.approx(
        (136.20, 7.856, Validity.IN_RANGE), abs=0.01
    )
    centre = curves("cost231", 1800.0, 30.0, "dense urban")
    assert at(1000.0, centre, 0)[0] == pytest.approx(139.20, abs=0.01)


def test_cost231_has_nothing_for_open_country() -> None:
    """The run is refused and says what to use."""
    with pytest.raises(Refused, match="use Hata"):
        prepare(
            Problem(
                GRID,
                (site(1, 530_203.0, 180_203.0, antenna_height_m=30.0),),
                BUDGET,
                2000.0,
                "rural",
                "cost231",
            )
        )


def test_free_space_spreads_and_does_not_vary() -> None:
    """900 MHz from 31.5 m to 1.5 m at 40 m away: 50 m in a straight line, no deviation."""
    # 32.4478 + 20 log 900 + 20 log 0.05 = 32.4478 + 59.0849 - 26.0206
    found = curves("free-space", 900.0, 31.5)
    for row in range(3):
        assert at(40.0, found, row) == pytest.approx((65.512, 0.0, Validity.IN_RANGE), abs=1e-3)


@pytest.mark.parametrize(
    ("model", "asks_for_sight"),
    [("p1411", True), ("hata", False), ("cost231", False), ("free-space", False)],
)
def test_a_run_by_a_method_that_was_asked_for_says_so(model: str, asks_for_sight: bool) -> None:
    """Finite levels everywhere, the method and what to know of it in the explanation; of sight
    nothing is said where the method does not ask for it."""
    here = site(1, 530_203.0, 180_203.0, antenna_height_m=8.0)
    given = Problem(GRID, (here,), BUDGET, 500.0, "urban", model)
    prepared = prepare(replace(given, budget=replace(BUDGET, threshold_dbm=-90.0)))
    assert np.isfinite(solve(prepared).rsrp_dbm).all()
    assert "it was asked for" in prepared.explanation[0]
    assert len(prepared.explanation) == 2 + asks_for_sight
    assert ("Sight is weighed" in prepared.explanation[-1]) is asks_for_sight
