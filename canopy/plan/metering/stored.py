"""Meters of agreements, read from the readings that the catalogue has stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from canopy.concessions.metering.intervals import MeterEnergy
from canopy.concessions.metering.stored import StoredReading, stored_energy
from canopy.concessions.terms.charges import MeteredPower
from canopy.db.engine import Database
from canopy.errors import LimitExceeded, Refused
from canopy.iot.flags import DOUBTFUL_OF_METER
from canopy.iot.privacy import why_not_billed
from canopy.iot.store.opening import Readings
from canopy.iot.things.queries import stream_named
from canopy.plan.metering import queries

MAX_READINGS = 1_000_000
"""Of one meter: half-hours of 57 years."""


class _Stream(NamedTuple):
    """What is asked of a Datastream."""

    id: int
    unit_ucum: str | None
    interval_s: int | None


class StoredMeters:
    """Reads meters by the Datastreams that charges name; a `MeterReader`.

    May be used by several threads.
    """

    def __init__(self, database: Database, readings: Callable[[], Readings]) -> None:
        """readings: asked for only where a charge names a Datastream."""
        self._database = database
        self._readings = readings

    def stamp(self, charge: MeteredPower) -> tuple[object, ...]:
        """Of which Datastream, how many readings, and when the last was stored."""
        found = self._stream(charge)
        if found is None:
            return ()
        with self._readings().reading() as session:
            told = queries.stamp(session, found.id)
        return (*found, *told)

    def energy(self, charge: MeteredPower) -> MeterEnergy | None:
        """What the charge's Datastream has told so far; None where the charge names none.

        Raises Refused where there is no such Datastream, where it is of personal risk, and where
        its readings cannot be those of a meter; LimitExceeded beyond a million of them.
        """
        found = self._stream(charge)
        if found is None:
            return None
        with self._readings().reading() as session:
            rows = [
                StoredReading(each.at, each.end, each.result, bool(each.flags & DOUBTFUL_OF_METER))
                for each in queries.numbers(session, found.id, MAX_READINGS + 1)
            ]
        if len(rows) > MAX_READINGS:
            raise LimitExceeded(f"{charge.name}: its meter has over {MAX_READINGS:,} readings")
        return stored_energy(charge, rows, found.unit_ucum, found.interval_s)

    def _stream(self, charge: MeteredPower) -> _Stream | None:
        wanted = charge.datastream
        if wanted is None:
            return None
        with self._database.reading() as session:
            found = stream_named(session, wanted.source, wanted.stream)
            if found is None:
                raise Refused(
                    f"{charge.name}: there is no datastream {wanted.stream} of {wanted.source}; "
                    "register it with canopy iot thing add"
                )
            reason = why_not_billed(found.data_class)
            if reason is not None:
                raise Refused(
                    f"{charge.name}: its datastream {wanted.stream} of {wanted.source} {reason}; "
                    "name a meter that is of no person"
                )
            return _Stream(found.id, found.unit_ucum, found.interval_s)


@contextmanager
def opened_meters(database: Database, lock_timeout_s: float) -> Iterator[StoredMeters]:
    """Meters of a catalogue, whose readings are opened when the first is asked for."""
    opened: list[Readings] = []

    def readings() -> Readings:
        if not opened:
            opened.append(Readings(database, lock_timeout_s))
        return opened[0]

    try:
        yield StoredMeters(database, readings)
    finally:
        for each in opened:
            each.dispose()
