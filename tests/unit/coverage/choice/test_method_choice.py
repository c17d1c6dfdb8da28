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


def test_a_method_that_is_asked_for_is_taken() -> None:
    """For the whole reach, flagged where it was not made for that."""
    (stage,) = choose(LAMP, "uma")
    assert (stage.method, stage.validity) == ("uma", Validity.EXTRAPOLATED)
    assert "it was asked for" in stage.sentence()


@pytest.mark.parametrize("frequency_mhz", [50.0, 100_001.0, float("nan")])
def test_a_frequency_outside_every_method_is_refused(frequency_mhz: float) -> None:
    """The message names what answers."""
    with pytest.raises(Refused, match="umi 100 to 100000 MHz"):
        choose(replace(LAMP, frequency_mhz=frequency_mhz))


def test_names_that_are_not_known_are_refused() -> None:
    """Of a model and of an environment."""
    with pytest.raises(Refused, match="auto or one of umi, uma, rma"):
        choose(LAMP, "hata")
    with pytest.raises(Refused, match="dense urban, urban, suburban, rural"):
        choose(replace(LAMP, environment="town"))


@given(
    frequency_mhz=st.floats(500, 7000),
    height_m=st.floats(1, 100),
    environment=st.sampled_from(sorted(TYPICAL_ROOF_M)),
    reach_m=st.floats(11, 50_000),
)
def test_stages_cover_the_reach_once(
    frequency_mhz: float, height_m: float, environment: str, reach_m: float
) -> None:
    """From 0 to the reach, each stage beginning where the one before ended."""
    stages = choose(Circumstances(frequency_mhz, height_m, environment, reach_m))
    assert stages[0].from_m == 0
    assert stages[-1].to_m == reach_m
    assert [stage.from_m for stage in stages[1:]] == [stage.to_m for stage in stages[:-1]]
