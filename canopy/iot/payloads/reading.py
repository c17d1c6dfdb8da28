"""What decoders take and give: a message, readings, events, and reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

Result: TypeAlias = float | bool | str

Reason = Literal[
    "bad-text", "bad-time", "bad-value", "contradiction", "decoder-fault", "duplicate-key",
    "malformed", "naive-time", "no-birth", "no-source", "not-understood", "too-deep", "too-large",
    "too-many", "unknown-topic", "wrong-shape",
]  # fmt: skip
"""Why a message, or a part of one, could not be read. The words are kept; metrics count by them."""

EventKind = Literal[
    "acknowledged", "birth", "command", "death", "downlink", "host-state", "join", "log",
    "sequence-gap", "transmitted",
]  # fmt: skip

Hint = Literal[
    "ambiguous-local-time",
    "arrival-time",
    "bad-quality",
    "base64",
    "historical",
    "network-time",
    "no-position-fix",
    "raw-frame",
    "relative-time",
    "rounded",
    "saturated",
    "simulated",
    "stale",
]
"""What a payload lets one doubt of a reading. ``docs/reference/iot-payloads.md`` explains each."""


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A published message.

    Attributes:
        body: the payload as it came.
        topic: where it was published; empty where it came another way.
        arrived_at: when it came, UTC. Relative times count from it.
        content_type: media type where the publisher said it (MQTT 5, HTTP), else empty.
    """

    body: bytes
    arrived_at: datetime
    topic: str = ""
    content_type: str = ""


class Position(msgspec.Struct, frozen=True, gc=False):
    """A position as given, WGS 84 [degrees], height [m] above the datum of its source."""

    longitude: float
    latitude: float
    height_m: float | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One result of one datastream.

    Attributes:
        source: the device or entity; empty where the stream's key alone identifies it.
        stream: key of the datastream, or the observed property of the source.
        at: phenomenon time, UTC, whole microseconds (finer digits are cut); None where the
            payload gives none.
        until: end of the phenomenon time where it is an interval.
        result: number, truth or text. Numbers are floats, always finite.
        unit: UCUM code; None where unknown, and for truth and text.
        given_unit: the unit as the payload writes it, where its UCUM code is not known.
        source_key: the source's own counter or message id, the same when delivered again.
        position: where given with the reading.
        hints: what lets one doubt the reading.
    """

    source: str
    stream: str
    at: datetime | None
    result: Result
    until: datetime | None = None
    unit: str | None = None
    given_unit: str = ""
    source_key: str = ""
    position: Position | None = None
    hints: tuple[Hint, ...] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something a message tells that is no reading: a join, a death, a gap in a sequence."""

    kind: EventKind
    source: str
    at: datetime | None = None
    detail: str = ""


class Undecodable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a message, or part of one, gave no reading.

    Attributes:
        kind: a word that is kept, to count by.
        reason: a sentence for people. It never quotes more than a little of the payload.
        part: which record, row or attribute, where the rest could be read.
    """

    kind: Reason
    reason: str
    part: str = ""


class Decoded(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a message held. `refused` are its parts that could not be read.

    links_datastreams: its readings link a Datastream by what may be its number, as SensorThings
    has it, or the gateway's own key.
    """

    readings: tuple[Reading, ...] = ()
    events: tuple[Event, ...] = ()
    refused: tuple[Undecodable, ...] = ()
    links_datastreams: bool = False


Outcome: TypeAlias = Decoded | Undecodable
