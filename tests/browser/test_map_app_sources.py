"""The map app's own checks: types, style, and the unit tests of its modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


def test_the_app_passes_its_own_checks() -> None:
    """TypeScript, Biome and Vitest find nothing; skipped where their packages are not there."""
    is_there = (ROOT / "maps" / "node_modules" / "vitest").is_dir()
    if not is_there and os.environ.get("CANOPY_REQUIRE_SERVICES") != "1":
        pytest.skip("the packages are not installed: `python hatch_build.py check`")
    done = subprocess.run(
        [sys.executable, "hatch_build.py", "check"],
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
