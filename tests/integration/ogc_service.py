"""Waiting for a service of its own process."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

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
