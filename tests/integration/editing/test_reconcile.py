"""What GDAL, QGIS or sqlite3 write to the GeoPackage becomes a revision or is put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from catalogue import all_assets, changes_of
from registers import import_register, write_register

from canopy.assets.editing.reconcile import pending, reconcile
from canopy.db import gpkg_geometry
from canopy.db.engine import Database
from canopy.db.gpkg import register_functions


@pytest.fixture
def town(gpkg_database: Database, tmp_path: Path) -> Database:
    """A GeoPackage with four lampposts."""
    import_register(gpkg_database, write_register(tmp_path / "a.csv"))
    return gpkg_database


@contextmanager
def other_program(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection like QGIS's: the standard's functions, none of Canopy's habits."""
    assert database.path is not None
    with closing(sqlite3.connect(database.path)) as connection:
        register_functions(connection)
        yield connection
        connection.commit()


def test_own_writes_are_not_noted(town: Database) -> None:
    """An import by Canopy leaves nothing to reconcile."""
    assert pending(town) == 0


def test_valid_change_becomes_a_revision_by_external(town: Database) -> None:
    """A changed height is kept, as version 2, by author external."""
    with other_program(town) as connection:
        connection.execute("UPDATE asset SET height_m = 5.5 WHERE ref = 'LC-1'")
    report = reconcile(town)
    assert (report.updated, report.refused) == (1, [])
    last = changes_of(town, "LC-1")[-1]
    assert (last.version, last.author, last.before, last.after) == (
        2, "external", {"height_m": 8.0}, {"height_m": 5.5},
    )  # fmt: skip
    assert pending(town) == 0


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE asset SET height_m = 900 WHERE ref = 'LC-2'", "height_m"),
        ("UPDATE asset SET kind = 'spaceship' WHERE ref = 'LC-2'", "spaceship"),
        ("UPDATE asset SET uprn = 'abc' WHERE ref = 'LC-2'", "uprn"),
        ("UPDATE asset SET attributes = '{\"lamp_w\": -5}' WHERE ref = 'LC-2'", "lamp_w"),
        ("UPDATE asset SET attributes = 'not json' WHERE ref = 'LC-2'", "JSON"),
        ("UPDATE asset SET asset_id = 'x' WHERE ref = 'LC-2'", "asset_id"),
        ("UPDATE asset SET geom = NULL WHERE ref = 'LC-2'", "position"),
        ("UPDATE asset SET observed_on = 'yesterday' WHERE ref = 'LC-2'", "observed_on"),
        ("UPDATE asset SET status = 'sold' WHERE ref = 'LC-2'", "sold"),
    ],
)
def test_invalid_change_is_put_back_with_its_row_named(
    town: Database, statement: str, why: str
) -> None:
    """What breaks a rule is undone; the report names row, ref and reason."""
    before = all_assets(town)
    with other_program(town) as connection:
        connection.execute(statement)
    report = reconcile(town)
    assert len(report.refused) == 1
    assert report.refused[0].ref == "LC-2"
    assert why in report.refused[0].reason
    assert all_assets(town) == before
    assert len(changes_of(town, "LC-2")) == 1


def test_derived_and_system_columns_are_not_for_others(town: Database) -> None:
    """A ward or a version written by hand is worked out anew."""
    before = all_assets(town)
    with other_program(town) as connection:
        connection.execute("UPDATE asset SET ward = 'Mine', version = 99, record_hash = 1")
    report = reconcile(town)
    assert report.unchanged == 4
    assert all_assets(town) == before


def test_deleted_row_is_withdrawn_not_lost(town: Database) -> None:
    """A delete in another program is a withdrawal by external."""
    with other_program(town) as connection:
        connection.execute("DELETE FROM asset WHERE ref = 'LC-3'")
    report = reconcile(town)
    assert report.withdrawn == 1
    assert [a["ref"] for a in all_assets(town)] == ["LC-1", "LC-2", "LC-4"]
    assert changes_of(town, "LC-3")[-1].action == "withdrawn"


def test_gdal_appends_become_assets(town: Database) -> None:
    """A feature appended by GDAL gets an identity, a revision and a place in the index."""
    frame = gpd.GeoDataFrame(
        {"kind": ["lamppost"], "ref": ["NEW-1"], "source": ["survey"]},
        geometry=[shapely.Point(430500, 280500)], crs="EPSG:27700",
    )  # fmt: skip
    town.dispose()  # two SQLite libraries in one process undo each other's file locks
    pyogrio.write_dataframe(frame, town.path, layer="asset", append=True)
    assert pending(town) == 1
    assert reconcile(town).created == 1
    added = all_assets(town)[-1]
    assert (added["ref"], added["version"], added["x"]) == ("NEW-1", 1, 430500)
    with other_program(town) as connection:
        count = connection.execute(
            "SELECT count(*) FROM rtree_asset_geom WHERE minx >= 430499 AND maxx <= 430501"
        ).fetchone()[0]
    assert count == 1


def test_moved_feature_keeps_its_index_and_history(town: Database) -> None:
    """A geometry dragged in QGIS moves the asset, its index entry, and leaves a revision."""
    blob = gpkg_geometry.encode_one(shapely.Point(430999, 280999), 27700)
    with other_program(town) as connection:
        connection.execute("UPDATE asset SET geom = ? WHERE ref = 'LC-4'", (blob,))
    assert reconcile(town).updated == 1
    assert all_assets(town)[3]["x"] == 430999
    assert "geom" in changes_of(town, "LC-4")[-1].after


def test_feature_outside_the_area_is_removed_and_kept_in_the_log(town: Database) -> None:
    """A feature added far outside is put out again, and what was written is kept."""
    blob = gpkg_geometry.encode_one(shapely.Point(9e6, 9e6), 27700)
    with other_program(town) as connection:
        connection.execute("INSERT INTO asset (kind, geom) VALUES ('lamppost', ?)", (blob,))
    report = reconcile(town)
    assert "outside" in report.refused[0].reason
    assert len(all_assets(town)) == 4
    with other_program(town) as connection:
        kept = connection.execute(
            "SELECT refused_row FROM external_change WHERE outcome = 'refused'"
        ).fetchone()[0]
    assert '"kind":"lamppost"' in kept


def test_reconciling_twice_changes_nothing(town: Database) -> None:
    """A second reconciliation finds nothing to do."""
    with other_program(town) as connection:
        connection.execute("UPDATE asset SET height_m = 5.5 WHERE ref = 'LC-1'")
    reconcile(town)
    assert reconcile(town).looked_at == 0
