"""Readings leave quarantine when a datastream takes them by now, or when they are refused.

What leaves is first stored and then removed from quarantine, so that a process that ends in
between leaves it in both, and the next run stores nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import msgspec

from canopy.iot.flags import names
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.ingest.writing import store_all
from canopy.iot.payloads.reading import Decoded, Hint, Message, Position, Reading, Result
from canopy.iot.payloads.units import ENGINEERING, UNECE
from canopy.iot.store.opening import Readings, ReadingStore
from canopy.iot.store.rows import Batch, DeadRow
from canopy.iot.store.tables import HeldObservation
from canopy.iot.tending import queries

CHUNK = 1_000
"""Readings that are moved at a time."""
MOST = 20_000
"""Readings that one call moves, so that whoever calls is not kept for long."""
HELD_TYPE = "application/vnd.canopy.reading+json"
"""How the body of a dead letter is written that was a reading in quarantine."""
CHANNEL = "held"
_HINTS = frozenset(get_args(Hint))
_UCUM = frozenset(ENGINEERING.values()) | frozenset(UNECE.values())


@dataclass(slots=True)
class Released:
    """What became of readings in quarantine. `known` were stored before."""

    stored: int = 0
    known: int = 0
    dead: int = 0
    is_more: bool = False
    """Whether there was more than one call moves."""

    @property
    def count(self) -> int:
        """How many left."""
        return self.stored + self.known + self.dead


def release_known(
    readings: Readings,
    store: ReadingStore,
    sorter: Sorter,
    *,
    source: str | None = None,
    most: int = MOST,
) -> Released:
    """Move readings whose datastream is known by now out of quarantine.

    They are sorted as if they came now, by the moment at which they came: what is beyond what the
    instrument can measure, or in another unit, becomes a dead letter. Raises StorageUnavailable.
    """
    with readings.reading() as session:
        waiting = queries.held_names(session)
    done = Released()
    for name in waiting:
        stream = sorter.streams.get(name)
        if stream is None or (source is not None and name[0] != source):
            continue
        while True:
            room = most - done.count
            if room <= 0:
                done.is_more = True
                return done
            with readings.reading() as session:
                rows = queries.held_of(session, *name, stream.gateway, min(CHUNK, room))
            if not rows:
                break
            _move(readings, store, _sorted(sorter, rows), rows, done)
    return done


def refuse(
    readings: Readings,
    store: ReadingStore,
    source: str,
    *,
    stream: str | None = None,
    gateway: str | None = None,
    reason: str = "",
    most: int | None = None,
) -> int:
    """Move what waits of a source to the dead letters; how many. Raises StorageUnavailable.

    `most`: it ends when so many, or a few more, have been moved.
    """
    done = Released()
    while True:
        if most is not None and done.count >= most:
            return done.count
        with readings.reading() as session:
            rows = queries.held_of(session, source, stream, gateway, CHUNK)
        if not rows:
            return done.count
        batch = Batch(
            dead=[
                DeadRow(
                    message_of(row), CHANNEL, "refused", reason or "it was refused", part_of(row),
                    row.gateway,
                )
                for row in rows
            ]
        )  # fmt: skip
        _move(readings, store, batch, rows, done)


def _move(
    readings: Readings,
    store: ReadingStore,
    batch: Batch,
    rows: Sequence[HeldObservation],
    done: Released,
) -> None:
    written = store_all(store, batch, CHANNEL)
    with readings.writing() as session:
        queries.let_go(session, rows)
    done.stored += written.observations
    done.known += written.known
    done.dead += written.dead


def _sorted(sorter: Sorter, rows: Sequence[HeldObservation]) -> Batch:
    batch = Batch()
    for row in rows:
        before = len(batch.observations)
        reading = reading_of(row)
        sorter.add(batch, message_of(row), Decoded(readings=(reading,)), row.gateway)
        if len(batch.observations) > before:  # what was found when it came stays found
            stored = batch.observations[-1]
            batch.observations[-1] = stored._replace(flags=stored.flags | row.flags)
    return batch


def reading_of(row: HeldObservation) -> Reading:
    """What waits, as the reading that it was."""
    unit = row.unit if row.unit in _UCUM else None
    position = None
    if row.longitude is not None and row.latitude is not None:
        position = Position(row.longitude, row.latitude, row.height_m)
    return Reading(
        source=row.source, stream=row.stream, at=row.phenomenon_time, until=row.phenomenon_end,
        result=_result(row), unit=unit,
        given_unit=row.unit if row.unit is not None and unit is None else "",
        source_key=row.source_key, position=position,
        hints=tuple(each for each in names(row.flags) if each in _HINTS),  # type: ignore[misc]
    )  # fmt: skip


def message_of(row: HeldObservation) -> Message:
    """A message that holds what waits, whole: decoded again it is the same reading."""
    return Message(
        body=msgspec.json.encode(reading_of(row)), topic=f"held/{row.stream}",
        content_type=HELD_TYPE, arrived_at=row.stored_at,
    )  # fmt: skip


def part_of(row: HeldObservation) -> str:
    """Which reading it is, for people."""
    return f"{row.source}/{row.stream}@{row.phenomenon_time.isoformat()}"


def _result(row: HeldObservation) -> Result:
    if row.result_text is not None:
        return row.result_text
    number = 0.0 if row.result is None else row.result
    return bool(number) if "truth" in names(row.flags) else number
