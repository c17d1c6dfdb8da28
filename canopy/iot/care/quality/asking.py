"""Who asks for which checks: set, listed and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot.care.quality import queries
from canopy.iot.care.quality.queries import Checked
from canopy.iot.care.quality.rules import wrong
from canopy.iot.things.tables import Datastream


def change(database: Database, reference: str, changed: Mapping[str, float], now: datetime) -> int:
    """Change some checks of the datastreams that a reference means; how many they are.

    reference: a number, ``source/stream`` or the URI of what is observed. Raises NotFound, and
    Refused with the field that is wrong; nothing is changed then.
    """
    with database.writing() as session:
        found = _named(session, reference)
        for stream in found:
            checks = msgspec.structs.replace(queries.checks_of(session, stream.id), **changed)
            for field, rule in wrong(checks, stream.interval_s):
                raise Refused(f"{stream.source}/{stream.stream}: {field} {rule}.")
            queries.put_checks(session, stream.id, checks, now)
        return len(found)


def clear(database: Database, reference: str) -> int:
    """Take back all checks of the datastreams that a reference means; how many had some.

    Raises NotFound.
    """
    with database.writing() as session:
        return sum(queries.drop_checks(session, stream.id) for stream in _named(session, reference))


def asked(database: Database) -> list[Checked]:
    """Datastreams that are checked for something."""
    with database.reading() as session:
        return queries.checked(session)


def _named(session: Session, reference: str) -> Sequence[Datastream]:
    found = queries.streams_named(session, reference)
    if not found:
        raise NotFound(
            f"No datastream is meant by {reference!r}: give its number, source/stream, or the URI "
            "of what it observes."
        )
    return found
