"""Antenna patterns: the 3GPP formula, beamwidths, files, and the compiled loss."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.sites.antenna_kernel import pattern_loss_db
from canopy.coverage.sites.antennas import (
    Pattern,
    beamwidth,
    eirp_dbm,
    three_gpp,
    three_gpp_named,
)
from canopy.coverage.sites.msi import read_msi
from canopy.errors import BadSource, Refused

ANGLE = st.floats(-720, 720)


def loss(
    pattern: Pattern, bearing: float, elevation: float, azimuth: float = 0, tilt: float = 0
) -> float:
    return pattern_loss_db(
        pattern.horizontal_loss_db,
        pattern.vertical_loss_db,
        float(bearing),
        float(elevation),
        float(azimuth),
        float(tilt),
        pattern.most_loss_db,
    )


# TR 38.901 Table 7.3-1, by hand: min(12 (angle / 65)^2, 30) in each cut, the sum at most 30.
@pytest.mark.parametrize(
    ("bearing", "elevation", "expected"),
    [
        (0, 0, 0.0),
        (32.5, 0, 3.0),  # half the beamwidth: 12 / 4
        (0, -32.5, 3.0),
        (65, 0, 12.0),
        (0, 65, 12.0),
        (32.5, 32.5, 6.0),
        (65, 65, 24.0),
        (90, 60, 30.0),  # 23.006 + 10.225 = 33.23, capped
        (180, 0, 30.0),
    ],
)
def test_three_gpp_antenna_has_the_published_losses(
    bearing: float, elevation: float, expected: float
) -> None:
    """The table's parabolas, their sum and its cap; the tolerance is that of 1° tables."""
    assert loss(three_gpp(), bearing, elevation) == pytest.approx(expected, abs=0.01)


# TR 36.814 Table A.2.1.1-2: 70°, 25 dB; 10°, 20 dB; electrical tilt 15°.
@pytest.mark.parametrize(
    ("bearing", "elevation", "expected"),
    [
        (0, -15, 0.0),
        (35, -15, 3.0),
        (0, -20, 3.0),
        (0, -10, 3.0),
        (0, 45, 20.0),
        (180, -15, 25.0),
        (180, 45, 25.0),
    ],
)
def test_electrical_tilt_lowers_the_beam_all_around(
    bearing: float, elevation: float, expected: float
) -> None:
    """The strongest elevation is 15° below the horizon."""
    antenna = three_gpp(70, 10, 25, 20, gain_dbi=14, electrical_tilt_deg=15)
    assert loss(antenna, bearing, elevation) == pytest.approx(expected, abs=0.01)


def test_mechanical_tilt_lowers_the_front_and_raises_the_back() -> None:
    """With 5° of tilt and 10° of beamwidth: no loss 5° down in front, 3 dB at the side's 5°."""
    antenna = three_gpp(360, 10, 30, 30)
    side = loss(antenna, 90, -5, tilt=5) - loss(antenna, 90, 0, tilt=5)
    back = loss(antenna, 180, 5, tilt=5) - loss(antenna, 180, -5, tilt=5)
    assert (loss(antenna, 0, -5, tilt=5), side, back < 0) == (0.0, pytest.approx(3.0), True)


@given(bearing=ANGLE, elevation=st.floats(-90, 90), azimuth=ANGLE, turn=ANGLE)
def test_turning_antenna_and_receiver_together_changes_nothing(
    bearing: float, elevation: float, azimuth: float, turn: float
) -> None:
    """Only the angle between azimuth and bearing counts."""
    antenna = three_gpp(65, 10)
    before = loss(antenna, bearing, elevation, azimuth, 4)
    after = loss(antenna, bearing + turn, elevation, azimuth + turn, 4)
    assert after == pytest.approx(before, abs=1e-3)


@given(bearing=ANGLE, elevation=st.floats(-90, 90), azimuth=ANGLE, tilt=st.floats(-20, 20))
def test_loss_is_never_a_gain_and_never_above_the_cap(
    bearing: float, elevation: float, azimuth: float, tilt: float
) -> None:
    """Between 0 dB and the largest attenuation in every direction."""
    assert 0.0 <= loss(three_gpp(), bearing, elevation, azimuth, tilt) <= 30.0


@given(st.floats(0, 180), st.floats(0, 180))
def test_loss_grows_away_from_the_azimuth(one: float, other: float) -> None:
    """Farther off is never stronger."""
    near, far = sorted((one, other))
    assert loss(three_gpp(), near, 0) <= loss(three_gpp(), far, 0) + 1e-6


@pytest.mark.parametrize("place", range(4))
def test_unknown_angle_gives_unknown_loss(place: int) -> None:
    """NaN in any angle comes out as NaN."""
    angles = [10.0, 0.0, 0.0, 0.0]
    angles[place] = math.nan
    assert math.isnan(loss(three_gpp(), *angles))


def test_loss_without_a_cap_is_the_sum_of_both_cuts() -> None:
    """The cap may be left out: 12 + 12 dB at 65° both ways, 30 + 12 dB behind."""
    tables = three_gpp().horizontal_loss_db, three_gpp().vertical_loss_db
    losses = [pattern_loss_db(*tables, off, 65.0, 0.0, 0.0) for off in (65.0, 180.0)]
    assert losses == pytest.approx([24.0, 42.0], abs=1e-3)


def test_gain_of_beamwidths_is_that_of_kraus() -> None:
    """32,400 / (65 * 10) = 49.85, which is 16.98 dBi."""
    assert beamwidth(65, 10).gain_dbi == pytest.approx(16.98, abs=0.005)


def test_full_circle_is_omnidirectional() -> None:
    """A horizontal beamwidth of 360° has no loss around, and 3 dB at half the vertical one."""
    antenna = beamwidth(360, 10, gain_dbi=6)
    assert [loss(antenna, b, e) for b, e in ((0, 0), (180, 0), (90, 5))] == pytest.approx([0, 0, 3])


def test_eirp_is_power_and_gain_less_feeder_loss() -> None:
    """43 dBm + 17 dBi - 2 dB = 58 dBm."""
    assert eirp_dbm(43, 17, 2) == 58


@pytest.mark.parametrize("numbers", [(math.nan, 17, 2), (43, math.inf, 2), (43, 17, -1)])
def test_eirp_of_unusable_numbers_is_refused(numbers: tuple[float, float, float]) -> None:
    """Neither an unknown nor a feeder that amplifies has an EIRP."""
    with pytest.raises(Refused, match="no EIRP"):
        eirp_dbm(*numbers)


@pytest.mark.parametrize("widths", [(0, 65), (65, -1), (math.nan, 65), (400, 10)])
def test_impossible_beamwidth_is_refused(widths: tuple[float, float]) -> None:
    """A beamwidth is above 0 and up to 360°."""
    with pytest.raises(Refused, match="beamwidth"):
        three_gpp(*widths)


def test_pattern_with_an_unknown_loss_is_refused() -> None:
    """No kernel is fed a table with NaN in it."""
    table = np.zeros(360, np.float32)
    table[7] = np.nan
    with pytest.raises(Refused, match="vertical cut of antenna 'x'"):
        Pattern("x", np.zeros(360, np.float32), table, 10.0)


def msi_text(gain: str = "17.5 dBi", vertical_at_6: str = "0.0", count: str = "360") -> str:
    """A file whose horizontal loss is a tenth of the degrees off, strongest 6° down."""
    across = [f"{a} {min(a, 360 - a) / 10:.1f}" for a in range(360)]
    upright = [f"{a}\t{min(30, abs(a - 6), abs(a - 366)):.1f}" for a in range(360)]
    upright[6] = f"6\t{vertical_at_6}"
    head = ["NAME Panel 6T", "FREQUENCY 1855", f"GAIN {gain}", "TILT ELECTRICAL"]
    return "\n".join([*head, f"HORIZONTAL {count}", *across, "VERTICAL 360", *upright, ""])


def written(folder: Path, text: str) -> Path:
    path = folder / "panel.msi"
    path.write_text(text, encoding="latin-1")
    return path


def test_msi_file_gives_name_gain_and_both_cuts(tmp_path: Path) -> None:
    """What the file says is what the pattern has."""
    pattern = read_msi(written(tmp_path, msi_text()))
    told = (pattern.name, pattern.gain_dbi, float(pattern.horizontal_loss_db[270]))
    assert told == ("Panel 6T", 17.5, 9.0)


def test_electrical_tilt_of_a_file_points_below_the_horizon(tmp_path: Path) -> None:
    """Vertical angles count downwards: this antenna is strongest at an elevation of -6°."""
    pattern = read_msi(written(tmp_path, msi_text()))
    assert (loss(pattern, 0, -6), loss(pattern, 0, 6)) == (0.0, 12.0)


@pytest.mark.parametrize(
    ("gain", "gain_dbi"), [("15.35", 17.5), ("15.35 dBd", 17.5), ("17.5dBi", 17.5)]
)
def test_gain_without_a_unit_is_over_a_dipole(tmp_path: Path, gain: str, gain_dbi: float) -> None:
    """15.35 dBd + 2.15 dB = 17.5 dBi."""
    assert read_msi(written(tmp_path, msi_text(gain))).gain_dbi == pytest.approx(gain_dbi)


def test_losses_with_a_sign_are_losses(tmp_path: Path) -> None:
    """Some makers write -3.0 where others write 3.0."""
    lines = msi_text().splitlines()
    signed = [
        f"{a} -{b}" if len((a, b)) == 2 and a.isdigit() else line
        for line in lines
        for a, _, b in [line.replace("\t", " ").partition(" ")]
    ]
    pattern = read_msi(written(tmp_path, "\n".join(signed)))
    assert float(pattern.horizontal_loss_db[90]) == 9.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (msi_text(gain="loud"), r"panel\.msi, line 3: GAIN 'loud'"),
        (msi_text(vertical_at_6="wet"), r"panel\.msi, line 373: an angle and a loss"),
        (msi_text(count="180"), r"panel\.msi, line 5: a table of 180 values"),
        (msi_text(vertical_at_6="nan"), r"panel\.msi, line 373: an angle and a loss"),
        (msi_text(vertical_at_6="999"), r"line 373: a loss of 999 dB"),
        (msi_text(vertical_at_6="-1"), "some losses have a sign"),
        (msi_text().replace("\n7 0.7\n", "\n8 0.7\n"), r"line 14: angle 8 is not a whole degree"),
        (msi_text().rpartition("359")[0], "line 726: .*the end of the file"),
        (msi_text().partition("VERTICAL")[0], "no VERTICAL table"),
        (msi_text().replace("GAIN", "PAIN"), "no GAIN line"),
        ("", "no HORIZONTAL table"),
    ],
)
def test_broken_msi_file_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    """No half-read pattern: the message names file, line and fault."""
    with pytest.raises(BadSource, match=reason):
        read_msi(written(tmp_path, text))


def test_a_3gpp_antenna_is_found_by_its_name() -> None:
    """The name says all of it: the same cuts, gain and cap come back, tilted or not."""
    for tilt in (0.0, 6.0, -2.5):
        made = three_gpp(65, 10, 25, 20, gain_dbi=17, electrical_tilt_deg=tilt)
        found = three_gpp_named(made.name)
        assert found is not None
        assert (found.name, found.gain_dbi, found.most_loss_db) == (made.name, 17.0, 25.0)
        assert np.array_equal(found.horizontal_loss_db, made.horizontal_loss_db)
        assert np.array_equal(found.vertical_loss_db, made.vertical_loss_db)
        assert three_gpp_named(made.name) is found
    assert three_gpp_named("80010465") is None
    assert three_gpp_named("3GPP 65.1.2x10 25/20 dB 17 dBi") is None
    with pytest.raises(Refused, match="beamwidth of 400"):
        three_gpp_named("3GPP 400x10 25/20 dB 17 dBi")
