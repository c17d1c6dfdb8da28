"""Changes of newest values, read from the store once for all who listen in this process.

One thread asks the store what is newer than what it knows, and puts that into the hands of each
listener: a place of bounded size in which a later value of a datastream takes the place of an
earlier one. A listener too slow for that is told to begin again. No value of a datastream is
followed by an older one.

`stored_at` is when a row was written, which may be committed later: each look goes back `NEAR`,
and one a minute `FAR`, longer than a transaction that stores readings lasts.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from canopy.errors import CanopyError, StorageUnavailable
from canopy.iot.viewing.queries import Newest, microseconds
from canopy.log import logger

NEAR = timedelta(seconds=10)
FAR = timedelta(minutes=10)
FAR_EVERY_S = 60.0
WINDOW = timedelta(hours=1)
"""How old an event may be that one goes on from."""
MOST_PENDING = 10_000
"""Most datastreams that wait for one listener."""
PUBLIC_SHARE = 0.5
"""Of the places for listeners, those without a token have at most this share."""
STOP_S = 5.0

Look = Callable[[datetime | None], tuple[datetime, list[Newest]]]
"""What time it is at the store, and the newest values since a time, or all."""
Encode = Callable[[Newest], bytes]


class TooManyListeners(CanopyError):
    """Every place for listeners is taken."""

    kind, status, title = "too-many-listeners", 429, "Too many listen at the moment"


class Change(NamedTuple):
    """A newest value as it is sent, and when this process saw it, by the count of its looks."""

    newest: Newest
    body: bytes
    turn: int


class EventId(NamedTuple):
    """How far a listener has come: by the store's clock [us], and by the looks of a process."""

    at_us: int
    process: str
    turn: int

    def written(self) -> str:
        return f"{self.at_us}.{self.process}.{self.turn}"


def event_id(text: str) -> EventId | None:
    """The id that was written so; None for what is none."""
    at_us, _, rest = text.partition(".")
    process, _, turn = rest.partition(".")
    if not (at_us.isascii() and at_us.isdigit() and turn.isascii() and turn.isdigit()):
        return None
    if len(at_us) > 17 or len(turn) > 17 or len(process) > 20:
        return None
    return EventId(int(at_us), process, int(turn))


class Parcel(NamedTuple):
    """What a listener is to be told: `must_begin_again` where something of it was left out."""

    changes: list[Change]
    must_begin_again: bool
    is_over: bool
    id: EventId


@dataclass(eq=False, slots=True)
class Listener:
    """One listener's place. `wake` is called from other threads, and must not wait."""

    streams: Collection[int]
    is_public: bool
    wake: Callable[[], None]
    pending: dict[int, Change] = field(default_factory=dict)
    must_begin_again: bool = False
    is_over: bool = False

    def offer(self, change: Change) -> None:
        number = change.newest.stream
        if number not in self.streams:
            return
        self.pending[number] = change
        if len(self.pending) > MOST_PENDING:
            self.pending.clear()
            self.must_begin_again = True


class Feed:
    """Listeners, and the one thread that looks for them. `most` is of listeners."""

    def __init__(self, look: Look, encode: Encode, every_s: float, most: int) -> None:
        self._look, self._encode, self._every_s, self._most = look, encode, every_s, most
        self._process = secrets.token_hex(4)
        self._known: dict[int, Change] = {}
        self._listeners: set[Listener] = set()
        self._turn = 0
        self._at: datetime | None = None
        self._looked_s = self._looked_far_s = float("-inf")
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._wanted = threading.Condition(self._lock)
        self._is_over = False
        self._thread: threading.Thread | None = None

    def listen(
        self,
        streams: Collection[int],
        since: EventId | None,
        wake: Callable[[], None],
        *,
        is_public: bool = False,
    ) -> Listener:
        """Take a place, from now on or from an event on.

        Raises TooManyListeners, and StorageUnavailable where it is the first and nothing can be
        read.
        """
        listener = Listener(streams, is_public, wake)
        with self._lock:
            self._require_room(listener)
            self._listeners.add(listener)  # it counts while it waits, and is offered nothing old
        try:
            if time.monotonic() - self._looked_s > 2 * self._every_s:
                self.look()
        except StorageUnavailable:
            self.leave(listener)
            raise
        with self._lock:
            listener.pending.clear()
            listener.must_begin_again = False
            if since is not None:
                self._go_on(listener, since)
            self._start()
            self._wanted.notify_all()
        return listener

    def _require_room(self, listener: Listener) -> None:
        taken = len(self._listeners)
        public = sum(each.is_public for each in self._listeners)
        if self._is_over:
            raise TooManyListeners("The service is stopping. Listen again in a moment.")
        if taken >= self._most:
            raise TooManyListeners(f"{taken} listen already; listen again later.")
        if listener.is_public and public >= max(1, int(self._most * PUBLIC_SHARE)):
            raise TooManyListeners(
                f"{public} listen without a token already; listen again later, or with a token."
            )

    def _go_on(self, listener: Listener, since: EventId) -> None:
        oldest_us = microseconds(self._at - WINDOW) if self._at is not None else 0
        is_ours = since.process == self._process
        if since.at_us < oldest_us or (is_ours and since.turn > self._turn):
            listener.must_begin_again = True
            return
        from_us = since.at_us - FAR // timedelta(microseconds=1)
        for change in self._known.values():
            if (
                change.turn > since.turn if is_ours
                else microseconds(change.newest.stored_at) >= from_us
            ):  # fmt: skip
                listener.offer(change)

    def _start(self) -> None:
        if self._thread is None and not self._is_over:
            self._thread = threading.Thread(target=self._run, name="live", daemon=True)
            self._thread.start()

    def leave(self, listener: Listener) -> None:
        """Give a place back."""
        with self._lock:
            self._listeners.discard(listener)

    def take(self, listener: Listener) -> Parcel:
        """What there is for a listener, once."""
        with self._lock:
            changes = sorted(listener.pending.values(), key=lambda each: each.newest.at)
            listener.pending.clear()
            must, listener.must_begin_again = listener.must_begin_again, False
            return Parcel(changes, must, listener.is_over, self._id())

    def _id(self) -> EventId:
        at_us = microseconds(self._at) if self._at is not None else 0
        return EventId(at_us, self._process, self._turn)

    @property
    def listeners(self) -> int:
        """How many there are."""
        return len(self._listeners)

    def look(self) -> int:
        """Ask the store once; how many values are new. Raises StorageUnavailable."""
        with self._looking:
            now_s = time.monotonic()
            is_far = now_s - self._looked_far_s >= FAR_EVERY_S
            since = None if self._at is None else self._at - (FAR if is_far else NEAR)
            at, rows = self._look(since)
            with self._lock:
                count = self._take_in(at, rows)
            self._looked_s = now_s
            if is_far:
                self._looked_far_s = now_s
        return count

    def _take_in(self, at: datetime, rows: list[Newest]) -> int:
        self._turn += 1
        self._at = at if self._at is None else max(self._at, at)
        count = 0
        for row in rows:
            known = self._known.get(row.stream)
            if known is not None and (row.at, row.key) <= (known.newest.at, known.newest.key):
                continue
            change = self._known[row.stream] = Change(row, self._encode(row), self._turn)
            count += 1
            for each in self._listeners:
                each.offer(change)
        if count:
            for each in self._listeners:
                if each.pending or each.must_begin_again:
                    each.wake()
        return count

    def _run(self) -> None:
        was_told = False
        while True:
            with self._lock:
                self._wanted.wait_for(lambda: self._is_over or self._listeners)
                if self._is_over:
                    return
            try:
                self.look()
                was_told = False
            except StorageUnavailable as error:
                if not was_told:
                    logger("live").warning("live_values_unread", reason=error.detail)
                was_told = True
            with self._lock:
                self._wanted.wait_for(lambda: self._is_over, self._every_s)

    def end(self) -> None:
        """Tell every listener that it is over, and take no more."""
        with self._lock:
            self._is_over = True
            for each in self._listeners:
                each.is_over = True
                each.wake()
            self._wanted.notify_all()

    def close(self) -> None:
        """End, and wait for the thread."""
        self.end()
        if self._thread is not None:
            self._thread.join(STOP_S)
