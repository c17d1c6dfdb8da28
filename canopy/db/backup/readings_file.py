"""The file of readings beside a GeoPackage, as a backup sees it: its tables are others' to know."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from canopy.db import migrate
from canopy.db.backup.manifest import BadBackup
from canopy.errors import Refused

APPLICATION_ID = 0x43614F62  # "CaOb"
_FAULTS_TOLD = 3


def readings_path(catalogue: Path) -> Path:
    """``canopy.gpkg`` → ``canopy.readings.sqlite``."""
    return catalogue.with_suffix(".readings.sqlite")


def contents(path: Path, called: str | None = None) -> dict[str, int]:
    """How many rows each table holds, after SQLite has checked every page and index.

    `called` is its name in messages. Raises BadBackup where it is damaged, or no file of readings.
    """
    name = called or str(path)
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=10)) as connection:
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise BadBackup(f"{name} holds a SQLite file that is none of readings.")
            checked = connection.execute(f"PRAGMA integrity_check({_FAULTS_TOLD})").fetchall()
            if checked != [("ok",)]:
                told = "; ".join(str(line) for (line,) in checked)
                raise BadBackup(f"The readings of {name} are damaged: {told}.")
            return _rows(connection)
    except sqlite3.Error as error:
        raise BadBackup(f"The readings of {name} are damaged: {error}.") from error


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
        for table in sorted({str(name) for (name,) in found} & migrate.READING_TABLES)
    }


def require_empty(path: Path) -> None:
    """Raises Refused where there is a file with readings already."""
    if not path.exists():
        return
    if filled := [table for table, count in contents(path).items() if count]:
        raise Refused(
            f"{path} holds readings (there are rows in {filled[0]}); the backup's are not put "
            "among them. Move that file away first, and keep it."
        )


def replace(made: Path, target: Path) -> None:
    """Put a file in the place of one without readings, whose log is of no use then."""
    for end in ("-wal", "-shm"):
        Path(f"{target}{end}").unlink(missing_ok=True)
    os.replace(made, target)
