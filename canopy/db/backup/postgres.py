"""Canopy's tables out of PostgreSQL through ``pg_dump``, and back in one transaction.

Only rows are taken: the schema is what the migrations make of an empty database, so that
nothing but Canopy's own tables is touched, no superuser is needed and owners do not matter.
What ``pg_restore`` reads out of a dump is not run as SQL. Of its script only the rows of
Canopy's tables and the state of their sequences are used, whatever else a file may say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from canopy.db import migrate, timescale
from canopy.db.backup.archive import CHUNK_BYTES
from canopy.db.backup.client_tools import Tool, connection_of, output_of, tool
from canopy.db.backup.manifest import PARTITION, BadBackup
from canopy.db.engine import Database
from canopy.errors import Refused, StorageUnavailable

DERIVED = frozenset({"ready_feature", "pending_feature", "ready_state"})
"""Tables that are made from the others: not kept, and made anew after a restore."""
_OF_MIGRATIONS = frozenset({"alembic_version"})
RESTORE_TIMEOUT_S = 6 * 3600
"""Longest time that one table may take to be loaded [s]."""
_LOCK_WAIT_S = 60
_COMPRESSION = 3

_COPY = re.compile(rb"^COPY (?:\"?[^\".]+\"?\.)?\"?(\w+)\"? \(([\w\", ]+)\) FROM stdin;\n$")
_SETVAL = re.compile(rb"^SELECT pg_catalog\.setval\('(?:[^']+\.)?\"?(\w+)\"?', (\d+), (\w+)\);\n$")
_END = b"\\.\n"


@dataclass(frozen=True, slots=True)
class Moment:
    """A catalogue at one moment, as other sessions can read it too, and what it holds."""

    snapshot: str
    schema: str
    server: int
    server_version: str
    migration: str
    storage_crs: str
    rows: dict[str, int]
    partitions: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """Tables that hold the observations: partitions, or TimescaleDB's chunks."""


@contextmanager
def moment(database: Database, *, with_readings: bool = False) -> Iterator[Moment]:
    """Hold one moment of the catalogue, without keeping anybody from writing."""
    with database.connected() as connection:
        held = connection.execution_options(isolation_level="REPEATABLE READ")
        with held.begin():
            for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
                held.execute(text(f"SET LOCAL {setting} = 0"))
            left_out = DERIVED | _OF_MIGRATIONS
            if not with_readings:
                left_out |= migrate.READING_TABLES
            tables = sorted(_tables_there(held) - left_out)
            number = int(_one(held, "SELECT current_setting('server_version_num')"))
            yield Moment(
                snapshot=_one(held, "SELECT pg_export_snapshot()"),
                schema=_one(held, "SELECT current_schema()"),
                server=number // 10_000,
                server_version=_one(held, "SHOW server_version"),
                migration=_one(held, "SELECT version_num FROM alembic_version"),
                storage_crs=_one(held, "SELECT value FROM deployment WHERE key = 'storage_crs'"),
                rows=_count(held, tables),
                partitions=_partitions(held) if with_readings else (),
                parts=_parts(held) if with_readings else (),
            )


def dumped(database: Database, of: Moment, program: Tool) -> Iterator[bytes]:
    """What ``pg_dump`` writes of the tables at that moment, in its custom format."""
    where, environment = connection_of(database)
    command = [
        program.path, f"--dbname={where}", "--no-password", "--format=custom",
        f"--compress={_COMPRESSION}", "--data-only", "--encoding=UTF8", "--strict-names",
        f"--snapshot={of.snapshot}", f"--lock-wait-timeout={_LOCK_WAIT_S * 1000}",
        "--load-via-partition-root",
        *(f'--table="{of.schema}"."{table}"' for table in of.rows),
        *(f"--table={table}" for table in of.parts),
    ]  # fmt: skip
    with output_of(command, environment) as written:
        while chunk := written.read(CHUNK_BYTES):
            yield chunk


def count_dumped(dump: Path, made_by: int) -> dict[str, int]:
    """How many rows of each table a dump holds, read to its end. Raises BadBackup."""
    counts: dict[str, int] = {}
    with _script(dump, made_by) as lines:
        for line in lines:
            if found := _COPY.match(line):
                table = _loaded_as(found[1])  # observations come a partition at a time
                counts[table] = counts.get(table, 0) + sum(1 for _ in _copied(lines))
    return counts


def load(
    connection: Connection,
    dump: Path,
    made_by: int,
    rows: dict[str, int],
    partitions: Iterable[str] = (),
) -> None:
    """Replace the rows of the tables in `rows` by those of a dump, in the open transaction.

    partitions: months of observations to be made before. Raises BadBackup for a dump that holds
    other tables, or rows that they cannot take.
    """
    tables = sorted(rows)
    if not set(tables) <= _tables_there(connection):
        raise BadBackup("It holds tables that its migration does not make.")
    connection.execute(text(f"SET LOCAL statement_timeout = '{RESTORE_TIMEOUT_S}s'"))
    connection.execute(text(f"TRUNCATE {', '.join(tables)}"))
    if not timescale.is_hypertable(connection, "observation"):
        for partition in sorted(set(partitions) - set(_partitions(connection))):
            _make_partition(connection, partition)
    driver: Any = connection.connection.dbapi_connection
    try:
        with _script(dump, made_by) as lines, driver.cursor() as cursor:
            for line in lines:
                if found := _COPY.match(line):
                    _load_table(cursor, _loaded_as(found[1]), found[2].decode(), tables, lines)
                elif found := _SETVAL.match(line):
                    _set_sequence(cursor, found[1].decode(), int(found[2]), found[3] == b"true")
    except psycopg.DatabaseError as error:
        cause = str(error).strip().splitlines()[0]
        raise BadBackup(f"Its rows cannot be loaded: {cause}.") from error
    found_rows = _count(connection, tables)
    if found_rows != rows:
        raise BadBackup("After loading, the tables do not hold as many rows as they should.")
    connection.execute(text(f"ANALYZE {', '.join(tables)}"))


def _load_table(
    cursor: Any, table: str, columns: str, tables: list[str], lines: Iterator[bytes]
) -> None:
    if table not in tables:
        raise BadBackup(f"It holds rows of {table}, which its manifest does not name.")
    names = ", ".join(f'"{name.strip().strip(chr(34))}"' for name in columns.split(","))
    with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as to:
        for part in _in_parts(_copied(lines)):
            to.write(part)


def _set_sequence(cursor: Any, name: str, value: int, was_used: bool) -> None:
    """Only a sequence that a Canopy table owns."""
    cursor.execute(
        """SELECT setval(s.oid, %s, %s) FROM pg_class s
           JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
           JOIN pg_class t ON t.oid = d.refobjid
           WHERE s.relkind = 'S' AND s.relname = %s AND t.relname = ANY(%s)
             AND s.relnamespace = to_regnamespace(quote_ident(current_schema()))""",
        (value, was_used, name, sorted(migrate.own_tables())),
    )


def _copied(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line == _END:
            return
        yield line
    raise BadBackup("It was cut off in the middle of a table.")


def _in_parts(lines: Iterator[bytes]) -> Iterator[bytes]:
    part: list[bytes] = []
    size = 0
    for line in lines:
        part.append(line)
        size += len(line)
        if size >= CHUNK_BYTES:
            yield b"".join(part)
            part, size = [], 0
    yield b"".join(part)


@contextmanager
def _script(dump: Path, made_by: int) -> Iterator[IO[bytes]]:
    program = tool("pg_restore", made_by)
    try:
        with output_of([program.path, "--data-only", "--file=-", str(dump)]) as lines:
            yield lines
    except StorageUnavailable as error:
        raise BadBackup(f"What it holds is no dump that can be read: {error.detail}") from error


def require_empty(connection: Connection, content: tuple[str, ...], address: str) -> None:
    """Raises Refused, saying the way out, where there is anything but an empty catalogue."""
    there = _tables_there(connection)
    if there and not {"alembic_version", "deployment"} <= there:
        raise Refused(
            f"{address} holds tables of somebody else's that are called as Canopy's are "
            f"({', '.join(sorted(there))}); nothing was changed. Use another database or schema."
        )
    for table in sorted(there.intersection(content)):
        if connection.scalar(text(f"SELECT 1 FROM {table} LIMIT 1")):
            raise Refused(_HOLDS_ROWS.format(address=address, table=table))


_HOLDS_ROWS = (
    "{address} holds a catalogue (there are rows in {table}). A backup is restored into an "
    "empty one only: make a new database (createdb), name it with --db, and have CANOPY_DB_URL "
    "name it when you are content with what you see there."
)


def require_unused(connection: Connection, address: str) -> None:
    """Raises StorageUnavailable while other sessions of Canopy are in the database."""
    others = connection.scalar(
        text(
            """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
               AND application_name = 'canopy' AND pid <> pg_backend_pid()"""
        )
    )
    if others:
        raise StorageUnavailable(
            f"{others} connections of Canopy to {address} are open. Stop `canopy serve` and "
            "`canopy job work`, then restore again."
        )


def clear(connection: Connection) -> None:
    """Remove the tables of an empty catalogue and their functions, so that they are made anew.

    Raises BadBackup where something that is not Canopy's depends on them.
    """
    tables = sorted(_tables_there(connection))
    try:
        if "observation" in tables:  # TimescaleDB drops no hypertable together with others
            tables.remove("observation")
            connection.execute(text("DROP TABLE observation"))
        if tables:
            connection.execute(text(f"DROP TABLE {', '.join(tables)}"))
    except DBAPIError as error:
        cause = str(error.orig).strip().splitlines()[0]
        raise BadBackup(f"The empty catalogue there cannot be replaced: {cause}.") from error
    functions = connection.scalars(
        text(
            r"""SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'canopy\_%'
               AND pronamespace = to_regnamespace(quote_ident(current_schema()))"""
        )
    ).all()
    for function in functions:
        connection.execute(text(f"DROP FUNCTION {function}"))


def _loaded_as(table: bytes) -> str:
    """The table into which rows of a dump go: those of TimescaleDB's chunks are observations."""
    name = table.decode()
    return "observation" if timescale.CHUNK.fullmatch(name) else name


def _parts(connection: Connection) -> tuple[str, ...]:
    """The tables with observations as ``pg_dump`` is told them: schema and name, both quoted."""
    found = connection.scalars(
        text(
            """SELECT '"' || n.nspname || '"."' || c.relname || '"' FROM pg_inherits i
               JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE i.inhparent = to_regclass('observation') ORDER BY c.relname"""
        )
    )
    return tuple(found)


def _partitions(connection: Connection) -> tuple[str, ...]:
    """Months of observations that are there; none where the tables of readings are not.

    Where TimescaleDB splits them, the months that its chunks touch: they are made where it is not.
    """
    if timescale.is_hypertable(connection, "observation"):
        spans = timescale.chunks(connection, "observation").values()
        months = {month for begins, ends in spans for month in timescale.months_of(begins, ends)}
        return tuple(f"observation_{year:04d}_{month:02d}" for year, month in sorted(months))
    found = connection.scalars(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = to_regclass('observation') ORDER BY c.relname"
        )
    )
    return tuple(found)


def _make_partition(connection: Connection, name: str) -> None:
    if not re.fullmatch(PARTITION, name):
        raise BadBackup(f"It names {name!r} as a month of observations.")
    year, month = int(name[12:16]), int(name[17:19])
    begins = datetime(year, month, 1, tzinfo=UTC)
    ends = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    connection.execute(
        text(
            f"CREATE TABLE {name} PARTITION OF observation FOR VALUES "
            f"FROM ('{begins.isoformat()}') TO ('{ends.isoformat()}')"
        )
    )


def _tables_there(connection: Connection) -> set[str]:
    found = connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    )
    return set(found) & migrate.own_tables()


def _count(connection: Connection, tables: list[str]) -> dict[str, int]:
    return {
        table: int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
        for table in tables
    }


def _one(connection: Connection, sql: str) -> str:
    return str(connection.execute(text(sql)).scalar_one())
