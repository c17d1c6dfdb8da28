"""Puts the helpers of the tests of suitability on the path."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = str(Path(__file__).parents[1] / "suitability")
if HERE not in sys.path:
    sys.path.insert(0, HERE)
