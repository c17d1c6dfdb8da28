"""Readings in a SQLite file: one connection, one transaction for each batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from canopy.db.backup.readings_file import readings_path
from canopy.db.types import EPOCH
from canopy.errors import StorageUnavailable
from canopy.iot.store.rows import (
    Batch,
    ObservationRow,
    Unstorable,
    Written,
    apart,
    in_order,
    newest,
)
from canopy.iot.store.sqlite import opening, queries


class SqliteStore:
    """Writes batches. Not for two threads at once. Close it at the end."""

    def __init__(self, catalogue: Path, lock_timeout_s: float) -> None:
        """Raises StorageUnavailable where the file cannot be made or used."""
        opening.open_readings(catalogue, lock_timeout_s).dispose()
        self._path = readings_path(catalogue)
        self._lock_timeout_s = lock_timeout_s
        self._connection: sqlite3.Connection | None = None

    def write(self, batch: Batch) -> Written:
        """Commit a batch as a whole.

        Raises StorageUnavailable where it may work later, Unstorable where a value of the batch
        is at fault; nothing is written then.
        """
        now_us = _microseconds(datetime.now(UTC))
        stored = held = 0
        contradicted: tuple[ObservationRow, ...] = ()
        with self._transaction() as connection:
            if batch.observations:
                stored = queries.observe(connection, batch.observations, now_us)
            rows = batch.observations
            if stored < len(rows):
                rows, contradicted = apart(rows, queries.results_of(connection, rows))
            if stored:
                queries.make_latest(connection, newest(in_order(rows)), now_us)
            if batch.held:
                held = queries.hold(connection, batch.held, now_us)
            if batch.dead:
                dead = [(row, _microseconds(row.message.arrived_at)) for row in batch.dead]
                queries.bury(connection, dead)
            if batch.happenings:
                queries.note(connection, batch.happenings, now_us)
        known = len(rows) - stored + len(batch.held) - held
        return Written(stored, known, held, len(batch.dead), contradicted)

    def prepare(self) -> None:
        """Open the file. Raises StorageUnavailable."""
        with self._transaction():
            pass

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError) as error:
            raise Unstorable(f"{self._path}: {error}") from error
        except OverflowError as error:
            raise Unstorable(f"A number is too large to be stored: {error}") from error
        except UnicodeEncodeError as error:
            raise Unstorable(f"A text holds what is no character ({error.reason}).") from error
        except sqlite3.DatabaseError as error:
            self.close()
            raise StorageUnavailable(f"{self._path}: {error}") from error

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(
                self._path, timeout=self._lock_timeout_s, check_same_thread=False
            )
            connection.isolation_level = None
            opening.prepare(connection, self._lock_timeout_s)
            self._connection = connection
        return self._connection


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
