"""What has come from the broker and is not stored yet: bounded, sorted, and nothing is dropped.

Messages are decoded and sorted in the thread that reads from the broker. The writer's thread then
has little to do but to wait for the database, and while it waits the other works: with the
decoding beside the writing, the two would take turns.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import NamedTuple

from canopy.iot.ingest.rates import DeadRate
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.payloads.reading import Message, Outcome
from canopy.iot.store.rows import Batch, DeadRow, HappeningRow

_LOOK_S = 0.005
"""How long a thread sleeps before it looks again [s]."""
_RUN_OF_DEAD = 20
"""So many dead letters of one topic without a good message between raise an alarm."""
_MOST_RUNS = 10_000


class Arrived(NamedTuple):
    """A message as it came from the broker.

    `gateway` published it, empty where the topic does not say. `ticket` is what the broker knows
    it by, within the connection of number `connection`.
    """

    message: Message
    gateway: str
    ticket: int
    connection: int


@dataclass(slots=True)
class Portion:
    """Some messages, and the rows that they gave."""

    begun_s: float
    arrived: list[Arrived] = field(default_factory=list)
    batch: Batch = field(default_factory=Batch)


class Inbox:
    """For threads that put, one for each subscriber, and one that takes.

    capacity: most messages that wait; a full one makes whoever puts wait, so that the broker is
    held back. portion: most messages that are taken together.
    """

    def __init__(
        self,
        capacity: int,
        portion: int,
        dispatcher: Dispatcher,
        sorter: Sorter,
        rate: DeadRate | None = None,
    ) -> None:
        """rate: of dead letters over all topics; None where nobody is to be told of it."""
        self._capacity = capacity
        self._most = portion
        self._decode = dispatcher.decode
        self._sorter = sorter
        self._waiting = 0
        self._portions: deque[Portion] = deque()
        self._lock = Lock()
        self._closed = Event()
        self._runs: Counter[str] = Counter()
        self._rate = rate
        self.on_doubt: Callable[[Arrived, Outcome], None] = lambda arrived, outcome: None
        """Called in the thread that puts, with a message that gave a dead letter or something to
        tell: something before it may have been missed."""

    def __len__(self) -> int:
        return self._waiting

    def put(self, arrived: Arrived) -> bool:
        """Put a message in; False where the inbox closed meanwhile and it was not taken."""
        while self._waiting >= self._capacity:
            if self._closed.wait(_LOOK_S):
                return False
        outcome = self._decode(arrived.message)
        with self._lock:
            portion = self._open()
            batch = portion.batch
            dead, told = len(batch.dead), len(batch.happenings)
            portion.arrived.append(arrived)
            self._sorter.add(batch, arrived.message, outcome, arrived.gateway)
            self._waiting += 1
            letters = batch.dead[dead:]
            is_doubtful = bool(letters) or len(batch.happenings) > told
        if is_doubtful:
            self.on_doubt(arrived, outcome)
        if self._runs or letters:
            self._watch_runs(arrived, letters)
        return True

    def pass_over(self, arrived: Arrived) -> bool:
        """Put a message in that another worker stores: it is acknowledged in its turn."""
        with self._lock:
            self._open().arrived.append(arrived)
            self._waiting += 1
        return True

    def note(self, happening: HappeningRow) -> None:
        """Something to tell people with the next portion."""
        with self._lock:
            self._open().batch.happenings.append(happening)

    def take(self, age_s: float) -> Portion | None:
        """A full portion, or what has waited for `age_s` [s]; None where nothing came till then.

        When the inbox is closed, what is in it at once.
        """
        ends = time.monotonic() + age_s
        while True:
            now_s = time.monotonic()
            with self._lock:
                if self._portions and self._is_due(self._portions[0], now_s, age_s):
                    portion = self._portions.popleft()
                    self._waiting -= len(portion.arrived)
                    return portion
            if now_s >= ends or self._closed.is_set():
                return None
            time.sleep(min(_LOOK_S, age_s))

    def close(self) -> None:
        """Make whoever waits for room give up; what is in the inbox can still be taken."""
        self._closed.set()

    def _is_due(self, portion: Portion, now_s: float, age_s: float) -> bool:
        is_full = len(portion.arrived) >= self._most
        return is_full or now_s - portion.begun_s >= age_s or self._closed.is_set()

    def _open(self) -> Portion:
        """The portion that is being filled."""
        if not self._portions or len(self._portions[-1].arrived) >= self._most:
            self._portions.append(Portion(time.monotonic()))
        return self._portions[-1]

    def _watch_runs(self, arrived: Arrived, letters: list[DeadRow]) -> None:
        """An alarm where nothing good comes from a topic any more, or too little from all."""
        topic = arrived.message.topic
        if arrived.gateway:
            topic = f"{arrived.gateway}/{topic}"
        if not letters:
            self._runs.pop(topic, None)
            return
        too_many = None if self._rate is None else self._rate.count(topic, letters)
        if too_many is not None:
            self.note(too_many)
        if len(self._runs) >= _MOST_RUNS:
            self._runs.clear()
        self._runs[topic] += 1
        if self._runs[topic] == _RUN_OF_DEAD:
            last = letters[-1]
            self.note(
                HappeningRow(
                    "dead-letters", topic, f"{_RUN_OF_DEAD} messages in a row could not be read; "
                    f"the last: {last.kind}, {last.reason}", _RUN_OF_DEAD,
                )
            )  # fmt: skip
