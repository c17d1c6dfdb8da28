"""What a plain import says by itself: unused columns, guessed units, doubtful refs, licences."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue import all_assets
from registers import ROWS, import_register, write_register
from sqlalchemy import text

from canopy.assets.intake.report import ImportReport, Warned
from canopy.db.engine import Database

HEADINGS = ("Asset Ref", "Easting", "Northing", "Street Name", "Wattage", "Height (m)")


def warned(report: ImportReport, code: str) -> list[Warned]:
    """The warnings with a code."""
    return [each for each in report.warnings if each.code == code]


def test_a_plain_import_tells_unused_columns(database: Database, tmp_path: Path) -> None:
    """Each column that does not fit its heading by itself, the others together."""
    rows = [(*row, "1.0012E+11", "1234567890123", "red", "") for row in ROWS]
    path = write_register(tmp_path / "a.csv", rows, (*HEADINGS, "UPRN", "USRN", "Colour", "Blank"))
    report = import_register(database, path)
    assert [each.column for each in warned(report, "column-not-understood")] == ["UPRN", "USRN"]
    (others,) = warned(report, "unused-column")
    assert (others.count, "Colour" in others.message, "Blank" in others.message) == (2, True, True)


def test_columns_that_a_mapping_leaves_out_are_told(database: Database, tmp_path: Path) -> None:
    """Unless the mapping ignores them."""
    path = write_register(tmp_path / "a.csv")
    mapping = tmp_path / "m.toml"
    lines = 'kind = "lamppost"\nignore = ["Wattage"]\n[columns]\nref = "Asset Ref"\n[geometry]\n'
    place = 'x = "Easting"\ny = "Northing"\ncrs = "EPSG:27700"\n'
    mapping.write_text(lines + place, encoding="utf-8")
    (told,) = warned(import_register(database, path, mapping=mapping), "unused-column")
    assert told.count == 2
    assert "Wattage" not in told.message


def test_a_clean_register_is_imported_without_a_warning(database: Database, tmp_path: Path) -> None:
    """Nothing is said where nothing was guessed or left out."""
    assert import_register(database, write_register(tmp_path / "a.csv")).warnings == []


def test_a_guessed_unit_is_told(database: Database, tmp_path: Path) -> None:
    """With its confidence, in the report."""
    rows = [(*row[:5], row[5] * 100) for row in ROWS]  # type: ignore[operator]
    path = write_register(tmp_path / "a.csv", rows, (*HEADINGS[:5], "Height"))
    (told,) = warned(import_register(database, path), "unit-guessed")
    assert "read as cm (95%" in told.message
    assert all_assets(database)[0]["height_m"] == 8.0


def test_newer_vintage_with_a_shortened_heading_updates_heights(
    database: Database, tmp_path: Path
) -> None:
    """'Col Ht (mm)' of the newer file is the height of the older one."""
    import_register(database, write_register(tmp_path / "a.csv"))
    rows = [(*row[:5], row[5] * 1000) for row in ROWS]  # type: ignore[operator]
    path = write_register(tmp_path / "b.csv", rows, (*HEADINGS[:5], "Col Ht (mm)"))
    report = import_register(database, path)
    assert (report.unchanged, report.warnings) == (4, [])


def test_some_missing_refs_are_told(database: Database, tmp_path: Path) -> None:
    """Which rows have none, in a file whose other rows have one."""
    rows = [*ROWS[:2], ("", *ROWS[2][1:]), ("", *ROWS[3][1:])]
    (told,) = warned(
        import_register(database, write_register(tmp_path / "a.csv", rows)), "missing-refs"
    )
    assert (told.count, told.rows) == (2, [4, 5])


def test_a_register_without_refs_is_not_told_so(database: Database, tmp_path: Path) -> None:
    """Where no row has a ref, none is missing."""
    rows = [row[1:] for row in ROWS]
    report = import_register(database, write_register(tmp_path / "a.csv", rows, HEADINGS[1:]))
    assert warned(report, "missing-refs") == []


def test_refs_that_differ_in_case_only_are_told(database: Database, tmp_path: Path) -> None:
    """l0001 beside L0001 is imported, and asked about."""
    rows = [("L0001", *ROWS[0][1:]), ("l0001", *ROWS[1][1:]), ("L0002", *ROWS[2][1:])]
    report = import_register(database, write_register(tmp_path / "a.csv", rows))
    (told,) = warned(report, "refs-differ-in-case")
    assert (report.created, told.count) == (3, 1)
    assert "'l0001'" in told.message
    assert "'L0001'" in told.message


@pytest.mark.parametrize("refs", [("L1", "L2", "l3"), ("1", "2", "3"), ("la", "lb", "lc")])
def test_other_refs_are_not_told_alike(
    database: Database, tmp_path: Path, refs: tuple[str, ...]
) -> None:
    """Small letters alone are no sign of a double."""
    rows = [(ref, *row[1:]) for ref, row in zip(refs, ROWS, strict=False)]
    report = import_register(database, write_register(tmp_path / "a.csv", rows))
    assert warned(report, "refs-differ-in-case") == []


def test_a_licence_given_with_the_import_fills_what_the_file_leaves_open(
    database: Database, tmp_path: Path
) -> None:
    """Rows that state one keep it; the change records what was given, and by whom."""
    rows = [(*row, "CC-BY-4.0" if i else "") for i, row in enumerate(ROWS)]
    path = write_register(tmp_path / "a.csv", rows, (*HEADINGS, "Licence"))
    report = import_register(database, path, licence="OGL-UK-3.0")
    assert [a["licence"] for a in all_assets(database)] == ["OGL-UK-3.0", *["CC-BY-4.0"] * 3]
    assert any("given with the import" in each.reason for each in report.evidence)
    with database.reading() as session:
        said = session.scalar(text("SELECT transformation FROM change ORDER BY id DESC LIMIT 1"))
    assert "licence_given_by" in str(said)


def test_a_licence_given_later_is_an_update(database: Database, tmp_path: Path) -> None:
    """The same file with a licence given changes the licence and nothing else."""
    path = write_register(tmp_path / "a.csv")
    import_register(database, path)
    report = import_register(database, path, licence="OGL-UK-3.0")
    assert (report.updated, report.differences[0].after) == (4, {"licence": "OGL-UK-3.0"})
    assert import_register(database, path, licence="OGL-UK-3.0").unchanged == 4
