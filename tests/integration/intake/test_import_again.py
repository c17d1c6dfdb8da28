"""Importing the same source again: nothing twice, nothing lost, corrections kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue import all_assets, changes_of, edit
from registers import ROWS, counts, import_register, outcome, without_refs, write_register

from canopy.db.engine import Database

NO_REF_HEADINGS = ("Easting", "Northing", "Street Name", "Wattage", "Height (m)")


def test_first_import_creates_every_row(database: Database, tmp_path: Path) -> None:
    """Every row of a clean register becomes an asset, with the values the file holds."""
    report = import_register(database, write_register(tmp_path / "lamps.csv"))
    assert outcome(report) == counts(read=4, created=4)
    first = all_assets(database)[0]
    assert (first["ref"], first["street"], first["height_m"]) == ("LC-1", "High Street", 8.0)
    assert (first["x"], first["y"]) == (430100.25, 280200.5)
    assert first["attributes"] == {"lamp_w": 35.0}


def test_same_file_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    """The same file imported twice gives no created and no updated assets, and no change."""
    path = write_register(tmp_path / "lamps.csv")
    import_register(database, path)
    again = import_register(database, path)
    assert outcome(again) == counts(read=4, unchanged=4)
    assert again.change_id is None


def test_same_file_without_refs_changes_nothing(database: Database, tmp_path: Path) -> None:
    """Rows without a ref are recognised by what they say, two equal ones included."""
    rows = without_refs([*ROWS, ROWS[0]])
    path = write_register(tmp_path / "lamps.csv", rows, NO_REF_HEADINGS)
    first = import_register(database, path)
    again = import_register(database, path)
    assert outcome(first) == counts(read=5, created=5)
    assert outcome(again) == counts(read=5, unchanged=5)


def test_changed_row_updates_in_place(database: Database, tmp_path: Path) -> None:
    """A row that says something new updates its asset, and the report tells the difference."""
    import_register(database, write_register(tmp_path / "a.csv"))
    changed = [("LC-1", 430100.25, 280200.5, "High Street", 20, 8), *ROWS[1:]]
    report = import_register(database, write_register(tmp_path / "b.csv", changed))
    assert outcome(report) == counts(read=4, updated=1, unchanged=3)
    assert report.differences[0].before == {"attributes.lamp_w": 35.0}
    assert report.differences[0].after == {"attributes.lamp_w": 20.0}
    assert len(all_assets(database)) == 4


def test_newer_vintage_with_other_columns_matches_by_ref(
    database: Database, tmp_path: Path
) -> None:
    """A vintage that names its columns otherwise and lacks one keeps what it does not carry."""
    import_register(database, write_register(tmp_path / "2018.csv"))
    newer = [(row[0], row[1], row[2], row[4]) for row in ROWS]
    path = write_register(tmp_path / "2022.csv", newer, ("Unit ID", "X", "Y", "Lamp Watts"))
    report = import_register(database, path)
    assert outcome(report) == counts(read=4, unchanged=4)
    assert [asset["height_m"] for asset in all_assets(database)] == [8.0, 8.0, 6.0, 6.0]


def test_newer_vintage_without_refs_matches_by_position(database: Database, tmp_path: Path) -> None:
    """Without refs, a re-surveyed position within a metre is the same asset."""
    import_register(database, write_register(tmp_path / "a.csv"))
    moved = [(row[1] + 0.3, row[2] - 0.4, row[3], row[4], row[5]) for row in ROWS]
    path = write_register(tmp_path / "b.csv", moved, NO_REF_HEADINGS)
    report = import_register(database, path)
    assert outcome(report) == counts(read=4, updated=4)
    assert len(all_assets(database)) == 4


def test_refs_given_later_are_taken_by_position(database: Database, tmp_path: Path) -> None:
    """Assets imported without refs get them from a vintage that has them."""
    path = write_register(tmp_path / "a.csv", without_refs(), NO_REF_HEADINGS)
    import_register(database, path)
    report = import_register(database, write_register(tmp_path / "b.csv"))
    assert outcome(report) == counts(read=4, updated=4)
    assert [asset["ref"] for asset in all_assets(database)] == ["LC-1", "LC-2", "LC-3", "LC-4"]


def test_missing_assets_are_withdrawn_when_asked(database: Database, tmp_path: Path) -> None:
    """Only with withdraw_missing does an absent row withdraw its asset, and it can come back."""
    whole = write_register(tmp_path / "a.csv")
    import_register(database, whole)
    part = write_register(tmp_path / "b.csv", ROWS[:3])
    assert outcome(import_register(database, part)) == counts(read=3, unchanged=3)
    withdrawn = import_register(database, part, withdraw_missing=True)
    assert outcome(withdrawn) == counts(read=3, unchanged=3, withdrawn=1)
    assert [a["ref"] for a in all_assets(database)] == ["LC-1", "LC-2", "LC-3"]
    back = import_register(database, whole)
    assert outcome(back) == counts(read=4, unchanged=3, updated=1)
    assert len(all_assets(database)) == 4


def test_other_sources_are_left_alone(database: Database, tmp_path: Path) -> None:
    """A register withdraws and matches only what is its own."""
    import_register(database, write_register(tmp_path / "a.csv"))
    other = import_register(
        database, write_register(tmp_path / "b.csv", ROWS[:1]), source="other",
        withdraw_missing=True,
    )  # fmt: skip
    assert outcome(other) == counts(read=1, created=1)
    assert len(all_assets(database)) == 5


def test_correction_survives_the_same_file(database: Database, tmp_path: Path) -> None:
    """What an officer corrected is not undone by importing the same file again."""
    path = write_register(tmp_path / "a.csv")
    import_register(database, path)
    edit(database, "LC-1", height_m=10.0)
    assert outcome(import_register(database, path)) == counts(read=4, unchanged=4)
    assert all_assets(database)[0]["height_m"] == 10.0


def test_correction_is_kept_and_reported_when_the_source_changes(
    database: Database, tmp_path: Path
) -> None:
    """Where source and officer disagree anew the officer's value stays, with a warning."""
    import_register(database, write_register(tmp_path / "a.csv"))
    edit(database, "LC-1", height_m=10.0)
    changed = [("LC-1", 430100.25, 280200.5, "Low Street", 35, 12), *ROWS[1:]]
    report = import_register(database, write_register(tmp_path / "b.csv", changed))
    assert outcome(report) == counts(read=4, updated=1, unchanged=3)
    assert [w.code for w in report.warnings if w.code == "kept-correction"] == ["kept-correction"]
    first = all_assets(database)[0]
    assert (first["height_m"], first["street"]) == (10.0, "Low Street")


def test_every_revision_names_its_author(database: Database, tmp_path: Path) -> None:
    """History tells who, when, why, from what to what, for creation and update."""
    import_register(database, write_register(tmp_path / "a.csv"), reason="2018 survey")
    changed = [("LC-1", 430100.25, 280200.5, "High Street", 20, 8), *ROWS[1:]]
    import_register(
        database, write_register(tmp_path / "b.csv", changed), author="second", reason="LED"
    )
    entries = changes_of(database, "LC-1")
    assert [(e.version, e.action, e.author, e.reason) for e in entries] == [
        (1, "created", "officer", "2018 survey"),
        (2, "updated", "second", "LED"),
    ]
    assert entries[1].before == {"attributes.lamp_w": 35.0}
    assert entries[0].after["street"] == "High Street"


@pytest.mark.parametrize("accept_valid", [False, True])
def test_dry_run_writes_nothing(database: Database, tmp_path: Path, accept_valid: bool) -> None:
    """A dry run reports what would happen and leaves the catalogue empty."""
    path = write_register(tmp_path / "a.csv")
    report = import_register(database, path, dry_run=True, accept_valid=accept_valid)
    assert outcome(report) == counts(state="dry-run", read=4, created=4)
    assert all_assets(database) == []
