"""``canopy iot care``: sum up the readings that came, once or again and again."""

from __future__ import annotations

import os
import signal
import time
from threading import Event
from typing import Annotated

import typer

from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.cli.iot_watch import watching_beside
from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.care.downsampling import downsample
from canopy.iot.store.opening import Readings
from canopy.log import logger

log = logger("iot")
_LOOK_S = 0.5


def care(
    every: Annotated[
        float | None,
        typer.Option(min=1, help="Go on until stopped, each time after so many seconds."),
    ] = None,
    parent: Annotated[
        int | None, typer.Option(min=1, hidden=True, help="End when this process has.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Sum up readings that came by quarter of an hour, hour and day; late ones too.

    Where several run on one PostgreSQL, one of them works at a time.
    """
    settings = settings_for(db)
    with database_for(settings) as database:
        readings = Readings(database, settings.db_lock_timeout_s)
        try:
            if every is None:
                _tell(downsample(database, readings))
            else:
                watch_s = 0.0 if parent is None else settings.iot_watch_s
                with watching_beside(settings, database, readings, watch_s):
                    _go_on(database, readings, every, parent)
        finally:
            readings.dispose()


def _tell(made: int | None) -> None:
    console.print(
        "Another process sums up readings now; nothing was done."
        if made is None
        else f"Computed {made:,} sums of readings."
    )


def _go_on(database: Database, readings: Readings, every_s: float, parent: int | None) -> None:
    stopping = Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            log.info("readings_summed_up", buckets=downsample(database, readings))
        except StorageUnavailable as error:
            log.warning("readings_not_summed_up", reason=error.detail)
        ends = time.monotonic() + every_s
        while time.monotonic() < ends and not stopping.wait(_LOOK_S):
            if parent is not None and os.getppid() != parent:
                return  # it was killed, and whoever is started in its place has a care of its own
