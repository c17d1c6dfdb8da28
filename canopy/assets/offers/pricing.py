"""Which price bands are shown to those who see no single price."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from canopy.assets.offers import queries
from canopy.assets.offers.rules import OfferStatus
from canopy.db.direct import DirectReader

Bands = frozenset[tuple[int, int]]


class CommonBands:
    """The bands that enough assets share, for one process. Looked up again after any change."""

    def __init__(self, reader: DirectReader, gpkg: bool) -> None:
        self._reader = reader
        self._gpkg = gpkg
        self._lock = Lock()
        self._kept: dict[queries.Seen, tuple[int, Bands]] = {}

    def seen(self, seen: queries.Seen) -> Bands:
        """Those of open offers among what is seen.

        Reserved ones do not count: a band that appears with a reservation would tell of it.
        """
        wanted = replace(seen, statuses=(OfferStatus.open,))
        with self._lock:
            change = queries.last_change_number(self._reader)
            kept = self._kept.get(wanted)
            if kept is None or kept[0] != change:
                self._kept = {key: each for key, each in self._kept.items() if each[0] == change}
                kept = change, queries.common_bands(self._reader, self._gpkg, wanted)
                self._kept[wanted] = kept
            return kept[1]
