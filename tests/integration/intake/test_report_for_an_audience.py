"""Reports are files that leave: what an audience may not see is not in them."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from catalogue import edit
from registers import import_register, write_register

from canopy.access.rules import Role
from canopy.assets.importers.base import RowIssue
from canopy.assets.intake.audience import WITHHELD, cut_for
from canopy.assets.intake.report import ImportReport
from canopy.assets.intake.report_files import write_report
from canopy.db.engine import Database

HEADINGS = ("Asset Ref", "Easting", "Northing", "Street Name", "Door Code", "Keyholder")
ROWS: tuple[tuple[object, ...], ...] = (
    ("LC-1", 430100.25, 280200.5, "High Street", "C1234X", "Ann Other"),
    ("LC-2", 430130.0, 280205.0, "High Street", "C5678X", "Bob Field"),
    ("LC-3", 430160.0, 280210.0, "Mill Lane", "C9999X", "Ann Other"),
)
SECRETS = ("C1234X", "C0000X", "Ann Other", "Cat Gate")
CAMERAS: tuple[tuple[object, ...], ...] = (
    ("CAM-77", 430100.25, 280200.5, "High Street", "", ""),
    ("CAM-78", 430130.0, 280205.0, "High Street", "", ""),
)


def changed_codes(database: Database, folder: Path) -> ImportReport:
    """The second vintage of a register: one row has another code and another keyholder."""
    import_register(database, write_register(folder / "a.csv", ROWS, HEADINGS))
    newer = [("LC-1", 430103.25, 280204.5, "Low Street", "C0000X", "Cat Gate"), *ROWS[1:]]
    return import_register(database, write_register(folder / "b.csv", newer, HEADINGS))


def written(report: ImportReport, folder: Path, audience: Role) -> tuple[str, str]:
    """The report as JSON and as HTML."""
    for name in ("r.json", "r.html"):
        write_report(folder / name, [report], audience)
    return (folder / "r.json").read_text(), (folder / "r.html").read_text()


@pytest.mark.parametrize("audience", [Role.public, Role.operator])
def test_withheld_attributes_are_in_no_report(
    database: Database, tmp_path: Path, audience: Role
) -> None:
    """Access codes and keyholders stay out, before and after; the rest of the change stays."""
    as_json, as_html = written(changed_codes(database, tmp_path), tmp_path, audience)
    assert [secret for secret in SECRETS if secret in as_json + as_html] == []
    (difference,) = json.loads(as_json)["differences"]
    assert difference["before"] == {"position": [430100.25, 280200.5], "street": "High Street"}
    assert difference["after"] == {"position": [430103.25, 280204.5], "street": "Low Street"}
    assert json.loads(as_json)["audience"] == str(audience)
    assert f"For the audience: {audience}." in as_html


def test_estates_see_the_code_and_not_the_keyholder(database: Database, tmp_path: Path) -> None:
    """Each audience by its level."""
    as_json, _ = written(changed_codes(database, tmp_path), tmp_path, Role.estates)
    assert [secret for secret in SECRETS if secret in as_json] == ["C1234X", "C0000X"]


def test_admins_see_everything(database: Database, tmp_path: Path) -> None:
    """A report for admins is whole, and stamped so."""
    as_json, as_html = written(changed_codes(database, tmp_path), tmp_path, Role.admin)
    assert all(secret in as_json and secret in as_html for secret in SECRETS)
    assert json.loads(as_json)["audience"] == "admin"


def test_moved_assets_tell_from_where_to_where_and_how_far(
    database: Database, tmp_path: Path
) -> None:
    """Old and new coordinates, and the distance between them in metres."""
    (difference,) = changed_codes(database, tmp_path).differences
    assert difference.moved_m == 5.0
    assert difference.before["position"] == [430100.25, 280200.5]
    assert difference.after["position"] == [430103.25, 280204.5]


def test_withdrawn_assets_are_among_the_differences(database: Database, tmp_path: Path) -> None:
    """By ref, with what happened and when."""
    import_register(database, write_register(tmp_path / "a.csv", ROWS, HEADINGS))
    part = write_register(tmp_path / "b.csv", ROWS[:2], HEADINGS)
    (gone,) = import_register(database, part, withdraw_missing=True).differences
    assert (gone.action, gone.row, gone.ref, set(gone.after)) == (
        "withdrawn", None, "LC-3", {"withdrawn_at"},
    )  # fmt: skip


def cameras(database: Database, folder: Path, rows: Sequence[Sequence[object]]) -> ImportReport:
    path = write_register(folder / "cctv.csv", rows, HEADINGS)
    return import_register(
        database, path, kind="cctv", source="cctv", withdraw_missing=True, accept_valid=True,
        rejects_path=folder / "cctv.rejects.csv",
    )  # fmt: skip


def test_cameras_leave_no_ref_and_no_position(database: Database, tmp_path: Path) -> None:
    """Of kinds shown as cells no change is told, nor refs, streets and positions of any row."""
    cameras(database, tmp_path, CAMERAS)
    moved = ("CAM-77", 430109.25, 280200.5, "Low Street", "", "")
    bad = ("CAM-80", 430111, "28O3333", "Dark Alley", "", "")
    twice = [("CAM-81", 430200 + i, 280300, "Dark Alley", "", "") for i in range(2)]
    report = cameras(database, tmp_path, [moved, bad, *twice])
    assert (report.updated, report.withdrawn, report.rejected) == (1, 0, 3)
    as_json, as_html = written(report, tmp_path, Role.public)
    rejects = (tmp_path / "cctv.rejects.csv").read_text(encoding="utf-8-sig")
    for hidden in ("CAM-", "430109", "430100", "28O3333", "Low Street", "Dark Alley"):
        assert hidden not in as_json + as_html + rejects, hidden
    assert json.loads(as_json)["differences"] == []
    assert [line["code"] for line in csv.DictReader(rejects.splitlines())] == [
        "unreadable-coordinates", "duplicate-ref", "duplicate-ref",
    ]  # fmt: skip
    seen, _ = written(report, tmp_path, Role.operator)
    assert "28O3333" in seen
    assert "CAM-81" in seen


def test_withdrawn_cameras_are_not_told_to_the_public(database: Database, tmp_path: Path) -> None:
    """The count stays; which one it was does not go out."""
    cameras(database, tmp_path, CAMERAS)
    report = cameras(database, tmp_path, CAMERAS[:1])
    assert report.withdrawn == 1
    assert cut_for(report, Role.public).differences == []
    assert [each.ref for each in cut_for(report, Role.operator).differences] == ["CAM-78"]


def test_joined_messages_keep_what_may_be_seen(database: Database, tmp_path: Path) -> None:
    """Of a row with several faults the public is told those of what the public sees."""
    headings = ("Asset Ref", "Easting", "Northing", "Height (m)", "Structural Test Date")
    rows = [("LC-1", 430100.25, 280200.5, 8, "2024-05-01")] * 1 + [
        (f"LC-{i}", 430100.25 + i, 280200.5, 8, "2024-05-01") for i in range(2, 20)
    ]
    bad = ("LC-20", 430190.0, 280215.0, "tall", "SECRET-TEST")
    path = write_register(tmp_path / "a.csv", [*rows, bad], headings)
    report = import_register(database, path, rejects_path=tmp_path / "x.csv")
    (full,) = report.rejects
    assert "SECRET-TEST" in full.message
    (cut,) = cut_for(report, Role.public).rejects
    assert "'tall' is no number" in cut.message
    assert "SECRET-TEST" not in cut.message
    assert cut.message.endswith(WITHHELD)
    assert "SECRET-TEST" not in (tmp_path / "x.csv").read_text(encoding="utf-8-sig")


def test_assets_kept_for_estates_are_not_in_a_public_report(
    database: Database, tmp_path: Path
) -> None:
    """An asset with a sensitivity of its own does not exist for those below it."""
    import_register(database, write_register(tmp_path / "a.csv", ROWS, HEADINGS))
    edit(database, "LC-1", sensitivity="estates")
    newer = [("LC-1", 430100.25, 280200.5, "Low Street", "C1234X", "Ann Other"), *ROWS[1:]]
    report = import_register(database, write_register(tmp_path / "b.csv", newer, HEADINGS))
    assert [each.ref for each in report.differences] == ["LC-1"]
    assert cut_for(report, Role.operator).differences == []
    assert [each.ref for each in cut_for(report, Role.estates).differences] == ["LC-1"]


def test_rows_of_a_file_with_sensitivities_are_not_quoted(
    database: Database, tmp_path: Path
) -> None:
    """Which rows are hidden is not known before they are read, so none is quoted."""
    headings = ("Asset Ref", "Easting", "Northing", "Height (m)", "Sensitivity")
    rows = [(f"LC-{i}", 430100 + 9 * i, 280200.5, 8, "estates") for i in range(9)]
    path = write_register(tmp_path / "a.csv", [*rows, ("LC-9", 0, 0, 900, "estates")], headings)
    (cut,) = cut_for(import_register(database, path), Role.public).rejects
    assert (cut.row, cut.message) == (11, WITHHELD)


MAPPING = """
kind = "lamppost"
note = "from Dan Deep"
[columns]
ref = "Asset Ref"
access_code = "Door Code"
[values.access_code]
C1234X = "C7777X"
[constants]
keyholder = "Eve Hall"
[geometry]
x = "Easting"
y = "Northing"
crs = "EPSG:27700"
[[corrections]]
where = { "Door Code" = "C9999X" }
set = { "Door Code" = "C8888X" }
reason = "Fay Ivy rang"
"""


def test_the_mapping_in_a_report_is_cut_too(database: Database, tmp_path: Path) -> None:
    """Values, constants, corrections, their reasons and the note of hidden fields stay out."""
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    path = write_register(tmp_path / "a.csv", ROWS, HEADINGS)
    report = import_register(database, path, mapping=tmp_path / "m.toml")
    as_json, as_html = written(report, tmp_path, Role.public)
    hidden = ("C1234X", "C7777X", "Eve Hall", "C9999X", "C8888X", "Fay Ivy", "Dan Deep")
    assert [each for each in hidden if each in as_json + as_html] == []
    assert json.loads(as_json)["mapping"]["columns"] == {"ref": {"columns": ["Asset Ref"]}}
    whole, _ = written(report, tmp_path, Role.admin)
    assert [each for each in hidden if each not in whole] == []


def test_kept_corrections_name_only_what_may_be_seen() -> None:
    """That a hidden field was corrected is hidden as well."""
    report = ImportReport("a.csv", "a", "s", "lamppost")
    parts = tuple(
        RowIssue(3, "kept-correction", f"Row 3 changes {name}.", name)
        for name in ("locality", "keyholder")
    )
    report.rejects = [RowIssue(3, "kept-correction", "locality, keyholder", None, parts)]
    (cut,) = cut_for(report, Role.public).rejects
    assert cut.message == f"Row 3 changes locality. {WITHHELD}"


def test_a_code_nobody_classified_is_withheld() -> None:
    """Denied by default: a message without a column of a new code does not go out."""
    report = ImportReport("a.csv", "a", "s", "lamppost")
    report.rejects = [RowIssue(3, "brand-new", "The code is C1234X.")]
    assert [each.message for each in cut_for(report, Role.public).rejects] == [WITHHELD]
