"""Readings in PostgreSQL: one connection, one transaction for each batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError

from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.errors import StorageUnavailable
from canopy.iot.store.postgres import arrays, queries
from canopy.iot.store.rows import (
    Batch,
    ObservationRow,
    Unstorable,
    Written,
    apart,
    in_order,
    newest,
)

_MONTHS_AHEAD = 2


class _NoPartition(Unstorable):
    """A partition that was there has been dropped since: what was in it was too old."""


class PostgresStore:
    """Writes batches. Not for two threads at once. Close it at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None
        self._months: set[str] = set()
        self._has_chunks: bool | None = None

    def write(self, batch: Batch) -> Written:
        """Commit a batch as a whole.

        Raises StorageUnavailable where it may work later, Unstorable where a value of the batch
        is at fault; nothing is written then.
        """
        try:
            return self._write(batch)
        except _NoPartition:
            return self._write(batch)  # which looks for it anew

    def _write(self, batch: Batch) -> Written:
        rows = in_order(batch.observations)  # so two writers never wait in a circle
        with self._transaction() as cursor:
            self._require_partitions(cursor, rows)
            stored = queries.observe(cursor, rows) if rows else 0
            contradicted: tuple[ObservationRow, ...] = ()
            if stored < len(rows):
                rows, contradicted = apart(rows, queries.results_of(cursor, rows))
            if stored:
                queries.make_latest(cursor, newest(rows))
            held = (
                queries.hold(cursor, sorted(batch.held, key=itemgetter(0, 1, 2, 3, 4)))
                if (batch.held)
                else 0
            )
            if batch.dead:
                queries.bury(cursor, batch.dead)
            if batch.happenings:
                queries.note(cursor, batch.happenings, datetime.now(UTC))
        known = len(rows) - stored + len(batch.held) - held
        return Written(stored, known, held, len(batch.dead), contradicted)

    def prepare(self) -> None:
        """Make the partitions of this month and the next ones, where TimescaleDB does not.

        Raises StorageUnavailable.
        """
        at = datetime.now(UTC).replace(day=1)
        with self._transaction() as cursor:
            for _ in range(_MONTHS_AHEAD + 1):
                self._require_month(cursor, at.year, at.month)
                at = (at + timedelta(days=32)).replace(day=1)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._has_chunks = None

    def _require_partitions(self, cursor: Any, rows: Iterable[ObservationRow]) -> None:
        days = {row.phenomenon_us // 86_400_000_000 for row in rows}
        for day in days:
            at = EPOCH + timedelta(days=day)
            self._require_month(cursor, at.year, at.month)

    def _require_month(self, cursor: Any, year: int, month: int) -> None:
        name = queries.partition_name(year, month)
        if name in self._months or self._has_chunks:
            return
        if self._has_chunks is None:
            self._has_chunks = queries.has_chunks(cursor)
            return self._require_month(cursor, year, month)
        found = queries.partitions(cursor)
        if name not in found:
            queries.make_partition(cursor, year, month)
            return  # it is known when it is committed, and found the next time
        self._months = found

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        connection = self._connected()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                yield cursor
        except psycopg.errors.CheckViolation as error:
            self._months = set()
            raise _NoPartition(f"{self._database.address}: {_sentence(error)}") from error
        except (psycopg.DataError, psycopg.IntegrityError, OverflowError) as error:
            raise Unstorable(f"{self._database.address}: {_sentence(error)}") from error
        except UnicodeEncodeError as error:
            raise Unstorable(f"A text holds what is no character ({error.reason}).") from error
        except psycopg.Error as error:
            self.close()
            raise StorageUnavailable(f"{self._database.address}: {_sentence(error)}") from error

    def _connected(self) -> Any:
        if self._connection is None or self._connection.closed:
            try:
                kept = self._database.engine.raw_connection()
            except (psycopg.Error, DBAPIError) as error:  # as its driver says it, or the pool
                cause = error.orig if isinstance(error, DBAPIError) else error
                raise StorageUnavailable(f"{self._database.address}: {_sentence(cause)}") from error
            kept.detach()
            kept.rollback()
            driver: Any = kept.dbapi_connection
            driver.autocommit = True  # transactions are begun here
            arrays.register(driver)
            self._connection = driver
        return self._connection


def _sentence(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
