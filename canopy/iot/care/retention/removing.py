"""Removing readings and sums that are older than they are kept, after their sums exist.

On PostgreSQL a month's partition of which nothing must be kept is dropped whole; what else is too
old is deleted in steps, each a transaction of its own. Before the first reading of a time goes it
is noted that sums of that time are not computed any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.care import queries as care
from canopy.iot.care.downsampling import BUCKETS_S, OVERLAP, PROGRESS
from canopy.iot.care.retention import queries
from canopy.iot.care.retention.planning import Cut, Periods, cuts
from canopy.iot.store.opening import Readings
from canopy.log import logger

_STEP_ROWS = 5_000
_MICROSECOND = timedelta(microseconds=1)

log = logger("iot")


class Going(NamedTuple):
    """What goes, or would go, of one datastream or partition (`name`)."""

    name: str
    until: datetime
    readings: int
    sums: int = 0


class Removed(NamedTuple):
    """What one round removed."""

    readings: int = 0
    sums: int = 0
    partitions: int = 0


class Retention:
    """Removes, or tells what it would remove."""

    def __init__(
        self, database: Database, readings: Readings, periods: Periods, now: datetime
    ) -> None:
        """Raises StorageUnavailable."""
        self._readings = readings
        with database.reading() as session:
            streams = queries.kept_streams(session)
        with readings.reading() as session:
            self._months = queries.months(session)
            known = care.progress(session, PROGRESS)
        self.cuts = cuts(streams, periods, now)
        overlap = 0 if database.is_gpkg else OVERLAP // _MICROSECOND
        self._summed = 0 if known is None else known - overlap
        self._is_summed = known is not None

    def plan(self) -> list[Going]:
        """What would go now; of a partition that is dropped, as many rows as the server estimates.

        Readings in such a partition are counted with their datastreams too.
        """
        dropped = self._droppable()
        with self._readings.reading() as session:
            old = queries.with_old(session, self.cuts)
            found = [
                Going(month, ends, queries.rows_about(session, month))
                for month, ends in dropped.items()
            ]
            for cut in self.cuts:
                if cut.datastream_id in old:
                    number = cut.datastream_id
                    count = queries.counted_before(session, number, cut.raw)
                    sums = queries.counted_sums(session, number, BUCKETS_S[:1], cut.quarters)
                    sums += queries.counted_sums(session, number, BUCKETS_S[1:], cut.sums)
                    name = f"datastream {number}"
                    found.append(Going(name, cut.raw, count, sums))
        return found

    def remove(self, is_stopping: Callable[[], bool] = lambda: False) -> Removed | None:
        """Remove what is too old and in sums; None where another process does it.

        Raises StorageUnavailable; what was removed until then is.
        """
        if not self._is_summed:
            return Removed()
        total: Counter[str] = Counter()
        for month, ends in self._droppable().items():
            if self._drop(month, ends):
                total["partitions"] += 1
        with self._readings.reading() as session:
            old = queries.with_old(session, self.cuts)
        for cut in self.cuts:
            if is_stopping():
                break
            if cut.datastream_id in old:
                gone = self._remove_of(cut)
                if gone is None:
                    return None
                total.update(gone)
        return Removed(**total)

    def _droppable(self) -> dict[str, datetime]:
        """Partitions that hold nothing that must be kept, with their ends."""
        newest = max((cut.raw for cut in self.cuts), default=None)
        old = {name: ends for name, ends in self._months.items() if newest and ends <= newest}
        if not old or not self._is_summed:
            return {}
        with self._readings.reading() as session:
            return {
                month: ends
                for month, ends in old.items()
                if not queries.is_needed(
                    session, month,
                    [cut.datastream_id for cut in self.cuts if cut.raw < ends], self._summed,
                )
            }  # fmt: skip

    def _drop(self, month: str, ends: datetime) -> bool:
        """Drop a partition, where nobody is in the way."""
        done = {cut.datastream_id: min(cut.raw, ends) for cut in self.cuts if cut.raw >= ends}
        keepers = [cut.datastream_id for cut in self.cuts if cut.raw < ends]
        try:
            with self._readings.writing() as session:
                if not care.take_turn(session) or queries.is_needed(
                    session, month, keepers, self._summed
                ):
                    return False
                for number, until in done.items():
                    queries.note_removal(session, number, until)
                about = queries.rows_about(session, month)
                queries.drop(session, month)
                care.count(session, "partitions-dropped", 1)
                care.count(session, "readings-removed", about)
        except StorageUnavailable as error:
            log.warning("partition_not_dropped", partition=month, reason=error.detail)
            return False
        log.info("partition_dropped", partition=month, readings_about=about)
        return True

    def _remove_of(self, cut: Cut) -> dict[str, int] | None:
        """Remove what is too old of a datastream, in steps; None where it is another's turn."""
        number, gone = cut.datastream_id, 0
        with self._readings.writing() as session:
            if not care.take_turn(session):
                return None
            at = queries.first_before(session, number, cut.raw)
            gone_sums = queries.remove_sums(session, number, BUCKETS_S[:1], cut.quarters)
            gone_sums += queries.remove_sums(session, number, BUCKETS_S[1:], cut.sums)
            care.count(session, "sums-removed", gone_sums)
            if at is not None:
                queries.note_removal(session, number, cut.raw)
        while at is not None and at < cut.raw:
            with self._readings.writing() as session:
                if not care.take_turn(session):
                    return None
                ends = queries.end_of_step(session, number, at, cut.raw, _STEP_ROWS)
                went = queries.remove(session, number, at, ends, self._summed)
                care.count(session, "readings-removed", went)
            gone, at = gone + went, ends
        if gone or gone_sums:
            log.info(
                "readings_removed", datastream=number, until=cut.raw.isoformat(), readings=gone,
                sums=gone_sums,
            )  # fmt: skip
        return {"readings": gone, "sums": gone_sums}
