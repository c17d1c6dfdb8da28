"""What becomes of each reading: stored, held in quarantine, or kept as a dead letter.

Pure: what a message held, the streams and the moment of arrival decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from canopy.db.types import EPOCH
from canopy.iot.flags import FLAGS, bits
from canopy.iot.payloads.reading import Decoded, Event, Message, Outcome, Reading, Undecodable
from canopy.iot.payloads.units import is_same_unit
from canopy.iot.store.rows import Batch, DeadRow, HappeningRow, HeldRow, ObservationRow
from canopy.iot.things.registry import Stream, Streams

_MICROSECOND = timedelta(microseconds=1)
_LATE_US = 3_600_000_000
_AHEAD_US = 60_000_000
_TOLD: dict[str, str] = {"sequence-gap": "sequence-gap", "death": "device-death"}
"""Kinds of event that people are told of."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which times can be believed, counted from arrival.

    ahead: how far a clock may be before ours. retention: how old a reading may be at most;
    a datastream may keep its own for less long.
    """

    ahead: timedelta = timedelta(hours=24)
    retention: timedelta = timedelta(days=5 * 366)


class Sorter:
    """Sorts what messages held into a batch."""

    def __init__(self, streams: Streams, bounds: Bounds, channel: str) -> None:
        self.streams = streams
        self._ahead_us = bounds.ahead // _MICROSECOND
        self._retention_us = bounds.retention // _MICROSECOND
        self._channel = channel
        self.saw_unknown = False
        """Whether a reading was held because no stream takes it: the streams may be out of date."""
        self._by_number: Mapping[str, Stream] = {}
        self._numbered_of: Streams | None = None

    def add(self, batch: Batch, message: Message, outcome: Outcome, gateway: str) -> None:
        """Add a message's readings, events and what could not be read to a batch."""
        if isinstance(outcome, Undecodable):
            self._bury(batch, message, gateway, outcome.kind, outcome.reason, outcome.part)
            return
        if not (outcome.readings or outcome.events or outcome.refused):
            self._bury(batch, message, gateway, "no-readings", "the message holds no reading", "")
            return
        arrived_us = _microseconds(message.arrived_at)
        for reading in outcome.readings:
            self._place(batch, message, reading, gateway, arrived_us, outcome.links_datastreams)
        self._rest(batch, message, outcome, gateway)

    def _rest(self, batch: Batch, message: Message, outcome: Decoded, gateway: str) -> None:
        for refused in outcome.refused:
            self._bury(batch, message, gateway, refused.kind, refused.reason, refused.part)
        for event in outcome.events:
            if event.kind in _TOLD:
                batch.happenings.append(_told(event))

    def _bury(
        self, batch: Batch, message: Message, gateway: str, kind: str, reason: str, part: str
    ) -> None:
        batch.dead.append(DeadRow(message, self._channel, kind, reason, part, gateway))

    def _place(
        self,
        batch: Batch,
        message: Message,
        reading: Reading,
        gateway: str,
        arrived_us: int,
        is_linked: bool,
    ) -> None:
        flags = bits(reading.hints) if reading.hints else 0
        if reading.at is None:
            at_us, flags = arrived_us, flags | FLAGS["no-time"]
        else:
            at_us = _microseconds(reading.at)
        age_us = arrived_us - at_us
        stream = self.streams.get((reading.source, reading.stream))
        wrong = None
        if is_linked and reading.stream.isdecimal():
            stream, wrong = self._linked(reading.stream, stream, gateway)
        wrong = wrong or self._wrong_time(stream, age_us)
        if wrong is None and stream is not None:
            wrong = _wrong_result(stream, reading)
        if wrong is not None:
            self._bury(batch, message, gateway, wrong[0], wrong[1], part_of(reading))
            return
        if age_us > _LATE_US:
            flags |= FLAGS["late"]
        elif age_us < -_AHEAD_US:
            flags |= FLAGS["ahead"]
        if stream is None or stream.gateway not in (None, gateway):
            self._hold(batch, message, reading, gateway, at_us, flags, stream)
            return
        batch.observations.append(_observation(stream, reading, at_us, flags))
        batch.origins.append(message)

    def _linked(
        self, link: str, by_key: Stream | None, gateway: str
    ) -> tuple[Stream | None, tuple[str, str] | None]:
        """The datastream that a link means, which is a number or a key; or why that is not clear.

        A number is one where the gateway may write the datastream. Where a key is the same, the
        one that is for this gateway alone is meant.
        """
        by_number = self._numbered().get(link)
        if by_number is None or by_number is by_key or by_number.gateway not in (None, gateway):
            return by_key, None
        if by_key is None or by_key.gateway not in (None, gateway):
            return by_number, None
        if (by_key.gateway is None) != (by_number.gateway is None):
            return (by_number if by_key.gateway is None else by_key), None
        return None, ("contradiction", (
            f"{link} is the number of a datastream and the key of datastream {by_key.id}; link "
            "that one by its number"
        ))  # fmt: skip

    def _numbered(self) -> Mapping[str, Stream]:
        """Datastreams by number, as it is written."""
        if self._numbered_of is not self.streams:
            self._by_number = {str(each.id): each for each in self.streams.values()}
            self._numbered_of = self.streams
        return self._by_number

    def _wrong_time(self, stream: Stream | None, age_us: int) -> tuple[str, str] | None:
        if age_us < -self._ahead_us:
            return "too-far-ahead", f"its time is {_span(-age_us)} ahead of its arrival"
        kept_us = self._retention_us
        if stream is not None and stream.retention_days is not None:
            kept_us = min(kept_us, stream.retention_days * 86_400_000_000)
        if age_us > kept_us:
            return "older-than-retention", (
                f"it is {_span(age_us)} old, and readings are kept for {_span(kept_us)}"
            )
        return None

    def _hold(
        self,
        batch: Batch,
        message: Message,
        reading: Reading,
        gateway: str,
        at_us: int,
        flags: int,
        stream: Stream | None,
    ) -> None:
        result, text, truth = _result(reading)
        where = reading.position
        batch.held.append(
            HeldRow(
                reading.source, reading.stream, at_us, reading.source_key, gateway,
                None if reading.until is None else _microseconds(reading.until),
                result, text, flags | truth,
                None if where is None else where.longitude,
                None if where is None else where.latitude,
                None if where is None else where.height_m,
                reading.unit or reading.given_unit or None,
                "unknown-stream" if stream is None else "other-gateway",
            )
        )  # fmt: skip
        batch.held_origins.append(message)
        self.saw_unknown = True


def _observation(stream: Stream, reading: Reading, at_us: int, flags: int) -> ObservationRow:
    result, text, truth = _result(reading)
    flags |= truth
    if (
        result is not None
        and not truth
        and _beyond(result, stream.expected_low, stream.expected_high)
    ):
        flags |= FLAGS["unlikely"]
    where = reading.position
    return ObservationRow(
        stream.id,
        at_us,
        reading.source_key,
        None if reading.until is None else _microseconds(reading.until),
        result,
        text,
        flags,
        None if where is None else where.longitude,
        None if where is None else where.latitude,
        None if where is None else where.height_m,
    )


def _result(reading: Reading) -> tuple[float | None, str | None, int]:
    """(number, text, flag of truth)."""
    value = reading.result
    if isinstance(value, bool):
        return float(value), None, FLAGS["truth"]
    if isinstance(value, str):
        return None, value, 0
    return value, None, 0


def _wrong_result(stream: Stream, reading: Reading) -> tuple[str, str] | None:
    value = reading.result
    given = "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    if stream.takes not in ("any", given):
        return "wrong-type", f"the result is a {given}, and the datastream takes a {stream.takes}"
    if stream.unit is not None and reading.unit != stream.unit:
        stated = reading.unit or reading.given_unit
        if stated and not is_same_unit(stated, stream.unit):
            return "other-unit", f"the unit is {stated}, and the datastream's is {stream.unit}"
    if isinstance(value, float) and _beyond(value, stream.low, stream.high):
        return "out-of-range", (
            f"{value:g} is beyond what the instrument can measure, "
            f"{_end(stream.low)} to {_end(stream.high)}"
        )
    return None


def _beyond(value: float | None, low: float | None, high: float | None) -> bool:
    if value is None:
        return False
    return (low is not None and value < low) or (high is not None and value > high)


def _end(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"


def part_of(reading: Reading) -> str:
    """How a dead letter names a reading of its message."""
    at = "" if reading.at is None else f"@{reading.at.isoformat()}"
    return f"{reading.source}/{reading.stream}{at}"


def _told(event: Event) -> HappeningRow:
    return HappeningRow(_TOLD[event.kind], event.source, event.detail)


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def _span(microseconds: int) -> str:
    hours = microseconds / 3_600_000_000
    return f"{hours / 24:,.0f} days" if hours >= 72 else f"{hours:,.1f} hours"
