"""Importing past readings: one pass over the rows, and a commit for some thousands at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from canopy.db.engine import Database
from canopy.errors import ImportRefused
from canopy.iot.flags import names
from canopy.iot.history import moving
from canopy.iot.history.decoding import RowDecoder
from canopy.iot.history.files import Row, read_rows
from canopy.iot.history.mapping import HistoryMapping
from canopy.iot.ingest.sorting import Bounds, Sorter, part_of
from canopy.iot.ingest.writing import store_all
from canopy.iot.payloads.reading import Decoded, Outcome
from canopy.iot.store.opening import ReadingStore
from canopy.iot.store.rows import Batch, DeadRow
from canopy.iot.things.registry import Streams

CHANNEL = "file"
BATCH_READINGS = 5_000
MOST_FAILED = 1_000
"""Rows that may fail before an import stops: a wrong mapping is to be told, not to fill a table."""
_TOLD_FLAGS = ("saturated", "ambiguous-local-time", "no-position-fix", "unlikely")


class Failed(NamedTuple):
    """What of a row gave no reading. `row` counts from 1, the headings' row included."""

    file: str
    row: int
    column: str
    kind: str
    reason: str


@dataclass(slots=True)
class History:
    """What came of an import. `known` were stored or held before; `second_times` are readings of
    the second time round of an hour that clocks show twice."""

    rows: int = 0
    readings: int = 0
    stored: int = 0
    known: int = 0
    held: int = 0
    failed: int = 0
    places: int = 0
    places_left_out: int = 0
    second_times: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    stopped: str = ""
    """Why it stopped before the end; empty where it did not."""

    def sentences(self, *, dry_run: bool = False) -> Iterator[str]:
        """In words."""
        yield f"{self.rows:,} rows, {self.readings:,} readings."
        if not dry_run:
            yield f"Stored {self.stored:,}, known before {self.known:,}, held {self.held:,}."
        elif self.held:
            yield f"{self.held:,} readings would be held: no datastream takes them."
        if self.failed:
            kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.kinds.most_common())
            yield f"Failed {self.failed:,}: {kinds}."
        for flag in _TOLD_FLAGS:
            if self.flags[flag]:
                yield f"Flagged {flag}: {self.flags[flag]:,}."
        if self.second_times:
            yield (
                f"Read as the second time round of an hour that clocks show twice, by the order "
                f"of rows: {self.second_times:,}."
            )
        if self.places or self.places_left_out:
            yield f"Places of Things added: {self.places:,}, left out: {self.places_left_out:,}."
        if self.unknown:
            shown = ", ".join(sorted(self.unknown)[:10])
            yield (
                f"{len(self.unknown):,} devices are no Things yet ({shown}): their readings wait "
                "in quarantine. Register them, and import again for the places where they were."
            )
        if self.stopped:
            yield self.stopped


def import_history(
    database: Database,
    store: ReadingStore | None,
    path: Path,
    mapping: HistoryMapping,
    streams: Streams,
    bounds: Bounds,
    now: datetime,
    *,
    most_failed: int = MOST_FAILED,
    tell: Callable[[Failed], None] = lambda failed: None,
) -> History:
    """Store the readings of a file, a ZIP or a folder of CSV files; a dry run without a store.

    A reading that is there is not stored twice. What fails is told by file, row and column, and
    kept as a dead letter. More than `most_failed` end it: what was stored stays, and the same
    import again goes on. Raises BadSource, StorageUnavailable, and ImportRefused where times have
    no offset and the mapping declares no zone.
    """
    anybodys = {
        key: msgspec.structs.replace(each, gateway=None) for key, each in streams.items()
    }  # a file comes from whoever keeps the catalogue, not from a gateway
    run = _Import(store, mapping, Sorter(anybodys, bounds, CHANNEL), now, most_failed, tell)
    try:
        for row in read_rows(path, mapping):
            if not run.take(row):
                break
    finally:
        run.flush()
    done = run.done
    if store is not None:
        moved = moving.keep(database, run.moves, mapping.moves_m, now)
        done.places, done.unknown = moved.added, done.unknown | set(moved.unknown)
        done.places_left_out = run.moves.left_out
    return done


class _Import:
    """One run: a batch that is being filled, and what was done."""

    def __init__(
        self,
        store: ReadingStore | None,
        mapping: HistoryMapping,
        sorter: Sorter,
        now: datetime,
        most_failed: int,
        tell: Callable[[Failed], None],
    ) -> None:
        self._store, self._sorter, self._now = store, sorter, now
        self._most_failed, self._tell = most_failed, tell
        self._decoder = RowDecoder(mapping)
        self._batch = Batch()
        self.moves = moving.Moves()
        self.done = History()

    def take(self, row: Row) -> bool:
        """Decode and sort a row; False where too many failed."""
        message = self._decoder.message(row, self._now)
        outcome = self._decoder.decode(row, message)
        batch, done = self._batch, self.done
        before = len(batch.observations), len(batch.held), len(batch.dead)
        self._sorter.add(batch, message, outcome, "")
        done.rows += 1
        done.second_times = self._decoder.second_times
        done.readings += len(batch.observations) - before[0] + len(batch.held) - before[1]
        for each in batch.observations[before[0] :]:
            done.flags.update(names(each.flags))
        for held in batch.held[before[1] :]:
            done.flags.update(names(held.flags))
            done.unknown.add(held.source)
        if isinstance(outcome, Decoded):
            for reading in outcome.readings:
                self.moves.note(reading)
        if len(batch.dead) > before[2]:
            self._tell_failed(row, outcome, before[2])
        if len(batch.observations) + len(batch.held) + len(batch.dead) >= BATCH_READINGS:
            self.flush()
        return not done.stopped

    def _tell_failed(self, row: Row, outcome: Outcome, since: int) -> None:
        """Tell what failed of a row, and have its dead letters name the place."""
        parts = {}
        if isinstance(outcome, Decoded):
            parts = {part_of(each): each.stream for each in outcome.readings}
        for at in range(since, len(self._batch.dead)):
            dead: DeadRow = self._batch.dead[at]
            if dead.kind == "naive-time" and not self.done.readings:
                self._batch = Batch()
                raise ImportRefused(
                    f"{row.file}: row {row.number:,}, column "
                    f"{self._decoder.column('', dead.kind)}: the time has no offset from UTC. "
                    "Declare `time_zone` in the mapping, such as UTC or Europe/London. Nothing was "
                    "written."
                )
            column = self._decoder.column(parts.get(dead.part, dead.part), dead.kind)
            failed = Failed(row.file, row.number, column, dead.kind, dead.reason)
            place = f"row {row.number}, column {column}" if column else f"row {row.number}"
            self._batch.dead[at] = dead._replace(part=place)
            self.done.failed += 1
            self.done.kinds[dead.kind] += 1
            self._tell(failed)
        if self.done.failed > self._most_failed:
            last = self._batch.dead[-1]
            self.done.stopped = (
                f"Stopped at {row.file}, row {row.number:,}: over {self._most_failed:,} failures, "
                f"the last: {last.reason}. Put the mapping or the settings right and import again; "
                "what was stored is not stored twice."
            )

    def flush(self) -> None:
        """Commit what was sorted."""
        batch, self._batch = self._batch, Batch()
        if batch.is_empty():
            return
        done = self.done
        if self._store is None:
            done.held += len(batch.held)
            return
        written = store_all(self._store, batch, CHANNEL)
        done.stored += written.observations
        done.known += written.known
        done.held += written.held
        unstorable = written.dead - len(batch.dead)
        if unstorable > 0:
            done.failed += unstorable
            done.kinds["unstorable"] += unstorable
