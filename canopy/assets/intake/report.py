"""What an import did, row by row counted, in the form the command line and the API give."""

from __future__ import annotations

from dataclasses import dataclass, field

from canopy.assets.importers.base import RowIssue

ROWS_SHOWN = 100
"""Row numbers listed under one warning; the count beside them is exact."""
REJECTS_SHOWN = 1_000
"""Rejected rows listed in a report; all of them go to the rejects file."""
DIFFERENCES_SHOWN = 200
"""Updated assets whose changed fields a report lists."""


@dataclass(slots=True)
class Warned:
    """One kind of warning: how many rows, which, and the first message."""

    code: str
    message: str
    count: int = 0
    rows: list[int] = field(default_factory=list)


class WarningTally:
    """Warnings by code, with memory that does not grow with the file."""

    def __init__(self) -> None:
        self._by_code: dict[str, Warned] = {}

    def add(self, issue: RowIssue, count: int = 1) -> None:
        warned = self._by_code.setdefault(issue.code, Warned(issue.code, issue.message))
        warned.count += count
        if issue.row is not None and len(warned.rows) < ROWS_SHOWN:
            warned.rows.append(issue.row)

    def extend(self, issues: list[RowIssue]) -> None:
        for issue in issues:
            self.add(issue)

    def listed(self) -> list[Warned]:
        return list(self._by_code.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """An asset that a file changed: which fields, from what, to what."""

    row: int
    ref: str | None
    asset_id: str
    before: dict[str, object]
    after: dict[str, object]


@dataclass(slots=True)
class ImportReport:
    """The outcome of one import. `read` is the sum of the five outcomes but `withdrawn`.

    `state` is ``done``, ``dry-run`` or ``refused`` (nothing was written); `refusals` says
    why. `rejects` holds the first `REJECTS_SHOWN` rejected rows.
    """

    file: str
    table: str
    source: str
    kind: str | None
    state: str = "done"
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    rejected: int = 0
    warnings: list[Warned] = field(default_factory=list)
    rejects: list[RowIssue] = field(default_factory=list)
    reject_codes: dict[str, int] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    crs: str | None = None
    mapping: dict[str, object] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    transformation: str | None = None
    change_id: int | None = None
    file_sha256: str | None = None
    duration_s: float = 0.0

    def as_json(self) -> dict[str, object]:
        """The stable JSON form: see ``docs/reference/import-report.md``."""
        return {
            "file": self.file,
            "table": self.table,
            "source": self.source,
            "kind": self.kind,
            "state": self.state,
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "withdrawn": self.withdrawn,
            "rejected": self.rejected,
            "warnings": [
                {"code": w.code, "count": w.count, "rows": w.rows, "message": w.message}
                for w in self.warnings
            ],
            "rejects": [
                {"row": r.row, "code": r.code, "column": r.column, "message": r.message}
                for r in self.rejects
            ],
            "reject_codes": self.reject_codes,
            "refusals": self.refusals,
            "differences": [
                {
                    "row": d.row,
                    "ref": d.ref,
                    "asset_id": d.asset_id,
                    "before": d.before,
                    "after": d.after,
                }
                for d in self.differences
            ],
            "crs": self.crs,
            "mapping": self.mapping,
            "evidence": self.evidence,
            "transformation": self.transformation,
            "change_id": self.change_id,
            "file_sha256": self.file_sha256,
            "duration_s": round(self.duration_s, 3),
        }
