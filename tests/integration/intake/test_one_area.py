"""One position gets one answer, on every way into the catalogue and on both databases."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from source_files import collection, feature, text_file

from canopy.assets import queries
from canopy.assets.areas import import_areas
from canopy.assets.editing.edits import Editor
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.identity import new_asset_ids
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.db import gpkg_geometry
from canopy.db.engine import Database
from canopy.db.gpkg import register_functions
from canopy.errors import OutOfArea

GRID, NIGER = "EPSG:27700", "EPSG:32631"

# Storage CRS, position in it [m], and whether the deployment's area holds it.
PLACES = {
    "Charing Cross": (GRID, (530_000, 180_400), True),
    "north of Shetland": (GRID, (400_000, 1_247_000), True),
    "north of OSTN15": (GRID, (400_000, 1_249_500), False),
    "west of OSTN15": (GRID, (500, 5_000), False),
    "east of OSTN15": (GRID, (699_500, 500_000), False),
    "the Strait of Dover, beyond 2 E": (GRID, (690_000, 20_000), True),
    "Niamey": (NIGER, (405_000, 1_495_000), True),
    "Nguigmi, seven degrees beyond the zone": (NIGER, (1_597_000, 1_587_000), True),
    "Lake Chad's far side, over 15 E": (NIGER, (1_830_000, 1_470_000), False),
    "south of the equator": (NIGER, (405_000, -2_000), False),
    "16 E at 60 N, no farther in metres": (NIGER, (1_223_000, 6_740_000), False),
}


def lon_lat(storage_crs: str, x: float, y: float) -> tuple[float, float]:
    """To two metres, for places where OSTN15 has no answer; no case is so near an edge."""
    mover = pyproj.Transformer.from_crs(storage_crs, "EPSG:4326", always_xy=True)
    lon, lat = mover.transform(x, y)
    return lon, lat


def is_imported(database: Database, request: ImportRequest) -> bool:
    report = run_import(database, request)
    assert set(report.reject_codes) <= {"out-of-area", "swapped-coordinates"}
    return (report.state, report.created) == ("done", 1)


def by_rows(database: Database, folder: Path, crs: str, x: float, y: float) -> bool:
    """A register of one row, with coordinates in `crs`."""
    text = f'kind = "lamppost"\n[geometry]\nx = "x"\ny = "y"\ncrs = "{crs}"\n'
    mapping = text_file(folder, "m.toml", text)
    path = folder / "lamps.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("x", "y"), (x, y)])
    return is_imported(database, ImportRequest(path, f"lamps {crs}", "officer", mapping=mapping))


def by_feature(database: Database, folder: Path, crs: str, x: float, y: float) -> bool:
    """A GeoJSON file of one feature, in `crs`."""
    text = f'kind = "lamppost"\n[geometry]\nfeature = true\ncrs = "{crs}"\n'
    mapping = text_file(folder, "m.toml", text)
    place = {"type": "Point", "coordinates": [x, y]}
    path = text_file(folder, "lamps.geojson", collection([feature({}, place)]))
    return is_imported(database, ImportRequest(path, f"features {crs}", "officer", mapping=mapping))


def wards(path: Path, *rings: list[list[float]]) -> Path:
    """A file of wards, one per ring."""
    shapes = [{"type": "Polygon", "coordinates": [ring]} for ring in rings]
    rows = [feature({"name": f"W{i}", "code": f"E{i}"}, shape) for i, shape in enumerate(shapes)]
    return text_file(path.parent, path.name, collection(rows))


def by_area(database: Database, folder: Path, crs: str, x: float, y: float) -> bool:
    """A triangle with one corner there and the others a few metres off it."""
    step = 1e-5 if crs == "EPSG:4326" else 1.0
    ring = [[x, y], [x + step, y], [x, y + step], [x, y]]
    path = wards(folder / "wards.geojson", ring)
    try:
        import_areas(database, path, "ward", "wards", crs=crs)
    except OutOfArea:
        return False
    return True


def by_edit(database: Database, x: float, y: float) -> bool:
    """An asset made by hand."""
    record = {"kind": "lamppost", "geom": shapely.to_wkb(shapely.Point(x, y), hex=True)}
    with database.writing() as session:
        note = queries.ChangeNote(author="officer", reason="seen on site", origin="edit")
        editor = Editor.begin(session, database.storage_crs, database.srid, note)
        try:
            editor.create(record, new_asset_ids(1)[0])
        except OutOfArea:
            return False
    return True


def by_another_program(database: Database, x: float, y: float) -> bool:
    """A row that QGIS or GDAL adds to the GeoPackage."""
    assert database.path is not None
    with closing(sqlite3.connect(database.path)) as connection:
        register_functions(connection)
        blob = gpkg_geometry.encode(np.array([shapely.Point(x, y)], dtype=object), database.srid)[0]
        connection.execute("INSERT INTO asset (kind, geom) VALUES ('lamppost', ?)", (blob,))
        connection.commit()
    return reconcile(database).created == 1


@pytest.mark.parametrize("place", PLACES)
def test_a_position_gets_one_answer_on_every_way_in(
    new_database: Callable[..., Database], tmp_path: Path, place: str
) -> None:
    """As a row, a feature and a corner of an area, in degrees and in metres; by an edit and,
    in a GeoPackage, by another program: accepted by all, or refused by all."""
    storage_crs, (x, y), accepted = PLACES[place]
    database = new_database(storage_crs)
    lon, lat = lon_lat(storage_crs, x, y)
    answers = {
        f"{way.__name__} in {crs}": way(database, tmp_path, crs, one, other)
        for way in (by_rows, by_feature, by_area)
        for crs, one, other in (("EPSG:4326", lon, lat), (storage_crs, x, y))
    }
    answers["by_edit"] = by_edit(database, x, y)
    if database.is_gpkg:
        answers["by_another_program"] = by_another_program(database, x, y)
    assert answers == dict.fromkeys(answers, accepted)


def test_a_file_of_areas_elsewhere_names_the_row_and_leaves_the_old_areas(
    database: Database, tmp_path: Path
) -> None:
    """A ward with one corner in Paris: refused with the way out, and nothing is replaced."""
    ring = [[-0.1, 51.5], [-0.09, 51.5], [-0.09, 51.51], [-0.1, 51.5]]
    astray = [[2.35, 48.85], *ring[1:3], [2.35, 48.85]]
    import_areas(database, wards(tmp_path / "good.geojson", ring, ring), "ward", "wards")
    bad = wards(tmp_path / "bad.geojson", ring, astray)
    with pytest.raises(OutOfArea, match=r"Row 2 of bad\.geojson .*EPSG:27700 covers.*--crs"):
        import_areas(database, bad, "ward", "wards")
    with database.reading() as session:
        assert len(queries.areas(session)) == 2
