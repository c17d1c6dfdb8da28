"""Whole rows of the assets in boxes, over and over: what PostGIS and psycopg can at most.

    python raw_sql.py URL BOXES.json THREADS SECONDS

Says `ready`, waits for a line, then prints one JSON object. Not run by hand.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import psycopg

_COLUMNS = """
SELECT string_agg(CASE WHEN data_type IN ('uuid', 'jsonb', 'date', 'timestamp with time zone')
                       THEN format('CAST(%%I AS text)', column_name)
                       ELSE quote_ident(column_name) END, ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s
"""
"""Every column; what psycopg would make Python objects of, at twice the cost, as text."""
_WHERE = "FROM asset WHERE geom && ST_MakeEnvelope(%s, %s, %s, %s, 27700)"
_WARM_UP = 30


def _ask(
    connection: psycopg.Connection,
    sql: str,
    boxes: list[tuple[float, ...]],
    at: int,
    seconds: float,
    took: list[float],
) -> None:
    ends = time.perf_counter() + seconds
    began = time.perf_counter()
    while began < ends:
        at = (at + 1) % len(boxes)
        connection.execute(sql, boxes[at]).fetchall()
        ended = time.perf_counter()
        took.append(ended - began)
        began = ended


def main() -> None:
    """Connect, wait, ask, print."""
    url, listed, threads, seconds = sys.argv[1:]
    boxes = [tuple(each) for each in json.loads(Path(listed).read_text(encoding="utf-8"))]
    connections = [psycopg.connect(url, autocommit=True) for _ in range(int(threads))]
    columns = connections[0].execute(_COLUMNS, ["asset"]).fetchall()[0][0]
    sql = f"SELECT {columns} {_WHERE}"
    for connection in connections:
        for box in boxes[:_WARM_UP]:  # psycopg prepares what it sends repeatedly
            connection.execute(sql, box).fetchall()
    print("ready", flush=True)
    sys.stdin.readline()
    took: list[list[float]] = [[] for _ in connections]
    asking = [
        threading.Thread(
            target=_ask,
            args=(
                connection,
                sql,
                boxes,
                number * len(boxes) // len(connections),
                float(seconds),
                own,
            ),
        )
        for number, (connection, own) in enumerate(zip(connections, took, strict=True))
    ]
    began = time.perf_counter()
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    lasted = time.perf_counter() - began
    all_ms = sorted(each * 1e3 for own in took for each in own)
    print(
        json.dumps(
            {
                "requests": len(all_ms),
                "seconds": lasted,
                "p50_ms": all_ms[len(all_ms) // 2],
                "p99_ms": all_ms[int(len(all_ms) * 0.99)],
            }
        )
    )


if __name__ == "__main__":
    main()
