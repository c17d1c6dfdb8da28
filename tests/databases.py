"""Empty, migrated catalogues for the tests: made once per storage CRS, copied per test."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, text

from canopy.db.engine import Database, open_database
from canopy.db.migrate import upgrade
from canopy.settings import load_settings

BRITISH_NATIONAL_GRID = "EPSG:27700"
LOCK_TIMEOUT_S = 2.0

BOTH = (pytest.param("gpkg"), pytest.param("postgis", marks=pytest.mark.postgis))

MAKERS = {"gpkg": "geopackages", "postgis": "postgis_databases"}
"""The fixture that makes catalogues of each kind, for fixtures of a wider scope."""


def _open(url: str, storage_crs: str) -> Database:
    return open_database(
        load_settings(
            db_url=url,
            storage_crs=storage_crs,
            db_lock_timeout_s=LOCK_TIMEOUT_S,
            db_pool_size=4,
        )
    )


class GeoPackages:
    """Catalogues as files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[str, Path] = {}
        self._count = itertools.count(1)

    def new(self, storage_crs: str = BRITISH_NATIONAL_GRID) -> Database:
        """An empty migrated catalogue of its own."""
        path = self._folder / f"catalogue-{next(self._count)}.gpkg"
        shutil.copyfile(self._template(storage_crs), path)
        return _open(f"gpkg://{path}", storage_crs)

    def unmigrated(self) -> str:
        """The CANOPY_DB_URL of a file that does not exist yet."""
        return f"gpkg://{self._folder / f'unmigrated-{next(self._count)}.gpkg'}"

    def _template(self, storage_crs: str) -> Path:
        if storage_crs not in self._templates:
            path = self._folder / f"template-{storage_crs.replace(':', '-')}.gpkg"
            database = _open(f"gpkg://{path}", storage_crs)
            upgrade(database)
            database.dispose()
            connection = sqlite3.connect(path)  # the copy takes the file alone, not its log
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            self._templates[storage_crs] = path
        return self._templates[storage_crs]

    def drop(self, database: Database) -> None:
        database.dispose()
        if database.path is not None:
            for end in ("", "-wal", "-shm"):
                Path(f"{database.path}{end}").unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing to do: the folder is the test session's."""


class PostgisDatabases:
    """Catalogues as databases of one server, named for this process."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._prefix = f"canopy_test_{os.getpid()}_{secrets.token_hex(3)}"
        self._admin: Engine = create_engine(server, isolation_level="AUTOCOMMIT", pool_size=1)
        self._templates: dict[str, str] = {}
        self._made: set[str] = set()
        self._count = itertools.count(1)

    def new(self, storage_crs: str = BRITISH_NATIONAL_GRID) -> Database:
        """An empty migrated catalogue of its own."""
        return _open(self._create(template=self._template(storage_crs)), storage_crs)

    def unmigrated(self) -> str:
        """The CANOPY_DB_URL of a database with nothing in it, PostGIS included."""
        return self._create(template="template0")

    def _create(self, template: str) -> str:
        name = f"{self._prefix}_{next(self._count)}"
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        self._made.add(name)
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _template(self, storage_crs: str) -> str:
        if storage_crs not in self._templates:
            database = _open(self._create(template="template0"), storage_crs)
            upgrade(database)
            database.dispose()  # a database that is connected to cannot be copied
            self._templates[storage_crs] = str(database.engine.url.database)
        return self._templates[storage_crs]

    def _drop(self, name: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        self._made.discard(name)

    def drop(self, database: Database) -> None:
        database.dispose()
        self._drop(str(database.engine.url.database))

    def close(self) -> None:
        """Drop every database that was made here."""
        for name in sorted(self._made):
            self._drop(name)
        self._admin.dispose()
