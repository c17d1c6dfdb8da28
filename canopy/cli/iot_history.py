"""``canopy iot history``: readings that were taken before Canopy listened."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.db.engine import Database
from canopy.iot.history.importing import MOST_FAILED, Failed, History, import_history
from canopy.iot.history.mapping import HistoryMapping, read_mapping
from canopy.iot.ingest.running import bounds_of
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.tending.releasing import release_known
from canopy.iot.things import registering
from canopy.iot.things.entries import OBSERVATION_TYPES
from canopy.iot.things.entry_files import Numbered, read_entries
from canopy.iot.things.registry import Stream, Streams, streams_of, takes
from canopy.settings import Settings


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="Readings of the past, from files.", no_args_is_help=True)
    group.command("import")(import_readings)
    return group


def import_readings(
    file: Annotated[
        Path, typer.Argument(exists=True, help="CSV, a ZIP of CSV files, or a folder of them.")
    ],
    mapping: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="TOML that says how it is read.")
    ],
    things: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Register these first, as `canopy iot thing import` does.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write what failed here: file, row, column, reason.")
    ] = None,
    most_failed: Annotated[
        int, typer.Option(min=0, max=100_000, help="Failures after which it stops.")
    ] = MOST_FAILED,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Store readings of the past, once: the same file again stores nothing twice.

    Readings of unknown devices wait in quarantine. What fails is kept as a dead letter and told
    by file, row and column. docs/how-to/readings-history.md has the mapping.
    """  # fmt: skip
    settings = settings_for(db)
    said = read_mapping(mapping)
    entries = [] if things is None else read_entries(things)
    with database_for(settings) as database, _reporting(report) as tell:
        done = _Run(database, settings, said, most_failed).run(file, entries, tell, dry_run)
    for sentence in done.sentences(dry_run=dry_run):
        console.print(f"Dry run: {sentence}" if dry_run else sentence, markup=False, soft_wrap=True)
    raise typer.Exit(1 if done.stopped else 0)


class _Run:
    """One import into a catalogue."""

    def __init__(
        self, database: Database, settings: Settings, mapping: HistoryMapping, most_failed: int
    ) -> None:
        self._database, self._settings = database, settings
        self._mapping, self._most_failed = mapping, most_failed

    def run(
        self, file: Path, entries: list[Numbered], tell: Callable[[Failed], None], dry_run: bool
    ) -> History:
        database, settings = self._database, self._settings
        if entries:
            told = registering.register_all(
                database, entries, local_principal(), now_utc(), dry_run=dry_run
            ).sentence()
            console.print(f"Dry run: {told}" if dry_run else told, markup=False, soft_wrap=True)
        with database.reading() as session:
            streams: Streams = streams_of(session)
        if dry_run:
            return self._import(file, _with(streams, entries), None, tell)
        store = store_of(database, settings.db_lock_timeout_s)
        try:
            done = self._import(file, streams, store, tell)
            if entries:
                self._release(streams)
            return done
        finally:
            store.close()

    def _import(
        self,
        file: Path,
        streams: Streams,
        store: ReadingStore | None,
        tell: Callable[[Failed], None],
    ) -> History:
        return import_history(
            self._database, store, file, self._mapping, streams,
            bounds_of(self._settings), now_utc(), most_failed=self._most_failed, tell=tell,
        )  # fmt: skip

    def _release(self, streams: Streams) -> None:
        """What waited for the Things that were registered need wait no longer."""
        settings = self._settings
        readings = Readings(self._database, settings.db_lock_timeout_s)
        store = store_of(self._database, settings.db_lock_timeout_s)
        try:
            sorter = Sorter(streams, bounds_of(settings), "file")
            while release_known(readings, store, sorter).is_more:
                pass
        finally:
            store.close()
            readings.dispose()


def _with(streams: Streams, entries: list[Numbered]) -> Streams:
    """The streams with those that a dry run would have registered."""
    added = {
        (each.source, each.stream): Stream(
            id=0, takes=takes(OBSERVATION_TYPES[each.result]), unit=each.unit,
            gateway=each.gateway, low=each.low, high=each.high, expected_low=each.expected_low,
            expected_high=each.expected_high, retention_days=each.retention_days,
        )
        for _, each in entries
    }  # fmt: skip
    return {**streams, **added}


@contextmanager
def _reporting(path: Path | None) -> Iterator[Callable[[Failed], None]]:
    """Writes failures to a file as they come."""
    if path is None:
        yield lambda failed: None
        return
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(Failed._fields)
        yield lambda failed: writer.writerow([_tame(each) for each in failed])


def _tame(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
