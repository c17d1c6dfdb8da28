"""What another program wrote to the GeoPackage: into a revision, or put back.

Triggers note each foreign write with the row as it was (`gpkg_schema`). Here every row
so touched is checked by the rules that hold everywhere. A valid change becomes a
revision by author ``external``; an invalid one is undone, kept in `external_change`, and
named in the report. Derived columns are computed anew either way.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from canopy.assets import queries
from canopy.assets.editing import queries as external
from canopy.assets.editing.edits import Editor
from canopy.assets.editing.validation import valid_record
from canopy.assets.identity import new_asset_ids
from canopy.assets.record import Record
from canopy.assets.revising import difference, flatten
from canopy.db.engine import Database
from canopy.errors import BadAttribute, ExternalChangeInvalid, OutOfArea

EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A foreign write that was put back: which row, and why."""

    row_id: int
    ref: str | None
    operation: str
    reason: str

    def sentence(self) -> str:
        name = f" (ref {self.ref})" if self.ref else ""
        return f"asset row {self.row_id}{name}: {self.operation} refused: {self.reason}"


@dataclass(slots=True)
class ReconcileReport:
    """What became of the foreign writes."""

    created: int = 0
    updated: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    refused: list[RefusedChange] = field(default_factory=list)

    @property
    def looked_at(self) -> int:
        return self.created + self.updated + self.withdrawn + self.unchanged + len(self.refused)


def pending(database: Database) -> int:
    """Rows that other programs wrote since the last reconciliation; 0 on PostgreSQL."""
    if not database.is_gpkg:
        return 0
    with database.reading() as session:
        return external.count_pending(session)


def reconcile(database: Database) -> ReconcileReport:
    """Settle every foreign write, in one transaction."""
    report = ReconcileReport()
    if pending(database) == 0:
        return report
    with database.writing() as session:
        note = queries.ChangeNote(
            author=EXTERNAL,
            reason="written to the GeoPackage by another program",
            origin=EXTERNAL,
        )
        editor = Editor.begin(session, database.storage_crs, database.srid, note)
        for touched in external.touched_rows(session):
            _settle(session, editor, touched, report)
    return report


def _settle(
    session: Session, editor: Editor, touched: external.TouchedRow, report: ReconcileReport
) -> None:
    now = external.current_row(session, touched.row_id)
    try:
        outcome = _accept(session, editor, touched, now)
    except (BadAttribute, OutOfArea, ExternalChangeInvalid) as error:
        external.put_back(session, touched, now)
        external.close(session, touched, "refused", error.detail, now)
        ref = (touched.before or now or {}).get("ref")
        operation = touched.operation
        report.refused.append(
            RefusedChange(
                touched.row_id, None if ref is None else str(ref), operation, error.detail
            )
        )
        return
    external.close(session, touched, "accepted", outcome, None)
    setattr(report, outcome, getattr(report, outcome) + 1)


def _accept(
    session: Session,
    editor: Editor,
    touched: external.TouchedRow,
    now: Record | None,
) -> str:
    if touched.before is None:
        if now is None:
            return "unchanged"  # added and deleted again
        return _accept_new(session, editor, touched.row_id, now)
    if now is None:
        external.put_back(session, touched, None)
        if touched.before.get("withdrawn_at"):
            return "unchanged"
        queries.withdraw(session, [touched.row_id], editor.change_id, editor.at)
        return "withdrawn"
    return _accept_changed(session, editor, touched, now)


def _accept_new(session: Session, editor: Editor, row_id: int, now: Record) -> str:
    canonical = _identity(now.get("asset_id"))
    record = external.record_from_row(now)
    valid = valid_record(record, editor.storage_crs)
    editor.adopt(external.mapped_asset(session, row_id), valid, canonical)
    return "created"


def _identity(given: object) -> str:
    if given is None or given == "":
        return new_asset_ids(1)[0]
    try:
        return str(uuid.UUID(str(given)))
    except ValueError as error:
        raise ExternalChangeInvalid(
            f"asset_id {given!r} is no UUID; leave it empty and Canopy gives one."
        ) from error


def _accept_changed(
    session: Session, editor: Editor, touched: external.TouchedRow, now: Record
) -> str:
    before = touched.before or {}
    for name in ("asset_id", "source"):
        if now.get(name) != before.get(name):
            raise ExternalChangeInvalid(
                f"{name} was changed from {before.get(name)!r} to {now.get(name)!r}; it is the "
                "asset's identity and stays."
            )
    valid = valid_record(external.record_from_row(now), editor.storage_crs)
    delta = difference(flatten(external.record_from_row(before)), flatten(valid))
    external.restore_system_columns(session, touched)
    asset = external.mapped_asset(session, touched.row_id)
    if not delta:
        editor.refresh(asset, valid)
        return "unchanged"
    editor.accept(asset, valid, delta)
    return "updated"


def refused_log(session: Session) -> Iterator[dict[str, object]]:
    """Every refused foreign write that is kept."""
    yield from external.refused(session)
