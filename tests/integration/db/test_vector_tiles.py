"""Vector tiles: the same bytes from both databases, read back by GDAL, and as PostGIS cuts them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from placed_assets import EAST, NORTH, at, drawn, holding
from sqlalchemy import insert, text

from canopy import geo
from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.db.mvt import EXTENT, encode_layer
from canopy.db.tiles import BUFFER, TileAddress, encode_tile, in_tile_units, search_box, tile
from canopy.errors import LimitExceeded, NotFound

STORAGE = "EPSG:27700"
ADDRESS = TileAddress(14, 8186, 5448)
"""Round 530000, 180000."""

SHAPES = [
    at(0, 0),
    at(3, 4),
    drawn("LINESTRING (-900 0, 900 300)"),  # leaves the tile on both sides
    drawn("MULTILINESTRING ((0 0, 50 50), (60 60, 90 0))"),
    drawn(
        "POLYGON ((-100 -100, 100 -100, 100 100, -100 100, -100 -100), "
        "(-50 -50, -50 50, 50 50, 50 -50, -50 -50))"
    ),
    drawn(
        "MULTIPOLYGON (((200 200, 210 200, 210 210, 200 200)), "
        "((230 230, 250 230, 250 250, 230 230)))"
    ),
    drawn("MULTIPOINT (10 10, 20 30)"),
    drawn("POLYGON ((-5000 -5000, 5000 -5000, 5000 5000, -5000 5000, -5000 -5000))"),  # around it
]


def _read(
    tile_bytes: bytes, folder: Path, address: TileAddress = ADDRESS
) -> geopandas.GeoDataFrame:
    """The features as GDAL reads them, geometries in tile units."""
    path = folder / "tile.mvt"
    path.write_bytes(tile_bytes)
    frame = pyogrio.read_dataframe(path, X=str(address.x), Y=str(address.y), Z=str(address.z))
    west, _, _, north = address.bounds
    units = EXTENT / address.side_m
    frame["units"] = shapely.transform(
        frame.geometry.to_numpy(),
        lambda xy: np.rint(np.column_stack([xy[:, 0] - west, north - xy[:, 1]]) * units),
    )
    return frame


@pytest.mark.postgis
def test_a_tile_is_the_same_on_both_databases(
    gpkg_database: Database, postgis_database: Database
) -> None:
    """Byte for byte, and not empty."""
    both = []
    for database in (gpkg_database, postgis_database):
        with holding(database, SHAPES) as session:
            columns = {"kind": Asset.kind, "height_m": Asset.height_m}
            both.append(tile(session, Asset, ADDRESS, STORAGE, layer="assets", attributes=columns))
    assert len(both[0]) > 200
    assert both[0] == both[1]


def test_features_ids_and_attributes_come_back(database: Database, tmp_path: Path) -> None:
    """GDAL reads each feature with its key as id and the attributes that are known."""
    with holding(database, SHAPES) as session:
        columns = {"kind": Asset.kind, "name": Asset.name, "source": Asset.source}
        packed = tile(session, Asset, ADDRESS, STORAGE, layer="assets", attributes=columns)
    frame = _read(packed, tmp_path)
    assert frame["mvt_id"].tolist() == list(range(1, 9))
    assert frame["kind"].tolist() == ["lamppost", "cctv"] * 4
    assert frame["source"].tolist() == ["edited"] * 8
    assert "name" not in frame
    assert frame.geom_type.tolist()[:2] == ["Point", "Point"]


def test_positions_are_within_a_unit_of_the_exact_transformation(
    database: Database, tmp_path: Path
) -> None:
    """At zoom 14 a unit is 0.6 m of map: OSTN15 is kept, a Helmert shift would be 3 units."""
    with holding(database, SHAPES[:2]) as session:
        packed = tile(session, Asset, ADDRESS, STORAGE, layer="a", attributes={})
    exact = geo.transformer(STORAGE, "EPSG:3857").geometries(np.array(SHAPES[:2]))
    west, _, _, north = ADDRESS.bounds
    expected = [((p.x - west), (north - p.y)) for p in exact]
    found = shapely.get_coordinates(_read(packed, tmp_path)["units"].to_numpy())
    assert np.abs(found - np.array(expected) * EXTENT / ADDRESS.side_m).max() <= 0.5 + 1e-6


def test_a_tile_is_cut_at_its_buffer() -> None:
    """64 units beyond each side stay, nothing beyond does; what is outside is left out."""
    cut = in_tile_units(np.array([*SHAPES, at(9000, 0)]), ADDRESS, STORAGE)
    low, high = -BUFFER, EXTENT + BUFFER
    assert cut[7].bounds == (low, low, high, high)
    assert cut[2].bounds[0] == low
    assert cut[2].bounds[2] < high  # its other end lies in the tile
    assert cut[8] is None


def test_what_is_smaller_than_a_unit_is_left_out() -> None:
    """A building of a few centimetres and a line of a few collapse; a point stays."""
    tiny = [at(0, 0), at(0, 0).buffer(0.05), shapely.LineString([at(0, 0), at(0.01, 0)])]
    cut = in_tile_units(np.array(tiny), TileAddress(10, 511, 340), STORAGE)
    assert [each is None for each in cut] == [False, True, True]


@pytest.mark.postgis
def test_tiles_are_cut_as_postgis_cuts_them(postgis_database: Database) -> None:
    """From the same web-mercator geometry ST_AsMVTGeom gives the same parts within a unit."""
    ours = in_tile_units(np.array(SHAPES), ADDRESS, STORAGE)
    moved = geo.transformer(STORAGE, "EPSG:3857").geometries(np.array(SHAPES))
    cut = text(
        "SELECT ST_AsBinary(ST_AsMVTGeom(ST_SetSRID(ST_GeomFromWKB(:wkb), 3857), "
        "ST_TileEnvelope(:z, :x, :y), 4096, 64, true))"
    )
    place = {"z": ADDRESS.z, "x": ADDRESS.x, "y": ADDRESS.y}
    with postgis_database.reading() as session:
        theirs = [
            shapely.from_wkb(bytes(session.scalar(cut, {"wkb": shape.wkb, **place})))
            for shape in moved
        ]
    apart = [shapely.hausdorff_distance(a, b) for a, b in zip(ours, theirs, strict=True)]
    assert max(apart) <= 1.5  # a unit in x and in y
    assert [shapely.get_num_geometries(each) for each in ours] == [
        shapely.get_num_geometries(each) for each in theirs
    ]


@pytest.mark.postgis
def test_the_encoding_is_read_as_postgiss_is(postgis_database: Database, tmp_path: Path) -> None:
    """GDAL finds the same geometries and attributes in our bytes as in ST_AsMVT's."""
    cut = in_tile_units(np.array(SHAPES), ADDRESS, STORAGE)
    records = [{"name": f"n{n}", "height_m": n + 0.5, "rank": n} for n in range(len(cut))]
    ours = encode_layer("assets", list(range(8)), cut, records)
    rows = [
        {"wkb": geometry.wkb, "id": n, **record}
        for n, (geometry, record) in enumerate(zip(cut, records, strict=True))
    ]
    with postgis_database.reading() as session:
        session.execute(
            text(
                "CREATE TEMP TABLE cut "
                "(id int, name text, height_m float8, rank int, geom geometry)"
            )
        )
        session.execute(
            text("INSERT INTO cut VALUES (:id, :name, :height_m, :rank, ST_GeomFromWKB(:wkb))"),
            rows,
        )
        theirs = bytes(
            session.scalar(
                text(
                    "SELECT ST_AsMVT(c, 'assets', 4096, 'geom', 'id') "
                    "FROM (SELECT * FROM cut ORDER BY id) c"
                )
            )
        )
    mine, other = _read(ours, tmp_path), _read(theirs, tmp_path)
    columns = ["mvt_id", "name", "height_m", "rank"]
    assert mine[columns].to_dict("records") == other[columns].to_dict("records")
    assert shapely.equals_exact(
        shapely.normalize(mine["units"].to_numpy()), shapely.normalize(other["units"].to_numpy())
    ).all()


def test_every_kind_of_value_is_carried(tmp_path: Path) -> None:
    """Text, whole numbers of either sign, fractions, truth and dates; nothing for None."""
    values = {
        "text": "Käfer £", "whole": 2**40, "below": -7, "part": 0.1, "lit": True,
        "on": date(2026, 2, 3), "unknown": None,
    }  # fmt: skip
    packed = encode_tile(ADDRESS, STORAGE, "assets", [2**53], np.array([at(0, 0)]), [values])
    (found,) = _read(packed, tmp_path).to_dict("records")
    assert "unknown" not in found
    del values["unknown"]
    assert {name: found[name] for name in values} == {**values, "on": "2026-02-03"}
    assert found["mvt_id"] == 2**53


def test_a_value_a_tile_cannot_hold_is_an_error() -> None:
    """A list is not turned into text behind the caller's back."""
    with pytest.raises(TypeError, match="list"):
        encode_layer("a", [1], np.array([shapely.Point(1, 1)]), [{"tags": ["a"]}])


def test_equal_values_of_different_types_stay_apart(tmp_path: Path) -> None:
    """1, 1.0 and True are one key in a dict, and three values in a tile."""
    records = [{"a": 1, "b": 1.0, "c": True}]
    packed = encode_layer("a", [1], np.array([shapely.Point(1, 1)]), records)
    (found,) = _read(packed, tmp_path)[["a", "b", "c"]].to_dict("records")
    assert [type(value).__name__ for value in found.values()] == ["int", "float", "bool"]


def test_an_empty_tile_is_no_bytes(database: Database) -> None:
    """In the catalogue's area and outside of it."""
    with holding(database, [None, at(9000, 9000)]) as session:
        for address in (ADDRESS, TileAddress(14, 0, 0)):
            assert tile(session, Asset, address, STORAGE, layer="a", attributes={}) == b""


def test_only_features_that_satisfy_the_conditions_are_drawn(
    database: Database, tmp_path: Path
) -> None:
    """A condition beside the tile's own box."""
    with holding(database, SHAPES) as session:
        packed = tile(
            session, Asset, ADDRESS, STORAGE, Asset.kind == "cctv", layer="a", attributes={}
        )
    assert _read(packed, tmp_path)["mvt_id"].tolist() == [2, 4, 6, 8]


def test_a_tile_of_too_many_features_is_refused(database: Database) -> None:
    """Refused with the way out, and not cut short."""
    with holding(database, SHAPES) as session, pytest.raises(LimitExceeded, match="zoom in"):
        tile(session, Asset, ADDRESS, STORAGE, layer="a", attributes={}, max_features=7)


@pytest.mark.parametrize("zoom", [0, 3, 6, 9, 12, 18, 24])
def test_a_tile_that_holds_a_point_finds_it(database: Database, zoom: int) -> None:
    """At every zoom, also where the tile reaches beyond the national grid."""
    places = [(EAST, NORTH), (91_492.0, 11_318.0), (395_999.0, 1_138_728.0), (650_000.0, 310_000.0)]
    points = [shapely.Point(place) for place in places]
    x, y = geo.transformer(STORAGE, "EPSG:3857").xy(*np.array(places).T)
    side = 2 * 20_037_508.342789244 / 2**zoom
    with holding(database, points) as session:
        for key, (east, north) in enumerate(zip(x, y, strict=True), start=1):
            column = int((east + 20_037_508.342789244) // side)
            row = int((20_037_508.342789244 - north) // side)
            address = TileAddress(zoom, column, row)
            here = Asset.fid == key
            assert tile(session, Asset, address, STORAGE, here, layer="a", attributes={}) != b""


@pytest.mark.parametrize("address", [(-1, 0, 0), (25, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_there_are_no_tiles_outside_the_grid(address: tuple[int, int, int]) -> None:
    """Zoom 0 to 24, columns and rows below 2 to the zoom."""
    with pytest.raises(NotFound, match="no tile"):
        TileAddress(*address)


@pytest.mark.parametrize("east_m", [405_000, 1_300_000])
def test_another_storage_crs_has_its_own_tiles(new_database: object, east_m: int) -> None:
    """A deployment in UTM 31N, Niger: the tile under its point, in its zone or accepted
    beyond it, and none in Japan."""
    storage = "EPSG:32631"
    database = new_database(storage)  # type: ignore[operator]
    place = shapely.set_srid(shapely.Point(east_m, 1_495_000), 32631)
    assert geo.Area.of(storage).holds(place)
    with database.reading() as session:
        session.execute(
            insert(Asset), [{"fid": 1, "asset_id": "0" * 32, "kind": "mast", "geom": place}]
        )
        address = tile_of(place, storage)
        assert tile(session, Asset, address, storage, layer="a", attributes={}) != b""
    assert search_box(TileAddress(6, 56, 25), storage) is None


@pytest.mark.parametrize(("x_m", "zoom"), [(500_000, 14), (200_000, 14), (200_000, 0)])
def test_an_area_across_the_antimeridian_has_tiles_on_both_sides(x_m: int, zoom: int) -> None:
    """New Zealand's UTM 60S, accepted beyond 180 degrees: a tile on either side is searched."""
    storage = "EPSG:32760"
    east_of_it = 1_400_000 - x_m  # 177 E is at 500,000 m; this lies in the western hemisphere
    for place in (shapely.Point(x_m, 5_500_000), shapely.Point(east_of_it, 5_500_000)):
        assert geo.Area.of(storage).holds(place)
        box = search_box(tile_of(place, storage, zoom), storage)
        assert box is not None
        assert shapely.box(*box).covers(place)


def tile_of(place: shapely.Point, storage: str, zoom: int = 14) -> TileAddress:
    """The tile in which a place lies."""
    x, y = geo.transformer(storage, "EPSG:3857").xy(np.array([place.x]), np.array([place.y]))
    side = 2 * 20_037_508.342789244 / 2**zoom
    column = int((x[0] + 20_037_508.342789244) // side)
    return TileAddress(zoom, column, int((20_037_508.342789244 - y[0]) // side))
