"""The file of readings beside a GeoPackage: its name, and its tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DatabaseError

from canopy.db.backup.readings_file import APPLICATION_ID, readings_path
from canopy.errors import StorageUnavailable
from canopy.iot.store import alarms  # noqa: F401  (for its tables, whoever opens the file)
from canopy.iot.store.tables import ReadingsBase

VERSION = 3
"""Raised when a table is added, and with a step in `_upgrade` when one changes."""
_WRITE = "canopy_write"


def open_readings(catalogue: Path, lock_timeout_s: float) -> Engine:
    """The engine of the file, which is made where it is not there. Raises StorageUnavailable."""
    path = readings_path(catalogue)
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"check_same_thread": False, "timeout": lock_timeout_s},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        prepare(connection, lock_timeout_s)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        wants_write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if wants_write else "BEGIN")

    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found != VERSION:  # else there is no need to wait for whoever writes
            with engine.connect().execution_options(**{_WRITE: True}) as connection:
                _require_tables(connection, path)
    except DatabaseError as error:
        engine.dispose()
        raise StorageUnavailable(f"{path}: {error.orig}") from error
    return engine


def prepare(connection: sqlite3.Connection, lock_timeout_s: float) -> None:
    """What each connection needs: a commit is on disk when it returns."""
    connection.execute(f"PRAGMA busy_timeout = {int(lock_timeout_s * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")


def _require_tables(connection: Connection, path: Path) -> None:
    with connection.begin():
        found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        owner = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        if tables and owner != APPLICATION_ID:
            raise StorageUnavailable(
                f"{path} holds other tables than readings; nothing was changed. Move it away."
            )
        if found > VERSION:
            raise StorageUnavailable(
                f"{path} is at version {found}, which this release of Canopy does not know: a "
                "newer one made it. Upgrade Canopy."
            )
        if found < VERSION:
            _upgrade(connection, found)
            ReadingsBase.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _upgrade(connection: Connection, found: int) -> None:
    """Bring tables of an older version up to date, before those that are missing are made."""
    if found in (1, 2):  # sums lacked what longer ones are added up from: they are computed anew
        connection.exec_driver_sql("DROP TABLE observation_bucket")
        connection.exec_driver_sql("DELETE FROM store_state WHERE name = 'downsampled'")
