"""`canopy serve` as a process of its own: it starts, answers, and stops when it is told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from addresses import bearer, url_of
from registers import write_register

from canopy.db.engine import Database

START_S = 60.0
STOP_S = 15.0
"""More than nothing, less than the 18 s that a server may take with all its deadlines."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
ADDRESS = re.compile(r"http://\S+")


class Server:
    """A running `canopy serve`."""

    def __init__(self, url: str, folder: Path, *options: str) -> None:
        self._out = folder / "out.txt"
        self._err = folder / "err.txt"
        command = [sys.executable, "-m", "canopy", "serve", "--port", "0", *options]
        environment = {**os.environ, "CANOPY_DB_URL": url, "PYTHONUNBUFFERED": "1"}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._out.read_text()

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._err.read_text()

    def wait_until_ready(self) -> str:
        """Its address, once it answers."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log
            if found := ADDRESS.search(self.said):
                try:
                    self.get(found[0], "/readyz")
                except urllib.error.URLError:
                    pass
                else:
                    return found[0]
            time.sleep(0.1)
        raise AssertionError(f"not ready in {START_S} s: {self.said} {self.log}")

    def get(
        self, address: str, path: str, body: bytes | None = None, token: str | None = None
    ) -> dict[str, object]:
        """The JSON that a route answers."""
        headers = bearer(token) if token else {}
        request = urllib.request.Request(address + path, body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def stop(self, wanted: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(wanted)
        return self.process.wait(STOP_S)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Call it, with a catalogue's URL and options, for a started server."""
    with ExitStack() as stack:

        def new(url: str, *options: str) -> Server:
            server = Server(url, tmp_path, *options)
            stack.callback(server.process.wait)
            stack.callback(server.process.kill)
            return server

        yield new


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_server_starts_answers_and_stops(
    start: Callable[..., Server], database: Database, wanted: signal.Signals
) -> None:
    """It says where it listens, makes the first admin, and ends with 0 when it is told to."""
    server = start(url_of(database))
    address = server.wait_until_ready()
    token = re.search(r"^canopy_\S{43}$", server.said, re.MULTILINE)
    assert token is not None
    assert server.get(address, "/jobs", token=token[0]) == []
    assert server.stop(wanted) == 0
    assert "service_stopped" in server.log
    assert token[0] not in server.log


def test_server_creates_a_catalogue_that_is_not_there(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    """The first start needs no other command before it."""
    server = start(f"gpkg://{tmp_path / 'new' / 'town.gpkg'}")
    address = server.wait_until_ready()
    assert server.get(address, "/readyz")["status"] == "ready"


def test_several_workers_share_the_work(start: Callable[..., Server], database: Database) -> None:
    """With two processes every upload is imported once, and both stop when told."""
    server = start(url_of(database), "--workers", "2")
    address = server.wait_until_ready()
    token = re.search(r"^canopy_\S{43}$", server.said, re.MULTILINE)
    assert token is not None
    register = write_register(Path(server._out.parent, "a.csv")).read_bytes()
    query = "/imports?filename=a.csv&source=lighting&kind=lamppost"
    asked = [server.get(address, query, register, token[0])["id"] for _ in range(4)]
    deadline = time.monotonic() + 60
    jobs: list[dict[str, object]] = []
    while time.monotonic() < deadline:
        jobs = [server.get(address, f"/jobs/{number}", token=token[0]) for number in asked]
        if {job["state"] for job in jobs} == {"done"}:
            break
        time.sleep(0.2)
    created = [job["result"]["created"] for job in jobs]  # type: ignore[index]
    assert sorted(created) == [0, 0, 0, 4]
    assert [job["attempts"] for job in jobs] == [1, 1, 1, 1]
    assert server.stop() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
@pytest.mark.parametrize("workers", [1, 3])
def test_every_worker_listens_for_itself(
    start: Callable[..., Server], gpkg_database: Database, workers: int
) -> None:
    """The kernel deals connections out, or one worker could take all; the parent takes none."""
    server = start(url_of(gpkg_database), "--workers", str(workers))
    port = int(server.wait_until_ready().rpartition(":")[2])
    deadline = time.monotonic() + START_S
    while _listening(port) < workers and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _listening(port) == workers
    assert server.stop() == 0
    assert _listening(port) == 0


def _listening(port: int) -> int:
    """Sockets that listen on a port of this machine (Linux: state 0A of the table)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_port_in_use_is_told(
    start: Callable[..., Server], gpkg_database: Database, workers: str
) -> None:
    """A server that cannot have its port says so and what to do, and exits with 1."""
    first = start(url_of(gpkg_database), "--workers", workers)
    port = first.wait_until_ready().rpartition(":")[2]
    command = [sys.executable, "-m", "canopy", "serve", "--port", port, "--workers", workers]
    environment = {**os.environ, "CANOPY_DB_URL": url_of(gpkg_database)}
    second = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in second.stderr
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr
