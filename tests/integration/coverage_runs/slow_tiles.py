"""Lets a worker take its time, so that it has a tile under way when it is killed."""

from __future__ import annotations

import time
from functools import partial

from canopy.coverage.engine import tiles
from canopy.coverage.engine.parts import PartAnswer
from canopy.coverage.engine.solve import solve_part


def slow_down(pause_s: float) -> None:
    """Let this process wait before each tile."""
    tiles.solve_part = partial(_slowly, pause_s)  # type: ignore[attr-defined]


def _slowly(pause_s: float, *given: object) -> PartAnswer:
    time.sleep(pause_s)
    return solve_part(*given)  # type: ignore[arg-type]
