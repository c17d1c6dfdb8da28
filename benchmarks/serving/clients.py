"""Clients in processes of their own: wrk for rates, one kept connection for single answers."""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from serving.boxes import Box

HERE = Path(__file__).parent
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate [requests/s], latencies [ms], and the mean size of an answer [bytes]."""

    rate: float
    p50_ms: float
    p99_ms: float
    size: float


def require_wrk() -> None:
    """Stop where wrk is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("Install wrk first (Debian: apt-get install wrk): it makes the load.")


def by_wrk(port: int, paths: Sequence[str], connections: int, seconds: float) -> Measured:
    """Ask for the paths in turn over kept connections. Any failure ends the benchmark."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join(paths) + "\n")
        listed.flush()
        command = [
            "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s",
            "--timeout", f"{TIMEOUT_S}s", "-s", str(HERE / "paths.lua"),
            f"http://127.0.0.1:{port}", "--", listed.name,
        ]  # fmt: skip
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(ran.stdout.strip().splitlines()[-1])
    count = told["requests"]
    if told["errors"]:
        raise SystemExit(f"{told['errors']} of {count} requests failed, among them {paths[0]}")
    if not count:
        if seconds > TIMEOUT_S:
            raise SystemExit(f"No answer within {seconds:g} s: {paths[0]}")
        return by_wrk(port, paths, connections, 4 * seconds)
    rate = count / told["seconds"]
    return Measured(rate, told["p50_ms"], told["p99_ms"], told["bytes"] / count)


def by_sql(
    libpq_url: str, boxes: Sequence[Box], processes: int, threads: int, seconds: float
) -> Measured:
    """The same boxes as rows, by psycopg, without HTTP: a connection for each thread."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as listed:
        json.dump([box.metres for box in boxes], listed)
        listed.flush()
        command = [
            sys.executable, str(HERE / "raw_sql.py"), libpq_url, listed.name, str(threads),
            str(seconds),
        ]  # fmt: skip
        started = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        for each in started:  # all have connected before any begins
            assert each.stdout is not None
            each.stdout.readline()
        told = [json.loads(each.communicate("go\n")[0]) for each in started]
    if any(each.returncode for each in started):
        raise SystemExit("The raw SQL failed.")
    rate = sum(each["requests"] / each["seconds"] for each in told)
    p50, p99 = (statistics.fmean(each[name] for each in told) for name in ("p50_ms", "p99_ms"))
    return Measured(rate, p50, p99, 0.0)


class Kept:
    """One connection that is kept; answers in whole."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)

    def get(self, path: str) -> tuple[int, bytes, float]:
        """Status, body and how long it took [ms].

        A connection that the service ended while nothing was asked is made anew.
        """
        try:
            return self._asked(path)
        except (http.client.RemoteDisconnected, BrokenPipeError):
            self._connection.close()
            return self._asked(path)

    def _asked(self, path: str) -> tuple[int, bytes, float]:
        began = time.perf_counter()
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        return answer.status, body, (time.perf_counter() - began) * 1e3

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
