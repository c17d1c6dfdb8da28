"""What an import of agreements did: counts, rejected rows with the rule, and what was not kept."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from canopy.errors import Refused

State = Literal["done", "dry-run", "refused"]
Action = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a row, or a release, is no agreement. `row` is as a person counts it."""

    row: int | None
    column: str
    value: str
    rule: str
    ref: str | None = None
    harmless: bool = False
    """It refuses no file: a tender that is not awarded yet is no mistake."""


@dataclass(frozen=True, slots=True)
class Stated:
    """Something that the import decided about an agreement, such as how it stands, and why."""

    ref: str
    what: str


@dataclass(frozen=True, slots=True)
class Changed:
    """An agreement of the file: what was done, and which parts of its terms differ."""

    row: int | None
    ref: str
    action: Action
    version: int
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class RegisterReport:
    """The outcome for one file. `read` is the sum of the four outcomes.

    `faulty` counts the rejected that refuse a file, `superseded` releases that a later one of
    the same process stands for. `kept` are values that have no place in an agreement, by
    reference and path.
    """

    file: str
    file_sha256: str
    state: State = "done"
    on: str = ""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    faulty: int = 0
    superseded: int = 0
    changes: list[Changed] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    kept: dict[str, dict[str, object]] = field(default_factory=dict)
    mapping: dict[str, object] = field(default_factory=dict)

    @property
    def read(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def reject(self, rejected: list[Rejected]) -> None:
        """Count one row that is no agreement, for one reason or several."""
        self.rejected += 1
        self.faulty += not all(each.harmless for each in rejected)
        self.rejects += rejected

    def note(self, changed: Changed) -> None:
        """Count one agreement."""
        setattr(self, changed.action, getattr(self, changed.action) + 1)
        self.changes.append(changed)

    def as_json(self) -> dict[str, object]:
        """The stable JSON form: see ``docs/how-to/import-register.md``."""
        return {"file": self.file, "state": self.state, "read": self.read, **asdict(self)}


_CSV = ("row", "ref", "outcome", "version", "column", "value", "rule")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_report(path: Path, report: RegisterReport) -> None:
    """Write a report: all of it as .json, rows and reasons as .csv. Raises Refused."""
    try:
        if path.suffix == ".csv":
            _write_csv(path, report)
            return
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=2, default=str)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error


def _write_csv(path: Path, report: RegisterReport) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_CSV)
        for each in report.changes:
            fields = ", ".join(each.fields)
            writer.writerow(_safe(each.row, each.ref, each.action, each.version, fields, "", ""))
        for bad in report.rejects:
            row = _safe(bad.row, bad.ref, "rejected", "", bad.column, bad.value, bad.rule)
            writer.writerow(row)


def _safe(*cells: object) -> list[str]:
    """As no spreadsheet takes for a formula."""
    texts = ["" if cell is None else str(cell) for cell in cells]
    return [f"'{text}" if text.startswith(_FORMULA_STARTS) else text for text in texts]
