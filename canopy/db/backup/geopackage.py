"""A GeoPackage copied while others write it, and a copy looked at.

Source: SQLite, *Online Backup API* and *PRAGMA integrity_check*.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from canopy.db import gpkg, migrate
from canopy.db.backup.manifest import BadBackup
from canopy.errors import StorageUnavailable

_FAULTS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Contents:
    """What a GeoPackage holds."""

    migration: str
    storage_crs: str
    rows: dict[str, int]


def copy(path: Path, to: Path) -> None:
    """Copy a catalogue to the empty file `to` as it is at one moment, beside its writers.

    In WAL mode the copy is read from one snapshot: nobody waits, and it never starts over.
    It ends as one file, without a log. Raises StorageUnavailable.
    """
    try:
        with _opened(path, "ro") as source, closing(sqlite3.connect(to)) as copied:
            source.backup(copied, pages=-1)
            copied.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StorageUnavailable(f"{path} cannot be copied: {error}.") from error


def contents(path: Path, called: str | None = None) -> Contents:
    """What a GeoPackage holds, after SQLite has checked every page and index of it.

    `called` is its name in messages. Raises BadBackup where it is damaged, or no catalogue.
    """
    name = called or str(path)
    try:
        with _opened(path, "ro", immutable=True) as connection:
            _require_sound(connection, name)
            migration = _only(connection, "SELECT version_num FROM alembic_version")
            crs = _only(connection, "SELECT value FROM deployment WHERE key = 'storage_crs'")
            rows = _rows(connection)
    except sqlite3.Error as error:
        raise BadBackup(f"{name} is damaged, or no catalogue of Canopy: {error}.") from error
    return Contents(migration, crs, rows)


def _require_sound(connection: sqlite3.Connection, name: str) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != gpkg.APPLICATION_ID:
        raise BadBackup(f"{name} is a SQLite file, but no GeoPackage.")
    checked = connection.execute(f"PRAGMA integrity_check({_FAULTS_TOLD})").fetchall()
    if checked != [("ok",)]:
        raise BadBackup(f"{name} is damaged: {'; '.join(str(line) for (line,) in checked)}.")
    if lost := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise BadBackup(f"{name} is damaged: a row of {lost[0]} names one of {lost[2]} not there.")


def _only(connection: sqlite3.Connection, sql: str) -> str:
    rows = connection.execute(sql).fetchall()
    if len(rows) != 1:
        raise BadBackup("It is a GeoPackage, but no catalogue of Canopy.")
    return str(rows[0][0])


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    own = sorted({str(name) for (name,) in tables} & migrate.own_tables())
    return {
        table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])
        for table in own
    }


@contextmanager
def _opened(path: Path, mode: str, *, immutable: bool = False) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode={mode}{'&immutable=1' if immutable else ''}"
    with closing(sqlite3.connect(address, uri=True, timeout=10)) as connection:
        gpkg.register_functions(connection)
        yield connection


def seal(path: Path) -> None:
    """Make a catalogue that nobody has open one file, without a log."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")


def require_unused(path: Path) -> None:
    """Raises StorageUnavailable where another program has the catalogue open.

    SQLite gives up the log of a file only to its one user.
    """
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        raise StorageUnavailable(
            f"{path} is open in another program ({error}). Stop `canopy serve` and close it in "
            "QGIS, then restore again."
        ) from error
