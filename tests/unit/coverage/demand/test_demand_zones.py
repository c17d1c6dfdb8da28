"""Boundary files and tables of counts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from canopy.coverage.demand.zones import read_polygons, with_counts
from canopy.errors import BadSource

SQUARE = [[-0.14, 51.53], [-0.13, 51.53], [-0.13, 51.54], [-0.14, 51.54], [-0.14, 51.53]]
BOW = [[-0.14, 51.53], [-0.13, 51.54], [-0.13, 51.53], [-0.14, 51.54], [-0.14, 51.53]]


def boundaries(folder: Path, *rings: list[list[float]], **document: object) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"E{index}"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for index, ring in enumerate(rings)
    ]
    path = folder / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features} | document))
    return path


def counts(folder: Path, text: str) -> Path:
    path = folder / "counts.csv"
    path.write_text(text)
    return path


def test_zones_come_in_the_national_grid_with_their_counts(tmp_path: Path) -> None:
    """Thousands may have commas; the zone without a row is unknown and told."""
    zones = read_polygons(boundaries(tmp_path, SQUARE, SQUARE), id_field="code")
    table = counts(tmp_path, 'code,people\nE0,"1,868"\n')
    counted = with_counts(zones, table, id_field="code", count_field="people")
    np.testing.assert_array_equal(counted.counts, [1868.0, np.nan])
    assert counted.notes == ("1 of 2 zones have no count in counts.csv: unknown",)
    west, south, east, north = shapely.total_bounds(counted.polygons)
    assert 529_000 < west < east < 530_500  # by Camden: about 529 km east, 183 km north
    assert 182_500 < south < north < 184_500


def test_an_outline_that_crosses_itself_is_repaired_and_told(tmp_path: Path) -> None:
    """A bow keeps the area of its two triangles."""
    zones = read_polygons(boundaries(tmp_path, BOW), id_field="code")
    assert shapely.is_valid(zones.polygons).all()
    assert zones.notes == ("1 outlines of zones.geojson crossed themselves; repaired",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,people\nE0,-4\n", "row 2: '-4' is no number of people"),
        ("code,people\nE0,many\n", "row 2: 'many' is no number of people"),
        ("code,people\nE0,1\nE0,2\n", "row 3: E0 is given twice"),
        ("code,persons\nE0,1\n", "no column 'people'; it has: code, persons"),
        ("code,people\nX9,1\n", "none of its 'code' is an id of the zones"),
        ("code,people\nE0,1,2\n", "row 2 has 3 values under 2 headings"),
        ("", "is empty"),
    ],
)
def test_a_bad_table_is_refused_by_row_and_column(tmp_path: Path, text: str, message: str) -> None:
    """The message says what to look for, and where."""
    zones = read_polygons(boundaries(tmp_path, SQUARE), id_field="code")
    with pytest.raises(BadSource, match=message):
        with_counts(zones, counts(tmp_path, text), id_field="code", count_field="people")


def test_a_boundary_file_in_another_crs_is_refused(tmp_path: Path) -> None:
    """Eastings read as degrees would be a plausible wrong map."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    with pytest.raises(BadSource, match="declares the CRS"):
        read_polygons(boundaries(tmp_path, SQUARE, crs=crs), id_field="code")


def test_a_feature_without_an_id_is_named(tmp_path: Path) -> None:
    """By its number in the file."""
    with pytest.raises(BadSource, match="feature 1 has no 'LSOA11CD'"):
        read_polygons(boundaries(tmp_path, SQUARE), id_field="LSOA11CD")
