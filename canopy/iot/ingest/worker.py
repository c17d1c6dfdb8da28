"""One worker: takes messages, stores them, and only then lets the broker forget them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import NamedTuple

from canopy.errors import StorageUnavailable
from canopy.iot.ingest.inbox import Arrived, Inbox, Portion
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.ingest.writing import store_all
from canopy.iot.store.opening import ReadingStore
from canopy.iot.store.rows import Batch, HappeningRow, Written
from canopy.iot.tending.releasing import Released
from canopy.iot.things.registry import Registry
from canopy.log import logger

_RETRY_S = (0.2, 10.0)
"""Shortest and longest wait before a database is tried again [s]."""
_LOOK_FOR_STREAMS_S = (1.0, 10.0)
"""How often the catalogue is asked for new streams: while unknown ones come, and else [s]."""
_RELEASE_AFTER_S = 12.0
"""How long after a change of streams quarantine is looked through [s]: every worker knows it then,
and none holds readings of the new streams any more."""

log = logger("iot")


@dataclass(slots=True)
class Counts:
    """What a worker has done since it started."""

    messages: int = 0
    observations: int = 0
    known: int = 0
    held: int = 0
    dead: int = 0
    batches: int = 0
    retries: int = 0
    dropped: int = 0

    def add(self, messages: int, written: Written) -> None:
        self.messages += messages
        self.observations += written.observations
        self.known += written.known
        self.held += written.held
        self.dead += written.dead
        self.batches += 1


class Stored(NamedTuple):
    """A batch that was committed: how long that took, and how long its first message waited for it
    in all [s]."""

    messages: int
    written: Written
    took_s: float
    waited_s: float


@dataclass
class Worker:
    """Stores what comes into an inbox; `acknowledge` is called when it has been committed.

    batch_age_s: how long the first message waits for others [s].
    """

    inbox: Inbox
    store: ReadingStore
    registry: Registry
    sorter: Sorter
    acknowledge: Callable[[Sequence[Arrived]], None]
    channel: str = "mqtt"
    batch_age_s: float = 0.02
    release: Callable[[], Released] | None = None
    """Takes readings out of quarantine whose datastream is known by now."""
    settle: Callable[[], None] = lambda: None
    """Called between batches: what else this thread is to write."""
    on_stored: Callable[[Stored], None] = lambda stored: None
    counts: Counts = field(default_factory=Counts)
    _looked_at_s: float = float("-inf")
    _release_at_s: float = float("-inf")
    _stopping: Event = field(default_factory=Event)
    _deadline_s: float = float("inf")

    def run(self) -> None:
        """Until `stop` was called and the inbox is empty, or the deadline has passed."""
        while True:
            self._look_for_streams()
            self._release()
            self.settle()
            portion = self.inbox.take(self.batch_age_s)
            if portion is not None:
                self._store(portion)
            elif self._stopping.is_set():
                return
            if self._stopping.is_set() and time.monotonic() > self._deadline_s:
                log.warning("stopped_before_all_was_stored", waiting=len(self.inbox))
                return

    def stop(self, within_s: float) -> None:
        """Store what is in the inbox, for at most that long [s]; what is not comes again."""
        self._deadline_s = time.monotonic() + within_s
        self._stopping.set()
        self.inbox.close()

    def note_dropped(self, count: int) -> None:
        """The broker says that it dropped messages: people must know."""
        self.counts.dropped += count
        self.inbox.note(
            HappeningRow(
                "broker-dropped", "broker", f"the broker dropped {count:,} messages: its queues "
                "are too small for the time that nobody read", count,
            )
        )  # fmt: skip

    def _store(self, portion: Portion) -> None:
        if not portion.batch.is_empty():
            begun_s = time.monotonic()
            written = self._written(portion.batch)
            if written is None:
                return  # the deadline passed: nothing is acknowledged
            self.counts.add(len(portion.arrived), written)
            ended_s = time.monotonic()
            self.on_stored(Stored(
                len(portion.arrived), written, ended_s - begun_s, ended_s - portion.begun_s,
            ))  # fmt: skip
        self.acknowledge(portion.arrived)

    def _written(self, batch: Batch) -> Written | None:
        """Stored, however long it takes; None where the worker must stop before that."""
        wait_s = _RETRY_S[0]
        while True:
            try:
                return store_all(self.store, batch, self.channel)
            except StorageUnavailable as error:
                self.counts.retries += 1
                log.warning("readings_not_stored", reason=error.detail, waiting=len(self.inbox))
            if time.monotonic() + wait_s > self._deadline_s:
                return None
            self._stopping.wait(random.uniform(wait_s / 2, wait_s))
            if self._stopping.is_set():
                time.sleep(_RETRY_S[0] / 2)
            wait_s = min(wait_s * 2, _RETRY_S[1])

    def _release(self) -> None:
        """Once after the start and each change of streams, some at a time."""
        if self.release is None or time.monotonic() < self._release_at_s:
            return
        if self._stopping.is_set():
            return
        self._release_at_s = float("inf")
        try:
            released = self.release()
        except StorageUnavailable as error:
            log.warning("quarantine_not_released", reason=error.detail)
            self._release_at_s = time.monotonic() + _RETRY_S[1]
            return
        if released.count:
            log.info("quarantine_released", stored=released.stored, dead=released.dead)
        if released.is_more:
            self._release_at_s = time.monotonic()

    def _look_for_streams(self) -> None:
        now_s = time.monotonic()
        every_s = _LOOK_FOR_STREAMS_S[0 if self.sorter.saw_unknown else 1]
        if now_s - self._looked_at_s < every_s:
            return
        self._looked_at_s = now_s
        self.sorter.saw_unknown = False
        try:
            if self.registry.refresh():
                self.sorter.streams = self.registry.streams
                self._release_at_s = now_s + _RELEASE_AFTER_S
        except StorageUnavailable as error:
            log.warning("streams_not_read", reason=error.detail)
