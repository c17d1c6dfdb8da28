"""``canopy iot care`` and ``silent``: tend to the readings that came, and to those that did not."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Event
from typing import Annotated

import typer

from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.cli.iot_watch import watching_beside
from canopy.db.engine import Database
from canopy.errors import Refused, StorageUnavailable
from canopy.iot.care.counting.silence import INTERVALS, silent
from canopy.iot.care.proposing import propose_grades
from canopy.iot.care.retention.removing import Going
from canopy.iot.care.rounds import Care, Round, limits_of, periods_of
from canopy.iot.care.undecided.removing import Waited
from canopy.iot.store.opening import Readings
from canopy.log import logger

log = logger("iot")
_LOOK_S = 0.5
_PROPOSE_EVERY_S = 86_400.0


def care(
    every: Annotated[
        float | None,
        typer.Option(min=1, help="Go on until stopped, each time after so many seconds."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what is too old; change nothing.")
    ] = False,
    parent: Annotated[
        int | None, typer.Option(min=1, hidden=True, help="End when this process has.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Check readings that came, sum them up, and remove those that are too old.

    Sums are of a quarter of an hour, an hour and a day; late readings too. Readings go when they
    are in sums and older than their datastream keeps them; quarantine and dead letters by limits
    of their own. Where several run on one database, they do each step once.
    """
    if dry_run and every is not None:
        raise Refused("Give --dry-run or --every, not both.")
    settings = settings_for(db)
    stopping = Event()
    with database_for(settings) as database:
        readings = Readings(database, settings.db_lock_timeout_s)
        rounds = Care(
            database, readings, periods_of(settings), stopping.is_set, limits_of(settings)
        )  # fmt: skip
        try:
            if dry_run:
                _tell_plan(rounds.retention().plan(), rounds.waited())
            elif every is None:
                _tell(rounds.round())
            else:
                watch_s = 0.0 if parent is None else settings.iot_watch_s
                with watching_beside(settings, database, readings, watch_s):
                    _go_on(rounds, _Proposals(database, readings), every, parent, stopping)
        finally:
            readings.dispose()


def list_silent(
    intervals: Annotated[
        int, typer.Option(min=1, max=10_000, help="Silent after so many of its own intervals.")
    ] = INTERVALS,
    db: DbOption = None,
) -> None:
    """List datastreams that have not been heard of for longer than they report."""
    settings = settings_for(db)
    with database_for(settings) as database:
        readings = Readings(database, settings.db_lock_timeout_s)
        try:
            found = silent(database, readings, datetime.now(UTC), intervals)
        finally:
            readings.dispose()
    if not found:
        _say("No datastream that says how often it reports is silent.")
    for each in found:
        since = "was never heard" if each.since is None else f"silent since {_moment(each.since)}"
        _say(
            f"{each.source or '(no device)'}/{each.stream}: {since}, every {each.interval_s:,} s "
            f"expected ({each.name}, number {each.datastream_id})"
        )


def _tell(done: Round | None) -> None:
    if done is None:
        _say("Another process tends to readings now; nothing was done.")
        return
    _say(f"Computed {done.sums:,} sums of readings.")
    if done.missing:
        _say(f"{done.missing:,} numbers of sources are missing; see `canopy iot happenings`.")
    removed = done.removed
    if removed is not None and (removed.readings or removed.sums or removed.partitions):
        _say(
            f"Removed {removed.partitions:,} months, {removed.readings:,} other readings and "
            f"{removed.sums:,} sums that were too old."
        )
    held, letters = done.undecided
    if held or letters:
        _say(
            f"Removed {held:,} readings in quarantine and {letters:,} dead letters that were too "
            "old or too many; see `canopy iot happenings`."
        )


def _tell_plan(going: list[Going], waited: Waited) -> None:
    for each in going:
        _say(
            f"{each.name}: {each.readings:,} readings and {each.sums:,} sums, readings until "
            f"{_moment(each.until)}"
        )
    for source, count in waited.held:
        _say(f"quarantine: {count:,} readings of {source or '(no device)'}")
    for kind, count in waited.letters:
        _say(f"dead letters: {count:,} of {kind}")
    is_any = going or waited.held or waited.letters
    _say("Nothing was changed." if is_any else "Nothing is too old.")


class _Proposals:
    """Condition grades, proposed once a day."""

    def __init__(self, database: Database, readings: Readings) -> None:
        self._database, self._readings = database, readings
        self._next_s = 0.0

    def look(self) -> None:
        """Propose, where a day has passed."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + _PROPOSE_EVERY_S
        now = datetime.now(UTC)
        try:
            proposed = propose_grades(self._database, self._readings, local_principal(), now)
        except (Refused, StorageUnavailable) as error:
            log.warning("conditions_not_proposed", reason=error.detail)
        else:
            log.info("conditions_proposed", proposed=proposed)


def _go_on(
    rounds: Care, proposals: _Proposals, every_s: float, parent: int | None, stopping: Event
) -> None:
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    while not stopping.is_set():
        begun_s = time.monotonic()
        try:
            done = rounds.round()
        except StorageUnavailable as error:
            log.warning("readings_not_summed_up", reason=error.detail)
        else:
            told = {} if done is None else asdict(done)
            took_s = round(time.monotonic() - begun_s, 3)
            log.info("readings_summed_up", was_its_turn=done is not None, took_s=took_s, **told)
            proposals.look()
        ends = time.monotonic() + every_s
        while time.monotonic() < ends and not stopping.wait(_LOOK_S):
            if parent is not None and os.getppid() != parent:
                return  # it was killed, and whoever is started in its place has a care of its own


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
