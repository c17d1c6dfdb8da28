"""TimescaleDB, where a database has it when the tables of readings are made.

Observations are a hypertable then: TimescaleDB makes their parts, called chunks, as rows come, in
place of the months that Canopy makes. What is used, `create_hypertable` and `drop_chunks`, is in
its Apache edition; compression, policies and continuous aggregates are not asked for.
Source: TimescaleDB API reference, "Hypertables and chunks"; `by_range` is there since 2.13.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.engine import Connection

OLDEST = (2, 13)
"""The first version that is used; beside an older one observations lie in months."""
CHUNK_DAYS = 30
CHUNK = re.compile(r"_hyper_\d+_\d+_chunk")
"""How TimescaleDB calls the table of a chunk."""
_PLACE = (
    "SELECT e.extversion, quote_ident(n.nspname) FROM pg_extension e "
    "JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'"
)


def is_usable(version: str | None) -> bool:
    """Whether a version of the extension, as PostgreSQL tells it, has what is needed."""
    found = re.match(r"(\d+)\.(\d+)", version or "")
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def place(connection: Connection) -> str | None:
    """The schema with TimescaleDB's functions, quoted; None where it is not there or too old."""
    found = connection.execute(text(_PLACE)).one_or_none()
    return str(found[1]) if found is not None and is_usable(found[0]) else None


def make_hypertable(connection: Connection, table: str, column: str) -> None:
    """Have TimescaleDB split an empty table by a time. Raises RuntimeError where there is none."""
    schema = place(connection)
    if schema is None:
        raise RuntimeError("There is no TimescaleDB of a version that is used.")
    connection.execute(
        text(
            f"SELECT {schema}.create_hypertable('{table}', "
            f"{schema}.by_range('{column}', interval '{CHUNK_DAYS} days'), "
            "create_default_indexes => false)"
        )
    )


def is_hypertable(connection: Connection, table: str) -> bool:
    """Whether a table of readings is one: without TimescaleDB it is split into partitions."""
    is_plain = "SELECT relkind = 'r' FROM pg_class WHERE oid = to_regclass(:name)"
    return bool(connection.scalar(text(is_plain), {"name": table}))


def chunks(connection: Connection, table: str) -> dict[str, tuple[datetime, datetime]]:
    """A hypertable's chunks by name, with schema and quoted: beginning and end, the end without."""
    rows = connection.execute(
        text(
            "SELECT format('%I.%I', chunk_schema, chunk_name), range_start, range_end "
            "FROM timescaledb_information.chunks "
            "WHERE hypertable_schema = current_schema() AND hypertable_name = :name "
            "ORDER BY range_start"
        ),
        {"name": table},
    )
    return {name: (begins, ends) for name, begins, ends in rows}


def drop_chunk(connection: Connection, table: str, name: str) -> None:
    """Drop one chunk, of those that `chunks` names."""
    begins, ends = chunks(connection, table)[name]
    connection.execute(
        text(
            f"SELECT {place(connection)}.drop_chunks('{table}', "
            "older_than => CAST(:ends AS timestamptz), newer_than => CAST(:begins AS timestamptz))"
        ),
        {"begins": begins, "ends": ends},
    )


def months_of(begins: datetime, ends: datetime) -> list[tuple[int, int]]:
    """Years and months that a span touches, its end without."""
    at, found = begins.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0), []
    while at < ends:
        found.append((at.year, at.month))
        at = (at + timedelta(days=32)).replace(day=1)
    return found
