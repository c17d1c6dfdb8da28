"""Gathers what a message holds, part by part, within the limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Decoded, Event, Reading, Undecodable
from canopy.iot.payloads.unreadable import Unreadable


class Collector:
    """Readings, events and refused parts of one message.

    Beyond `limits.readings` of them the whole message is refused: half of one would be lost.
    """

    def __init__(self, limits: Limits) -> None:
        self._most = limits.readings
        self._readings: list[Reading] = []
        self._events: list[Event] = []
        self._refused: list[Undecodable] = []

    def add(self, reading: Reading) -> None:
        """One more reading."""
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
        return not (self._readings or self._events or self._refused)

    def decoded(self) -> Decoded:
        """What was gathered."""
        return Decoded(tuple(self._readings), tuple(self._events), tuple(self._refused))

    def _check(self) -> None:
        if len(self._readings) + len(self._events) + len(self._refused) > self._most:
            raise Unreadable("too-many", f"more than {self._most:,} results in one message")
