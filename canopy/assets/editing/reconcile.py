"""What another program wrote to the GeoPackage: into a revision, or put back.

Triggers note each foreign write with the row as it was (`gpkg_schema`). Here every row
so touched is checked by the rules that hold everywhere. A valid change becomes a
revision by author ``external``; an invalid one is undone, kept in `external_change`, and
named in the report. Derived columns are computed anew either way.

Revisions are the truth. Where writes may have gone unnoticed (`gpkg_watch`), or on request,
every row is compared with its revisions, and what differs is settled as if it were noted.
"""

from __future__ import annotations

from canopy.assets import queries
from canopy.assets.editing.edits import Editor
from canopy.assets.editing.external import queries as external
from canopy.assets.editing.external.comparing import differing
from canopy.assets.editing.external.judging import Rules
from canopy.assets.editing.external.report import ReconcileReport, RefusedChange
from canopy.assets.editing.external.settling import Settler
from canopy.assets.places import Places
from canopy.db import gpkg_watch
from canopy.db.engine import Database

__all__ = ["ReconcileReport", "RefusedChange", "blind_spots", "pending", "reconcile"]

EXTERNAL = "external"
_NOTE = queries.ChangeNote(
    author=EXTERNAL, reason="written to the GeoPackage by another program", origin=EXTERNAL
)


def pending(database: Database) -> int:
    """Rows that other programs wrote since the last reconciliation; 0 on PostgreSQL."""
    if not database.is_gpkg:
        return 0
    with database.reading() as session:
        return external.count_pending(session)


def blind_spots(database: Database) -> list[str]:
    """Why other programs' writes may have gone unnoticed; nothing on PostgreSQL."""
    if not database.is_gpkg:
        return []
    with database.reading() as session:
        return gpkg_watch.faults(session, external.COLUMNS)


def reconcile(database: Database, *, everything: bool = False) -> ReconcileReport:
    """Settle every foreign write, in one transaction.

    With `everything`, and where writes may have gone unnoticed, every row is compared with
    its revisions: some thousand rows a second, during which nobody else can write.
    """
    report = ReconcileReport(notices=blind_spots(database))
    if not database.is_gpkg or not (everything or report.notices or pending(database)):
        return report
    with database.writing() as session:
        if report.notices:
            gpkg_watch.mend(session, external.COLUMNS)
        external.defer_foreign_keys(session)
        noted = external.noted_rows(session)
        touched = list(noted)
        if everything or report.notices:
            places = Places(queries.areas(session))
            touched += differing(session, places, database.srid, report)
        if touched:
            editor = Editor.begin(session, database.storage_crs, database.srid, _NOTE)
            rules = Rules(
                database.storage_crs, database.srid, frozenset(external.organisations(session))
            )
            Settler(editor, rules, noted, report).settle(touched)
    return report
