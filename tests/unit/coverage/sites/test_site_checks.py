"""What is found wrong with a list of sites."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from canopy.coverage.grid import Grid
from canopy.coverage.sites.antennas import three_gpp
from canopy.coverage.sites.checking import check_sites
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.heights import HeightGrid
from canopy.errors import Refused

SECTOR = three_gpp()


def site(site_id: str = "a", **change: Any) -> RadioSite:
    good = RadioSite(site_id, "o2", "lte-800", 530_050.0, 182_050.0, 30.0, 806.0, 10.0, 61.0)
    return dataclasses.replace(good, **change)


def found(*sites: RadioSite, terrain: HeightGrid | None = None) -> list[tuple[str, str, str]]:
    return [(each.level, each.site_id, each.field) for each in check_sites(sites, terrain)]


def heights(*rows: list[float]) -> HeightGrid:
    """Cells of 100 m with a corner at (530000, 182000) to the south-west."""
    table = np.array(rows, np.float32)
    grid = Grid(27700, 530_000.0, 182_000.0 + 100 * len(rows), 100.0, len(rows[0]), len(rows))
    return HeightGrid(grid, table, "terrain")


def test_sound_sites_have_no_finding() -> None:
    """Two sites apart, with ground beneath them."""
    ground = heights([20.0, 30.0])
    assert found(site(), site("b", easting_m=530_150.0), terrain=ground) == []


@pytest.mark.parametrize(
    ("change", "level", "field"),
    [
        ({"antenna_height_m": 0.0}, "error", "antenna_height_m"),
        ({"antenna_height_m": -3.0}, "error", "antenna_height_m"),
        ({"antenna_height_m": 500.1}, "error", "antenna_height_m"),
        ({"antenna_height_m": math.nan}, "error", "antenna_height_m"),
        ({"frequency_mhz": 1800.0}, "error", "frequency_mhz"),
        ({"frequency_mhz": math.nan}, "error", "frequency_mhz"),
        ({"bandwidth_mhz": 7.0}, "error", "bandwidth_mhz"),
        ({"technology": "lte-9"}, "error", "technology"),
        ({"easting_m": math.nan}, "error", "easting_m"),
        ({"northing_m": math.inf}, "error", "northing_m"),
        ({"azimuth_deg": 361.0}, "error", "azimuth_deg"),
        ({"downtilt_deg": -91.0}, "error", "downtilt_deg"),
        ({"eirp_dbm": 67.2}, "warning", "eirp_dbm"),
        ({"site_id": ""}, "error", "site_id"),
    ],
)
def test_fault_is_found_with_its_field(change: dict[str, Any], level: str, field: str) -> None:
    """One fault, one finding."""
    faulty = site(**change)
    assert found(faulty) == [(level, faulty.site_id, field)]


@pytest.mark.parametrize("height_m", [0.1, 500.0])
def test_heights_at_the_ends_of_the_range_are_sound(height_m: float) -> None:
    """Above 0 to 500 m."""
    assert found(site(antenna_height_m=height_m)) == []


def test_licence_limit_itself_is_kept_to() -> None:
    """67.0 dBm in 10 MHz is within 64 dBm in each 5 MHz."""
    assert found(site(eirp_dbm=67.0)) == []


def test_power_beyond_the_common_limit_is_told_with_its_conditions() -> None:
    """27 dBm of LoRaWAN is allowed in one sub-band only, and the warning says where 25 mW is."""
    gateway = site(
        technology="lorawan-868", frequency_mhz=868.1, bandwidth_mhz=0.125, eirp_dbm=27.0
    )
    [finding] = check_sites([gateway])
    assert (finding.level, "25 mW ERP in 868.0 to 868.6 MHz" in finding.message) == (
        "warning",
        True,
    )


def test_power_beyond_every_limit_is_told_by_the_most_generous() -> None:
    """31 dBm of 5 GHz Wi-Fi passes 200 mW and 1 W: the rule that no use may pass is named."""
    access_point = site(
        technology="wifi-5000", frequency_mhz=5600.0, bandwidth_mhz=80.0, eirp_dbm=31.0
    )
    [finding] = check_sites([access_point])
    assert "31.0 dBm is more than 30.0 dBm: 1 W EIRP in 5470" in finding.message


def test_repeated_id_is_an_error() -> None:
    """A server index could not be told apart."""
    assert found(site(), site(easting_m=530_500.0)) == [("error", "a", "site_id")]


@pytest.mark.parametrize(
    ("change", "clash"),
    [
        ({}, True),
        ({"easting_m": 530_050.9}, True),
        ({"easting_m": 530_051.1}, False),
        ({"operator": "ee"}, False),
        ({"technology": "nr-700", "frequency_mhz": 773.0}, False),
        ({"frequency_mhz": 796.0}, False),
        ({"azimuth_deg": 120.0}, True),
        ({"azimuth_deg": 120.0, "pattern": SECTOR}, True),
    ],
)
def test_two_sites_at_one_point_are_told(change: dict[str, Any], clash: bool) -> None:
    """Of one operator, technology and carrier within a metre, both not directional."""
    expected = [("warning", "b", "easting_m")] if clash else []
    assert found(site(), site("b", **change)) == expected


@pytest.mark.parametrize(("azimuth", "clash"), [(120.0, False), (0.5, True), (359.5, True)])
def test_sectors_of_one_mast_differ_in_azimuth(azimuth: float, clash: bool) -> None:
    """Directional antennas a degree or more apart may share a point; 359.5° is half off 0°."""
    pair = site(pattern=SECTOR), site("b", pattern=SECTOR, azimuth_deg=azimuth)
    assert (found(*pair) != []) == clash


@pytest.mark.parametrize(
    "change", [{"easting_m": 529_999.0}, {"northing_m": 182_201.0}, {"easting_m": 530_150.0}]
)
def test_site_without_ground_under_it_is_an_error(change: dict[str, Any]) -> None:
    """Outside the terrain, or over a gap in it: no height is made up."""
    ground = heights([20.0, 20.0], [20.0, math.nan])
    assert found(site(**change), terrain=ground) == [("error", "a", "easting_m")]


def test_list_that_is_wholly_wrong_is_refused() -> None:
    """Beyond 10,000 faults no more are collected."""
    same = [site(antenna_height_m=-1.0)] * 10_001
    with pytest.raises(Refused, match="more than 10,000 faults"):
        check_sites(same)
