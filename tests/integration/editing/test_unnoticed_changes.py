"""Writes that the triggers did not see are found by comparing rows with their revisions."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue import all_assets, changes_of, edit
from foreign import (
    index_entries,
    nothing_left_to_mend,
    other_program,
    refusals,
    run,
    stored,
    unnoticed,
)
from registers import import_register, write_register

from canopy.assets.editing.reconcile import blind_spots, reconcile
from canopy.db.engine import Database
from canopy.doctor import Finding, State, examine
from canopy.settings import Settings


@pytest.fixture
def town(gpkg_database: Database, tmp_path: Path) -> Database:
    """A GeoPackage with four lampposts, one of them corrected by hand."""
    import_register(gpkg_database, write_register(tmp_path / "a.csv"))
    edit(gpkg_database, "LC-2", height_m=7.5)
    return gpkg_database


def examined(database: Database) -> dict[str, Finding]:
    """What the doctor finds, by name."""
    settings = Settings(db_url=f"gpkg://{database.path}")
    return {finding.name: finding for finding in examine(settings)}


def test_every_row_of_canopys_own_writing_agrees_with_its_revisions(town: Database) -> None:
    """After an import and a correction there is nothing to find."""
    report = reconcile(town, everything=True)
    assert (report.checked, report.looked_at, report.mended) == (4, 0, 0)
    assert [each.origin for each in changes_of(town, "LC-2")] == ["import", "edit"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE canopy_writer SET active = 1",
        "DELETE FROM canopy_writer",
        "INSERT INTO canopy_writer VALUES (0)",
        "UPDATE canopy_writer SET active = 'no'",
        "DROP TRIGGER external_asset_update",
    ],
)
def test_switched_off_detection_is_told_and_put_right(town: Database, statement: str) -> None:
    """The doctor fails, reconciling says what could not be noticed, and then all is well."""
    run(town, statement)
    finding = examined(town)["other writers"]
    assert (finding.state, "canopy reconcile" in finding.way_out) == (State.fail, True)
    report = reconcile(town)
    assert "could not be noticed" in report.notices[0]
    assert report.checked == 4
    assert blind_spots(town) == []
    assert examined(town)["other writers"].state == State.ok
    run(town, "UPDATE asset SET height_m = 5.5 WHERE fid = 1")
    assert reconcile(town).updated == 1


def test_flag_that_was_left_up_outlives_canopys_own_writing(town: Database) -> None:
    """A server that writes meanwhile does not wipe the traces."""
    run(town, "UPDATE canopy_writer SET active = 1")
    edit(town, "LC-1", height_m=6.5)
    assert "left up" in blind_spots(town)[0]


def test_what_was_written_under_a_stuck_flag_is_settled(town: Database) -> None:
    """A valid change becomes a revision, an invalid one is put back, a delete is a withdrawal."""
    run(
        town,
        "UPDATE canopy_writer SET active = 1",
        "UPDATE asset SET height_m = 5.5 WHERE ref = 'LC-1'",
        "UPDATE asset SET kind = 'zeppelin' WHERE ref = 'LC-2'",
        "DELETE FROM asset WHERE ref = 'LC-3'",
        "INSERT INTO asset (kind, ref, geom) SELECT kind, 'NEW', geom FROM asset WHERE fid = 4",
    )
    report = reconcile(town)
    assert (report.updated, report.withdrawn, report.created) == (1, 1, 1)
    assert refusals(report) == [(2, "LC-2")]
    assert [(a["ref"], a["height_m"]) for a in all_assets(town)] == [
        ("LC-1", 5.5), ("LC-2", 7.5), ("LC-4", 6.0), ("NEW", None),
    ]  # fmt: skip
    assert changes_of(town, "LC-1")[-1].author == "external"
    assert nothing_left_to_mend(town) == (0, 0, [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE asset SET geom = x'00' WHERE fid = 3",
        "UPDATE asset SET attributes = '{' WHERE fid = 3",
        "UPDATE asset SET street = x'FF' WHERE fid = 3",
        "UPDATE asset SET asset_id = 'x' WHERE fid = 3",
        "UPDATE asset SET source = 'mine' WHERE fid = 3",
    ],
)
def test_unnoticed_invalid_write_is_put_back_and_logged(town: Database, statement: str) -> None:
    """The row is named, and what was written is kept in the log of foreign writes."""
    rows = stored(town)
    unnoticed(town, statement)
    assert reconcile(town).looked_at == 0
    report = reconcile(town, everything=True)
    assert refusals(report) == [(3, "LC-3")]
    keep = [i for i, column in enumerate(columns(town)) if column != "asset_id"]
    assert [[row[i] for i in keep] for row in stored(town)] == [
        [row[i] for i in keep] for row in rows
    ]
    with other_program(town) as connection:
        kept = connection.execute("SELECT operation, outcome FROM external_change").fetchall()
    assert kept == [("unnoticed", "refused")]
    assert nothing_left_to_mend(town) == (0, 0, [])


def columns(database: Database) -> list[str]:
    """The asset table's columns."""
    with other_program(database) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(asset)")]


def test_unnoticed_change_of_row_numbers_is_put_back(town: Database) -> None:
    """An asset is found again by its ref, with its identity."""
    rows = stored(town)
    unnoticed(town, "UPDATE asset SET fid = 9999 WHERE fid = 3")
    assert {each.row_id for each in reconcile(town, everything=True).refused} == {3, 9999}
    assert stored(town) == rows


def test_lost_identity_is_told(town: Database) -> None:
    """An id that nobody knows any more is replaced, and that is said."""
    unnoticed(town, "DELETE FROM asset WHERE fid = 3")
    report = reconcile(town, everything=True)
    assert report.withdrawn == 1
    assert "row 3: its asset_id is lost" in report.notices[0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE asset SET ward = 'Mine', designations = '{' WHERE fid = 3",
        "DELETE FROM rtree_asset_geom WHERE id = 3",
        "UPDATE rtree_asset_geom SET maxx = 1e6 WHERE id = 3",
        "INSERT INTO rtree_asset_geom VALUES (77, 1, 2, 1, 2)",
    ],
)
def test_derived_columns_and_index_are_mended_without_a_revision(
    town: Database, statement: str
) -> None:
    """They follow from the rest."""
    rows, entries = stored(town), index_entries(town)
    unnoticed(town, statement)
    report = reconcile(town, everything=True)
    assert (report.mended, report.looked_at) == (1, 0)
    assert (stored(town), index_entries(town)) == (rows, entries)


def test_doctor_names_a_kind_that_is_none(town: Database) -> None:
    """Before the row is settled the doctor says what is wrong, and the way out."""
    run(town, "UPDATE asset SET kind = 'zeppelin' WHERE fid = 3")
    finding = examined(town)["content"]
    assert (finding.state, "'zeppelin' (1 rows)" in finding.detail) == (State.fail, True)
    assert "canopy reconcile" in finding.way_out
    reconcile(town)
    assert examined(town)["content"].state == State.ok
