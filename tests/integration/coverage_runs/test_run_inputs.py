"""What a run reads besides its sites and people, from Python."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import run_files
from coverage_town import ASKED, lamp

from canopy.coverage.notspots.figures import FigureRow
from canopy.coverage.propagation.p1812.refractivity import SHAPE
from canopy.coverage.sites.site_list import sites_to_csv
from canopy.errors import BadSource, Refused
from canopy.plan.coverage.request_json import from_json
from canopy.plan.coverage.running import Outcome, run, write

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def outcome_of(inputs: Path, **changed: Any) -> Outcome:
    return run(from_json({**ASKED, **changed}, inputs), NOW)


def whole(outcome: Outcome, place: str = "outdoor") -> list[FigureRow]:
    """Rows of the whole area over all operators."""
    return [
        row
        for row in outcome.figures
        if (row.area_id, row.operator, row.place) == ("all", "all", place)
    ]


def told(outcome: Outcome) -> str:
    return " ".join(outcome.explanation)


def write_own_list(folder: Path) -> dict[str, Any]:
    """A list with headings of its own, power in watts, and the mapping that reads it."""
    (folder / "own.csv").write_text(
        "Cell,Net,E,N,Power,Gain,Loss,Dir,BeamH,BeamV,Tilt,Antenna,Asset\n"
        "c1,ee,528000,184150,20,17,2,90,65,10,4,,lamp-7\n"
        "c2,ee,528050,184150,20,,2,0,,,0,maker,\n"
        "c3,ee,528090,184150,x,,2,0,,,0,,\n"
    )
    (folder / "own.toml").write_text(
        'crs = "EPSG:27700"\n[columns]\nsite_id = "Cell"\noperator = "Net"\nx = "E"\ny = "N"\n'
        'power = "Power"\ngain = "Gain"\nfeeder_loss = "Loss"\nazimuth = "Dir"\n'
        'horizontal_beamwidth = "BeamH"\nvertical_beamwidth = "BeamV"\ndowntilt = "Tilt"\n'
        'pattern = "Antenna"\nasset_id = "Asset"\n'
        '[units]\npower = "W"\n[values]\ntechnology = "lte-1800"\n'
    )
    (folder / "antennas").mkdir()
    table = "\n".join(f"{angle} {0 if angle == 0 else 20}" for angle in range(360))
    (folder / "antennas" / "maker.msi").write_text(
        f"NAME 80010465\nGAIN 15 dBi\nHORIZONTAL 360\n{table}\nVERTICAL 360\n{table}\n"
    )
    return {
        "sites": ["own.csv"],
        "site_reading": {"mapping": "own.toml", "patterns": ["antennas"]},
    }


def test_a_list_of_ones_own_is_read_by_its_mapping(inputs: Path) -> None:
    """20 W and 17 dBi less 2 dB are 58.0 dBm; an MSI antenna's own gain gives 56.0. The row
    that gives no site is told, and every file is named with its hash."""
    outcome = outcome_of(inputs, **write_own_list(inputs))
    first, second = outcome.gathered.problem.sites
    assert (first.eirp_dbm, second.eirp_dbm) == pytest.approx((58.01, 56.01), abs=0.01)
    assert (first.asset_id, first.azimuth_deg, first.downtilt_deg) == ("lamp-7", 90.0, 4.0)
    assert second.pattern is not None
    assert second.pattern.name == "80010465"
    assert "own.csv: 1 of 3 rows give no site (power 1)" in told(outcome)
    names = {each.name for each in outcome.provenance.inputs}
    assert {"own.csv", "own.toml", "maker.msi"} <= names


def test_a_list_that_nothing_explains_is_refused(inputs: Path) -> None:
    """It is neither OpenCelliD's nor Canopy's, and no mapping was given."""
    asked = write_own_list(inputs)
    with pytest.raises(BadSource, match=r"own\.csv is neither .* give a mapping"):
        outcome_of(inputs, sites=asked["sites"])


def test_antennas_are_known_by_file_and_by_a_name_that_one_alone_has(inputs: Path) -> None:
    """Two tilts of one antenna share a NAME, which then means neither."""
    asked = write_own_list(inputs)
    other = inputs / "antennas" / "tilted.msi"
    other.write_text((inputs / "antennas" / "maker.msi").read_text())
    own = inputs / "own.csv"
    own.write_text(own.read_text().replace("maker", "80010465"))
    outcome = outcome_of(inputs, **asked)
    assert len(outcome.gathered.problem.sites) == 1
    assert "pattern 1" in told(outcome)


def write_network(folder: Path) -> None:
    nodes = [
        {"id": "n1", "type": ["tower"],
         "location": {"type": "Point", "coordinates": [-0.156, 51.542]}},
        {"id": "n2", "type": ["cabinet"],
         "location": {"type": "Point", "coordinates": [-0.155, 51.542]}},
    ]  # fmt: skip
    (folder / "net.json").write_text(json.dumps({"networks": [{"id": "x", "nodes": nodes}]}))


@pytest.mark.parametrize(("types", "many"), [(["tower"], 1), ([], 2)])
def test_nodes_of_a_fibre_network_are_candidates(inputs: Path, types: list[str], many: int) -> None:
    """Towers alone, or every node where no type is named."""
    write_network(inputs)
    reading = {"operator": "host", "node_types": types, "site_class": "small-cell"}
    outcome = outcome_of(inputs, sites=["net.json"], site_reading=reading)
    sites = outcome.gathered.problem.sites
    assert [site.operator for site in sites] == ["host"] * many
    assert f"net.json: {many} of 2 nodes are taken" in told(outcome)
    assert outcome.gathered.problem.reach_m == 2_000.0
    assert "the position is known, and assumed of some or all: antenna_height_m" in told(outcome)


@pytest.fixture
def built(inputs: Path) -> dict[str, Any]:
    """A request with buildings on even ground."""
    run_files.write_terrain(inputs)
    run_files.write_wall(inputs)
    buildings = {"file": "buildings.geojson", "value": "roof", "name": "id"}
    return {"terrain": ["ground.tif"], "surface": {"buildings": buildings}}


def test_buildings_take_sight_from_what_lies_behind_them(
    inputs: Path, built: dict[str, Any]
) -> None:
    """Levels fall behind a wall of 30 m, and nowhere rise above those in sight; what has no
    height is declared."""
    outcome = outcome_of(inputs, **built)
    assert outcome.gathered.problem.sight == "surface"
    assert "2 buildings state no height: left out" in told(outcome)
    clear = outcome_of(inputs, terrain=["ground.tif"], sight="los")
    grid = outcome.result.grid
    behind = np.broadcast_to(grid.eastings_m > 528_300, grid.shape)
    before = np.broadcast_to(grid.eastings_m < 528_150, grid.shape)
    with np.errstate(invalid="ignore"):
        lost = clear.result.rsrp_dbm - outcome.result.rsrp_dbm
    assert np.nanmin(lost[behind & np.isfinite(lost)]) > 5
    assert np.nanmax(lost[before & np.isfinite(lost)]) == 0


def test_buildings_without_a_height_have_the_one_that_is_asked_for(
    inputs: Path, built: dict[str, Any]
) -> None:
    """How many were given it is said."""
    built["surface"] |= {"height_m": 8.0, "cell_m": 10.0}
    outcome = outcome_of(inputs, **built)
    assert "2 buildings state no height and have 8 m, as was asked" in told(outcome)
    assert outcome.gathered.problem.surface is not None
    assert outcome.gathered.problem.surface.grid.cell_m == 10.0


def test_a_surface_model_gives_the_sight_that_its_buildings_would(
    inputs: Path, built: dict[str, Any]
) -> None:
    """A raster of the same surface gives the same levels."""
    by_buildings = outcome_of(inputs, **built)
    surface = by_buildings.gathered.problem.surface
    assert surface is not None
    run_files.write_raster(inputs / "dsm.tif", surface.height_m, surface.grid)
    by_model = outcome_of(inputs, terrain=["ground.tif"], surface={"rasters": ["dsm.tif"]})
    assert np.array_equal(by_model.result.rsrp_dbm, by_buildings.result.rsrp_dbm, equal_nan=True)


def test_a_surface_is_clutter_to_p1812_however_sight_is_taken(
    inputs: Path, built: dict[str, Any]
) -> None:
    """Levels behind the wall are lower than with clutter of one height, and the run goes on."""
    asked = {**built, "model": "p1812", "sight": "expected"}
    outcome = outcome_of(inputs, **asked)
    plain = outcome_of(inputs, **{**asked, "surface": None})
    grid = outcome.result.grid
    behind = np.broadcast_to(grid.eastings_m > 528_300, grid.shape)
    with np.errstate(invalid="ignore"):
        differ = outcome.result.rsrp_dbm != plain.result.rsrp_dbm
    assert (differ & behind & np.isfinite(plain.result.rsrp_dbm)).any()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sight": "expected", "reach_m": 1000}, "it is not used"),
        ({"terrain": []}, "needs the terrain beneath it"),
        ({"surface": {}}, "either rasters or buildings"),
        ({"surface": {"buildings": {"file": "buildings.geojson"}}}, "column with the heights"),
        ({"surface": {"buildings": {"file": "buildings.geojson", "value": "top"}}}, "'top'"),
        ({"surface": None, "sight": "surface"}, "needs a surface model, or buildings"),
    ],
)
def test_a_surface_that_could_mislead_is_refused(
    inputs: Path, built: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    """One that would not be used, or that lacks what it stands on."""
    with pytest.raises(Refused, match=said):
        outcome_of(inputs, **{**built, **changed})


def test_premises_roads_and_footfall_are_counted(inputs: Path, tmp_path: Path) -> None:
    """All that lie in the wards are in the figures, by ward and in the table; a home without
    a position is declared."""
    run_files.write_premises(inputs)
    run_files.write_roads(inputs)
    run_files.write_footfall(inputs)
    demand = {
        "premises": {
            "file": "premises.csv", "x": "Easting", "y": "Northing", "crs": "EPSG:27700",
            "value": "homes",
        },
        "roads": {"file": "roads.geojson"},
        "footfall": {"file": "footfall.tif", "unit": "visits"},
    }  # fmt: skip
    outcome = outcome_of(inputs, demand=demand)
    rows = whole(outcome)
    assert sum(row.premises or 0 for row in rows) == pytest.approx(14)
    assert sum(row.road_m or 0 for row in rows) == pytest.approx(1000, rel=1e-6)
    area_m2 = sum(row.area_m2 for row in rows)
    assert sum(row.footfall or 0 for row in rows) == pytest.approx(2 * area_m2 / 2500, rel=1e-6)
    assert "premises.csv: 1 rows have no position" in told(outcome)
    write(outcome, tmp_path / "out")
    with (tmp_path / "out" / "figures.csv").open(encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    assert {"premises [premises]", "road [m]", "footfall [visits]"} <= set(table[0])
    spots = json.loads((tmp_path / "out" / "not_spots.geojson").read_text())
    assert {"premises", "road_m", "footfall"} <= set(spots["features"][0]["properties"])


def test_footfall_of_counters_is_unknown_elsewhere(inputs: Path) -> None:
    """A counter speaks of its own cell."""
    (inputs / "counters.csv").write_text("x,y,n\n528000,184100,300\n")
    counters = {"file": "counters.csv", "x": "x", "y": "y", "crs": "EPSG:27700", "value": "n"}
    outcome = outcome_of(inputs, demand={"counters": counters})
    (layer,) = (each for each in outcome.gathered.demand if each.kind == "footfall")
    assert (layer.total, layer.cells_unknown) == (300.0, layer.per_cell.size - 1)


@pytest.mark.parametrize("by", ["points", "buildings"])
def test_residents_are_where_people_live(inputs: Path, by: str) -> None:
    """With one home in each ward, everybody of the ward is in its cell."""
    if by == "points":
        (inputs / "homes.csv").write_text("lon,lat\n-0.157,51.5425\n-0.147,51.5425\n")
        weights = {"file": "homes.csv", "x": "lon", "y": "lat", "crs": "EPSG:4326"}
    else:
        shapes = [run_files.block(x, 184_205, x + 10, 184_215) for x in (527_905, 528_605)]
        run_files.write_features(inputs / "homes.geojson", [(each, {}) for each in shapes])
        weights = {"file": "homes.geojson"}
    outcome = outcome_of(inputs, people={**ASKED["people"], by: weights})
    (layer,) = outcome.gathered.demand
    assert sorted(layer.per_cell[layer.per_cell > 0].tolist()) == pytest.approx([500, 1000])
    assert "residents: people of 2 zones spread by" in told(outcome)


def test_a_tower_that_stands_far_off_is_left_out_and_counted(inputs: Path) -> None:
    """A site beyond the reach of the area is no part of the problem."""
    sites = (lamp("a", 528_000.0), lamp("b", 558_000.0))
    sites_to_csv(sites, inputs / "radio" / "sites.csv")
    outcome = outcome_of(inputs)
    assert (len(outcome.gathered.problem.sites), outcome.gathered.left_out) == (1, 1)


def test_the_air_of_p1812_is_read_from_ones_own_maps(inputs: Path) -> None:
    """Its two values at the middle of the town, and the hash of each map, are told; without maps
    the constant is."""
    run_files.write_terrain(inputs)
    for name, value in (("DN50.TXT", 40.0), ("N050.TXT", 330.0)):
        np.savetxt(inputs / name, np.full(SHAPE, value), fmt="%10.4f")
    asked = {"terrain": ["ground.tif"], "model": "p1812", "clutter_height_m": 12.0}
    maps = {"delta_n": "DN50.TXT", "sea_n0": "N050.TXT"}
    own, usual = outcome_of(inputs, **asked, refractivity=maps), outcome_of(inputs, **asked)
    assert own.gathered.problem.refractivity.delta_n == 40.0
    assert own.gathered.problem.refractivity.sea_n0 == 330.0
    assert own.gathered.problem.clutter_height_m == 12.0
    read = {each.name: each.sha256 for each in own.provenance.inputs}
    assert hashlib.sha256((inputs / "DN50.TXT").read_bytes()).hexdigest() == read["DN50.TXT"]
    assert "DN50.TXT" in own.result.provenance["p1812_refractivity_source"]
    assert "British Isles" in usual.result.provenance["p1812_refractivity_source"]
    methods = [method.name for method in usual.provenance.methods]
    assert methods == ["p1812"]


def test_no_site_is_left_out_where_none_may_change_the_sinr(inputs: Path) -> None:
    """0 dB stands for every site within reach."""
    outcome = outcome_of(inputs, sinr_change_db=0)
    assert outcome.gathered.problem.sinr_change_db is None
    assert outcome.result.provenance["sites_left_out_change_sinr_db"] == "none left out"


def test_operators_are_known_by_slugs_and_the_technology_is_the_run_s(inputs: Path) -> None:
    """Names as councils have them need no mapping of their own."""
    (inputs / "own.csv").write_text(
        "Cell,Net,E,N\nc1,Three UK,528000,184150\nc2,EE,528050,184150\n"
    )
    (inputs / "own.toml").write_text(
        'crs = "EPSG:27700"\n[columns]\nsite_id = "Cell"\noperator = "Net"\nx = "E"\ny = "N"\n'
    )
    outcome = outcome_of(inputs, sites=["own.csv"], site_reading={"mapping": "own.toml"})
    assert outcome.result.operators == ("ee", "three-uk")
    assert {site.technology for site in outcome.gathered.problem.sites} == {"lte-1800"}


def test_people_whom_no_figure_counts_are_told(inputs: Path) -> None:
    """A ward of 500 lies outside the area: about as many are in no figure. Cells on the border
    have people of both, and a figure takes them by area."""
    wards = json.loads((inputs / "wards.geojson").read_text())
    half = {**wards, "features": wards["features"][:1]}
    (inputs / "half.geojson").write_text(json.dumps(half))
    outcome = outcome_of(inputs, area="half.geojson")
    said = re.search(r"Of 1,500 people in the zones (\d+) are in no figure", told(outcome))
    assert said is not None
    assert int(said[1]) == pytest.approx(500, abs=20)
