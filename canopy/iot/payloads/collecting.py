"""Gathers what a message holds, part by part, within the limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Decoded, Event, Reading, Result, Undecodable
from canopy.iot.payloads.unreadable import Unreadable


class Collector:
    """Readings, events and refused parts of one message.

    Beyond `limits.readings` of them the whole message is refused: half of one would be lost.
    """

    def __init__(self, limits: Limits) -> None:
        self._most = limits.readings
        self._count = 0
        self._placed: dict[tuple[str, str, datetime, str], Result] = {}
        self._readings: list[Reading] = []
        self._events: list[Event] = []
        self._refused: list[Undecodable] = []

    def add(self, reading: Reading) -> None:
        """One more reading.

        Storage takes one result of a stream for a time and key. A second one of the same message
        that differs is refused where it can be seen; one that is equal says nothing new.
        """
        if reading.at is not None:
            place = (reading.source, reading.stream, reading.at, reading.source_key)
            before = self._placed.setdefault(place, reading.result)
            if before is not reading.result:
                if before != reading.result:
                    error = Unreadable("contradiction", "another result of the same time")
                    self.refuse(error, reading.stream)
                return
        self._readings.append(reading)
        self._check()

    def tell(self, event: Event) -> None:
        """One more event."""
        self._events.append(event)
        self._check()

    def refuse(self, error: Unreadable, part: str) -> None:
        """One more part that cannot be read."""
        self._refused.append(error.of(part))
        self._check()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Within it an unreadable part is refused, and the rest of the message goes on."""
        try:
            yield
        except Unreadable as error:
            if error.kind == "too-many":
                raise
            self.refuse(error, name)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was gathered."""
        return self._count == 0

    def decoded(self) -> Decoded:
        """What was gathered."""
        return Decoded(tuple(self._readings), tuple(self._events), tuple(self._refused))

    def _check(self) -> None:
        self._count += 1
        if self._count > self._most:
            raise Unreadable("too-many", f"more than {self._most:,} results in one message")
