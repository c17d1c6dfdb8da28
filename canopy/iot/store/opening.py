"""Opening the store of readings that belongs to a catalogue's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.store.rows import Batch, Written


class ReadingStore(Protocol):
    """What writes batches of readings."""

    def write(self, batch: Batch) -> Written:
        """Commit a batch. Raises StorageUnavailable or Unstorable; nothing is written then."""

    def prepare(self) -> None:
        """Make ready what later batches need. Raises StorageUnavailable."""

    def close(self) -> None:
        """Give connections back."""


def store_of(database: Database, lock_timeout_s: float) -> ReadingStore:
    """The writer of a catalogue's readings. Raises StorageUnavailable."""
    if database.path is None:
        from canopy.iot.store.postgres.store import PostgresStore  # loads psycopg

        return PostgresStore(database)
    from canopy.iot.store.sqlite.store import SqliteStore

    return SqliteStore(database.path, lock_timeout_s)


class Readings:
    """Sessions on a catalogue's readings, for whoever reads them or tends to them."""

    def __init__(self, database: Database, lock_timeout_s: float) -> None:
        """Raises StorageUnavailable where the file of readings cannot be used."""
        self._own: Engine | None = None
        self._address = database.address
        self._engine = database.engine
        if database.path is not None:
            from canopy.iot.store.sqlite.opening import open_readings

            self._own = self._engine = open_readings(database.path, lock_timeout_s)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that must not write. Raises StorageUnavailable."""
        with self._explained(), Session(self._engine, expire_on_commit=False) as session:
            yield session  # closing ends the transaction, and leaves what was read as it is

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction. Raises StorageUnavailable."""
        with self._explained(), Session(self._engine, expire_on_commit=False) as session:
            session.connection(execution_options={"canopy_write": True})
            yield session
            session.commit()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (InterfaceError, OperationalError) as error:
            cause = str(error.orig).strip().partition("\n")[0]
            raise StorageUnavailable(f"Readings of {self._address}: {cause}") from error

    def dispose(self) -> None:
        """Close connections of its own."""
        if self._own is not None:
            self._own.dispose()
