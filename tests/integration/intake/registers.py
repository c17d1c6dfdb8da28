"""Small council registers written for a test, and the import of one."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.intake.report import ImportReport
from canopy.db.engine import Database

HEADINGS = ("Asset Ref", "Easting", "Northing", "Street Name", "Wattage", "Height (m)")
ROWS: tuple[tuple[object, ...], ...] = (
    ("LC-1", 430100.25, 280200.5, "High Street", 35, 8),
    ("LC-2", 430130.0, 280205.0, "High Street", 35, 8),
    ("LC-3", 430160.0, 280210.0, "Mill Lane", 65, 6),
    ("LC-4", 430190.0, 280215.0, "Mill Lane", 65, 6),
)


def write_register(
    path: Path,
    rows: Sequence[Sequence[object]] = ROWS,
    headings: Sequence[str] = HEADINGS,
) -> Path:
    """A CSV file with these rows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)
    return path


def without_refs(rows: Sequence[Sequence[object]] = ROWS) -> list[Sequence[object]]:
    """The rows without their first column."""
    return [row[1:] for row in rows]


def import_register(database: Database, path: Path, **options: object) -> ImportReport:
    """Import a file as lampposts of one source."""
    chosen: dict[str, object] = {"kind": "lamppost", "source": "lighting", "author": "officer"}
    return run_import(database, ImportRequest(path=path, **{**chosen, **options}))  # type: ignore[arg-type]


def outcome(report: ImportReport) -> dict[str, object]:
    """The counts of a report."""
    names = ("state", "read", "created", "updated", "unchanged", "withdrawn", "rejected")
    return {name: getattr(report, name) for name in names}


def counts(**given: object) -> dict[str, object]:
    """Expected counts; what is not given is 0, and the state done."""
    zero: dict[str, object] = dict.fromkeys(
        ("read", "created", "updated", "unchanged", "withdrawn", "rejected"), 0
    )
    return {"state": "done", **zero, **given}
