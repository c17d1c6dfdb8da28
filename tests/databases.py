"""Empty, migrated catalogues for the tests: made once per storage CRS, copied per test."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
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


_SCHEMA = r"""
SELECT md5(string_agg(said, '|' ORDER BY said)) FROM (
    SELECT concat_ws(' ', c.oid::regclass, c.relkind, c.relowner, c.relacl, c.reloptions,
                     c.relrowsecurity, pg_get_indexdef(c.oid), pg_get_viewdef(c.oid)) AS said
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    UNION ALL
    SELECT concat_ws(' ', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', proname, md5(prosrc)) FROM pg_proc WHERE proname LIKE 'canopy%'
    UNION ALL SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%'
    UNION ALL
    SELECT setconfig::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database()
) AS everything
"""
_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = c.oid AND deptype = 'e') ORDER BY 1
"""


@dataclass
class _Template:
    """A migrated database that others are copied from, and what it takes to make one so again."""

    name: str
    schema: str
    tables: list[str]
    rows: dict[str, bytes]
    """COPY of the tables that hold something."""
    free: list[str] = field(default_factory=list)
    """Copies that are as new."""


class PostgisDatabases:
    """Catalogues as databases of one server, named for this process.

    To copy a database takes longer than most tests: one whose schema is as it was made is
    emptied and given out again.
    """

    def __init__(self, server: URL) -> None:
        self._server = server
        self._prefix = f"canopy_test_{os.getpid()}_{secrets.token_hex(3)}"
        self._admin: Engine = create_engine(server, isolation_level="AUTOCOMMIT", pool_size=1)
        self._templates: dict[str, _Template] = {}
        self._made: set[str] = set()
        self._count = itertools.count(1)

    def new(self, storage_crs: str = BRITISH_NATIONAL_GRID) -> Database:
        """An empty migrated catalogue of its own."""
        template = self._template(storage_crs)
        if template.free:
            return _open(self._url(template.free.pop()), storage_crs)
        return _open(self._create(template.name), storage_crs)

    def unmigrated(self) -> str:
        """The CANOPY_DB_URL of a database with nothing in it, PostGIS included."""
        return self._create(template="template0")

    def _create(self, template: str) -> str:
        name = f"{self._prefix}_{next(self._count)}"
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        self._made.add(name)
        return self._url(name)

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _template(self, storage_crs: str) -> _Template:
        if storage_crs not in self._templates:
            database = _open(self._create(template="template0"), storage_crs)
            upgrade(database)
            database.dispose()  # a database that is connected to cannot be copied
            name = str(database.engine.url.database)
            with self._connected(name) as connection:
                self._templates[storage_crs] = _Template(
                    name, _scalar(connection, _SCHEMA), _names(connection), _held(connection)
                )
        return self._templates[storage_crs]

    @contextmanager
    def _connected(self, name: str) -> Iterator[psycopg.Connection]:
        url = self._server.set(drivername="postgresql", database=name)
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            yield connection

    def _is_as_new(self, template: _Template, name: str) -> bool:
        """Empty a copy of a template; False where its schema was changed."""
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        with self._admin.connect() as connection:
            connection.execute(text(ended), {"name": name})
        try:
            with self._connected(name) as connection:
                if _scalar(connection, _SCHEMA) != template.schema:
                    return False
                _empty(connection, template.tables)
                for table, rows in template.rows.items():
                    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                        copy.write(rows)
        except psycopg.OperationalError:  # it is gone, or lets nobody in
            return False
        return True

    def _drop(self, name: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        self._made.discard(name)

    def drop(self, database: Database) -> None:
        database.dispose()
        name = str(database.engine.url.database)
        template = self._templates.get(database.storage_crs)
        if template is not None and name in self._made and self._is_as_new(template, name):
            template.free.append(name)
        else:
            self._drop(name)

    def close(self) -> None:
        """Drop every database that was made here."""
        for name in sorted(self._made):
            self._drop(name)
        self._admin.dispose()


def _scalar(connection: psycopg.Connection, sql: str) -> str:
    found = connection.execute(sql).fetchone()
    assert found is not None
    return str(found[0])


def _empty(connection: psycopg.Connection, tables: list[str]) -> None:
    """Empty tables, and have their numbers begin anew.

    Only those that hold something are truncated: that makes new files, for each of a table's
    indexes too, and most tests touch a few tables of many.
    """
    asked = " UNION ALL ".join(
        f"SELECT '{each}' WHERE EXISTS (SELECT 1 FROM {each})" for each in tables
    )
    held = [str(name) for (name,) in connection.execute(asked)]
    if held:
        connection.execute(f"TRUNCATE {', '.join(held)} RESTART IDENTITY CASCADE")
    connection.execute(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) "
        "FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    )


def _names(connection: psycopg.Connection) -> list[str]:
    return [str(name) for (name,) in connection.execute(_TABLES)]


def _held(connection: psycopg.Connection) -> dict[str, bytes]:
    held = {}
    for table in _names(connection):
        with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
            rows = b"".join(bytes(part) for part in copy)
        if rows:
            held[table] = rows
    return held
