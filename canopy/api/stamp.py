"""What stands for all that is stored, asked for as seldom as will do."""

from __future__ import annotations

import time
from collections.abc import Callable

from canopy.assets.ready.tiles import ReadyTiles
from canopy.db.engine import Database
from canopy.db.stamp import FileStamp

LOOK_EVERY_S = 0.25
"""How long what was written may go unnoticed where features are ready [s]."""


class Stamp:
    """A number that changes with what is stored, for one process."""

    def __init__(
        self,
        database: Database,
        ready: ReadyTiles | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = FileStamp(database) if ready is None else None
        self._ready = ready
        self._clock = clock
        self._looked_at = float("-inf")
        self._version: int | None = None

    async def now(self) -> int | None:
        """The present number; None while features are not ready."""
        if self._file is not None:
            return self._file.now()
        at = self._clock()
        if self._ready is not None and at - self._looked_at >= LOOK_EVERY_S:
            self._version = await self._ready.version()
            self._looked_at = at
        return self._version

    def of_file(self) -> int:
        """The present number of a GeoPackage, from any thread."""
        assert self._file is not None
        return self._file.now()

    def forget(self) -> None:
        """Look again before the next answer: something was written here."""
        self._looked_at = float("-inf")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
