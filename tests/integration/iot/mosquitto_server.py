"""Mosquitto as a process that tests start, kill and start again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from programs import DOCKER, find_program, free_port, wait_until_open

_TAKEN = re.compile(r"(max_|persistence |autosave|max_keepalive)")


class Mosquitto:
    """A broker on a free port, with the shipped limits; anybody may use it."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self._said = folder / "mosquitto.log"
        self._settings = folder / "mosquitto.conf"
        shipped = (DOCKER / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
        limits = [line for line in shipped.splitlines() if _TAKEN.match(line)]
        # As root it would take another user's rights, who may not write to the test's folder.
        if os.name == "posix" and os.getuid() == 0:
            limits.append("user root")
        self._sessions = folder / "mosquitto.db"
        self._settings.write_text(
            "\n".join(
                [
                    f"listener {self.port} 127.0.0.1",
                    "allow_anonymous true",
                    f"persistence_location {folder}/",
                    "sys_interval 1",
                    *limits,
                    "",
                ]
            ),
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it listens."""
        with self._said.open("ab") as out:
            self._process = subprocess.Popen(
                [find_program("mosquitto"), "-c", str(self._settings)], stdout=out, stderr=out
            )
        wait_until_open(self.port, self._said)

    def stop(self) -> None:
        """Stop in order: what it holds is written to its file."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def save(self) -> None:
        """Have it write its sessions to its file, as it does every few seconds."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)
        ends = time.monotonic() + 30
        while not self._sessions.exists():
            assert time.monotonic() < ends, self._said.read_text()
            time.sleep(0.05)

    def forget(self) -> None:
        """Have it come back without its sessions."""
        self._sessions.unlink()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)
        self._process = None
