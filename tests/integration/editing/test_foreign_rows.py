"""Whatever another program stores in a row, the row is put back and named, or made right."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from catalogue import all_assets, changes_of
from foreign import index_entries, nothing_left_to_mend, other_program, refusals, run, stored
from registers import import_register, write_register

from canopy.assets import queries as catalogue
from canopy.assets.editing.reconcile import pending, reconcile
from canopy.assets.places import NamedArea
from canopy.assets.tables import Asset
from canopy.db import gpkg_geometry, spatial
from canopy.db.engine import Database

GP = "47500001346C0000"


@pytest.fixture
def town(gpkg_database: Database, tmp_path: Path) -> Database:
    """A GeoPackage with four lampposts, each in a ward and a conservation area."""
    square = shapely.box(430000, 280000, 431000, 281000)
    with gpkg_database.writing() as session:
        for kind, name in (("ward", "Mill"), ("conservation_area", "Old town")):
            area = NamedArea(kind, "E1", name, square)
            catalogue.replace_areas(session, kind, "test", None, [area], 27700)
    import_register(gpkg_database, write_register(tmp_path / "a.csv"))
    return gpkg_database


BAD_GEOMETRIES = {
    "one byte": "x'00'",
    "SpatiaLite's own": "x'0001346C0000000000000000000000000000000000007C01000000FE'",
    "cut short": f"x'{GP}01000000000000000000'",
    "header only": f"x'{GP}'",
    "envelope cut short": "x'47500003346C00000000'",
    "point cut short": f"x'{GP}0101000000'",
    "unknown WKB": f"x'{GP}01630000000000000000000000'",
    "a curve": f"x'{GP}0108000000020000000000000000000000000000000000000000000000'",
    "text": "'POINT (1 2)'",
    "a number": "7",
    "empty": f"x'{GP}0101000000000000000000F87F000000000000F87F'",
    "not finite": f"x'{GP}0101000000000000000000F07F000000000000F07F'",
    "another reference system":
        "x'47500001E61000000101000000000000003C411A41000000004C1C1141'",
}  # fmt: skip


@pytest.mark.parametrize("geom", BAD_GEOMETRIES.values(), ids=BAD_GEOMETRIES)
def test_unreadable_geometry_is_put_back_with_its_row_named(town: Database, geom: str) -> None:
    """The row, its neighbours and the index are as before, and nothing else is touched."""
    rows, entries = stored(town), index_entries(town)
    run(town, f"UPDATE asset SET geom = {geom} WHERE ref = 'LC-3'")
    report = reconcile(town)
    assert refusals(report) == [(3, "LC-3")]
    assert "geom" in report.refused[0].reason
    assert (stored(town), index_entries(town)) == (rows, entries)
    assert nothing_left_to_mend(town) == (0, 0, [])


@pytest.mark.parametrize("geom", BAD_GEOMETRIES.values(), ids=BAD_GEOMETRIES)
def test_added_row_with_unreadable_geometry_is_put_out(town: Database, geom: str) -> None:
    """A feature with no readable position is taken out and named."""
    run(town, f"INSERT INTO asset (kind, ref, geom) VALUES ('lamppost', 'N', {geom})")
    assert refusals(reconcile(town)) == [(5, "N")]
    assert [row[0] for row in stored(town)] == [1, 2, 3, 4]
    assert nothing_left_to_mend(town) == (0, 0, [])


@pytest.mark.parametrize("geom", ["x'00'", f"x'{GP}01000000000000000000'"])
def test_catalogue_is_read_before_a_bad_geometry_is_settled(town: Database, geom: str) -> None:
    """One unreadable row has no position; all others are read as ever, in space as well."""
    run(town, f"UPDATE asset SET geom = {geom} WHERE ref = 'LC-3'")
    whole = shapely.box(430000, 280000, 431000, 281000)
    corner = shapely.box(430000, 280000, 430170, 281000)
    assert [a["geometry"] is None for a in all_assets(town)] == [False, False, True, False]
    with town.reading() as session:
        for found in (
            spatial.intersects(Asset, whole, 27700),
            spatial.within(Asset, whole, 27700),
            spatial.dwithin(Asset, whole, 5.0, 27700),
        ):
            assert [a.ref for a in session.query(Asset).where(found)] == ["LC-1", "LC-2", "LC-4"]
        near = session.query(Asset).where(spatial.intersects(Asset, corner, 27700))
        assert [a.ref for a in near] == ["LC-1", "LC-2"]


UNREADABLE_COLUMNS = (
    ("street", "x'FFFE00'"),
    ("street", "CAST(x'FF' AS TEXT)"),
    ("street", "'a' || char(0) || 'b'"),
    ("street", "printf('%.2001c', 'x')"),
    ("kind", "'zeppelin'"),
    ("kind", "x'00'"),
    ("kind", "''"),
    ("authority", "'atlantis'"),
    ("authority", "x'00'"),
    ("source", "x'00'"),
    ("source", "''"),
    ("ref", "x'00'"),
    ("height_m", "'tall'"),
    ("height_m", "x'00'"),
    ("height_m", "9e999"),
    ("height_m", "-1"),
    ("backhaul_dist_m", "1e300"),
    ("pos_accuracy_m", "'fine'"),
    ("observed_on", "20240101"),
    ("observed_on", "x'00'"),
    ("observed_on", "'2024-02-30'"),
    ("asset_id", "x'00'"),
    ("asset_id", "NULL"),
    ("attributes", "x'7B7D'"),
    ("attributes", "'[]'"),
    ("attributes", "'null'"),
    ("attributes", "7"),
    ("uprn", "x'31'"),
    ("postcode", "x'31'"),
    ("sensitivity", "'secret'"),
)


@pytest.mark.parametrize(("column", "value"), UNREADABLE_COLUMNS)
def test_value_that_its_column_cannot_hold_is_put_back(
    town: Database, column: str, value: str
) -> None:
    """Row, ref and column are named, and the row is as it was."""
    rows = stored(town)
    run(town, f"UPDATE asset SET {column} = {value} WHERE ref = 'LC-2'")
    report = reconcile(town)
    assert [each.row_id for each in report.refused] == [2]
    assert column in report.refused[0].reason
    assert report.refused[0].ref == "LC-2"
    assert stored(town) == rows
    assert nothing_left_to_mend(town) == (0, 0, [])


OWN_COLUMNS = (
    ("designations", "'not json'"),
    ("designations", "x'00'"),
    ("designations", "7"),
    ("ward", "x'FF'"),
    ("ward", "CAST(x'FF' AS TEXT)"),
    ("version", "'second'"),
    ("version", "x'00'"),
    ("created_at", "'yesterday'"),
    ("created_at", "7"),
    ("updated_at", "x'00'"),
    ("withdrawn_at", "'never'"),
    ("withdrawn_at", "'2020-01-01T00:00:00.000Z'"),
    ("record_hash", "'x'"),
    ("record_hash", "1.5"),
)


@pytest.mark.parametrize(("column", "value"), OWN_COLUMNS)
def test_columns_that_are_canopys_own_are_made_right_whatever_is_in_them(
    town: Database, column: str, value: str
) -> None:
    """They are derived or kept anew; nobody's change is refused for it."""
    rows = stored(town)
    run(town, f"UPDATE asset SET {column} = {value}")
    report = reconcile(town)
    assert (report.unchanged, report.refused) == (4, [])
    assert stored(town) == rows


def test_change_beside_junk_in_a_derived_column_is_kept(town: Database) -> None:
    """A height comes in as a revision; designations are worked out anew."""
    run(town, "UPDATE asset SET height_m = 5.5, designations = '{', ward = x'00' WHERE fid = 1")
    assert reconcile(town).updated == 1
    asset = all_assets(town)[0]
    assert (asset["height_m"], asset["ward"], asset["designations"]) == (
        5.5, "Mill", ("conservation_area",),
    )  # fmt: skip
    assert nothing_left_to_mend(town) == (0, 0, [])


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE asset SET fid = 9999 WHERE fid = 3"], {3, 9999}),
        (["UPDATE asset SET fid = 9999, street = 'Elm' WHERE fid = 3"], {3, 9999}),
        (["UPDATE asset SET fid = 9999, asset_id = NULL WHERE fid = 3"], {3, 9999}),
        (["UPDATE asset SET fid = 9999, asset_id = NULL, ref = 'Z' WHERE fid = 3"], {3, 9999}),
        (["UPDATE asset SET fid = -7 WHERE fid = 3"], {3, -7}),
        (["UPDATE asset SET fid = 9223372036854775807 WHERE fid = 3"], {3, 2**63 - 1}),
        (["UPDATE asset SET fid = 9999, geom = x'00' WHERE fid = 3"], {3, 9999}),
        (
            [
                "UPDATE asset SET fid = -1 WHERE fid = 1",
                "UPDATE asset SET fid = 1 WHERE fid = 2",
                "UPDATE asset SET fid = 2 WHERE fid = -1",
            ],
            {1, 2},
        ),
        (["UPDATE asset SET fid = fid + 1000"], {1, 2, 3, 4, 1001, 1002, 1003, 1004}),
        (["DELETE FROM asset WHERE fid = 3", "UPDATE asset SET fid = 3 WHERE fid = 4"], {3, 4}),
        (["UPDATE OR REPLACE asset SET fid = 3 WHERE fid = 4"], {3, 4}),
        (["UPDATE OR REPLACE asset SET ref = 'LC-3' WHERE fid = 4"], {3, 4}),
        (["REPLACE INTO asset (fid, kind, geom) SELECT 3, kind, geom FROM asset"], {3}),
    ],
)
def test_changed_row_numbers_are_put_back(
    town: Database, statements: list[str], named: set[int]
) -> None:
    """Every row is under its own number again, and each number is named."""
    rows, entries = stored(town), index_entries(town)
    run(town, *statements)
    report = reconcile(town)
    assert {each.row_id for each in report.refused} == named
    assert (stored(town), index_entries(town)) == (rows, entries)
    assert pending(town) == 0
    assert nothing_left_to_mend(town) == (0, 0, [])


def test_new_rows_are_numbered_on_after_a_huge_number_was_put_back(
    town: Database, tmp_path: Path
) -> None:
    """The largest number there is does not stop the next import."""
    run(town, "UPDATE asset SET fid = 9223372036854775807 WHERE fid = 3")
    reconcile(town)
    rows = [("LC-9", 430300, 280300, "Elm", 35, 8)]
    report = import_register(town, write_register(tmp_path / "b.csv", rows))
    assert report.created == 1
    assert [row[0] for row in stored(town)] == [1, 2, 3, 4, 5]


def test_row_number_changed_and_changed_back_is_no_change(town: Database) -> None:
    """What ends as it was is no reason to complain."""
    rows = stored(town)
    run(
        town,
        "UPDATE asset SET fid = 9999 WHERE fid = 3",
        "UPDATE asset SET fid = 3 WHERE fid = 9999",
    )
    assert reconcile(town).refused == []
    assert stored(town) == rows


def test_swapped_refs_are_two_changes(town: Database) -> None:
    """Two valid changes that need each other's key are both kept."""
    run(
        town,
        "UPDATE asset SET ref = NULL WHERE fid = 1",
        "UPDATE asset SET ref = 'LC-1' WHERE fid = 2",
        "UPDATE asset SET ref = 'LC-2' WHERE fid = 1",
    )
    report = reconcile(town)
    assert (report.updated, report.refused) == (2, [])
    assert [a["ref"] for a in all_assets(town)] == ["LC-2", "LC-1", "LC-3", "LC-4"]
    assert nothing_left_to_mend(town) == (0, 0, [])


def test_ref_of_a_row_that_is_put_back_cannot_be_taken(town: Database) -> None:
    """Its new holder is put back as well, and each says why."""
    rows = stored(town)
    run(
        town,
        "UPDATE asset SET ref = 'X', height_m = 900 WHERE fid = 1",
        "UPDATE asset SET ref = 'LC-1' WHERE fid = 2",
        "UPDATE asset SET ref = 'LC-2' WHERE fid = 3",
    )
    reasons = {each.row_id: each.reason for each in reconcile(town).refused}
    assert "height_m" in reasons[1]
    assert "'LC-1' belongs to row 1" in reasons[2]
    assert "'LC-2' belongs to row 2" in reasons[3]
    assert stored(town) == rows


def test_added_row_cannot_take_the_ref_of_a_deleted_one(town: Database) -> None:
    """A deleted asset is withdrawn and keeps its ref; the row that took it is put out."""
    with other_program(town) as connection:
        blob = connection.execute("SELECT geom FROM asset WHERE fid = 3").fetchone()[0]
        connection.execute("DELETE FROM asset WHERE fid = 3")
        connection.execute(
            "INSERT INTO asset (kind, source, ref, geom) VALUES ('lamppost', 'lighting', ?, ?)",
            ("LC-3", blob),
        )
    report = reconcile(town)
    assert (report.withdrawn, refusals(report)) == (1, [(5, "LC-3")])
    assert changes_of(town, "LC-3")[-1].action == "withdrawn"
    assert nothing_left_to_mend(town) == (0, 0, [])


def test_added_row_with_an_id_in_capitals_that_is_taken_is_refused(town: Database) -> None:
    """Two spellings of one UUID are one identity."""
    with other_program(town) as connection:
        given, blob = connection.execute(
            "SELECT asset_id, geom FROM asset WHERE fid = 3"
        ).fetchone()
        connection.execute(
            "INSERT INTO asset (kind, asset_id, geom) VALUES ('lamppost', ?, ?)",
            (given.upper(), blob),
        )
    report = reconcile(town)
    assert refusals(report) == [(5, None)]
    assert "row 3" in report.refused[0].reason


def test_second_write_to_a_row_with_a_blob_is_noted_too(town: Database) -> None:
    """JSON has no blobs; the note has them in hex, and the other program is not disturbed."""
    rows = stored(town)
    run(
        town,
        "UPDATE asset SET street = x'FFFE' WHERE fid = 2",
        "UPDATE asset SET name = 'again' WHERE fid = 2",
        "DELETE FROM asset WHERE fid = 2",
        "INSERT INTO asset (fid, kind, street) VALUES (2, 'lamppost', x'00')",
    )
    assert refusals(reconcile(town)) == [(2, "LC-2")]
    assert stored(town) == rows


def test_full_precision_survives_being_put_back(town: Database) -> None:
    """A height is put back to the last bit: it comes from the revision, not from the note."""
    run(town, "UPDATE asset SET height_m = 7.123456789012345 WHERE fid = 1")
    reconcile(town)
    rows = stored(town)
    run(town, "UPDATE asset SET height_m = 'x' WHERE fid = 1")
    reconcile(town)
    assert stored(town) == rows


def test_header_that_lies_about_the_envelope_is_written_anew(town: Database) -> None:
    """The geometry is what counts: the index does not follow a wrong header."""
    line = shapely.LineString([(430100, 280100), (430200, 280200)])
    blob = gpkg_geometry.encode_one(shapely.Point(430500, 280500), 27700)
    lying = gpkg_geometry.encode_one(line, 27700)
    assert blob is not None
    assert lying is not None
    with other_program(town) as connection:
        connection.execute(
            "UPDATE asset SET geom = ? WHERE fid = 1", (lying[:40] + gpkg_geometry.wkb_of(blob),)
        )
    assert reconcile(town).updated == 1
    assert nothing_left_to_mend(town) == (0, 0, [])
    with town.reading() as session:
        found = session.query(Asset).where(spatial.dwithin(Asset, line.centroid, 1, 27700))
        assert found.count() == 0


def test_organisation_deleted_by_another_program_does_not_stop_a_row_from_being_put_back(
    gpkg_database: Database, tmp_path: Path
) -> None:
    """The asset keeps its authority, which is known by its slug again."""
    import_register(gpkg_database, write_register(tmp_path / "a.csv"), authority="westbourne")
    rows = stored(gpkg_database)
    run(gpkg_database, "DELETE FROM organisation", "UPDATE asset SET height_m = 900")
    assert len(reconcile(gpkg_database).refused) == 4
    assert stored(gpkg_database) == rows
