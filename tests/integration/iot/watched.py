"""A catalogue with a stream, rules over it, and a clock of the test's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from stations import add_streams

from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.iot.rules import keeping
from canopy.iot.rules.rule import rule_of
from canopy.iot.rules.watching.watch import Round, Watch
from canopy.iot.store.alarms import Alarm, AlarmChange, AlarmMessage
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.store.rows import Batch, ObservationRow

PROPERTY = "Temperature"


class Watched:
    """`now` is what the clock of watching shows; readings are as old as they say."""

    def __init__(self, database: Database, streams: list[str]) -> None:
        self.database = database
        self.streams = add_streams(database, streams)
        self.readings = Readings(database, 10)
        self.store = store_of(database, 10)
        self.store.prepare()
        self.begun = datetime.now(UTC)
        self.now = self.begun
        self.watch = self.new_watch()

    def new_watch(self) -> Watch:
        """As another process would have."""
        return Watch(self.database, self.readings, lambda: self.now)

    def keep(self, when: dict[str, object], name: str = "hot", **fields: object) -> None:
        """Add or change a rule, now: what was heard before lies before it by the real clock."""
        selected = {} if when["kind"] == "ingestion" else {"property": PROPERTY}
        rule = rule_of(
            {"name": name, "title": "Too hot", "select": selected, "when": when, **fields}
        )
        time.sleep(0.002)  # a GeoPackage keeps the time of a change to the millisecond
        with self.database.writing() as session:
            keeping.keep(session, rule, "anna", datetime.now(UTC))

    def look(self, watch: Watch | None = None) -> Round:
        """One round."""
        return (watch or self.watch).round()

    def hear(
        self,
        *values: tuple[float, float | None],
        stream: str = "a",
        at: tuple[float, float] | tuple[None, None] = (None, None),
    ) -> None:
        """Store (seconds after the beginning, number), as one batch; `at` is where it was."""
        rows = []
        for second, value in values:
            at_us = (self.begun - EPOCH) // timedelta(microseconds=1) + round(second * 1e6)
            rows.append(
                ObservationRow(self.streams[stream], at_us, "", None, value, None, 0, *at, None)
            )
        self.store.write(Batch(observations=rows))

    def alarms(self) -> list[Alarm]:
        """All of them, in order."""
        with self.readings.reading() as session:
            return list(session.scalars(select(Alarm).order_by(Alarm.id)))

    def states(self) -> list[str]:
        """What every alarm came to, in order."""
        with self.readings.reading() as session:
            return list(session.scalars(select(AlarmChange.state).order_by(AlarmChange.id)))

    def messages(self) -> list[AlarmMessage]:
        """Everything that is told, in order."""
        with self.readings.reading() as session:
            return list(session.scalars(select(AlarmMessage).order_by(AlarmMessage.id)))

    def close(self) -> None:
        self.store.close()
        self.readings.dispose()


@contextmanager
def watched(database: Database, *streams: str) -> Iterator[Watched]:
    """Open, and closed at the end."""
    town = Watched(database, list(streams) or ["a"])
    try:
        yield town
    finally:
        town.close()
