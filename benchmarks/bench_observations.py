"""Reading what is stored: the latest of 10,000 datastreams, and a month's hourly sums of one.

    python benchmarks/bench_observations.py [--postgis URL] [--observations 10000000] [--quick]

Observations of 10,000 datastreams over 90 days are generated, in PostgreSQL by COPY into a month's
partition, and the hours of all are summed up in SQL. Each step is one transaction: a run that was
stopped goes on where it was, and what was made is kept for the next (`--anew` makes it anew). Then
each question is asked by the functions that the service asks with, and how the database answers
(EXPLAIN) is printed: by an index, whatever the rows. URL is a server on which the database
`canopy_bench_observations_N` may be made; the SQLite file is made in the folder that `--folder`
names. 100,000,000 observations take some 20 GB in each.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from observed import postgres, sqlite
from observed.made import BEGIN, STREAMS, Plan
from sqlalchemy import event

from canopy.db.engine import Database
from canopy.iot.care.summing.queries import series
from canopy.iot.sensorthings.queries import latest
from canopy.iot.store.opening import Readings

MONTH = BEGIN + timedelta(days=30), BEGIN + timedelta(days=60)
STREAM = 777
LATEST_MS, SERIES_MS = 200.0, 50.0
GROWS = re.compile(r"(Seq Scan on|SCAN) (observation|observation_bucket)\b")
"""What in a plan takes longer the more there is."""


def timed(ask: Callable[[], int], runs: int) -> tuple[float, float, int]:
    """Median and longest time of some runs after a first one [ms], and how many rows came."""
    count = ask()
    times = []
    for _ in range(runs):
        begun_s = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun_s) * 1_000)
    return statistics.median(times), max(times), count


def plan_of(readings: Readings, ask: Callable[[Any], Any], word: str) -> str:
    """How the database answers what a function asks: its own statement, explained."""
    asked: list[tuple[str, Any]] = []

    def remember(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    with readings.reading() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", remember)
        ask(session)
        event.remove(connection, "before_cursor_execute", remember)
        ((statement, parameters),) = asked
        found = connection.exec_driver_sql(f"{word} {statement}", parameters)
        return "\n".join(f"    {str(row[-1])[:160]}" for row in found)


def measure(name: str, database: Database, runs: int) -> bool:
    """Ask, print, and say whether both bars are kept and nothing in a plan grows."""
    readings = Readings(database, 10)
    ids = list(range(1, STREAMS + 1))
    is_sqlite = database.path is not None
    word = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN (ANALYZE, COSTS OFF, BUFFERS)"
    questions: tuple[tuple[str, Callable[[Any], Any], float, int], ...] = (
        (
            "latest of 10,000",
            lambda session: latest(session, ids, "sqlite" if is_sqlite else "postgresql"),
            LATEST_MS,
            STREAMS,
        ),
        (
            "a month's hours",
            lambda session: series(session, STREAM, 3_600, *MONTH),
            SERIES_MS,
            0,
        ),
    )
    is_good = True
    for what, ask, bar_ms, wanted in questions:

        def asked(ask: Callable[[Any], Any] = ask) -> int:
            with readings.reading() as session:
                return len(ask(session))

        median_ms, longest_ms, count = timed(asked, runs)
        plan = plan_of(readings, ask, word)
        print(
            f"{name}, {what}: {median_ms:.1f} ms (longest {longest_ms:.1f}, bar {bar_ms:.0f}), "
            f"{count:,} rows\n{plan}"
        )
        if grows := GROWS.search(plan):
            print(f"  it grows with the rows: {grows[0]}")
        is_good = is_good and median_ms <= bar_ms and not grows and count >= max(wanted, 1)
    readings.dispose()
    database.dispose()
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    parser.add_argument("--observations", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "canopy-bench"))
    parser.add_argument("--only", choices=("postgres", "sqlite"))
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs made")
    parser.add_argument("--quick", action="store_true", help="a million observations")
    chosen = parser.parse_args()
    plan = Plan(1_000_000 if chosen.quick else chosen.observations)
    print(
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; "
        f"{plan.ticks * STREAMS:,} observations of {STREAMS:,} datastreams"
    )
    is_good = True
    if chosen.only != "postgres":
        is_good = _made_and_measured(
            "SQLite", lambda: sqlite.filled(chosen.folder, plan, anew=chosen.anew), chosen.runs
        )
    if chosen.postgis and chosen.only != "sqlite":
        is_good = (
            _made_and_measured(
                "PostgreSQL",
                lambda: postgres.filled(chosen.postgis, plan, anew=chosen.anew),
                chosen.runs,
            )
            and is_good
        )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory of this process: {peak_mb:.0f} MB")
    return 0 if is_good else 1


def _made_and_measured(name: str, make: Callable[[], Database], runs: int) -> bool:
    begun_s = time.perf_counter()
    database = make()
    print(f"{name}: there after {time.perf_counter() - begun_s:.0f} s")
    return measure(name, database, runs)


if __name__ == "__main__":
    sys.exit(main())
