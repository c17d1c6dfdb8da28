"""Messages between the broker's thread and the writer's: bounded, and nothing is dropped."""

from __future__ import annotations

import time
from collections import deque
from threading import Event
from typing import NamedTuple

from canopy.iot.payloads.reading import Message

_LOOK_S = 0.005
"""How long a thread sleeps before it looks again [s]."""


class Arrived(NamedTuple):
    """A message as it came from the broker.

    `gateway` published it, empty where the topic does not say. `ticket` is what the broker knows
    it by, within the connection of number `connection`.
    """

    message: Message
    gateway: str
    ticket: int
    connection: int


class Inbox:
    """A queue for one who puts and one who takes.

    A full one makes whoever puts wait, so that the broker is held back. Python's deque is safe
    for that without a lock, which would cost more than the rest of a message.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._waiting: deque[Arrived] = deque()
        self._closed = Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, arrived: Arrived) -> bool:
        """Put a message in; False where the inbox closed meanwhile and it was not taken."""
        while len(self._waiting) >= self._capacity:
            if self._closed.wait(_LOOK_S):
                return False
        self._waiting.append(arrived)
        return True

    def take(self, most: int, age_s: float) -> list[Arrived]:
        """Up to `most` messages: at once where there are as many, else after at most `age_s` [s].

        An empty list where nothing came, or the inbox is closed and empty.
        """
        ends = time.monotonic() + age_s
        while len(self._waiting) < most and not self._closed.is_set():
            left_s = ends - time.monotonic()
            if left_s <= 0:
                break
            time.sleep(min(_LOOK_S, left_s))
        waiting = self._waiting
        return [waiting.popleft() for _ in range(min(most, len(waiting)))]

    def close(self) -> None:
        """Take nothing more; what is in it can still be taken."""
        self._closed.set()
