"""What was noticed about ingestion, until somebody has seen to it."""

from __future__ import annotations

from datetime import datetime

from canopy.errors import NotFound
from canopy.iot.store.opening import Readings
from canopy.iot.store.tables import Happening
from canopy.iot.tending import queries


def open_happenings(
    readings: Readings, *, with_acknowledged: bool = False, limit: int = 200
) -> list[Happening]:
    """What was noticed, the latest first."""
    with readings.reading() as session:
        return list(queries.happenings(session, with_acknowledged=with_acknowledged, limit=limit))


def acknowledge(readings: Readings, kind: str, subject: str, by: str, now: datetime) -> Happening:
    """Note that somebody has seen to it; it is open again when it happens again.

    Raises NotFound.
    """
    with readings.writing() as session:
        found = queries.happening(session, kind, subject)
        if found is None:
            raise NotFound(
                f"Nothing of kind {kind!r} happened to {subject!r}; `canopy iot happenings` tells "
                "what did."
            )
        if found.acknowledged_at is None:
            found.acknowledged_at, found.acknowledged_by = now, by
        return found
