"""What a map file holds of its assets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from made_towns import BNG, CENTRE_M, asset, batch_of, stamp, town
from map_reading import ReadMap, read_map

from canopy.assets.batches import AssetBatch
from canopy.geo import transformer
from canopy.render.folium_map import MapReport, write_map

POINT, LINE, POLYGON, CELL = 1, 2, 3, 4


def written(
    folder: Path, *batches: AssetBatch, storage_crs: str = BNG
) -> tuple[ReadMap, MapReport]:
    path = folder / "map.html"
    report = write_map(batches, path, storage_crs=storage_crs, stamp=stamp())
    return read_map(path.read_text(encoding="utf-8")), report


def metres_back(read: ReadMap, number: int, crs: str = BNG) -> list[tuple[float, float]]:
    lon, lat = np.array(read.vertices[number]).T
    x, y = transformer("EPSG:4326", crs).xy(lon, lat)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def test_positions_come_back_within_two_centimetres(tmp_path: Path) -> None:
    """A position read from the file is the stored one to 2 cm (the bar is 0.1 m)."""
    points = [shapely.Point(CENTRE_M[0] + 17.123 * i, CENTRE_M[1] - 9.876 * i) for i in range(200)]
    assets = [asset("lamppost", point, i) for i, point in enumerate(points)]
    read, _ = written(tmp_path, batch_of(*assets[:90]), batch_of(*assets[90:]))
    back = shapely.points([metres_back(read, i)[0] for i in range(200)])
    assert shapely.distance(back, np.array(points, dtype=object)).max() < 0.02


def test_another_storage_crs_is_placed_by_its_own_transformation(tmp_path: Path) -> None:
    """Assets stored in EPSG:32631 (Niger) come back to where they are within 2 cm."""
    read, report = written(
        tmp_path,
        batch_of(asset("mast", shapely.Point(480_000.0, 1_490_000.0))),
        storage_crs="EPSG:32631",
    )
    back = metres_back(read, 0, "EPSG:32631")[0]
    assert back == pytest.approx((480_000.0, 1_490_000.0), abs=0.02)
    assert report.transformation.source == "EPSG:32631"


def test_every_value_of_every_asset_comes_back(tmp_path: Path) -> None:
    """Common columns and attributes are all there, with their JSON types."""
    values = {
        "name": "Pole “A” 🗼",
        "height_m": 8.5,
        "designations": ("conservation-area", "listed"),
        "uprn": "000012345678",
    }
    attributes = {"heritage": True, "lamp_w": 35, "material": "steel", "cutout_a": 6.0}
    point = shapely.Point(CENTRE_M)
    read, _ = written(tmp_path, batch_of(asset("lamppost", point, **values, attributes=attributes)))
    expected = {**values, **attributes, "designations": ["conservation-area", "listed"]}
    found = read.assets[0]
    assert {name: found[name] for name in expected} == expected
    assert found["heritage"] is True


def test_values_that_compare_equal_keep_their_types(tmp_path: Path) -> None:
    """1, 1.0 and true in one column stay a whole number, a decimal and a claim."""
    point = shapely.Point(CENTRE_M)
    rows = [asset("mast", point, i, attributes={"x": v}) for i, v in enumerate((1, 1.0, True))]
    read, _ = written(tmp_path, batch_of(*rows))
    assert [repr(found["x"]) for found in read.assets] == ["1", "1.0", "True"]


def test_unknown_values_stay_unknown(tmp_path: Path) -> None:
    """None and not-a-number are absent in the file: no zero, no default, no null."""
    point = shapely.Point(CENTRE_M)
    rows = [
        asset("lamppost", point, 1, height_m=None),
        asset("lamppost", point, 2, height_m=float("nan")),
        asset("lamppost", point, 3, height_m=0.0),
    ]
    read, _ = written(tmp_path, batch_of(*rows))
    assert [found.get("height_m") for found in read.assets] == [None, None, 0.0]


def test_a_column_that_no_asset_fills_is_not_in_the_file(tmp_path: Path) -> None:
    """A withheld column, which is empty for its kind, leaves not even its name."""
    read, _ = written(tmp_path, batch_of(asset("cctv", shapely.Point(CENTRE_M))))
    names = {column["name"] for column in read.head["kinds"][0]["columns"]}
    assert "height_m" not in names
    assert "power" not in names


def test_attributes_of_later_batches_do_not_slip_to_other_assets(tmp_path: Path) -> None:
    """An attribute that first appears in the third asset belongs to the third asset."""
    point = shapely.Point(CENTRE_M)
    first = batch_of(asset("lamppost", point, 1), asset("lamppost", point, 2))
    second = batch_of(
        asset("lamppost", point, 3, attributes={"lamp_w": 35}), asset("lamppost", point, 4)
    )
    read, _ = written(tmp_path, first, second)
    assert [found.get("lamp_w") for found in read.assets] == [None, None, 35, None]


def test_a_column_missing_from_one_batch_is_unknown_there(tmp_path: Path) -> None:
    """Batches with different columns keep each value with its asset."""
    point = shapely.Point(CENTRE_M)
    without = batch_of(asset("mast", point, 1))
    del without.columns["name"]
    read, _ = written(tmp_path, without, batch_of(asset("mast", point, 2, name="Church tower")))
    assert [found.get("name") for found in read.assets] == [None, "Church tower"]


def test_a_generalised_position_becomes_its_cell(tmp_path: Path) -> None:
    """The file holds the square of the stated size about the given centre."""
    centre = shapely.Point(452_250.0, 312_750.0)
    read, report = written(tmp_path, batch_of(asset("cctv", centre, position_generalised_m=500.0)))
    corners = shapely.Polygon(metres_back(read, 0))
    expected = shapely.box(452_000, 312_500, 452_500, 313_000)
    assert read.roles == [CELL]
    assert report.generalised == 1
    assert shapely.symmetric_difference(corners, expected).area < 50  # [m²] of 250,000


def test_an_asset_without_position_is_kept(tmp_path: Path) -> None:
    """It is in the file and in the count, with no vertices."""
    read, report = written(tmp_path, batch_of(asset("mast", None, ref="HIDDEN")))
    assert (read.assets[0]["ref"], read.vertices[0], read.roles[0]) == ("HIDDEN", [], 0)
    assert (report.assets, report.without_position) == (1, 1)


def test_an_untransformable_position_is_reported(tmp_path: Path) -> None:
    """Outside the CRS's reach the asset stays in the table and the report warns."""
    far = asset("mast", shapely.Point(900_000.0, 5.0), 1)
    near = asset("mast", shapely.Point(CENTRE_M), 2)
    read, report = written(tmp_path, batch_of(far, near))
    assert read.roles == [0, POINT]
    assert len(report.warnings) == 1
    assert "1 assets have a position" in report.warnings[0]


def test_lines_polygons_holes_and_multiparts_keep_every_vertex(tmp_path: Path) -> None:
    """Each shape has its role and all of its vertices."""
    x, y = CENTRE_M
    line = shapely.MultiLineString([[(x, y), (x + 9, y)], [(x, y + 5), (x + 9, y + 5), (x, y)]])
    ring = shapely.box(x, y, x + 90, y + 90).difference(shapely.box(x + 9, y + 9, x + 19, y + 19))
    two = shapely.union(ring, shapely.box(x + 200, y, x + 210, y + 10))
    points = shapely.MultiPoint([(x, y), (x + 1, y + 1)])
    read, _ = written(
        tmp_path,
        batch_of(
            asset("open_space", two, 1),
            asset("duct", line, 2),
            asset("street_furniture", points, 3),
        ),
    )
    assert read.roles == [POLYGON, LINE, POINT]
    assert [len(vertices) for vertices in read.vertices] == [15, 5, 2]


def test_the_report_counts_what_was_written(tmp_path: Path) -> None:
    """Assets, kinds and bytes of the report are those of the file."""
    read, report = written(tmp_path, *town(100))
    counted = {kind: 0 for kind in report.by_kind}
    for found in read.assets:
        counted[found["kind"]] += 1
    assert report.by_kind == counted
    assert report.assets == len(read.assets)
    assert report.size_bytes == report.path.stat().st_size


def test_a_kind_without_symbology_is_a_programming_error(tmp_path: Path) -> None:
    """Nothing is drawn in a look that nobody chose."""
    with pytest.raises(ValueError, match="no symbology"):
        written(tmp_path, batch_of(asset("submarine", shapely.Point(CENTRE_M))))
