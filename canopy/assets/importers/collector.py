"""Python's garbage collector, and when it only costs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection while a batch is parsed.

    Every row is a list or a dict, which the collector would walk again and again although
    it is gone by the end of its batch: that doubles the time. Reference counting goes on.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
