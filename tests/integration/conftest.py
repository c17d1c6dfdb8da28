"""Puts the helpers of the integration tests on the path."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE / "intake", HERE / "coverage_runs", HERE / "webhooks"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
