"""Services as processes of their own on free ports of this machine, and what they take."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKERS = 2
UP_WITHIN_S = 180.0
DOWN_WITHIN_S = 20.0
LONG_STATEMENTS = {"CANOPY_DB_STATEMENT_TIMEOUT_S": "3600"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running service; `pid` is the first of its processes."""

    name: str
    port: int
    pid: int

    def family(self) -> list[int]:
        """Its processes (Linux)."""
        return _family(self.pid)

    def memory_mb(self) -> float:
        """Memory of all its processes, shared pages divided among them (Linux) [MB]."""
        return sum(map(_proportional_mb, self.family()))


@contextmanager
def running(
    name: str, command: Sequence[str], environment: Mapping[str, str], port: int, probe: str
) -> Iterator[Server]:
    """Run a command until the end of the block; it has answered `probe` with 200 before."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=said,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            told = _answer(process, port, probe)
            if told is not None:
                said.seek(0)
                log = said.read()[-3_000:].decode(errors="replace")
                raise SystemExit(f"{name}, {probe}: {told}\n{log}")
            yield Server(name, port, process.pid)
        finally:
            _stop(process)


@contextmanager
def canopy(url: str, workers: int = WORKERS) -> Iterator[Server]:
    """`canopy serve`, as it is installed beside this script."""
    port = free_port()
    command = [sys.executable, "-m", "canopy", "serve", "--port", str(port)]
    environment = {"CANOPY_DB_URL": url, "CANOPY_LOG_LEVEL": "warning"}
    command += ["--workers", str(workers)]
    with running("Canopy", command, environment, port, "/collections/assets") as server:
        yield server


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _answer(process: subprocess.Popen[bytes], port: int, probe: str) -> str | None:
    """None once the service answers with 200, else what it did instead."""
    ends = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", probe)
            answer = connection.getresponse()
            if answer.status == 200:
                return None
            if answer.status < 500:
                return f"answered {answer.status}: {answer.read()[:300]!r}"
        except (OSError, http.client.HTTPException):
            pass  # not yet
        finally:
            connection.close()
        time.sleep(0.2)
    return f"no answer with 200 within {UP_WITHIN_S:g} s; exit code {process.poll()}"


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(DOWN_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session: nobody else is in it
        process.wait()


def _family(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:  # it has ended, or this is no Linux
        return []
    return [pid, *(each for child in listed.split() for each in _family(int(child)))]


def _proportional_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
