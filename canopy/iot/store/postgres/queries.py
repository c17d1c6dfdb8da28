"""Statements that write readings to PostgreSQL.

Columns go as arrays and come out of `unnest`: a batch is one statement of one shape, so that it
is prepared once, and needs no staging table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from canopy.iot.store.postgres.arrays import Float8Array, Int4Array, Int8Array
from canopy.iot.store.rows import (
    DeadRow,
    HappeningRow,
    HeldRow,
    ObservationRow,
)

Cursor = Any
"""A psycopg cursor; psycopg is imported where a connection is opened."""

_SEPARATOR = "\x1f"
_RESULT = "phenomenon_end, result, result_text, flags, longitude, latitude, height_m"


def _instant(column: str) -> str:
    return f"'epoch'::timestamptz + {column} * interval '1 microsecond'"


_UNNESTED = f"""
SELECT id, {_instant("at")} AS at, coalesce(key, '') AS key, {_instant("until")} AS until,
    nullif(result, 'NaN') AS result, result_text, flags, longitude, latitude, height_m
FROM unnest(%(ids)b::int4[], %(times)b::int8[], {{keys}}, %(ends)s::int8[], %(results)b::float8[],
    %(texts)s::text[], %(flags)b::int4[], %(longitudes)s::float8[], %(latitudes)s::float8[],
    %(heights)s::float8[])
AS u (id, at, key, until, result, result_text, flags, longitude, latitude, height_m)
"""
_OBSERVE = f"""
INSERT INTO observation (datastream_id, phenomenon_time, source_key, {_RESULT})
{_UNNESTED} ON CONFLICT DO NOTHING
"""
_LATEST = f"""
INSERT INTO latest_observation AS l (datastream_id, phenomenon_time, source_key, {_RESULT},
    stored_at)
SELECT u.*, clock_timestamp() FROM ({_UNNESTED}) AS u ORDER BY id
ON CONFLICT (datastream_id) DO UPDATE SET
    phenomenon_time = excluded.phenomenon_time, source_key = excluded.source_key,
    phenomenon_end = excluded.phenomenon_end, result = excluded.result,
    result_text = excluded.result_text, flags = excluded.flags,
    longitude = excluded.longitude, latitude = excluded.latitude, height_m = excluded.height_m,
    stored_at = excluded.stored_at
WHERE (excluded.phenomenon_time, excluded.source_key COLLATE "C")
    > (l.phenomenon_time, l.source_key COLLATE "C")
"""
_JOINED_KEYS = f"string_to_array(%(keys)s, U&'\\{ord(_SEPARATOR):04x}')"
_LISTED_KEYS = "%(keys)s::text[]"
_STATEMENTS = {
    (statement, way): statement.format(keys=way)
    for statement in (_OBSERVE, _LATEST)
    for way in (_JOINED_KEYS, _LISTED_KEYS)
}


def observe(cursor: Cursor, rows: Sequence[ObservationRow]) -> int:
    """Insert observations; the number of those that were not there yet."""
    return _put(cursor, _OBSERVE, rows)


def results_of(
    cursor: Cursor, rows: Sequence[ObservationRow]
) -> set[tuple[int, int, str, float | None, str | None]]:
    """What is stored for the datastream, time and key of each row."""
    cursor.execute(
        """
        SELECT o.datastream_id, (extract(epoch FROM o.phenomenon_time) * 1000000)::int8,
            o.source_key, o.result, o.result_text
        FROM unnest(%s::int4[], %s::int8[], %s::text[]) AS u (id, at, key)
        JOIN observation o ON o.datastream_id = u.id
            AND o.phenomenon_time = 'epoch'::timestamptz + u.at * interval '1 microsecond'
            AND o.source_key = u.key
        """,
        [[row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]],
    )
    return set(cursor.fetchall())


def make_latest(cursor: Cursor, rows: Sequence[ObservationRow]) -> None:
    """Note each as its datastream's newest, where it is: one row a datastream."""
    _put(cursor, _LATEST, rows)


def _put(cursor: Cursor, statement: str, rows: Sequence[ObservationRow]) -> int:
    ids, times, keys, ends, results, texts, flags, longitudes, latitudes, heights = zip(
        *rows, strict=True
    )
    joined = _SEPARATOR.join(keys)
    are_plain = joined.count(_SEPARATOR) == len(keys) - 1
    cursor.execute(
        _STATEMENTS[statement, _JOINED_KEYS if are_plain else _LISTED_KEYS],
        {
            "ids": Int4Array(ids),
            "times": Int8Array(times),
            "keys": joined if are_plain else list(keys),
            "ends": _rare(ends),
            "results": Float8Array([nan if value is None else value for value in results]),
            "texts": _rare(texts),
            "flags": Int4Array(flags),
            "longitudes": _rare(longitudes),
            "latitudes": _rare(latitudes),
            "heights": _rare(heights),
        },
        prepare=True,
    )
    count: int = cursor.rowcount
    return count


nan = float("nan")


def _rare(values: Sequence[Any]) -> list[Any] | None:
    """A column that is null as a rule: `unnest` fills up what an array lacks with nulls."""
    return None if all(value is None for value in values) else list(values)


def hold(cursor: Cursor, rows: Sequence[HeldRow]) -> int:
    """Put readings in quarantine; the number of those that were not there yet."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    cursor.execute(
        f"""
        INSERT INTO held_observation (source, stream, phenomenon_time, source_key, gateway,
            {_RESULT}, unit, reason, stored_at)
        SELECT source, stream, {_instant("at")}, key, gateway, {_instant("until")}, result,
            result_text, flags, longitude, latitude, height_m, unit, reason, clock_timestamp()
        FROM unnest(%s::text[], %s::text[], %s::int8[], %s::text[], %s::text[], %s::int8[],
            %s::float8[], %s::text[], %s::int4[], %s::float8[], %s::float8[], %s::float8[],
            %s::text[], %s::text[])
        AS u (source, stream, at, key, gateway, until, result, result_text, flags, longitude,
            latitude, height_m, unit, reason)
        ON CONFLICT DO NOTHING
        """,
        columns,
    )
    count: int = cursor.rowcount
    return count


def bury(cursor: Cursor, rows: Iterable[DeadRow]) -> None:
    """Keep what gave no reading; what came before is counted."""
    cursor.executemany(
        """
        INSERT INTO dead_letter AS d (digest, first_at, last_at, times, channel, gateway,
            topic, content_type, body, kind, reason, part)
        VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (digest) DO UPDATE SET times = d.times + 1,
            last_at = greatest(d.last_at, excluded.last_at),
            first_at = least(d.first_at, excluded.first_at)
        """,
        [
            (
                row.digest(), row.message.arrived_at, row.message.arrived_at, row.channel,
                _writable(row.gateway), _writable(row.message.topic),
                _writable(row.message.content_type),
                row.message.body, row.kind, _writable(row.reason), _writable(row.part),
            )
            for row in sorted(rows, key=DeadRow.digest)
        ],
    )  # fmt: skip


def _writable(text: str) -> str:
    """Text as PostgreSQL can hold it: without NUL and lone surrogates, which are shown."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def note(cursor: Cursor, rows: Iterable[HappeningRow], at: datetime) -> None:
    """Tell of something; what was told before is counted, and is open again."""
    cursor.executemany(
        """
        INSERT INTO happening AS h (kind, subject, first_at, last_at, times, detail)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (kind, subject) DO UPDATE SET last_at = excluded.last_at,
            times = h.times + excluded.times, detail = excluded.detail,
            acknowledged_at = NULL, acknowledged_by = NULL
        """,
        [
            (row.kind, _writable(row.subject), at, at, row.times, _writable(row.detail))
            for row in sorted(rows)
        ],
    )


def has_chunks(cursor: Cursor) -> bool:
    """Whether TimescaleDB splits observations: then there are no months to be made."""
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM pg_class WHERE oid = to_regclass('observation') "
        "AND relkind = 'r')"
    )
    (found,) = cursor.fetchone()
    return bool(found)


def partitions(cursor: Cursor) -> set[str]:
    """Names of the partitions of observations that are there."""
    cursor.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'observation'::regclass"
    )
    return {name for (name,) in cursor.fetchall()}


_PARTITION_LOCK = 0x43616E6F62
"""One process at a time makes partitions."""


def make_partition(cursor: Cursor, year: int, month: int) -> None:
    """Make the partition of a month, where it is not there, without stopping readers or writers.

    It is made apart and attached: `PARTITION OF` would lock the whole table.
    """
    name = partition_name(year, month)
    begins = datetime(year, month, 1, tzinfo=UTC)
    ends = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_PARTITION_LOCK,))
    if name in partitions(cursor):
        return
    cursor.execute(f"CREATE TABLE {name} (LIKE observation INCLUDING DEFAULTS)")
    cursor.execute(
        f"ALTER TABLE observation ATTACH PARTITION {name} "
        f"FOR VALUES FROM ('{begins.isoformat()}') TO ('{ends.isoformat()}')"
    )


def partition_name(year: int, month: int) -> str:
    """How the partition of a month is called."""
    return f"observation_{year:04d}_{month:02d}"
