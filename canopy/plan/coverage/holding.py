"""Whether the layers of a run are held in memory or in files."""

from __future__ import annotations

from pathlib import Path

from canopy.coverage.engine.holding import Held, in_files, in_memory
from canopy.coverage.engine.merging import layer_bytes
from canopy.coverage.engine.preparing import Prepared

MEMORY_SHARE = 0.25
"""Of the memory that the process may use: layers that take more are held in files."""
_SMALL_BYTES = 256 << 20
"""Layers of this size are held in memory on any machine that runs Canopy."""


def held_for(prepared: Prepared, folder: Path) -> Held:
    """Where the layers of a run are held: in memory, or in files in `folder` if they are large.

    Not in files of a folder that is itself in memory, as ``/tmp`` is on some systems: that
    is for the caller to see to.
    """
    needed = layer_bytes(prepared)
    if needed <= _SMALL_BYTES or needed <= MEMORY_SHARE * memory_bytes():
        return in_memory
    return in_files(folder)


def memory_bytes() -> int:
    """What this process may use: the machine's memory, or less where a control group says so."""
    from distributed.system import MEMORY_LIMIT  # takes half a second to load

    return int(MEMORY_LIMIT)
