"""A service in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from addresses import url_of

from canopy.db.engine import Database

START_S = 60.0


def wait_until_ready(server: subprocess.Popen[bytes], said: Path) -> str:
    """The address that a server prints, once it answers."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert server.poll() is None, said.read_text()
        if found := re.search(r"http://[\d.:]+", said.read_text()):
            try:
                urllib.request.urlopen(f"{found[0]}/readyz", timeout=5).close()
            except urllib.error.URLError:
                pass
            else:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"not ready in {START_S} s: {said.read_text()}")


@contextmanager
def running(database: Database, folder: Path) -> Iterator[str]:
    """The address of a `canopy serve` of its own; what it says goes to `folder`."""
    said = folder / "out.txt"
    environment = {**os.environ, "CANOPY_DB_URL": url_of(database), "PYTHONUNBUFFERED": "1"}
    with said.open("wb") as out:
        command = [sys.executable, "-m", "canopy", "serve", "--port", "0"]
        server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            yield wait_until_ready(server, said)
        finally:
            server.kill()
            server.wait()
