"""Statements that write readings to the SQLite file beside a GeoPackage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from canopy.iot.store.rows import DeadRow, HappeningRow, HeldRow, ObservationRow

_RESULT = "phenomenon_end, result, result_text, flags, longitude, latitude, height_m"


def observe(connection: sqlite3.Connection, rows: Sequence[ObservationRow], now_us: int) -> int:
    """Insert observations; the number of those that were not there yet."""
    return connection.executemany(
        f"INSERT INTO observation (datastream_id, phenomenon_time, source_key, {_RESULT}, "
        f"stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {now_us:d}) ON CONFLICT DO NOTHING",
        rows,
    ).rowcount


def results_of(
    connection: sqlite3.Connection, rows: Sequence[ObservationRow]
) -> set[tuple[int, int, str, float | None, str | None]]:
    """What is stored for the datastream, time and key of each row."""
    found: set[tuple[int, int, str, float | None, str | None]] = set()
    for row in rows:
        found.update(
            connection.execute(
                "SELECT datastream_id, phenomenon_time, source_key, result, result_text "
                "FROM observation WHERE datastream_id = ? AND phenomenon_time = ? "
                "AND source_key = ?",
                row[:3],
            )
        )
    return found


def make_latest(
    connection: sqlite3.Connection, rows: Sequence[ObservationRow], now_us: int
) -> None:
    """Note each as its datastream's newest, where it is: one row a datastream."""
    connection.executemany(
        f"""
        INSERT INTO latest_observation (datastream_id, phenomenon_time, source_key, {_RESULT},
            stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {now_us:d})
        ON CONFLICT (datastream_id) DO UPDATE SET
            phenomenon_time = excluded.phenomenon_time, source_key = excluded.source_key,
            phenomenon_end = excluded.phenomenon_end, result = excluded.result,
            result_text = excluded.result_text, flags = excluded.flags,
            longitude = excluded.longitude, latitude = excluded.latitude,
            height_m = excluded.height_m, stored_at = excluded.stored_at
        WHERE (excluded.phenomenon_time, excluded.source_key) > (phenomenon_time, source_key)
        """,
        rows,
    )


def hold(connection: sqlite3.Connection, rows: Sequence[HeldRow], now_us: int) -> int:
    """Put readings in quarantine; the number of those that were not there yet."""
    return connection.executemany(
        "INSERT INTO held_observation (source, stream, phenomenon_time, source_key, gateway, "
        f"{_RESULT}, unit, reason, stored_at) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {now_us:d}) ON CONFLICT DO NOTHING",
        rows,
    ).rowcount


def bury(connection: sqlite3.Connection, rows: Iterable[tuple[DeadRow, int]]) -> None:
    """Keep what gave no reading, with its arrival [us]; what came before is counted."""
    connection.executemany(
        """
        INSERT INTO dead_letter (digest, first_at, last_at, times, channel, gateway, topic,
            content_type, body, kind, reason, part) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (digest) DO UPDATE SET times = times + 1,
            last_at = max(last_at, excluded.last_at), first_at = min(first_at, excluded.first_at)
        """,
        [
            (
                row.digest(), at_us, at_us, row.channel, _writable(row.gateway),
                _writable(row.message.topic),
                _writable(row.message.content_type), row.message.body, row.kind,
                _writable(row.reason), _writable(row.part),
            )
            for row, at_us in rows
        ],
    )  # fmt: skip


def _writable(text: str) -> str:
    """Text without lone surrogates, which are shown."""
    return text.encode("utf-8", "backslashreplace").decode()


def note(connection: sqlite3.Connection, rows: Iterable[HappeningRow], now_us: int) -> None:
    """Tell of something; what was told before is counted, and is open again."""
    connection.executemany(
        f"""
        INSERT INTO happening (kind, subject, first_at, last_at, times, detail)
        VALUES (:kind, :subject, {now_us:d}, {now_us:d}, :times, :detail)
        ON CONFLICT (kind, subject) DO UPDATE SET last_at = excluded.last_at,
            times = times + excluded.times, detail = excluded.detail,
            acknowledged_at = NULL, acknowledged_by = NULL
        """,
        [
            {
                "kind": row.kind, "subject": _writable(row.subject), "times": row.times,
                "detail": _writable(row.detail),
            }
            for row in rows
        ],
    )  # fmt: skip
