"""Opening the catalogue's database, and the two ways to hold a session on it.

`Database.reading` gives a session that must not write; `Database.writing` gives one
transaction: everything in it is committed together, or nothing is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, LargeBinary, create_engine, event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from canopy import geo
from canopy.db import gpkg
from canopy.errors import StorageUnavailable
from canopy.settings import Settings

_WRITE = "canopy_write"


@dataclass(frozen=True)
class Database:
    """An open database and what the code above must know of it.

    `storage_crs` is the deployment's, as ``EPSG:n``; `srid` its number.
    `path` is the GeoPackage's file, None on PostgreSQL.
    """

    engine: Engine
    storage_crs: str
    path: Path | None

    @property
    def srid(self) -> int:
        return geo.epsg_code(self.storage_crs)

    @property
    def is_gpkg(self) -> bool:
        return self.path is not None

    @property
    def address(self) -> str:
        """Where the database is, without its password."""
        if self.path is not None:
            return f"gpkg://{self.path}"
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading, at one point in time, rolled back at the end."""
        with self._explained(), Session(self.engine, expire_on_commit=False) as session:
            if not self.is_gpkg:  # where it is so anyway, from the first statement on
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
            session.rollback()

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """One connection kept for several transactions, for what temporary tables hold."""
        with self._explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, connection: Connection | None = None) -> Iterator[Session]:
        """One transaction, on a kept `connection` or one of its own.

        On a GeoPackage it holds the file's single write lock, and while it is open the
        external-change triggers stand aside (see `gpkg_schema.external_change_triggers`).
        A flag that another program left up stays up, for `gpkg_watch` to find.
        """
        bind = self.engine if connection is None else connection
        with self._explained(), Session(bind, expire_on_commit=False) as session:
            session.connection(execution_options={_WRITE: True})
            if self.is_gpkg:
                session.execute(text("UPDATE canopy_writer SET active = active + 1"))
            yield session
            if self.is_gpkg:
                session.flush()
                session.execute(text("UPDATE canopy_writer SET active = active - 1"))
            session.commit()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise StorageUnavailable(_explanation(error, self.address)) from error
        except DatabaseError as error:
            if type(error.orig) is not sqlite3.DatabaseError:
                raise  # a mistake in a statement or its data
            raise StorageUnavailable(
                f"{self.address} is damaged ({error.orig}). Restore it from a backup, or save "
                "what can be read with sqlite3's .recover command."
            ) from error

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _explanation(error: OperationalError, address: str) -> str:
    cause = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no reason"
    if "locked" in cause or "lock timeout" in cause:
        return (
            f"{address} is being written by another program and did not become free in time. "
            "Close layers in edit mode in QGIS, or wait for the other import, then try again."
        )
    if "no such table" in cause:
        return f"{address} is not a Canopy catalogue yet ({cause}); run `canopy init`."
    if "disk" in cause and "full" in cause:
        return f"The disk that holds {address} is full; nothing was written."
    return f"{address}: {cause}"


def open_database(settings: Settings) -> Database:
    """Open (not create) the database that the settings name.

    Raises StorageUnavailable for an unusable place, UnknownCrs for a storage CRS that is
    not projected in metres.
    """
    geo.require_projected_metres(settings.storage_crs)
    crs = geo.crs_name(settings.storage_crs)
    url = settings.db_url.get_secret_value()
    if url.startswith("gpkg://"):
        path = gpkg.path_of(url)
        gpkg.check_place(path)
        return Database(_gpkg_engine(path, settings), crs, path)
    return Database(_postgres_engine(make_url(url), settings), crs, None)


def _gpkg_engine(path: Path, settings: Settings) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        pool_size=settings.db_pool_size,
        max_overflow=4,
        connect_args={"check_same_thread": False, "timeout": settings.db_lock_timeout_s},
    )
    engine.dialect.supports_native_boolean = True  # else "= 1" is added and the R*Tree unused
    # GeoAlchemy2 takes every GEOMETRY column of SQLite for SpatiaLite's when it is reflected.
    names = getattr(engine.dialect, "ischema_names")  # noqa: B009  (untyped, per dialect)
    setattr(engine.dialect, "ischema_names", {**names, "GEOMETRY": LargeBinary})  # noqa: B010

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        gpkg.prepare_connection(connection, settings.db_lock_timeout_s)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        wants_write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if wants_write else "BEGIN")

    return engine


_FINDS_OUT = {
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}  # fmt: skip
"""How soon a server is given up that went without a word, by a cut cable or a fire wall: after
half a minute [s; the last one ms]. A server that is there but busy answers these by its kernel.
Systems wait two hours. Source: libpq, connection parameters."""


def _postgres_engine(url: URL, settings: Settings) -> Engine:
    # Here, not at the top: it is slow to load and a GeoPackage does without. It listens to
    # DDL, and must do so from before the first table is made.
    import geoalchemy2  # noqa: F401

    options = (
        f"-c statement_timeout={int(settings.db_statement_timeout_s * 1000)} "
        f"-c lock_timeout={int(settings.db_lock_timeout_s * 1000)} "
        "-c timezone=UTC -c idle_in_transaction_session_timeout=3600000"
    )
    return create_engine(
        url,
        pool_size=settings.db_pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        connect_args={
            "options": options,
            "connect_timeout": 10,
            "application_name": "canopy",
            **_FINDS_OUT,
        },
        isolation_level="READ COMMITTED",
    )
