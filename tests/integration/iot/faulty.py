"""Things that fail: a PostgreSQL that is killed, and a line that goes silent."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from postgis_server import NoPostgis, _account, _binaries
from programs import free_port


class Postgres:
    """A server of its own, with fsync on, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        try:
            self._account, binaries = _account(), _binaries()
        except NoPostgis as reason:
            if os.environ.get("CANOPY_REQUIRE_SERVICES") == "1":
                pytest.fail(f"PostgreSQL was promised, but there is {reason}", pytrace=False)
            pytest.skip(str(reason))
        self._data = folder / "data"
        self._ctl = [*self._account, str(binaries / "pg_ctl"), "-D", str(self._data)]
        self._said = folder / "said"
        options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c jit=off"
        self._start = [*self._ctl, "-w", "-l", str(self._said), "-o", options, "start"]
        folder.chmod(0o777)
        initdb = [*self._account, str(binaries / "initdb"), "-D", str(self._data)]
        subprocess.run(
            [*initdb, "-U", "postgres", "-N", "-A", "trust", "--encoding=UTF8", "--locale=C"],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, and wait until it answers, however long it recovers.

        After a kill it may take a moment until the system has taken back what it held.
        """
        ends = time.monotonic() + 60
        while subprocess.run(self._start, capture_output=True, check=False).returncode:
            assert time.monotonic() < ends, self._said.read_text()
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop at once, but in order."""
        subprocess.run([*self._ctl, "-m", "fast", "stop"], capture_output=True, check=False)

    def kill(self) -> None:
        """kill -9 of all its processes; until the last is gone."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (first, *map(int, children)):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        while any(Path(f"/proc/{each}").exists() and not _is_zombie(each) for each in children):
            time.sleep(0.02)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def execute(self, statement: str) -> None:
        """Run one statement, for itself."""
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(statement)  # type: ignore[arg-type]


def _is_zombie(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Line:
    """A TCP line to a port of this machine that can go silent: open, and nothing comes through."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.is_silent = Event()
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._to_port))
            except OSError:
                near.close()
                continue
            Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            while True:
                if self.is_silent.is_set():
                    time.sleep(0.05)
                    continue
                readable, _, _ = select.select([near, far], [], [], 0.05)
                for one in readable:
                    try:
                        carried = one.recv(65_536)
                        (far if one is near else near).sendall(carried)
                    except OSError:
                        return
                    if not carried:
                        return

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()
