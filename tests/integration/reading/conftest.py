"""Puts the oracle and the random filters of the unit tests on the path."""

from __future__ import annotations

import sys
from pathlib import Path

FILTERING = str(Path(__file__).parents[2] / "unit" / "filtering")
if FILTERING not in sys.path:
    sys.path.insert(0, FILTERING)
