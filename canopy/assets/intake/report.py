"""What an import did, row by row counted, in the form the command line and the API give."""

from __future__ import annotations

from dataclasses import dataclass, field

from canopy.access.rules import Role
from canopy.assets.importers.base import RowIssue
from canopy.assets.mapping import Evidence, Mapping, mapping_as_json

ROWS_SHOWN = 100
"""Row numbers listed under one warning; the count beside them is exact."""
REJECTS_SHOWN = 1_000
"""Rejected rows listed in a report; all of them go to the rejects file."""
DIFFERENCES_SHOWN = 200
"""Updated assets whose changed fields a report lists, and withdrawn ones beside them."""


@dataclass(slots=True)
class Warned:
    """One kind of warning: how many rows, which, and the first message.

    `column` and `parts` are those of the first issue, for who may see its message.
    """

    code: str
    message: str
    count: int = 0
    rows: list[int] = field(default_factory=list)
    column: str | None = None
    parts: tuple[RowIssue, ...] = ()


class WarningTally:
    """Warnings by code, with memory that does not grow with the file.

    What is said of a whole column is kept for each column: no two say the same.
    """

    def __init__(self) -> None:
        self._by_code: dict[tuple[str, str | None], Warned] = {}

    def add(self, issue: RowIssue, count: int = 1) -> None:
        key = issue.code, issue.column if issue.row is None else None
        warned = self._by_code.get(key)
        if warned is None:
            warned = Warned(issue.code, issue.message, column=issue.column, parts=issue.parts)
            self._by_code[key] = warned
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
    """An asset that a file changed: which fields, from what, to what.

    `action` is ``updated``, ``reinstated`` or ``withdrawn``; `row` is None for the last.
    `position` in `before` and `after` is (x, y) in the storage CRS, of a line or an area its
    centroid; `moved_m` how far it moved [m], of lines and areas the Hausdorff distance.
    `kinds` and `sensitivities` are those it had before and after, for who may see it.
    """

    row: int | None
    ref: str | None
    asset_id: str
    before: dict[str, object]
    after: dict[str, object]
    action: str = "updated"
    moved_m: float | None = None
    kinds: tuple[str, ...] = ()
    sensitivities: tuple[str | None, ...] = ()


@dataclass(slots=True)
class ImportReport:
    """The outcome of one import. `read` is the sum of the five outcomes but `withdrawn`.

    `state` is ``done``, ``dry-run`` or ``refused`` (nothing was written); `refusals` says
    why. `rejects` holds the first `REJECTS_SHOWN` rejected rows. `audience` is whom it was
    cut for (`audience.cut_for`): before that it holds everything, for admins.
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
    mappings: dict[str, Mapping] = field(default_factory=dict)
    """By table: one for most files."""
    evidence: list[Evidence] = field(default_factory=list)
    transformation: str | None = None
    change_id: int | None = None
    file_sha256: str | None = None
    duration_s: float = 0.0
    audience: str = str(Role.admin)

    @property
    def mapping(self) -> dict[str, object]:
        """The mapping as JSON values; of several tables, each table's under its name."""
        shown = {name: mapping_as_json(mapping) for name, mapping in self.mappings.items()}
        return dict(*shown.values()) if len(shown) == 1 else dict(shown)

    def as_json(self) -> dict[str, object]:
        """The stable JSON form: see ``docs/reference/import-report.md``."""
        return {
            "file": self.file,
            "table": self.table,
            "source": self.source,
            "kind": self.kind,
            "state": self.state,
            "audience": self.audience,
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
                    "action": d.action,
                    "ref": d.ref,
                    "asset_id": d.asset_id,
                    "before": d.before,
                    "after": d.after,
                    "moved_m": d.moved_m,
                }
                for d in self.differences
            ],
            "crs": self.crs,
            "mapping": self.mapping,
            "evidence": [each.sentence() for each in self.evidence],
            "transformation": self.transformation,
            "change_id": self.change_id,
            "file_sha256": self.file_sha256,
            "duration_s": round(self.duration_s, 3),
        }
