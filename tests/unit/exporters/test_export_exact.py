"""GeoPackage, GeoParquet and GeoJSON give back exactly what was written.

Read with pyogrio, pyarrow and a JSON parser, not with Canopy's own importer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from export_assets import BNG, IN_TOWN, STAMP, TIMES, WGS84, batches
from hypothesis import HealthCheck, given, settings

from canopy.assets.batches import COMMON_COLUMNS, AssetBatch
from canopy.assets.exporters import FORMATS, write
from canopy.assets.kinds import Kind, attribute_fields
from canopy.geo import transformer

Rows = dict[str, tuple[dict[str, object], shapely.Geometry | None]]

exact = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def expected(batch: AssetBatch) -> Rows:
    """Per asset what must be in the file: known values only, lists as lists."""
    rows: Rows = {}
    for number in range(len(batch)):
        values = {name: batch.columns[name][number] for name in COMMON_COLUMNS}
        if values["designations"] is not None:
            values["designations"] = list(values["designations"])
        values |= batch.attributes[number]
        known = {name: value for name, value in values.items() if value is not None}
        rows[str(values["asset_id"])] = (known, batch.geometries[number])
    return rows


def plain(values: dict[str, object], kind: Kind) -> dict[str, object]:
    """Values as a table holds them, in the terms of `expected`: unknown ones left out."""
    described = attribute_fields(kind)
    result = {}
    for name, value in values.items():
        if value is None:
            continue
        type_ = described[name].type if name in described else None
        if name == "designations" or type_ == "list":
            value = orjson.loads(value)
        if type_ == "date":
            assert isinstance(value, date)
            value = value.isoformat()
        result[name] = value
    return result


def rows_of(table: pa.Table, geometry: str) -> Rows:
    found = {}
    for row in table.to_pylist():
        position = row.pop(geometry)
        row.pop("fid", None)
        found[row["asset_id"]] = (
            plain(row, Kind(row["kind"])),
            position and shapely.from_wkb(position),
        )
    return found


def read_gpkg(path: Path) -> Rows:
    rows: Rows = {}
    for name, _ in pyogrio.list_layers(path):
        _, table = pyogrio.read_arrow(path, layer=name, datetime_as_string=False)
        rows |= rows_of(table, "geom")
    return rows


def read_parquet(path: Path) -> Rows:
    return rows_of(pq.read_table(path), "geometry")


def read_geojson(path: Path) -> Rows:
    rows: Rows = {}
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        known = {k: v for k, v in feature["properties"].items() if v is not None}
        position = feature["geometry"]
        rows[feature["id"]] = (known, position and shapely.geometry.shape(position))
    return rows


def as_json(rows: Rows) -> Rows:
    """The same rows with dates and times as ISO text."""
    return {
        key: (
            {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in values.items()},
            position,
        )
        for key, (values, position) in rows.items()
    }


def exported(batch: AssetBatch, fmt: str, read: Callable[[Path], Rows], crs: str = BNG) -> Rows:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"out{FORMATS[fmt].suffix}"
        report = write([batch], path, fmt, storage_crs=BNG, crs=crs, stamp=STAMP)
        assert report.assets == len(batch)
        if crs == BNG:
            assert report.losses == ()
        return read(path)


def same(got: Rows, wanted: Rows) -> None:
    assert {key: values for key, (values, _) in got.items()} == {
        key: values for key, (values, _) in wanted.items()
    }
    for key, (_, position) in wanted.items():
        other = got[key][1]
        assert (other is None) == (position is None)
        if position is not None:
            assert other.geom_type == position.geom_type
            assert shapely.equals_exact(other, position, tolerance=0)


@exact
@given(batches())
def test_geopackage_gives_back_exactly_what_was_written(batch: AssetBatch) -> None:
    """Every value, type, unknown value and coordinate comes back from a GeoPackage."""
    same(exported(batch, "gpkg", read_gpkg), expected(batch))


@exact
@given(batches(times=TIMES))
def test_geoparquet_gives_back_exactly_what_was_written(batch: AssetBatch) -> None:
    """Every value, to the microsecond and the last bit, comes back from GeoParquet."""
    same(exported(batch, "geoparquet", read_parquet), expected(batch))


@exact
@given(batches(times=TIMES))
def test_geojson_gives_back_exactly_what_was_written(batch: AssetBatch) -> None:
    """Every value and coordinate comes back from GeoJSON in the storage CRS."""
    same(exported(batch, "geojson", read_geojson), as_json(expected(batch)))


@pytest.mark.parametrize(
    ("fmt", "read"), [("gpkg", read_gpkg), ("geoparquet", read_parquet), ("geojson", read_geojson)]
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=batches(where=IN_TOWN))
def test_positions_come_back_from_4326_within_a_millimetre(
    fmt: str, read: Callable[[Path], Rows], batch: AssetBatch
) -> None:
    """Exported in EPSG:4326 and transformed back, no position moves by 1 mm."""
    got = exported(batch, fmt, read, crs=WGS84)
    back = transformer(WGS84, BNG)
    for key, (_, position) in expected(batch).items():
        if position is not None:
            (other,) = back.geometries(np.array([got[key][1]], dtype=object))
            assert other.geom_type == position.geom_type
            assert shapely.hausdorff_distance(other, position) <= 0.001
