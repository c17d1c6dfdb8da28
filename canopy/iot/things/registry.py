"""Which datastream takes a reading: what the ingester keeps in memory of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.iot.things import queries

OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
MEASUREMENT = f"{OM}OM_Measurement"
TRUTH = f"{OM}OM_TruthObservation"
CATEGORY = f"{OM}OM_CategoryObservation"
COUNT = f"{OM}OM_CountObservation"
ANY = f"{OM}OM_Observation"
OBSERVATION_TYPES = (MEASUREMENT, TRUTH, CATEGORY, COUNT, ANY)
"""Types of OGC 18-088, table 12."""

_NUMBERS = frozenset({MEASUREMENT, COUNT})


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A datastream as sorting sees it.

    takes: ``number``, ``truth``, ``text`` or ``any``. gateway: who alone may publish it, or None.
    low, high: what the instrument can measure. expected_low, expected_high: what is likely.
    """

    id: int
    takes: str
    unit: str | None = None
    gateway: str | None = None
    low: float | None = None
    high: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    retention_days: int | None = None


Streams = Mapping[tuple[str, str], Stream]
"""(source, stream) -> datastream."""


def takes(observation_type: str) -> str:
    """What kind of result a type of observation has."""
    if observation_type in _NUMBERS:
        return "number"
    return {TRUTH: "truth", CATEGORY: "text"}.get(observation_type, "any")


def streams_of(session: Session) -> dict[tuple[str, str], Stream]:
    """Every stream of the catalogue."""
    return {
        (row.source, row.stream): Stream(
            id=row.id, takes=takes(row.observation_type), unit=row.unit_ucum, gateway=row.gateway,
            low=row.low, high=row.high, expected_low=row.expected_low,
            expected_high=row.expected_high, retention_days=row.retention_days,
        )
        for row in queries.stream_rows(session)
    }  # fmt: skip


class Registry:
    """The streams, read again when they have changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stamp: tuple[Any, ...] = ()
        self.streams: Streams = {}

    def refresh(self) -> bool:
        """Read the streams again where something changed. Raises StorageUnavailable."""
        with self._database.reading() as session:
            stamp = queries.streams_stamp(session)
            if stamp == self._stamp:
                return False
            self.streams = streams_of(session)
            self._stamp = stamp
            return True
