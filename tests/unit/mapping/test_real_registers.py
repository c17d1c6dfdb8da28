"""The registers of real councils, by proposal and by the mappings that Canopy ships."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import shapely
from mapping_tables import BNG, Result, codes, normalise

from canopy.assets.importers import open_tables
from canopy.assets.mapping import load_mapping, propose
from canopy.geo import WGS84, transformer

pytestmark = pytest.mark.real_data

CAMDEN = "assets/camden_street_lighting_2018.csv"
CHELTENHAM = "property/cheltenham_land_assets_2023.csv"
TRAFFORD = "cctv/trafford_cctv_cameras.csv"


@pytest.fixture(scope="module")
def registers(real_data: Path) -> Path:
    """The folder that holds assets/, property/, cctv/ and ducting/."""
    return real_data / "data" if (real_data / "data").is_dir() else real_data


def by_proposal(registers: Path, name: str, storage_crs: str = BNG) -> list[Result]:
    """Every table of a file, read by what is proposed for it without any word of help."""
    results = []
    for source in open_tables(registers / name):
        proposal = propose(source, None, storage_crs)
        results.append(normalise(source, proposal.mapping, storage_crs))
    return results


def by_council_mapping(registers: Path, name: str, mapping: str) -> Result:
    (source,) = open_tables(registers / name)
    shipped = resources.files("canopy.assets.importers").joinpath("councils", f"{mapping}.toml")
    with resources.as_file(shipped) as path:
        return normalise(source, load_mapping(path, source, None))


@pytest.fixture(scope="module")
def camden(registers: Path) -> Result:
    return by_proposal(registers, CAMDEN)[0]


def test_camden_is_read_without_loss(camden: Result) -> None:
    """9,527 lampposts, those without street, ward and wattage included."""
    assert (camden.count, camden.rejects) == (9_527, [])
    assert set(camden.batches[0].candidates.kinds) == {"lamppost"}
    unlit = [street for street in camden.column("street") if street is None]
    assert len(unlit) == 17
    assert sum(watts is None for watts in camden.attribute("lamp_w")) == 17


def test_camdens_two_pairs_agree_within_13_cm(camden: Result) -> None:
    """Eastings and northings against longitudes and latitudes: OSTN15, not Helmert."""
    spread = camden.normaliser.agreements[0].spread
    assert spread.rows == 9_527
    assert 0.06 < spread.median_m < 0.08
    assert 0.12 < spread.worst_m < 0.135


def test_camden_says_nothing_that_the_file_does_not_know(camden: Result) -> None:
    """No height, no supply, no ref, no structural test."""
    assert set(camden.column("height_m")) == {None}
    assert set(camden.column("power")) == {None}
    assert set(camden.column("ref")) == {None}
    assert set(camden.attribute("structural_result")) == {None}


def test_cheltenhams_undeclared_grid_is_found(registers: Path) -> None:
    """GeoX, GeoY are the National Grid: positions are those of the GeoJSON twin."""
    (table_,) = open_tables(registers / CHELTENHAM)
    proposal = propose(table_, "building", BNG)
    result = normalise(table_, proposal.mapping)
    assert proposal.mapping.geometry is not None
    assert proposal.mapping.geometry.crs == BNG
    (twin,) = by_proposal(registers, CHELTENHAM.replace(".csv", ".geojson"))
    assert result.count == twin.count == 459
    here, there = (shapely.get_coordinates(r.geometries) for r in (result, twin))
    assert np.hypot(*(here - there).T).max() < 0.5


def test_traffords_cameras_are_read(registers: Path) -> None:
    """163 cameras, from longitude and latitude by OSTN15."""
    (result,) = by_proposal(registers, TRAFFORD)
    assert (result.count, result.rejects) == (163, [])
    assert set(result.batches[0].candidates.kinds) == {"cctv"}
    x, y = shapely.get_coordinates(result.geometries).T
    lon, lat = transformer(BNG, WGS84).xy(x, y)
    assert lon.min() > -2.5
    assert lat.max() < 53.6


@pytest.mark.parametrize(
    ("name", "mapping", "count"),
    [
        (CAMDEN, "camden_street_lighting", 9_527),
        (CHELTENHAM, "cheltenham_land_assets", 459),
        (TRAFFORD, "trafford_cctv", 163),
    ],
)
def test_shipped_mappings_read_their_files_without_a_word(
    registers: Path, name: str, mapping: str, count: int
) -> None:
    """No reject, no warning, and every column mapped or ignored on purpose."""
    result = by_council_mapping(registers, name, mapping)
    assert (result.count, result.rejects, result.warnings) == (count, [], [])
    assert result.normaliser.mapping.unmapped(open_tables(registers / name)[0].columns) == []


@pytest.mark.parametrize("storage_crs", ["EPSG:32631", BNG])
def test_nigers_network_lies_in_niger(registers: Path, storage_crs: str) -> None:
    """Every node and span is accepted in UTM zone 31N, and none in Great Britain."""
    name = "ducting/NIGER_TELECOMS_ofds-json_17feb2026.json"
    results = by_proposal(registers, name, storage_crs)
    counts = [(r.count, len(r.rejects)) for r in results]
    abroad = storage_crs == BNG
    assert [bool(accepted) for accepted, _ in counts] == [not abroad] * len(results)
    assert [bool(rejected) for _, rejected in counts] == [abroad] * len(results)
    assert all(codes(r.rejects) <= {"out-of-area"} for r in results)
