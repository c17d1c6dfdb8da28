"""Telling cheaply whether a GeoPackage was written to since one last looked."""

from __future__ import annotations

import sqlite3
from threading import Lock

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable


class FileStamp:
    """A number that changes with every commit to a GeoPackage, whoever makes it.

    It means something to this object only. Source: SQLite manual, "PRAGMA data_version".
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()

    def now(self) -> int:
        """The present number; some microseconds."""
        path = self._database.path
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = sqlite3.connect(
                        f"file:{path}?mode=ro", uri=True, check_same_thread=False
                    )
                return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.OperationalError as error:
                raise StorageUnavailable(f"{self._database.address}: {error}") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
