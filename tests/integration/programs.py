"""Programs that are installed on the machine, such as Caddy and Mosquitto."""

from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path

import pytest

DOCKER = Path(__file__).parents[2] / "docker"
START_S = 60.0


def find_program(name: str) -> str:
    """The path of a program; skips the test, or fails it where services are required."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    found = shutil.which(name, path=path)
    if found is None:
        if os.environ.get("CANOPY_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{name} was promised, but is not installed", pytrace=False)
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_open(port: int, said: Path) -> None:
    """Wait until somebody listens on that port of this machine."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"nobody listens on {port}: {said.read_text()}")
