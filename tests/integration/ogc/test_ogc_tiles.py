"""Vector tiles over HTTP: all that a principal sees, nothing else, and never an old one."""

from __future__ import annotations

import gzip
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from ogc_catalogue import E0, N0, ROLES, add, fill_mixed, lamppost, seen_by
from sqlalchemy import text

from canopy import geo
from canopy.access.rules import Role
from canopy.api import stamp
from canopy.api.tiles import cutting
from canopy.api.tiles.cache import Tile, TileCache
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.ready.keeping import Keeper, catch_up
from canopy.db.engine import Database
from canopy.db.mvt import EXTENT
from canopy.db.tiles import TileAddress

HERE = "/collections/{}/tiles/WebMercatorQuad"
SET = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"


def around(zoom: int) -> list[TileAddress]:
    """Every tile that the mixed catalogue may reach into."""
    lon, lat = geo.transformer("EPSG:27700", geo.WGS84).xy(
        np.array([E0 - 700, E0 + 1_700]), np.array([N0 - 700, N0 + 1_300])
    )
    x, y = geo.world_units(lon, lat)
    shift = geo.WORLD_BITS - zoom
    columns = range(int(x[0]) >> shift, (int(x[1]) >> shift) + 1)
    rows = range(int(y[1]) >> shift, (int(y[0]) >> shift) + 1)
    return [TileAddress(zoom, column, row) for column, row in itertools.product(columns, rows)]


def path_of(address: TileAddress, collection: str = "assets") -> str:
    return f"{HERE.format(collection)}/{address.z}/{address.y}/{address.x}"


def read(body: bytes, address: TileAddress, folder: Path) -> geopandas.GeoDataFrame:
    """A tile as GDAL reads it, in web mercator metres."""
    file = folder / f"{address.z}-{address.x}-{address.y}.mvt"
    file.write_bytes(body)
    return pyogrio.read_dataframe(file, X=str(address.x), Y=str(address.y), Z=str(address.z))


def tiles(
    client: TestClient, zoom: int, headers: dict[str, str], folder: Path, collection: str = "assets"
) -> Iterator[tuple[TileAddress, geopandas.GeoDataFrame]]:
    for address in around(zoom):
        answer = client.get(path_of(address, collection), headers=headers)
        assert answer.status_code in (200, 204), answer.text
        if answer.status_code == 200:
            yield address, read(answer.content, address, folder)


def placed(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {key: each for key, each in found.items() if each["geometry"] is not None}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("zoom", [0, 6, 10, 12])
def test_counts_sum_to_what_the_role_sees(
    service: TestClient, mixed: Database, keys: Any, role: Role, zoom: int, tmp_path: Path
) -> None:
    """Each asset is in one cell of one tile, counted in all and by its kind."""
    total: Counter[str] = Counter()
    for _, frame in tiles(service, zoom, keys[role], tmp_path):
        assert "asset_id" not in frame.columns
        for name in ("count", *KINDS):
            if name in frame.columns:
                total[str(name)] += int(frame[name].fillna(0).sum())
    expected = Counter(str(each["kind"]) for each in placed(seen_by(mixed, role)).values())
    assert total.pop("count") == expected.total()
    assert +total == expected


@pytest.mark.parametrize("role", ROLES)
def test_close_tiles_hold_the_assets_where_the_role_sees_them(
    service: TestClient, mixed: Database, keys: Any, role: Role, tmp_path: Path
) -> None:
    """All of them, to the width of a tile's unit, with four fields and no others."""
    found: dict[str, list[shapely.Geometry]] = {}
    for _, frame in tiles(service, 15, keys[role], tmp_path):
        assert set(frame.columns) <= {
            "mvt_id",
            "asset_id",
            "kind",
            "status",
            "height_m",
            "geometry",
        }
        for each in frame.itertuples():
            found.setdefault(each.asset_id, []).append(each.geometry)
    expected = placed(seen_by(mixed, role))
    assert set(found) == set(expected)
    unit_m = TileAddress(15, 0, 0).side_m / EXTENT
    to_mercator = geo.transformer("EPSG:27700", "EPSG:3857")
    for key, parts in found.items():
        shown = to_mercator.geometries(np.array([expected[key]["geometry"]]))[0]
        for part in parts:
            assert shapely.hausdorff_distance(shapely.union_all(parts), shown) < 2 * unit_m or (
                shapely.distance(part, shown) < 2 * unit_m and shown.length > 0
            )


def test_a_camera_stands_in_its_cell_for_the_public(
    service: TestClient, keys: Any, tmp_path: Path
) -> None:
    """At the centre of a cell of 100 m; operators see where it is."""
    at = {}
    for role in (Role.public, Role.operator):
        (frame,) = [
            frame for _, frame in tiles(service, 13, keys[role], tmp_path, "cctv") if len(frame)
        ][:1]
        back = geo.transformer("EPSG:3857", "EPSG:27700").geometries(frame.geometry.to_numpy())
        at[role] = (back[0].x, back[0].y)
    assert at[Role.public] == pytest.approx((E0 + 350, N0 + 450), abs=2)
    assert at[Role.operator] == pytest.approx((E0 + 333.3, N0 + 444.4), abs=2)


@pytest.mark.parametrize("zoom", [9, 14])
def test_a_collection_of_one_kind_holds_that_kind(
    service: TestClient, keys: Any, zoom: int, tmp_path: Path
) -> None:
    """And its layer is named for it."""
    number = 0
    for address, frame in tiles(service, zoom, keys[Role.admin], tmp_path, "mast"):
        layers = pyogrio.list_layers(tmp_path / f"{address.z}-{address.x}-{address.y}.mvt")
        assert layers[:, 0].tolist() == ["mast"]
        number += len(frame)
        assert set(frame.get("kind", pd.Series(dtype=str)).dropna()) <= {"mast"}
    assert number >= 1


@pytest.mark.parametrize("zoom", [10, 14])
def test_a_tile_that_the_client_has_is_not_sent_again(service: TestClient, zoom: int) -> None:
    """304 for its ETag; packed for those who take gzip, with the same ETag."""
    address = next(each for each in around(zoom) if service.get(path_of(each)).status_code == 200)
    plain = service.get(path_of(address), headers={"Accept-Encoding": "identity"})
    assert plain.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert "content-encoding" not in plain.headers
    again = service.get(path_of(address), headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    packed = service.get(path_of(address), headers={"Accept-Encoding": "gzip"})
    assert packed.content == plain.content
    assert packed.headers["etag"] == plain.headers["etag"]
    assert "no-cache" in plain.headers["cache-control"]


def test_where_nothing_is_there_is_no_content(service: TestClient) -> None:
    """204, in the middle of the sea."""
    assert service.get(HERE.format("assets") + "/14/8000/8000").status_code == 204


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/assets/tiles/WebMercatorQuad/3/8/1", 404),
        ("/collections/assets/tiles/WebMercatorQuad/23/1/1", 404),
        ("/collections/assets/tiles/WebMercatorQuad/a/1/1", 404),
        ("/collections/assets/tiles/WebMercatorQuad/-1/1/1", 404),
        ("/collections/assets/tiles/WebMercatorQuad/01/1/1", 404),
        ("/collections/assets/tiles/Other/1/1/1", 404),
        ("/collections/none/tiles/WebMercatorQuad/1/1/1", 404),
        ("/collections/none/tiles", 404),
        ("/collections/assets/tiles/WebMercatorQuad/1/1/1?foo=1", 400),
        ("/collections/assets/tiles/WebMercatorQuad/1/1/1?f=png", 400),
        ("/collections/assets/tiles/WebMercatorQuad?f=xml", 400),
        ("/tileMatrixSets?f=html", 400),
    ],
)
def test_what_is_not_there_is_refused(service: TestClient, path: str, status: int) -> None:
    """With a problem document."""
    answer = service.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_token_is_refused(service: TestClient) -> None:
    """As everywhere, and not answered as the public is."""
    headers = {"Authorization": "Bearer canopy_no"}
    assert service.get(HERE.format("assets") + "/1/0/1", headers=headers).status_code == 401
    assert service.get(HERE.format("assets"), headers=headers).status_code == 401


def test_tilejson_tells_what_there_is(service: TestClient, keys: Any) -> None:
    """Addresses that answer, layers, zooms, and bounds around what the public sees."""
    told = service.get(HERE.format("assets") + "?f=tilejson").json()
    assert told["tilejson"] == "3.0.0"
    (layer,) = told["vector_layers"]
    assert layer["id"] == "assets"
    assert {"count", "kind", "asset_id", "lamppost", "cctv"} <= set(layer["fields"])
    west, south, east, north = told["bounds"]
    (x, y) = geo.transformer("EPSG:27700", geo.WGS84).xy(np.array([E0 + 1]), np.array([N0 + 41]))
    assert west < x[0] < east
    assert south < y[0] < north
    assert east - west < 0.1
    address = around(12)[0]
    filled = told["tiles"][0].format(z=12, y=address.y, x=address.x)
    assert service.get(filled, headers=keys[Role.public]).status_code in (200, 204)


def test_tilesets_are_found_from_the_collection(service: TestClient) -> None:
    """By links from the collection to the template of the tiles."""
    rel = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
    links = service.get("/collections/lamppost").json()["links"]
    (tilesets,) = [each["href"] for each in links if each["rel"] == rel]
    (summary,) = service.get(tilesets).json()["tilesets"]
    assert summary["tileMatrixSetURI"] == SET
    tileset = service.get(summary["links"][0]["href"]).json()
    (template,) = [each for each in tileset["links"] if each["rel"] == "item"]
    assert template["templated"] is True
    assert service.get(template["href"].format(z=5, y=10, x=15)).status_code in (200, 204)


def test_the_matrix_set_is_that_of_the_standard(service: TestClient) -> None:
    """Scale denominators and sizes as OGC 17-083r4 D.1 has them for levels 0, 10 and 22."""
    (listed,) = service.get("/tileMatrixSets").json()["tileMatrixSets"]
    told = service.get(listed["links"][0]["href"]).json()
    by_id = {each["id"]: each for each in told["tileMatrices"]}
    published = {"0": 559082264.028717, "10": 545978.773465544, "22": 133.295598991589}
    for level, denominator in published.items():
        assert by_id[level]["scaleDenominator"] == pytest.approx(denominator, rel=1e-9)
        assert by_id[level]["matrixWidth"] == 2 ** int(level)
    assert by_id["0"]["cellSize"] == pytest.approx(156543.033928041, rel=1e-12)


@pytest.fixture
def own(database: Database) -> Database:
    """A catalogue of the test's own, filled and ready."""
    fill_mixed(database)
    catch_up(database, SensitivityPolicy())
    return database


def counted(client: TestClient, folder: Path) -> int:
    return sum(int(frame["count"].sum()) for _, frame in tiles(client, 10, {}, folder))


def test_a_write_is_seen_in_the_next_tile(
    own: Database,
    serve_over: Callable[[Database], TestClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By whomever it was made; counts and assets."""
    monkeypatch.setattr(stamp, "LOOK_EVERY_S", 0.0)
    client = serve_over(own)
    before = counted(client, tmp_path)
    detail = [len(frame) for _, frame in tiles(client, 14, {}, tmp_path)]
    add(own, [lamppost(60, ref="LC-later")], first=700)
    if not own.is_gpkg:
        catch_up(own, SensitivityPolicy())
    assert counted(client, tmp_path) == before + 1
    assert [len(frame) for _, frame in tiles(client, 14, {}, tmp_path)] != detail


@pytest.mark.postgis
def test_assets_are_cut_before_they_are_ready_and_counts_wait(
    postgis_database: Database,
    serve_over: Callable[[Database], TestClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """503 with a time to wait where it takes long; never a tile that leaves something out."""
    monkeypatch.setattr(cutting, "WAIT_S", 0.3)
    monkeypatch.setattr(stamp, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(Keeper, "run_forever", lambda _: None)
    fill_mixed(postgis_database)
    client = serve_over(postgis_database)
    found = {key for _, frame in tiles(client, 14, {}, tmp_path) for key in frame["asset_id"]}
    assert found == set(placed(seen_by(postgis_database, Role.public)))
    answer = client.get(path_of(around(10)[0]))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"].endswith("#not-ready-yet")
    catch_up(postgis_database, SensitivityPolicy())
    assert counted(client, tmp_path) == len(found)


@pytest.mark.parametrize("most", [5])
def test_a_crowded_tile_holds_counts_at_any_zoom(
    own: Database,
    serve_over: Callable[[Database], TestClient],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    """Rather than leave out what is too much for it."""
    for module in ("canopy.assets.reading.tiling", "canopy.assets.ready.tiles"):
        monkeypatch.setattr(f"{module}.MOST_DETAILS", most)
    total = 0
    for _, frame in tiles(serve_over(own), 13, {}, tmp_path):
        if "count" in frame.columns:
            total += int(frame["count"].sum())
    assert total >= len(placed(seen_by(own, Role.public))) - most * len(around(13))
    assert total > most


def test_the_cache_lets_go_of_the_oldest() -> None:
    """When it is full, and of none that was cut from something else."""
    cache = TileCache(most_bytes=1_500)
    for name in "abc":
        cache.put(name, 1, Tile.of(name.encode() * 300))
        cache.get("a", 1)
    assert cache.get("a", 1) is not None
    assert cache.get("b", 1) is None
    assert cache.get("c", 1) is not None
    assert cache.get("c", 2) is None


def test_a_packed_tile_is_the_tile() -> None:
    """And the same bytes each time."""
    body = bytes(range(256)) * 8
    plain = Tile.of(body)
    packed = plain.in_form(packed=True)
    assert (plain.is_packed, packed.is_packed) == (False, True)
    assert plain.body == gzip.decompress(packed.body) == body
    assert packed == Tile.of(body).in_form(packed=True)
    assert packed.in_form(packed=False) == plain
    small = Tile.of(body[:100])
    assert small.in_form(packed=True) is small


@pytest.mark.postgis
def test_staff_see_the_same_state_in_tiles_as_operators(postgis_database: Database) -> None:
    """Tiles for staff take status and height from what operators see: no role sees more there."""
    policy = SensitivityPolicy()
    from canopy.access.rules import Principal

    for kind in KINDS:
        seen = policy.visible_columns(kind, Principal(Role.operator, "test"))
        assert {"status", "availability", "height_m", "kind"} <= seen
    with postgis_database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM ready_feature")) == 0


def test_a_collection_tells_where_its_assets_are(service: TestClient, keys: Any) -> None:
    """Around what the role sees, so that a map opens there."""
    for collection in ("assets", "cctv", "mast"):
        told = service.get(f"/collections/{collection}", headers=keys[Role.operator]).json()
        west, south, east, north = told["extent"]["spatial"]["bbox"][0]
        assert 0 <= east - west < 0.1
        assert 0 <= north - south < 0.1
        (listed,) = [
            each
            for each in service.get("/collections", headers=keys[Role.operator]).json()[
                "collections"
            ]
            if each["id"] == collection
        ]
        assert listed["extent"] == told["extent"]
