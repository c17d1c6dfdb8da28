"""One round of care: new readings checked and summed up, numbers followed, old ones removed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from canopy.db.engine import Database
from canopy.iot.care.counting.missing import find_missing
from canopy.iot.care.downsampling import BUCKETS_S, downsample
from canopy.iot.care.quality.drifting import find_drift
from canopy.iot.care.queries import intervals_s
from canopy.iot.care.retention.planning import Periods
from canopy.iot.care.retention.removing import Removed, Retention
from canopy.iot.care.undecided import removing as undecided_removing
from canopy.iot.care.undecided.removing import Limits, Waited
from canopy.iot.store.opening import Readings
from canopy.settings import Settings

REMOVE_EVERY_S = 3_600.0
"""What is too old is looked for once an hour: whole days go."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did; `removed` is None where it was not looked what is too old.

    `undecided` are readings in quarantine and dead letters that went.
    """

    sums: int
    missing: int = 0
    drifting: int = 0
    removed: Removed | None = None
    undecided: tuple[int, int] = (0, 0)


def periods_of(settings: Settings) -> Periods:
    """How long readings and sums are kept."""
    return Periods(settings.iot_retention_days, settings.iot_quarters_days, settings.iot_sums_days)


def limits_of(settings: Settings) -> Limits:
    """How long, and how many, quarantine and dead letters are kept."""
    return Limits(
        settings.iot_held_days, settings.iot_held_most, settings.iot_dead_days,
        settings.iot_dead_most,
    )  # fmt: skip


class Care:
    """Rounds of care. Not for two threads at once."""

    def __init__(
        self,
        database: Database,
        readings: Readings,
        periods: Periods,
        is_stopping: Callable[[], bool] = lambda: False,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._database, self._readings, self._periods = database, readings, periods
        self._is_stopping = is_stopping
        self._removed_at_s = float("-inf")

    def round(self) -> Round | None:
        """Do what there is to do; None where another process does it. Raises StorageUnavailable."""
        sums = downsample(self._database, self._readings)
        if sums is None:
            return None
        with self._database.reading() as session:
            intervals = intervals_s(session)
        drifting = find_drift(self._database, self._readings, intervals, BUCKETS_S)
        missing = find_missing(self._database, self._readings)
        if drifting is None or missing is None:
            return None
        if time.monotonic() - self._removed_at_s < REMOVE_EVERY_S:
            return Round(sums, missing, drifting)
        removed = self.retention().remove(self._is_stopping)
        if removed is None:
            return None
        now = datetime.now(UTC)
        undecided = undecided_removing.remove(self._readings, self._limits, now, self._is_stopping)
        if undecided is None:
            return None
        self._removed_at_s = time.monotonic()
        return Round(sums, missing, drifting, removed, undecided)

    def waited(self) -> Waited:
        """What nobody decided about and goes at this moment."""
        return undecided_removing.waited(self._readings, self._limits, datetime.now(UTC))

    def retention(self) -> Retention:
        """What goes at this moment."""
        return Retention(self._database, self._readings, self._periods, datetime.now(UTC))
