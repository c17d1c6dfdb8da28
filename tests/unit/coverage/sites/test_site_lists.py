"""Site lists: one's own CSV by a mapping, Canopy's own CSV, and OFDS towers."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.sites.antennas import three_gpp
from canopy.coverage.sites.ofds import read_ofds_candidates
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_csv import SitesRead, read_site_csv
from canopy.coverage.sites.site_list import sites_from_csv, sites_to_csv
from canopy.coverage.sites.site_mapping import mapping_from, read_mapping
from canopy.errors import BadMapping, BadSource, Refused, UnknownCrs

MAPPING: dict[str, Any] = {
    "crs": "EPSG:27700",
    "columns": {
        "site_id": "Ref", "operator": "Operator", "x": "E", "y": "N", "power": "Watts",
        "gain": "Gain", "feeder_loss": "Feeder", "antenna_height": "Height", "azimuth": "Az",
        "downtilt": "Tilt", "pattern": "Antenna", "technology": "Tech",
    },
    "units": {"power": "W", "gain": "dBd"},
    "values": {"technology": "lte-800"},
}  # fmt: skip

HEADING = "Ref,Operator,E,N,Watts,Gain,Feeder,Height,Az,Tilt,Antenna,Tech"
GOOD = "A1,o2,530000,182000,20,13,1,30,120,4,panel,"
PANEL = three_gpp(65, 10, gain_dbi=17)


def read(folder: Path, *rows: str, mapping: dict[str, Any] = MAPPING) -> SitesRead:
    path = folder / "sites.csv"
    path.write_text("\n".join((HEADING, *rows, "")), encoding="utf-8-sig")
    return read_site_csv(path, mapping_from(mapping), patterns={"panel": PANEL})


def test_row_becomes_a_site_in_house_units(tmp_path: Path) -> None:
    """20 W is 43.01 dBm; with 13 dBd = 15.15 dBi less 1 dB the EIRP is 57.16 dBm."""
    site = read(tmp_path, GOOD).sites[0]
    told = dataclasses.replace(site, eirp_dbm=0.0, pattern=None)
    assert (told, site.eirp_dbm, site.pattern) == (
        RadioSite(
            site_id="A1", operator="o2", technology="lte-800", easting_m=530000.0,
            northing_m=182000.0, antenna_height_m=30.0, frequency_mhz=806.0, bandwidth_mhz=10.0,
            eirp_dbm=0.0, azimuth_deg=120.0, downtilt_deg=4.0, source="csv",
            assumed=("frequency_mhz", "bandwidth_mhz"),
        ),
        pytest.approx(57.16, abs=0.005),
        PANEL,
    )  # fmt: skip


def test_what_a_row_leaves_open_is_assumed_and_named(tmp_path: Path) -> None:
    """A bare position takes the technology's power and height, and says so."""
    site = read(tmp_path, "A1,o2,530000,182000,,,,,,,,").sites[0]
    assert (site.eirp_dbm, site.antenna_height_m, site.pattern, site.assumed) == (
        61.0,
        25.0,
        None,
        ("antenna_height_m", "frequency_mhz", "bandwidth_mhz", "eirp_dbm"),
    )


def test_azimuth_without_an_antenna_is_a_3gpp_sector(tmp_path: Path) -> None:
    """A direction is not thrown away; that the pattern was assumed is told."""
    site = read(tmp_path, "A1,o2,530000,182000,,,,,90,,,").sites[0]
    assert (site.pattern is not None, "pattern" in site.assumed) == (True, True)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",o2,530000,182000,20,13,1,30,120,4,panel,", "site_id"),
        ("A2,,530000,182000,20,13,1,30,120,4,panel,", "operator"),
        ("A2,o2,,182000,20,13,1,30,120,4,panel,", "x"),
        ("A2,o2,530000,north,20,13,1,30,120,4,panel,", "y"),
        ("A2,o2,530000,nan,20,13,1,30,120,4,panel,", "y"),
        ("A2,o2,530000,182000,0,13,1,30,120,4,panel,", "power"),
        ("A2,o2,530000,182000,-5,13,1,30,120,4,panel,", "power"),
        ("A2,o2,530000,182000,20,,1,30,120,4,,", "gain"),
        ("A2,o2,530000,182000,20,13,-1,30,120,4,panel,", "feeder_loss"),
        ("A2,o2,530000,182000,20,13,1,30,120,4,dish,", "pattern"),
        ("A2,o2,530000,182000,20,13,1,30,120,4,panel,lte-9", "technology"),
        ("A2,o2,9e9,182000,20,13,1,30,120,4,panel,", "x"),
    ],
)
def test_bad_row_is_told_with_line_and_field(tmp_path: Path, row: str, column: str) -> None:
    """The good row is read; the bad one is reported, not repaired."""
    mapping = MAPPING if column != "x" or "9e9" not in row else {**MAPPING, "crs": "EPSG:32630"}
    good = GOOD if mapping is MAPPING else "A1,o2,699000,5712000,20,13,1,30,120,4,panel,"
    found = read(tmp_path, good, row, mapping=mapping)
    told = [(issue.row, issue.column) for issue in found.first]
    assert (len(found.sites), told) == (1, [(3, column)])


def test_both_eirp_and_power_are_refused(tmp_path: Path) -> None:
    """Two answers to one question: the row is not used."""
    columns = {**MAPPING["columns"], "eirp": "Feeder"}
    del columns["feeder_loss"]
    with pytest.raises(BadSource, match="both eirp and power"):
        read(tmp_path, GOOD, mapping={**MAPPING, "columns": columns})


def test_degrees_are_carried_to_the_national_grid(tmp_path: Path) -> None:
    """Longitude and latitude are read as x and y of EPSG:4326, through OSTN15."""
    found = read(tmp_path, "A1,o2,-0.1265,51.5291,,,,,,,,", mapping={**MAPPING, "crs": "EPSG:4326"})
    place = (int(found.sites[0].easting_m // 1000), int(found.sites[0].northing_m // 1000))
    assert (place, "OSTN15" in found.method) == ((530, 182), True)


def test_list_of_which_no_row_can_be_used_is_refused(tmp_path: Path) -> None:
    """A failure does not look like a place without sites."""
    with pytest.raises(BadSource, match="none of its 1 rows gives a site; the first, line 2: x"):
        read(tmp_path, "A1,o2,,,,,,,,,,")


def test_missing_column_is_named(tmp_path: Path) -> None:
    """The mapping's heading that the file lacks is told with its field."""
    path = tmp_path / "sites.csv"
    path.write_text("Ref,Operator\nA,o2\n", encoding="utf-8")
    with pytest.raises(BadMapping, match=r"'E' \(x\)"):
        read_site_csv(path, mapping_from(MAPPING))


@pytest.mark.parametrize(
    ("change", "kind", "reason"),
    [
        ({"columns": {"x": "E"}}, BadMapping, "no column is named for y"),
        ({"columns": {**MAPPING["columns"], "colour": "C"}}, BadMapping, "'colour' is no field"),
        ({"units": {"power": "hp"}}, BadMapping, "'hp' of power is not known; there is dBm"),
        ({"units": {"azimuth": "rad"}}, BadMapping, "no unit to choose"),
        ({"values": {}, "columns": {"x": "E", "y": "N"}}, BadMapping, "given for site_id"),
        ({"values": {**MAPPING["values"], "site_id": "A"}}, BadMapping, "must be a column"),
        ({"crs": 27700}, BadMapping, "EPSG:n"),
        ({"crs": "EPSG:1"}, UnknownCrs, "EPSG:1"),
        ({"extra": {}}, BadMapping, "extra: a mapping has"),
        ({"values": {"technology": ["a"]}}, BadMapping, "technology in"),
    ],
)
def test_wrong_mapping_is_refused(change: dict[str, Any], kind: type[Refused], reason: str) -> None:
    """Before a row is read the mapping itself is judged."""
    with pytest.raises(kind, match=reason):
        mapping_from({**MAPPING, **change})


def test_mapping_is_read_from_toml(tmp_path: Path) -> None:
    """The file says what a dict of its form says."""
    path = tmp_path / "mapping.toml"
    path.write_text(
        'crs = "EPSG:27700"\n[columns]\nsite_id = "Ref"\nx = "E"\ny = "N"\n'
        '[values]\noperator = "council"\ntechnology = "wifi-2400"\n',
        encoding="utf-8",
    )
    assert read_mapping(path).values == {"operator": "council", "technology": "wifi-2400"}


def test_mapping_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    """The parser's own place of the fault is passed on."""
    path = tmp_path / "mapping.toml"
    path.write_text("crs = \n", encoding="utf-8")
    with pytest.raises(BadMapping, match=r"mapping\.toml is no TOML"):
        read_mapping(path)


number = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
sites = st.builds(
    RadioSite,
    site_id=text,
    operator=text,
    technology=text,
    easting_m=number,
    northing_m=number,
    antenna_height_m=number,
    frequency_mhz=number,
    bandwidth_mhz=number,
    eirp_dbm=number,
    pattern=st.sampled_from([None, PANEL]),
    azimuth_deg=number,
    downtilt_deg=number,
    source=text,
    estimated=st.booleans(),
    position_uncertainty_m=st.none() | number,
    assumed=st.lists(st.sampled_from(["eirp_dbm", "pattern", "technology"])).map(tuple),
    asset_id=text,
)


@given(st.lists(sites, max_size=5).map(tuple))
def test_written_list_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, some: tuple[RadioSite, ...]
) -> None:
    """Every attribute survives, to the last bit."""
    path = tmp_path_factory.mktemp("list") / "sites.csv"
    sites_to_csv(some, path)
    assert sites_from_csv(path, patterns={PANEL.name: PANEL}) == some


def one_site(**change: Any) -> RadioSite:
    site = RadioSite("A1", "o2", "lte-800", 530000.0, 182000.0, 30.0, 806.0, 10.0, 58.0)
    return dataclasses.replace(site, **change)


def test_two_antennas_of_one_name_are_not_written(tmp_path: Path) -> None:
    """A name that stands for two patterns could not be read back."""
    other = dataclasses.replace(PANEL, gain_dbi=3.0)
    with pytest.raises(Refused, match="another antenna is also called"):
        sites_to_csv([one_site(pattern=PANEL), one_site(pattern=other)], tmp_path / "a.csv")


def test_a_list_with_3gpp_antennas_needs_no_files_of_them(tmp_path: Path) -> None:
    """Their name says all of them, in a list of Canopy's and in one's own."""
    path = tmp_path / "sites.csv"
    sites_to_csv([one_site(pattern=PANEL)], path)
    (site,) = sites_from_csv(path)
    assert site.pattern is not None
    assert np.array_equal(site.pattern.vertical_loss_db, PANEL.vertical_loss_db)
    path.write_text(path.read_text(encoding="utf-8").replace("65x10", "650x10"), encoding="utf-8")
    with pytest.raises(BadSource, match="line 2, pattern: a horizontal beamwidth of 650"):
        sites_from_csv(path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("530000.0", "east", "line 2, easting_m: 'east' is no number"),
        ("530000.0", "nan", "line 2, easting_m: 'nan' is no number"),
        ("27700", "32630", "line 2, epsg: '32630' is not the run's EPSG:27700"),
        (",no,", ",maybe,", "line 2, estimated"),
        (",58.0,,", ",58.0,dish,", "line 2, pattern: antenna 'dish' was not given"),
        ("A1,", "A1,x,", "line 2 has 19 values, not 18"),
        ("operator", "company", "line 1 is not the heading"),
    ],
)
def test_changed_list_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    """What was not written by Canopy is not guessed at."""
    path = tmp_path / "sites.csv"
    sites_to_csv([one_site()], path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadSource, match=reason):
        sites_from_csv(path)


def node(name: str = "n1", kind: object = ("tower",), x: float = -0.1265) -> dict[str, object]:
    place = {"type": "Point", "coordinates": [x, 51.5291]}
    return {"id": name, "type": kind, "location": place}


def ofds(folder: Path, document: object) -> Path:
    path = folder / "network.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_towers_of_a_fibre_network_are_candidates(tmp_path: Path) -> None:
    """A tower becomes a candidate with assumed radio; a cabinet does not."""
    path = ofds(tmp_path, {"networks": [{"nodes": [node(), node("n2", ["cabinet"])]}]})
    found = read_ofds_candidates(path, "lte-800", "new")
    told = [(site.site_id, site.assumed[-1], site.estimated) for site in found.sites]
    assert (told, dict(found.rejected)) == ([("n1", "eirp_dbm", False)], {"type": 1})


def test_geojson_nodes_are_read_like_json_ones(tmp_path: Path) -> None:
    """Both publication formats place the tower alike."""
    feature = {
        "type": "Feature",
        "properties": {"id": "n1", "type": "tower", "featureType": "node"},
        "geometry": {"type": "Point", "coordinates": [-0.1265, 51.5291]},
    }
    from_geojson = read_ofds_candidates(ofds(tmp_path, {"features": [feature]}), "lte-800", "new")
    path = ofds(tmp_path, {"networks": [{"nodes": [node()]}]})
    assert from_geojson.sites == read_ofds_candidates(path, "lte-800", "new").sites


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"networks": [{"nodes": [node(kind=None)]}]}, "none of its 1 nodes.*not of type tower"),
        ({"networks": [{"nodes": [node(x=400)]}]}, "missing or malformed"),
        ({"networks": [{"nodes": [node(x=30)]}]}, "outside the area of EPSG:27700"),
        ({"hello": 1}, "neither OFDS networks with nodes nor GeoJSON"),
        ([1], "no OFDS network"),
    ],
)
def test_file_without_a_candidate_is_refused(tmp_path: Path, document: object, reason: str) -> None:
    """Nothing usable is said, not an empty list given."""
    with pytest.raises(BadSource, match=reason):
        read_ofds_candidates(ofds(tmp_path, document), "lte-800", "new")


@pytest.mark.real_data
def test_real_network_without_node_types_gives_candidates_when_asked(real_data: Path) -> None:
    """Niger Telecoms publishes 31 nodes and no type; they lie in UTM zones 31 to 33."""
    [path] = (real_data / "data" / "ducting").glob("*ofds-json*.json")
    found = read_ofds_candidates(path, "lte-800", "new", node_types=None, crs="EPSG:32632")
    assert len(found.sites) == 31
