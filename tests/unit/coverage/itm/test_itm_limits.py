"""ITM: limits, symmetry, order and what is refused or flagged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import fresnel

from canopy.coverage.propagation.itm.cautions import REASONS, Caution
from canopy.coverage.propagation.itm.diffraction import height_gain, knife_edge
from canopy.coverage.propagation.itm.loss import losses
from canopy.coverage.propagation.itm.path import effective_curvature, radio
from canopy.coverage.propagation.itm.prediction import Answer, predict, predict_area
from canopy.coverage.propagation.itm.profile import reduce_profile, trend
from canopy.coverage.propagation.itm.siting import reduce_area
from canopy.coverage.propagation.itm.terms import (
    AreaPath,
    Climate,
    Mode,
    Quantile,
    Siting,
    Terms,
    TerrainProfile,
)
from canopy.coverage.propagation.itm.variability import Wanted
from canopy.coverage.validity import Validity
from canopy.errors import Refused

HEIGHTS = st.lists(st.floats(0, 400), min_size=13, max_size=13)
MODES = st.sampled_from(list(Mode))
CLIMATES = st.sampled_from(list(Climate))
AT_THE_MEDIAN = Wanted(6, Mode.BROADCAST, True, True, 0.0, 0.0, 0.0)


def terms(**changed: Any) -> Terms:
    """900 MHz from 30 m to 10 m over Britain, unless changed."""
    usual: dict[str, Any] = {
        "frequency_mhz": 900,
        "tx_height_m": 30,
        "rx_height_m": 10,
        "sea_n0": 325,
        "climate": Climate.MARITIME_TEMPERATE_LAND,
    }
    return Terms(**usual | changed)


def even(length_km: float = 20.0, ground_m: float = 50.0, points: int = 101) -> TerrainProfile:
    """Level ground."""
    return TerrainProfile.of(1000 * length_km / (points - 1), np.full(points, ground_m))


def hills(heights: list[float], step_m: float = 1500.0) -> TerrainProfile:
    return TerrainProfile.of(step_m, heights)


def over_area(distance_km: float, **changed: Any) -> Answer:
    """The answer for hills of 90 m."""
    return predict_area(AreaPath(distance_km=distance_km, delta_h_m=90), terms(**changed))


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile once, so that no example of a property is timed with it."""
    predict(even(), terms())
    predict_area(AreaPath(distance_km=100, delta_h_m=90), terms())


@pytest.mark.parametrize("nu", [0.0, 0.5, 1.0, 1.7, 2.39, 2.41, 4.0, 20.0])
def test_a_knife_edge_is_near_the_fresnel_integral(nu: float) -> None:
    """Equation 6.1 is within 0.15 dB of equation 4.21, on both sides of ν = 2.4."""
    sine, cosine = fresnel(nu)
    exact_db = -20 * math.log10(math.hypot(0.5 - cosine, 0.5 - sine) / math.sqrt(2))
    assert knife_edge(nu * nu) == pytest.approx(exact_db, abs=0.15)


@pytest.mark.parametrize(("x", "step_db"), [(200.0, 1.5), (2000.0, 0.1)])
def test_height_gain_hardly_steps_where_its_formula_changes(x: float, step_db: float) -> None:
    """Equations 6.2 to 6.7 almost meet at x = 200 and 2,000."""
    step = height_gain(x * (1 + 1e-9), 1e-6) - height_gain(x * (1 - 1e-9), 1e-6)
    assert abs(step) < step_db


def test_a_line_fitted_to_a_line_is_that_line() -> None:
    """The trend of a ramp is the ramp, wherever it is fitted, at both ends of the profile."""
    ramp = 20 + 3.0 * np.arange(41)
    for before, after in ((0.0, 0.0), (3.5, 8.8), (10.0, 30.0)):
        assert trend(ramp, 40, before, after) == pytest.approx((20.0, 140.0))


def test_the_interdecile_range_of_a_wave_is_that_of_its_sine() -> None:
    """Of a sine of amplitude a, nine tenths lie below a sin(0.4 π): Δh(d) is 1.902 a.

    The trend takes part of it, and 245 samples leave a little: 3 %.
    """
    wave = 100 + 30 * np.sin(np.linspace(0, 40 * np.pi, 2001))
    path = reduce_profile(wave, 2000, 50.0, 30.0, 10.0, 325.0)
    seen = path.delta_h * (1 - 0.8 * math.exp(-path.distance / 50e3))
    assert seen == pytest.approx(2 * 30 * math.sin(0.4 * math.pi), rel=0.03)


@given(HEIGHTS, MODES, st.floats(1, 100), st.floats(1, 100), st.floats(100, 5000))
def test_a_path_loses_the_same_both_ways(
    heights: list[float], mode: Mode, tx_m: float, rx_m: float, step_m: float
) -> None:
    """Turned about, with the antennas exchanged."""
    quantile = Quantile(time_percent=90, location_percent=70, situation_percent=30, mode=mode)
    there = predict(
        hills(heights, step_m), terms(tx_height_m=tx_m, rx_height_m=rx_m, quantile=quantile)
    )
    back = predict(
        hills(heights[::-1], step_m), terms(tx_height_m=rx_m, rx_height_m=tx_m, quantile=quantile)
    )
    assert there.loss_db == pytest.approx(back.loss_db, abs=1e-6, nan_ok=True)


@given(st.sampled_from(list(Siting)), st.sampled_from(list(Siting)), st.floats(1, 900))
def test_an_area_loses_the_same_both_ways(tx: Siting, rx: Siting, distance_km: float) -> None:
    """With heights and sitings exchanged."""
    there = predict_area(
        AreaPath(distance_km=distance_km, delta_h_m=90, tx_siting=tx, rx_siting=rx), terms()
    )
    back = predict_area(
        AreaPath(distance_km=distance_km, delta_h_m=90, tx_siting=rx, rx_siting=tx),
        terms(tx_height_m=10, rx_height_m=30),
    )
    assert there.loss_db == pytest.approx(back.loss_db, abs=1e-6)


@given(CLIMATES, MODES, st.floats(1, 900), st.lists(st.floats(0.1, 99.9), min_size=2, max_size=2))
def test_more_of_anything_is_promised_more_loss(
    climate: Climate, mode: Mode, distance_km: float, percents: list[float]
) -> None:
    """What is not exceeded for more time, places or situations is no smaller."""
    less, more = sorted(percents)
    for share in ("time_percent", "location_percent", "situation_percent"):
        low, high = (
            over_area(
                distance_km, climate=climate, quantile=Quantile(**{share: each}, mode=mode)
            ).loss_db
            for each in (less, more)
        )
        assert low <= high + 0.01  # the deviate's approximation is good to 0.0005


@given(CLIMATES, st.floats(1, 900), st.floats(1, 99), st.floats(1, 99))
def test_reliability_is_over_time_and_confidence_over_situations(
    climate: Climate, distance_km: float, confidence: float, reliability: float
) -> None:
    """The two forms of the quantile are one, with half of the places."""
    for mode in Mode:
        one = Quantile.assured(
            confidence_percent=confidence, reliability_percent=reliability, mode=mode
        )
        other = Quantile(time_percent=reliability, situation_percent=confidence, mode=mode)
        assert (
            over_area(distance_km, climate=climate, quantile=one).loss_db
            == over_area(distance_km, climate=climate, quantile=other).loss_db
        )


def test_variation_left_out_changes_nothing() -> None:
    """Without places and situations, their percentages do not count."""
    found = {
        over_area(
            40,
            quantile=Quantile(
                location_percent=location,
                places_vary=False,
                mode=Mode.BROADCAST,
            ),
        ).loss_db
        for location in (1, 50, 99)
    }
    assert len(found) == 1
    kept = over_area(40, quantile=Quantile(situation_percent=90)).loss_db
    dropped = over_area(40, quantile=Quantile(situation_percent=90, situations_vary=False)).loss_db
    assert dropped < kept - 5


@given(CLIMATES, st.floats(1, 3000), st.floats(0, 500))
def test_the_median_loses_no_less_than_free_space_for_the_path_itself(
    climate: Climate, distance_km: float, delta_h_m: float
) -> None:
    """The reference loss is never a gain."""
    area = AreaPath(distance_km=distance_km, delta_h_m=delta_h_m)
    assert predict_area(area, terms(climate=climate)).parts.reference >= 0


@pytest.mark.parametrize("delta_h_m", [0.0, 30.0, 90.0, 300.0])
@pytest.mark.parametrize("frequency_mhz", [20.0, 150.0, 900.0, 3500.0, 20000.0])
def test_loss_grows_with_distance_beyond_the_horizon(
    delta_h_m: float, frequency_mhz: float
) -> None:
    """Farther is never better once the horizons of a smooth Earth are passed, to 2,000 km."""
    wave = radio(frequency_mhz, True, 15.0, 0.005)
    found = [
        losses(
            reduce_area(1000.0 * far, delta_h_m, 30.0, 10.0, 0, 0, 325.0), wave, AT_THE_MEDIAN
        ).reference
        for far in (40, 60, 90, 140, 220, 350, 700, 1400, 2000)
    ]
    assert found == sorted(found)


@given(st.floats(20, 20000), st.floats(1, 300), st.floats(0, 300))
def test_the_loss_has_no_step_at_the_horizon(
    frequency_mhz: float, tx_m: float, delta_h_m: float
) -> None:
    """Two rays meet diffraction where the smooth Earth's horizons do."""
    wave = radio(frequency_mhz, True, 15.0, 0.005)
    path = reduce_area(1000.0, delta_h_m, tx_m, 10.0, 0, 0, 325.0)
    edge_m = path.tx_smooth + path.rx_smooth
    near, far = (
        losses(path._replace(distance=edge_m + by), wave, AT_THE_MEDIAN).reference
        for by in (-0.01, 0.01)
    )
    assert near == pytest.approx(far, abs=1e-3)


@pytest.mark.parametrize("at", [0, 50, 100])
def test_an_unknown_height_gives_no_loss(at: int) -> None:
    """NaN anywhere in the ground comes out as NaN, flagged unknown and without cautions."""
    profile = even()
    profile.ground_m[at] = math.nan
    answer = predict(profile, terms())
    assert math.isnan(answer.loss_db)
    assert answer.validity is Validity.UNKNOWN
    assert answer.reasons == ()


@pytest.mark.parametrize(
    "field",
    [
        "frequency_mhz",
        "tx_height_m",
        "rx_height_m",
        "sea_n0",
        "permittivity",
        "conductivity_s_m",
    ],
)
def test_an_unknown_term_gives_no_loss(field: str) -> None:
    """NaN in any term comes out as NaN in both modes."""
    for answer in (
        predict(even(), terms(**{field: math.nan})),
        predict_area(AreaPath(distance_km=9, delta_h_m=90), terms(**{field: math.nan})),
    ):
        assert math.isnan(answer.loss_db)
        assert answer.validity is Validity.UNKNOWN


@pytest.mark.parametrize("share", ["time_percent", "location_percent", "situation_percent"])
def test_an_unknown_share_gives_no_loss(share: str) -> None:
    """Nor do the statistics of an area where one is NaN."""
    quantile = Quantile(**{share: math.nan})
    assert over_area(9, quantile=quantile).validity is Validity.UNKNOWN
    for area in (
        AreaPath(distance_km=math.nan, delta_h_m=90),
        AreaPath(distance_km=9, delta_h_m=math.nan),
    ):
        assert predict_area(area, terms()).validity is Validity.UNKNOWN


@pytest.mark.parametrize(
    ("field", "inside", "beyond"),
    [
        ("frequency_mhz", 20, 19.99),
        ("frequency_mhz", 20000, 20001),
        ("tx_height_m", 0.5, 0.49),
        ("tx_height_m", 3000, 3001),
        ("rx_height_m", 0.5, 0.49),
        ("rx_height_m", 3000, 3001),
        ("sea_n0", 250, 249.9),
        ("sea_n0", 400, 400.1),
        ("permittivity", 1.0, 0.99),
        ("conductivity_s_m", 1e-6, 0.0),
        ("climate", 1, 0),
        ("climate", 7, 8),
    ],
)
def test_terms_are_answered_to_both_ends_of_their_ranges(
    field: str, inside: float, beyond: float
) -> None:
    """NTIA's errors 1000 to 1002, 1008, 1009, 1011, 1012: refused by name just outside."""
    assert math.isfinite(predict(even(), terms(**{field: inside})).loss_db)
    assert math.isfinite(over_area(10, **{field: inside}).loss_db)
    with pytest.raises(Refused, match=field):
        terms(**{field: beyond})


@pytest.mark.parametrize("beyond", [0.0, 100.0, -1.0])
@pytest.mark.parametrize("share", ["time_percent", "location_percent", "situation_percent"])
def test_shares_are_above_0_and_below_100(share: str, beyond: float) -> None:
    """NTIA's errors 1003 to 1005."""
    for inside in (0.01, 99.99):
        assert math.isfinite(over_area(10, quantile=Quantile(**{share: inside})).loss_db)
    with pytest.raises(Refused, match=share):
        Quantile(**{share: beyond})


@pytest.mark.parametrize("beyond", [0.0, 100.0])
@pytest.mark.parametrize("share", ["confidence_percent", "reliability_percent"])
def test_confidence_and_reliability_are_above_0_and_below_100(share: str, beyond: float) -> None:
    """NTIA's errors 1006 and 1007, named as they were given."""
    with pytest.raises(Refused, match=share):
        Quantile.assured(**{share: beyond})


@pytest.mark.parametrize("mode", [-1, 4])
def test_an_unknown_mode_of_variability_is_refused(mode: Any) -> None:
    """NTIA's error 1014."""
    with pytest.raises(Refused, match="mode"):
        Quantile(mode=mode)


@pytest.mark.parametrize(
    ("field", "inside", "beyond"),
    [
        ("distance_km", 1e-3, 0.0),
        ("delta_h_m", 0.0, -0.1),
        ("tx_siting", 2, 3),
        ("rx_siting", 0, -1),
    ],
)
def test_areas_are_answered_to_both_ends_of_their_ranges(
    field: str, inside: Any, beyond: Any
) -> None:
    """NTIA's errors 1017 to 1020."""
    usual: dict[str, Any] = {"distance_km": 10.0, "delta_h_m": 90.0}
    assert math.isfinite(predict_area(AreaPath(**usual | {field: inside}), terms()).loss_db)
    with pytest.raises(Refused, match=field):
        AreaPath(**usual | {field: beyond})


def test_refractivity_at_the_surface_has_limits_of_its_own() -> None:
    """NTIA's errors 1021 and 1022: N0 of 250 at 4,832 m is 150; of 400 below the sea above 400."""
    assert predict(even(ground_m=4830), terms(sea_n0=250)).loss_db > 0
    with pytest.raises(Refused, match="surface refractivity"):
        predict(even(ground_m=4835), terms(sea_n0=250))
    with pytest.raises(Refused, match="surface refractivity"):
        predict(even(ground_m=-5), terms(sea_n0=400))


def test_the_earths_radius_is_within_limits_wherever_refractivity_is() -> None:
    """NTIA's error 1016, an effective radius outside 4,000 to 13,333 km, cannot come up."""
    radii_m = [1 / effective_curvature(surface_n) for surface_n in (150.0, 400.0)]
    assert radii_m == pytest.approx([7.138e6, 11.258e6], rel=1e-3)


def test_ground_with_as_much_reactance_as_resistance_is_refused() -> None:
    """NTIA's error 1013: for horizontal waves sqrt(ε - 1) with ε = 1 is j x to the half."""
    assert math.isfinite(over_area(10, permittivity=1.0).loss_db)
    with pytest.raises(Refused, match="permittivity"):
        over_area(10, permittivity=1.0, vertical=False)


@pytest.mark.parametrize(
    ("step_m", "ground_m"),
    [(50.0, [1.0, 2.0]), (0.0, [1.0, 2.0, 3.0]), (50.0, [[1.0, 2.0, 3.0]])],
)
def test_a_profile_that_is_none_is_refused(step_m: float, ground_m: list[Any]) -> None:
    """Too short, without a step, or not a row."""
    with pytest.raises(Refused, match="of a profile"):
        TerrainProfile.of(step_m, ground_m)


@pytest.mark.parametrize(
    ("answer", "caution"),
    [
        (lambda: over_area(10, tx_height_m=0.9), Caution.TX_HEIGHT),
        (lambda: over_area(10, rx_height_m=0.9), Caution.RX_HEIGHT),
        (lambda: over_area(30, tx_height_m=1001), Caution.TX_HEIGHT),
        (lambda: over_area(10, frequency_mhz=39), Caution.FREQUENCY),
        (lambda: over_area(10, frequency_mhz=10001), Caution.FREQUENCY),
        (lambda: over_area(1001), Caution.DISTANCE_LARGE),
        (lambda: over_area(2001), Caution.DISTANCE_LARGE | Caution.DISTANCE_VERY_LARGE),
        (lambda: over_area(2, tx_height_m=900), Caution.DISTANCE_STEEP),
        (lambda: over_area(0.99), Caution.DISTANCE_SMALL),
        (lambda: over_area(10, quantile=Quantile(time_percent=99.95)), Caution.QUANTILE),
        (lambda: predict(even(ground_m=3000), terms()), Caution.SURFACE_N),
    ],
)
def test_near_the_methods_limits_a_value_is_flagged(answer: Any, caution: Caution) -> None:
    """NTIA's warnings: computed, extrapolated, and each said in a sentence."""
    found = answer()
    assert math.isfinite(found.loss_db)
    assert found.cautions == caution
    assert found.validity is Validity.EXTRAPOLATED
    assert found.reasons == tuple(REASONS[each] for each in caution)


def test_a_steep_near_horizon_is_flagged_at_either_end() -> None:
    """A wall 1.5 km off and 400 m up: more than 200 mrad, under a tenth of the smooth horizon."""
    wall = [0.0, 400.0, *[0.0] * 40]
    tx = predict(hills(wall), terms(tx_height_m=300, rx_height_m=10)).cautions
    assert tx & Caution.TX_HORIZON_NEAR
    assert not tx & (Caution.TX_ANGLE | Caution.RX_ANGLE)
    tx = predict(hills(wall), terms(tx_height_m=30, rx_height_m=10)).cautions
    assert tx & Caution.TX_ANGLE
    rx = predict(hills(wall[::-1]), terms(tx_height_m=10, rx_height_m=30)).cautions
    assert rx & Caution.RX_ANGLE
    assert rx & Caution.RX_HORIZON_NEAR


def test_a_far_horizon_is_flagged_at_either_end() -> None:
    """From 2 m over a plain to a mountain 30 km off: over three times a smooth Earth's 5.7 km."""
    plain = [*[0.0] * 20, 500.0, *[0.0] * 19]
    found = predict(hills(plain), terms(tx_height_m=2, rx_height_m=10)).cautions
    assert found == Caution.TX_HORIZON_FAR
    back = predict(hills(plain[::-1]), terms(tx_height_m=10, rx_height_m=2)).cautions
    assert back == Caution.RX_HORIZON_FAR


def test_the_ends_of_what_is_liked_are_not_flagged() -> None:
    """1 and 1,000 m, 40 and 10,000 MHz, 1 and 1,000 km are in range."""
    for answer in (
        over_area(1, tx_height_m=10),
        over_area(1000),
        over_area(10, rx_height_m=1),
        over_area(30, tx_height_m=1000),
        over_area(10, frequency_mhz=40),
        over_area(10, frequency_mhz=10000),
    ):
        assert answer.validity is Validity.IN_RANGE


def test_where_the_method_has_no_value_none_is_made_up() -> None:
    """Cliffs of a kilometre over 82 m: the arcs of the round Earth come out below nothing."""
    cliffs = TerrainProfile.of(1.0, [0.0, *[1000.0] * 80, 0.0])
    answer = predict(cliffs, terms(frequency_mhz=40, conductivity_s_m=5))
    assert math.isnan(answer.loss_db)
    assert answer.validity is Validity.REFUSED
