"""Inputs that would make a plausible wrong map: refused, or the fallback is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import run_files
from coverage_town import ASKED, box, lamp

from canopy.coverage.grid import Grid
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_list import sites_to_csv
from canopy.errors import CanopyError, LimitExceeded, Refused
from canopy.plan.coverage.asking import Limits, check
from canopy.plan.coverage.request_json import from_json
from canopy.plan.coverage.running import Outcome, run

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def outcome_of(inputs: Path, *sites: RadioSite, **changed: Any) -> Outcome:
    if sites:
        sites_to_csv(sites, inputs / "radio" / "sites.csv")
    return run(from_json({**ASKED, **changed}, inputs), NOW)


def test_no_terrain_under_a_site_names_the_site_and_the_tile(inputs: Path) -> None:
    """East of 530 km is tile TQ38, which was not given."""
    run_files.write_terrain(inputs)
    with pytest.raises(Refused) as refusal:
        outcome_of(
            inputs, lamp("a", 528_000.0), lamp("b", 531_200.0),
            terrain=["ground.tif"], reach_m=5_000,
        )  # fmt: skip
    assert "lamp-b" in refusal.value.detail
    assert "No terrain is given for TQ38" in refusal.value.detail


def test_even_ground_for_a_site_without_terrain_is_said(inputs: Path) -> None:
    """What is missing is named, and how many sites it was taken for."""
    run_files.write_terrain(inputs)
    outcome = outcome_of(
        inputs, lamp("a", 528_000.0), lamp("b", 531_200.0),
        terrain=["ground.tif"], reach_m=5_000, without_terrain="even",
    )  # fmt: skip
    told = " ".join(outcome.explanation)
    assert "No terrain was given for TQ38" in told
    assert "The ground under 1 sites is not known: it is taken as even" in told


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"antenna_height_m": -2.0}, "an antenna at -2 m is not above the ground"),
        ({"antenna_height_m": 0.0}, "an antenna at 0 m is not above the ground"),
        ({"frequency_mhz": 50.0}, "50 MHz is outside the band of lte-1800, 1805 to 1880 MHz"),
        ({"bandwidth_mhz": 7.0}, "has no carrier of 7 MHz"),
        ({"azimuth_deg": 400.0}, "400° is not 0 to 360"),
    ],
)
def test_a_site_that_cannot_be_is_refused_by_its_name(
    inputs: Path, changed: dict[str, float], said: str
) -> None:
    """The field and what is allowed are in the message."""
    with pytest.raises(Refused, match="lamp-a") as refusal:
        outcome_of(inputs, replace(lamp("a", 528_000.0), **changed))
    assert said in refusal.value.detail


def test_power_beyond_the_licence_is_computed_and_said(inputs: Path) -> None:
    """75 dBm is over what any licence of the band allows."""
    outcome = outcome_of(inputs, replace(lamp("a", 528_000.0), eirp_dbm=75.0))
    assert any("lamp-a, eirp_dbm: 75.0 dBm is more than" in each for each in outcome.explanation)


def test_two_sites_at_one_point_count_each_and_are_said(inputs: Path) -> None:
    """They interfere: around them the SINR is about 0 dB, and the reader is told why."""
    twin = replace(lamp("a", 528_000.0), site_id="twin")
    outcome = outcome_of(inputs, lamp("a", 528_000.0), twin)
    assert any("twin, easting_m: stands where lamp-a" in each for each in outcome.explanation)
    assert np.nanmax(outcome.result.sinr_db) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("asked", ["terrain", "surface"])
def test_heights_in_another_crs_are_refused(inputs: Path, asked: str) -> None:
    """EPSG:3857 is in metres too, and would fit nowhere."""
    run_files.write_terrain(inputs)
    grid = Grid.over((-18_000, 6_710_000, -15_000, 6_715_000), 50.0)
    values = np.full(grid.shape, 20.0, np.float32)
    run_files.write_raster(inputs / "web.tif", values, grid, epsg=3857)
    terrain = ["web.tif"] if asked == "terrain" else ["ground.tif"]
    surface = {"rasters": ["web.tif"]} if asked == "surface" else None
    with pytest.raises(Refused, match=r"web\.tif states EPSG:3857, .* EPSG:27700 .* into that CRS"):
        outcome_of(inputs, terrain=terrain, surface=surface)


def test_a_crs_that_a_file_contradicts_is_refused(inputs: Path) -> None:
    """Buildings that declare the National Grid were said to be in Web Mercator."""
    run_files.write_terrain(inputs)
    run_files.write_wall(inputs)
    buildings = {"file": "buildings.geojson", "value": "roof", "crs": "EPSG:3857"}
    with pytest.raises(Refused, match=r"declares EPSG:27700, while EPSG:3857 was stated"):
        outcome_of(inputs, terrain=["ground.tif"], surface={"buildings": buildings})


def test_positions_without_a_crs_are_refused(inputs: Path) -> None:
    """A table does not say what its numbers are."""
    run_files.write_premises(inputs)
    premises = {"file": "premises.csv", "x": "Easting", "y": "Northing"}
    with pytest.raises(Refused, match=r"premises\.csv: state the CRS"):
        outcome_of(inputs, demand={"premises": premises})


def test_a_hole_in_the_terrain_is_unknown_and_no_not_spot(inputs: Path) -> None:
    """Cells whose path crosses it have no level; the figures count them as unknown."""
    grid = Grid.over((526_000.0, 182_000.0, 531_000.0, 186_000.0), 50.0)
    heights = np.full(grid.shape, 20.0, np.float32)
    column = int((528_400 - grid.west_m) / 50)
    heights[:, column : column + 2] = np.nan
    run_files.write_raster(inputs / "holed.tif", heights, grid)
    outcome = outcome_of(inputs, terrain=["holed.tif"])
    whole = {
        row.status: row.area_m2
        for row in outcome.figures
        if (row.area_id, row.operator) == ("all", "all")
    }
    assert whole["unknown"] > 100_000
    assert any("has no height in" in each for each in outcome.explanation)
    beyond = outcome.result.grid.eastings_m > 528_600
    assert not np.isfinite(outcome.result.rsrp_dbm[:, beyond]).any()


def test_an_area_too_large_is_refused_before_it_takes_memory(inputs: Path) -> None:
    """Great Britain at a metre: by the command's own bound, and by a service's."""
    box_of_britain = {"type": "Feature", "properties": {"code": "GB", "name": "GB"},
                      "geometry": box(-6.0, 50.0, 1.5, 58.0)}  # fmt: skip
    document = {"type": "FeatureCollection", "features": [box_of_britain]}
    (inputs / "wards.geojson").write_text(json.dumps(document))
    with pytest.raises(Refused, match="choose a smaller area or larger cells"):
        outcome_of(inputs, resolution_m=1.0)
    limits = Limits(cells=1_000_000, area_km2=1e6, unended=3)
    with pytest.raises(LimitExceeded, match="CANOPY_COVERAGE_MAX_CELLS"):
        check({**ASKED, "resolution_m": 1.0}, inputs, limits)


def test_a_raster_of_another_crs_counts_nobody(inputs: Path) -> None:
    """Footfall in Web Mercator is refused by name."""
    grid = Grid.over((-18_000, 6_710_000, -15_000, 6_715_000), 50.0)
    values = np.ones(grid.shape, np.float32)
    run_files.write_raster(inputs / "web.tif", values, grid, epsg=3857)
    with pytest.raises(CanopyError, match="EPSG:3857"):
        outcome_of(inputs, demand={"footfall": {"file": "web.tif"}})


def test_a_surface_of_another_datum_is_refused(inputs: Path) -> None:
    """One that lies below the ground would hide nothing, and every place would be in sight."""
    run_files.write_terrain(inputs, height_m=60.0)
    run_files.write_raster(
        inputs / "dsm.tif", np.full(run_files.TOWN.shape, 20.0, np.float32), run_files.TOWN
    )
    asked = {"terrain": ["ground.tif"], "surface": {"rasters": ["dsm.tif"]}}
    with pytest.raises(Refused, match=r"100% of places.*-40\.0 m above.*same datum"):
        outcome_of(inputs, **asked)


def test_terrain_without_a_crs_is_said_to_be_taken_for_the_grid(inputs: Path) -> None:
    """A GeoTIFF that states none is read in the run's CRS, by name in the assumptions."""
    path = run_files.write_terrain(inputs)
    with rasterio.open(path) as file:
        heights, profile = file.read(1), file.profile
    with rasterio.open(inputs / "bare.tif", "w", **{**profile, "crs": None}) as file:
        file.write(heights, 1)
    outcome = outcome_of(inputs, terrain=["bare.tif"])
    told = " ".join(outcome.explanation)
    assert "bare.tif: the CRS is not stated, and is taken as EPSG:27700." in told


def test_power_in_another_unit_is_refused(inputs: Path) -> None:
    """No transmitter has a thousand dBm."""
    strong = replace(lamp("a", 528_000.0), eirp_dbm=1_000.0)
    with pytest.raises(Refused, match="1000 dBm is more than any transmitter has"):
        outcome_of(inputs, strong)


def test_sites_that_lie_elsewhere_are_told_with_their_place(inputs: Path) -> None:
    """Eastings and northings that were exchanged show in the refusal."""
    moved = replace(lamp("a", 528_000.0), easting_m=184_150.0, northing_m=528_000.0)
    with pytest.raises(Refused, match=r"184,150 to 184,150 m east.*exchanged"):
        outcome_of(inputs, moved)
