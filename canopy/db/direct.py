"""Single SELECTs on kept connections, for answers in which every tenth of a millisecond counts.

A session costs a ping, BEGIN and ROLLBACK beside its one statement. Here a statement is its
own transaction; PostgreSQL prepares what it is sent repeatedly, sqlite3 keeps what it compiled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from queue import Empty, LifoQueue
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from canopy.db.engine import Database
from canopy.errors import LimitExceeded, StorageUnavailable

WAIT_S = 30.0
"""Longest wait for a free connection [s]."""
_STEPS_BETWEEN_LOOKS = 50_000
"""Steps of SQLite's machine after which it looks whether its time is up: some milliseconds."""
_QUERY_CANCELED = "57014"
_MAPPED_BYTES = 4 * 1024**3
"""How much of a GeoPackage is read without copying its pages: as a rule all of it."""


class DirectReader:
    """Runs SELECTs for one process; as many at once as there are connections.

    `timeout_s` is the longest time that a statement may take [s]. Close it at the end.
    """

    def __init__(self, database: Database, connections: int, timeout_s: float) -> None:
        self._database = database
        self._engine: Engine = database.engine
        self._timeout_s = timeout_s
        self._free: LifoQueue[Any] = LifoQueue()
        self._places = BoundedSemaphore(connections)
        self._failure: type[Exception] = self._engine.dialect.loaded_dbapi.OperationalError

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        prepare: bool = True,
    ) -> Sequence[tuple[Any, ...]]:
        """All rows of a SELECT whose parameters are written ``:name``.

        Values come as the driver gives them. Without `prepare` PostgreSQL plans anew for
        the values at hand, which pays where they decide how much is found. Raises
        LimitExceeded where the statement takes too long, StorageUnavailable where there is
        no connection.
        """
        statement = sql if self._database.is_gpkg else _compiled(self._engine, sql)
        with self._place():
            connection, is_new = self._connection()
            try:
                found = self._fetched(connection, statement, parameters or {}, prepare)
            except self._failure as error:
                connection.close()
                if is_new or self._took_too_long(error):
                    raise self._explained(error) from error
                connection = self._opened()  # the kept one was cut off meanwhile
                try:
                    found = self._fetched(connection, statement, parameters or {}, prepare)
                except self._failure as again:
                    connection.close()
                    raise self._explained(again) from again
            self._free.put(connection)
            return found

    def _fetched(
        self, connection: Any, statement: str, parameters: Mapping[str, object], prepare: bool
    ) -> Sequence[tuple[Any, ...]]:
        driver = connection.dbapi_connection
        if self._database.is_gpkg:
            ends = time.monotonic() + self._timeout_s
            driver.set_progress_handler(lambda: int(time.monotonic() > ends), _STEPS_BETWEEN_LOOKS)
            ran = driver.execute(statement, parameters)
        else:
            ran = driver.execute(statement, parameters, prepare=None if prepare else False)
        rows: Sequence[tuple[Any, ...]] = ran.fetchall()
        return rows

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=WAIT_S):
            raise StorageUnavailable(f"No connection became free within {WAIT_S:g} s.")
        try:
            yield
        finally:
            self._places.release()

    def _connection(self) -> tuple[Any, bool]:
        try:
            return self._free.get_nowait(), False
        except Empty:
            return self._opened(), True

    def _opened(self) -> Any:
        try:
            kept = self._engine.raw_connection()
        except OperationalError as error:
            raise StorageUnavailable(f"{self._database.address}: {error.orig}") from error
        except self._failure as error:  # the pool does not wrap what the driver raises here
            raise StorageUnavailable(f"{self._database.address}: {error}") from error
        kept.detach()  # it no longer belongs to the engine's pool
        driver: Any = kept.dbapi_connection
        if self._database.is_gpkg:
            driver.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        else:
            kept.rollback()
            driver.autocommit = True
        return kept

    def _took_too_long(self, error: Exception) -> bool:
        return getattr(error, "sqlstate", None) == _QUERY_CANCELED or "interrupted" in str(error)

    def _explained(self, error: Exception) -> Exception:
        if self._took_too_long(error):
            return LimitExceeded(
                f"The answer took longer than the limit of {self._timeout_s:g} s; ask for a "
                "smaller area, or filter on fewer fields."
            )
        return StorageUnavailable(f"{self._database.address}: {error}")

    def close(self) -> None:
        """Close every connection that is not in use."""
        while True:
            try:
                self._free.get_nowait().close()
            except Empty:
                return


@lru_cache(maxsize=256)
def _compiled(engine: Engine, sql: str) -> str:
    """The statement with its parameters as the driver writes them."""
    return str(text(sql).compile(dialect=engine.dialect))
