"""One worker: takes messages, stores them, and only then lets the broker forget them."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import structlog

from canopy.errors import StorageUnavailable
from canopy.iot.ingest.inbox import Arrived, Inbox
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.ingest.writing import store_all
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.store.opening import ReadingStore
from canopy.iot.store.rows import Batch, HappeningRow, Written
from canopy.iot.things.registry import Registry

_RETRY_S = (0.2, 10.0)
"""Shortest and longest wait before a database is tried again [s]."""
_LOOK_FOR_STREAMS_S = (1.0, 10.0)
"""How often the catalogue is asked for new streams: while unknown ones come, and else [s]."""
_RUN_OF_DEAD = 20
"""So many dead letters of one topic and kind without a good one between raise an alarm."""
_MOST_RUNS = 10_000

log = structlog.get_logger(__name__)


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


@dataclass
class Worker:
    """Stores what comes into an inbox; `acknowledge` is called when it has been committed.

    batch_size: most messages of one commit. batch_age_s: how long the first waits for others [s].
    """

    inbox: Inbox
    store: ReadingStore
    registry: Registry
    dispatcher: Dispatcher
    sorter: Sorter
    acknowledge: Callable[[Sequence[Arrived]], None]
    channel: str = "mqtt"
    batch_size: int = 1_000
    batch_age_s: float = 0.02
    counts: Counts = field(default_factory=Counts)
    _dropped: int = 0
    _looked_at_s: float = float("-inf")
    _runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    _stopping: Event = field(default_factory=Event)
    _deadline_s: float = float("inf")

    def run(self) -> None:
        """Until `stop` was called and the inbox is empty, or the deadline has passed."""
        while True:
            self._look_for_streams()
            taken = self.inbox.take(self.batch_size, self.batch_age_s)
            if taken or self._dropped:
                self._store(taken)
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
        self._dropped += count
        self.counts.dropped += count

    def _store(self, taken: list[Arrived]) -> None:
        batch = self._sorted(taken)
        if not batch.is_empty():
            written = self._written(batch)
            if written is None:
                return  # the deadline passed: nothing is acknowledged
            self.counts.add(len(taken), written)
        self.acknowledge(taken)

    def _sorted(self, taken: list[Arrived]) -> Batch:
        batch = Batch()
        decode, add = self.dispatcher.decode, self.sorter.add
        for arrived in taken:
            dead_before = len(batch.dead)
            add(batch, arrived.message, decode(arrived.message), arrived.gateway)
            if self._runs or len(batch.dead) > dead_before:
                self._watch_runs(batch, arrived, dead_before)
        if self._dropped:
            count, self._dropped = self._dropped, 0
            batch.happenings.append(
                HappeningRow(
                    "broker-dropped", "broker", f"the broker dropped {count:,} messages: its "
                    "queues are too small for the time that nobody read", count,
                )
            )  # fmt: skip
        return batch

    def _watch_runs(self, batch: Batch, arrived: Arrived, dead_before: int) -> None:
        """An alarm where nothing good comes from a topic any more."""
        topic = (
            f"{arrived.gateway}/{arrived.message.topic}"
            if arrived.gateway
            else (arrived.message.topic)
        )
        dead = batch.dead[dead_before:]
        if not dead:
            self._runs.pop((topic, ""), None)
            return
        if len(self._runs) >= _MOST_RUNS:
            self._runs.clear()
        self._runs[topic, ""] += 1
        if self._runs[topic, ""] == _RUN_OF_DEAD:
            batch.happenings.append(
                HappeningRow(
                    "dead-letters", topic, f"{_RUN_OF_DEAD} messages in a row could not be read; "
                    f"the last: {dead[-1].kind}, {dead[-1].reason}", _RUN_OF_DEAD,
                )
            )  # fmt: skip

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
        except StorageUnavailable as error:
            log.warning("streams_not_read", reason=error.detail)
