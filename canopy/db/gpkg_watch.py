"""Whether other programs' writes to the GeoPackage are being noted, and making it so again.

The writer flag (`gpkg_schema.external_change_triggers`) is up inside Canopy's own
transactions only, which nobody else can see: found up, another program has raised it. The
triggers may be gone because a program made the table anew to change its columns.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from canopy.db.gpkg_schema import external_change_triggers

_TABLE, _KEY = "asset", "fid"


def faults(session: Session, columns: Collection[str]) -> list[str]:
    """Why foreign writes may have gone unnoticed, in sentences; none where all is right.

    `columns` are the table's own. To be asked outside of Canopy's writing transactions.
    """
    found = []
    flag = [row[0] for row in session.execute(text("SELECT active FROM canopy_writer"))]
    if flag != [0]:
        found.append(
            "The flag that says Canopy itself is writing was left up by another program; "
            "changes made while it was up could not be noticed."
            if flag
            else "The flag that says who is writing was removed by another program; changes "
            "made since could not be noticed."
        )
    if _stored(session) != _wanted(session, columns):
        found.append(
            "The triggers that note what other programs write were missing, or not those of "
            "this release; changes made meanwhile could not be noticed."
        )
    return found


def mend(session: Session, columns: Collection[str]) -> None:
    """Put flag and triggers right, inside one of Canopy's own writing transactions."""
    connection = session.connection()
    session.execute(text("DELETE FROM canopy_writer"))
    session.execute(text("INSERT INTO canopy_writer VALUES (1)"))
    stored, wanted = _stored(session), _wanted(session, columns)
    if stored != wanted:
        for name in stored:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        for statement in wanted.values():
            connection.exec_driver_sql(statement)


def _stored(session: Session) -> dict[str, str]:
    rows = session.execute(
        text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
            "AND name LIKE 'external|_asset|_%' ESCAPE '|'"
        )
    )
    return {str(name): str(sql) for name, sql in rows}


def _wanted(session: Session, columns: Collection[str]) -> dict[str, str]:
    rows = session.execute(text(f"SELECT name FROM pragma_table_info('{_TABLE}')"))
    present = tuple(str(row[0]) for row in rows if row[0] in columns)
    statements = external_change_triggers(_TABLE, present, _KEY)
    return {statement.split()[2]: statement for statement in statements}
