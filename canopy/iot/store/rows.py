"""What a batch writes, and what came of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from canopy.errors import CanopyError
from canopy.iot.payloads.reading import Message


class ObservationRow(NamedTuple):
    """One observation, as both databases take it. Times are microseconds since 1970, UTC."""

    datastream_id: int
    phenomenon_us: int
    source_key: str
    end_us: int | None
    result: float | None
    result_text: str | None
    flags: int
    longitude: float | None
    latitude: float | None
    height_m: float | None


class HeldRow(NamedTuple):
    """A reading that no datastream takes yet."""

    source: str
    stream: str
    phenomenon_us: int
    source_key: str
    gateway: str
    end_us: int | None
    result: float | None
    result_text: str | None
    flags: int
    longitude: float | None
    latitude: float | None
    height_m: float | None
    unit: str | None
    reason: str


class DeadRow(NamedTuple):
    """A message, or a part of one, that gave no reading."""

    message: Message
    channel: str
    kind: str
    reason: str
    part: str = ""
    gateway: str = ""

    def digest(self) -> bytes:
        """What it is known by when it comes again."""
        total = hashlib.sha256()
        for part in (self.gateway, self.message.topic, self.kind, self.part):
            total.update(part.encode("utf-8", "surrogatepass") + b"\x00")
        total.update(self.message.body)
        return total.digest()


class HappeningRow(NamedTuple):
    """Something to tell people about ingestion."""

    kind: str
    subject: str
    detail: str
    times: int = 1


@dataclass(slots=True)
class Batch:
    """Rows of some messages. `origins` says of each observation which message held it."""

    observations: list[ObservationRow] = field(default_factory=list)
    origins: list[Message] = field(default_factory=list)
    held: list[HeldRow] = field(default_factory=list)
    held_origins: list[Message] = field(default_factory=list)
    dead: list[DeadRow] = field(default_factory=list)
    happenings: list[HappeningRow] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not (self.observations or self.held or self.dead or self.happenings)


@dataclass(frozen=True, slots=True)
class Written:
    """What one commit stored. What was there already is counted as `known`.

    contradicted: rows of which another result is stored, for the same datastream, time and key.
    """

    observations: int = 0
    known: int = 0
    held: int = 0
    dead: int = 0
    contradicted: tuple[ObservationRow, ...] = ()


class Unstorable(CanopyError):
    """The database refuses a value of the batch; nothing of it was written."""

    kind, status, title = "unstorable-reading", 422, "A reading cannot be stored"


_IDENTITY = itemgetter(0, 1, 2)


def in_order(rows: list[ObservationRow]) -> list[ObservationRow]:
    """Rows by datastream, time and key. Rows that agree in these keep the order they came in."""
    try:
        return sorted(rows)  # as tuples, without a call for each
    except TypeError:  # two agree so far that nothing was compared with a number
        return sorted(rows, key=_IDENTITY)


def newest(ordered: list[ObservationRow]) -> list[ObservationRow]:
    """The newest row of each datastream, by time and then key, out of rows in order."""
    return list({row[0]: row for row in ordered}.values())


def apart(
    rows: list[ObservationRow], stored: set[tuple[int, int, str, float | None, str | None]]
) -> tuple[list[ObservationRow], tuple[ObservationRow, ...]]:
    """(rows that are stored as they are, rows of which another result is stored).

    stored: of each row what the database has now: datastream, time, key, number, text.
    """
    same: list[ObservationRow] = []
    other: list[ObservationRow] = []
    for row in rows:
        is_same = (*row[:3], row.result, row.result_text) in stored
        (same if is_same else other).append(row)
    return same, tuple(other)
