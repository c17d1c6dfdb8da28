"""What `GET /metrics` tells of readings: from the database, whichever process stored them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.care import queries
from canopy.iot.care.counting.silence import silent
from canopy.iot.store.opening import Readings

READINGS_EVERY_S = 60.0
"""How old counts of readings may be [s]."""


class ReadingStock(Collector):
    """What waits, what was noticed, and what care has done; counted when asked and kept a while."""

    def __init__(self, database: Database, readings: Readings) -> None:
        self._database, self._readings = database, readings
        self._found: tuple[float, list[Metric]] = (float("-inf"), [])

    def collect(self) -> Iterator[Metric]:
        """The families; none while the database does not answer."""
        if time.monotonic() - self._found[0] >= READINGS_EVERY_S:
            try:
                self._found = (time.monotonic(), list(self._count()))
            except StorageUnavailable:
                return
        yield from self._found[1]

    def _count(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        quiet = silent(self._database, self._readings, now)
        with self._readings.reading() as session:
            waiting = queries.held(session)
            letters = queries.letters_by_kind(session)
            happenings = queries.happenings_by_kind(session)
            done = queries.counted(session)
            newest = queries.newest_stored_at(session)
        yield GaugeMetricFamily("canopy_iot_held_readings", "Readings in quarantine", waiting)
        yield _by("canopy_iot_dead_letters", "Dead letters not replayed", "kind", letters)
        yield _by("canopy_iot_happenings", "Happenings nobody has seen to", "kind", happenings)
        yield GaugeMetricFamily(
            "canopy_iot_silent_datastreams", "Datastreams silent for three intervals", len(quiet)
        )
        if newest is not None:
            yield GaugeMetricFamily(
                "canopy_iot_last_stored_timestamp_seconds", "When a reading was stored last",
                newest.timestamp(),
            )  # fmt: skip
        care = CounterMetricFamily("canopy_iot_care", "What care has done", labels=["what"])
        for what, number in sorted(done.items()):
            care.add_metric([what], number)
        yield care


def _by(name: str, told: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value, number in sorted(counts.items()):
        family.add_metric([value], number)
    return family
