"""Where the layers of a run are held: in memory, or in files that the memory is a window on.

Files let a run be larger than the memory: the system keeps what is being worked on and
writes the rest away. The values are the same to the bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from canopy.errors import Refused

Held = Callable[[tuple[int, int], DTypeLike], NDArray[Any]]
"""From a shape and a type to an array whose values are not set."""


def in_memory(shape: tuple[int, int], dtype: DTypeLike) -> NDArray[Any]:
    """An array in memory."""
    return np.empty(shape, dtype)


def in_files(folder: Path) -> Held:
    """Holds each array in a file of its own in `folder`.

    The files have no name (on Windows a passing one): they go with their arrays, or with the
    process however it ends. Their room is taken at once, since a disk that fills up later
    would kill the process. Raises Refused where there is not enough.
    """

    def held(shape: tuple[int, int], dtype: DTypeLike) -> NDArray[Any]:
        needed = shape[0] * shape[1] * np.dtype(dtype).itemsize
        try:
            with TemporaryFile(dir=folder) as file:
                _take_room(file.fileno(), needed)
                return np.asarray(np.memmap(file, dtype, "r+", shape=shape))
        except OSError as error:
            raise Refused(
                f"the layers of this run do not fit into memory, and {needed / 1e6:,.0f} MB for "
                f"one of them cannot be had in {folder}: {error.strerror or error}"
            ) from error

    return held


def _take_room(file: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.truncate(file, size)
