"""``canopy iot watch``: let rules look at readings, and tell of alarms."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated

import typer

from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.db.engine import Database
from canopy.iot.store.opening import Readings
from canopy.settings import Settings

_LOOK_S = 0.5


def watch(
    every: Annotated[
        float | None,
        typer.Option(min=0.5, max=3_600, help="Go on until stopped, after so many seconds each."),
    ] = None,
    db: DbOption = None,
) -> None:
    """Let rules look at readings that came, and tell of what they raise and clear.

    `canopy iot ingest` and `embedded` do this beside ingestion. Where several watch one database,
    one of them works at a time.
    """
    from canopy.iot.ingest.running import broker_of  # loads the broker's client
    from canopy.iot.rules.running import now_utc, senders_of
    from canopy.iot.rules.telling.outbox import deliver
    from canopy.iot.rules.watching.watch import Watch

    settings = settings_for(db)
    with database_for(settings) as database:
        readings = Readings(database, settings.db_lock_timeout_s)
        try:
            if every is not None:
                stopping = Event()
                for each in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(each, lambda *_: stopping.set())
                with watching_beside(settings, database, readings, every) as goes_on:
                    while not stopping.wait(_LOOK_S):
                        if not goes_on():  # by a fault, which it has told
                            raise typer.Exit(1)
                return
            looking = Watch(database, readings, now_utc)
            while (done := looking.round()).is_behind:
                pass
            senders, taken, left = senders_of(settings, broker_of(settings)), 0, 0
            while any(sent := deliver(readings, senders, now_utc)):
                taken, left = taken + sent[0], left + sent[1]
        finally:
            readings.dispose()
    for name, problem in done.problems.items():
        console.print(f"{name} is not watched: {problem}.", markup=False)
    console.print(
        f"{done.rules:,} rules looked at {done.readings:,} readings: {done.changes:,} changes. "
        f"Messages sent {taken:,}, to be tried again {left:,}."
    )


@contextmanager
def watching_beside(
    settings: Settings, database: Database, readings: Readings, every_s: float
) -> Iterator[Callable[[], bool]]:
    """Have rules look at readings meanwhile, and tell whether they still do; not at all where
    `every_s` is 0."""
    if every_s == 0:
        yield lambda: True
        return
    from canopy.iot.ingest.running import broker_of  # loads the broker's client
    from canopy.iot.rules.running import watching

    with watching(database, readings, settings, broker_of(settings), every_s) as goes_on:
        yield goes_on
