"""`canopy iot ingest` as a process of its own, to be stopped and killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from canopy.db.engine import Database

STARTED: list[Ingest] = []
"""What a test has made, for `conftest` to end."""


class Ingest:
    """The command, on a database and a broker."""

    def __init__(
        self, database: Database, broker_url: str, folder: Path, *options: str, **settings: str
    ) -> None:
        address = (
            f"gpkg://{database.path}"
            if database.path
            else database.engine.url.render_as_string(hide_password=False)
        )
        self._environment = {
            **os.environ, "CANOPY_DB_URL": address, "CANOPY_MQTT_URL": broker_url,
            "CANOPY_LOG_FORMAT": "json", **settings,
        }  # fmt: skip
        self._command = [sys.executable, "-m", "canopy", "iot", "ingest", *options]
        self.said = folder / "ingest.log"
        self.process: subprocess.Popen[bytes] | None = None
        STARTED.append(self)

    def start(self, *, ready: bool = True) -> None:
        """Start; `ready` waits until the broker sends it what is published."""
        before = self.said.read_text().count("broker_subscribed") if self.said.exists() else 0
        with self.said.open("ab") as out:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdout=out, stderr=out
            )
        ends = time.monotonic() + 60
        while ready and self.said.read_text().count("broker_subscribed") <= before:
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < ends, self.said.read_text()
            time.sleep(0.02)

    def wait_to_say(self, event: str, times: int = 1, timeout_s: float = 60) -> None:
        """Until its log names an event so often."""
        ends = time.monotonic() + timeout_s
        while self.said.read_text().count(event) < times:
            assert time.monotonic() < ends, f"no {event}: {self.said.read_text()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def stop(self, timeout_s: float = 60) -> int:
        """Stop in order; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout_s)

    def end(self) -> None:
        """End it, where it still runs: a test may have failed."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
