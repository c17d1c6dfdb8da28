"""Which method answers, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.choice import TYPICAL_ROOF_M, Circumstances, choose
from canopy.coverage.validity import Validity
from canopy.errors import Refused

LAMP = Circumstances(frequency_mhz=1800, antenna_height_m=8, environment="urban", reach_m=500)


def test_a_lamp_column_is_below_the_roofs() -> None:
    """UMi street canyon, in its range, and the sentence says why."""
    (stage,) = choose(LAMP)
    assert (stage.method, stage.validity) == ("umi", Validity.IN_RANGE)
    assert "not above the roofs of 15 m" in stage.sentence()


def test_a_mast_is_above_the_roofs_in_town_and_in_open_country() -> None:
    """UMa in town, RMa in the country."""
    mast = replace(LAMP, antenna_height_m=25, reach_m=4000)
    assert [stage.method for stage in choose(mast)] == ["uma"]
    assert [stage.method for stage in choose(replace(mast, environment="rural"))] == ["rma"]


def test_beyond_its_range_a_method_is_carried_on_and_flagged() -> None:
    """UMa ends at 5 km; what is farther is said to be outside."""
    near, far = choose(replace(LAMP, antenna_height_m=25, reach_m=8000))
    assert (near.to_m, near.validity) == (5000, Validity.IN_RANGE)
    assert (far.from_m, far.to_m, far.validity) == (5000, 8000, Validity.EXTRAPOLATED)
    assert "outside its published range" in far.sentence()


def test_over_terrain_p1812_goes_on_where_a_method_ends() -> None:
    """Beyond the 5 km of UMa, in range, held to no less loss than UMa gives there."""
    mast = replace(LAMP, antenna_height_m=25, reach_m=8000, over_terrain=True)
    near, far = choose(mast)
    assert (near.method, near.to_m) == ("uma", 5000)
    assert (far.method, far.from_m, far.to_m) == ("p1812", 5000, 8000)
    assert far.validity is Validity.IN_RANGE
    assert "no place is given less loss than uma gives at 5,000 m" in far.sentence()
    assert [stage.method for stage in choose(replace(mast, reach_m=5000))] == ["uma"]


def test_beyond_the_frequencies_of_p1812_a_method_is_carried_on() -> None:
    """At 26 GHz UMa stays, flagged, with terrain and without."""
    mast = replace(LAMP, antenna_height_m=25, reach_m=8000, frequency_mhz=26_000)
    for over_terrain in (False, True):
        far = choose(replace(mast, over_terrain=over_terrain))[1]
        assert (far.method, far.validity) == ("uma", Validity.EXTRAPOLATED)


@pytest.mark.parametrize(
    ("environment", "height_m", "method"),
    [
        ("suburban", 25, "p1812"),
        ("rural", 25, "p1812"),
        ("suburban", 10, "umi"),  # not above the roofs
        ("rural", 8, "umi"),
        ("urban", 25, "uma"),
        ("dense urban", 25, "uma"),
    ],
)
def test_a_mast_outside_town_goes_by_the_ground(
    environment: str, height_m: float, method: str
) -> None:
    """Above the roofs of suburbs and open country P.1812 answers all the way over terrain."""
    given = replace(
        LAMP, antenna_height_m=height_m, environment=environment, reach_m=4000, over_terrain=True
    )
    (stage,) = choose(given)
    assert stage.method == method
    assert stage.validity is Validity.IN_RANGE
    without = choose(replace(given, over_terrain=False))
    assert "p1812" not in [each.method for each in without]


@pytest.mark.parametrize(
    ("frequency_mhz", "method"), [(30, "p1812"), (169, "p1812"), (499.9, "p1812"), (500, "umi")]
)
def test_below_the_frequencies_of_3gpp_p1812_answers(frequency_mhz: float, method: str) -> None:
    """From 30 MHz to below 500 MHz, over terrain, wherever the antenna stands."""
    (stage,) = choose(replace(LAMP, frequency_mhz=frequency_mhz, over_terrain=True))
    assert (stage.method, stage.validity) == (method, Validity.IN_RANGE)


def test_lorawan_in_the_suburbs_reaches_15_km_in_range() -> None:
    """A gateway at 868.1 MHz over terrain has one method for the whole reach."""
    gateway = Circumstances(868.1, 25, "suburban", 15_000, over_terrain=True)
    (stage,) = choose(gateway)
    assert (stage.method, stage.to_m, stage.validity) == ("p1812", 15_000, Validity.IN_RANGE)
    assert "above the roofs and trees of 10 m (suburban)" in stage.sentence()


def test_p1812_is_refused_without_terrain() -> None:
    """It has nothing to work along, and the message says what to do."""
    with pytest.raises(Refused, match="give ground heights"):
        choose(LAMP, "p1812")
    (stage,) = choose(replace(LAMP, over_terrain=True), "p1812")
    assert (stage.method, stage.to_m) == ("p1812", 500)


def test_a_method_that_is_asked_for_is_taken() -> None:
    """For the whole reach, flagged where it was not made for that."""
    (stage,) = choose(LAMP, "uma")
    assert (stage.method, stage.validity) == ("uma", Validity.EXTRAPOLATED)
    assert "it was asked for" in stage.sentence()


@pytest.mark.parametrize("frequency_mhz", [50.0, 100_001.0, float("nan")])
def test_a_frequency_outside_every_method_is_refused(frequency_mhz: float) -> None:
    """The message names what answers, and that P.1812 wants terrain."""
    with pytest.raises(Refused, match=r"umi 100 to 100000 MHz.*p1812 30 to 6000 MHz, over terrain"):
        choose(replace(LAMP, frequency_mhz=frequency_mhz))


def test_names_that_are_not_known_are_refused() -> None:
    """Of a model and of an environment."""
    with pytest.raises(Refused, match="auto or one of umi, uma, rma"):
        choose(LAMP, "okumura")
    with pytest.raises(Refused, match="dense urban, urban, suburban, rural"):
        choose(replace(LAMP, environment="town"))


@pytest.mark.parametrize("frequency_mhz", [2400, 2483.5, 5150, 6425, 24_000, 82_000])
@pytest.mark.parametrize("environment", ["dense urban", "urban"])
def test_wifi_and_millimetre_waves_on_a_column_go_by_p1411(
    frequency_mhz: float, environment: str
) -> None:
    """As far as it reaches, then UMi in its own range; the sentence says why."""
    lamp = replace(LAMP, frequency_mhz=frequency_mhz, environment=environment, reach_m=1000)
    near, far = choose(lamp)
    assert (near.method, near.from_m, near.to_m) == ("p1411", 0, 660)
    assert (far.method, far.from_m, far.to_m) == ("umi", 660, 1000)
    assert near.validity == far.validity == Validity.IN_RANGE
    assert "fitted to measurements" in near.sentence()


def test_a_short_reach_needs_p1411_alone() -> None:
    """300 m of Wi-Fi are one stage."""
    (stage,) = choose(replace(LAMP, frequency_mhz=2442, reach_m=300))
    assert (stage.method, stage.to_m) == ("p1411", 300)


def test_beyond_umi_the_street_is_carried_on_as_ever() -> None:
    """P.1411, then UMi in its range, then UMi flagged."""
    stages = choose(replace(LAMP, frequency_mhz=5600, reach_m=6000))
    assert [(stage.method, stage.to_m) for stage in stages] == [
        ("p1411", 660), ("umi", 5000), ("umi", 6000),
    ]  # fmt: skip
    assert stages[2].validity == Validity.EXTRAPOLATED


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"frequency_mhz": 2399.0},
        {"frequency_mhz": 2655.0},
        {"frequency_mhz": 3600.0},
        {"frequency_mhz": 82_001.0},
        {"environment": "suburban"},
        {"environment": "rural"},
    ],
)
def test_other_carriers_and_open_streets_stay_with_umi(elsewhere: dict[str, object]) -> None:
    """Mobile bands, suburbs and open country are as they were."""
    wifi = replace(LAMP, frequency_mhz=2442)
    (stage,) = choose(replace(wifi, **elsewhere))  # type: ignore[arg-type]
    assert stage.method == "umi"


def test_a_mast_for_wifi_is_above_the_roofs() -> None:
    """P.1411's street rows are not for it."""
    (stage,) = choose(replace(LAMP, frequency_mhz=5600, antenna_height_m=25))
    assert stage.method == "uma"


@pytest.mark.parametrize(
    ("case", "model", "standing"),
    [
        ({}, "p1411", Validity.IN_RANGE),
        ({"antenna_height_m": 15.5}, "p1411", Validity.EXTRAPOLATED),  # above the roofs
        ({"environment": "rural"}, "p1411", Validity.EXTRAPOLATED),
        ({"reach_m": 661}, "p1411", Validity.EXTRAPOLATED),
        ({"frequency_mhz": 799.0}, "p1411", Validity.EXTRAPOLATED),
        ({"frequency_mhz": 900.0, "antenna_height_m": 30}, "hata", Validity.IN_RANGE),
        ({"frequency_mhz": 900.0, "antenna_height_m": 29}, "hata", Validity.EXTRAPOLATED),
        ({"antenna_height_m": 30}, "hata", Validity.EXTRAPOLATED),  # 1,800 MHz
        ({"antenna_height_m": 30}, "cost231", Validity.IN_RANGE),
        ({"antenna_height_m": 30, "environment": "rural"}, "cost231", Validity.EXTRAPOLATED),
        ({"frequency_mhz": 30.0, "reach_m": 100_000}, "free-space", Validity.IN_RANGE),
    ],
)
def test_what_is_asked_for_is_held_against_its_range(
    case: dict[str, object], model: str, standing: Validity
) -> None:
    """Of frequency, height, distance and environment."""
    (stage,) = choose(replace(LAMP, **case), model)  # type: ignore[arg-type]
    assert (stage.method, stage.validity) == (model, standing)


@pytest.mark.parametrize(
    ("model", "frequency_mhz"),
    [("p1411", 299.0), ("hata", 99.0), ("hata", 2001.0), ("cost231", 1499.0), ("cost231", 2601.0),
     ("free-space", 29.0)],
)  # fmt: skip
def test_a_frequency_outside_the_method_asked_for_is_refused(
    model: str, frequency_mhz: float
) -> None:
    """Beyond what it can be carried on to."""
    with pytest.raises(Refused, match=f"outside {model}"):
        choose(replace(LAMP, frequency_mhz=frequency_mhz), model)


@given(
    frequency_mhz=st.floats(500, 7000),
    height_m=st.floats(1, 100),
    environment=st.sampled_from(sorted(TYPICAL_ROOF_M)),
    reach_m=st.floats(11, 50_000),
    over_terrain=st.booleans(),
)
def test_stages_cover_the_reach_once(
    frequency_mhz: float, height_m: float, environment: str, reach_m: float, over_terrain: bool
) -> None:
    """From 0 to the reach, each stage beginning where the one before ended."""
    stages = choose(
        Circumstances(frequency_mhz, height_m, environment, reach_m, over_terrain=over_terrain)
    )
    assert stages[0].from_m == 0
    assert stages[-1].to_m == reach_m
    assert [stage.from_m for stage in stages[1:]] == [stage.to_m for stage in stages[:-1]]
