"""Tiles that were cut already, each good for as long as nothing is written."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import sha256

MOST_BYTES = 48 * 1024 * 1024
"""How much one process keeps [bytes]."""
GZIP_FROM_BYTES = 500
_GZIP_LEVEL = 4
"""Two thirds of the time of 6 for 4 % more bytes: most of a tile is ids, which do not pack."""
_OVERHEAD_BYTES = 300


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it goes out, packed by gzip or plain. Both forms have the same ETag."""

    body: bytes
    is_packed: bool
    etag: str

    @classmethod
    def of(cls, body: bytes) -> Tile:
        """A plain tile of these bytes."""
        return cls(body, False, f'W/"{sha256(body).hexdigest()[:24]}"')

    def in_form(self, *, packed: bool) -> Tile:
        """The same tile, packed or plain; one that is too small to be worth it stays plain."""
        if packed == self.is_packed:
            return self
        if self.is_packed:
            return Tile(gzip.decompress(self.body), False, self.etag)
        if len(self.body) < GZIP_FROM_BYTES:
            return self
        return Tile(gzip.compress(self.body, _GZIP_LEVEL, mtime=0), True, self.etag)

    @property
    def size(self) -> int:
        """What it takes in memory [bytes], about."""
        return len(self.body) + _OVERHEAD_BYTES


class TileCache:
    """The tiles asked for last. Used from one event loop: nothing is locked."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, tuple[int, Tile]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, stamp: int) -> Tile | None:
        """The tile of that key, if it was cut from what `stamp` stands for."""
        found = self._kept.get(key)
        if found is None or found[0] != stamp:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, stamp: int, tile: Tile) -> None:
        """Keep a tile, and let go of those that were not asked for longest."""
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= old[1].size
        self._kept[key] = (stamp, tile)
        self._bytes += tile.size
        while self._bytes > self._most_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= dropped.size
