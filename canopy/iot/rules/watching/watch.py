"""Rules look at what was stored since the last time, then at the clock.

Each rule has a place in the order in which readings came. A step reads what came since, works out
what that changes, and commits places, memories, alarms and messages together: a process that ends
in between does the step again, and where two run, the second one's step is let go. On PostgreSQL
what is not settled yet is looked at again (see `queries.places`); memories know what they heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.iot.rules import keeping
from canopy.iot.rules import queries as catalogue
from canopy.iot.rules.conditions import Ingestion, Missing
from canopy.iot.rules.hours import EPOCH
from canopy.iot.rules.judging import Reading
from canopy.iot.rules.memory import Memory
from canopy.iot.rules.selecting import Candidate, candidates, select
from canopy.iot.rules.watching import queries, raising
from canopy.iot.rules.watching.finding import Active, Noted, clocked, digest, heard, written
from canopy.iot.rules.watching.raising import Found, Telling
from canopy.iot.store.alarms import AlarmCursor
from canopy.iot.store.opening import Readings

LOOK_AGAIN = timedelta(minutes=5)
"""How often areas and assets are read again, which may change without a trace in Things."""
MOST_BEHIND = timedelta(days=1)
"""How far back a rule begins that nobody looked at since it was added."""
MOST_STEPS = 200
"""Steps of one round; what is left is for the next."""
MOST_UNSETTLED = 200_000
_FEW, _MANY = 5_000, 20_000
"""Readings of a step: with fewer the next one is longer, with more it is shorter."""
_STEP_US = range(1_000_000, 3_600_000_001)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Round:
    """What one round did. `is_behind`: there is more to look at."""

    rules: int = 0
    readings: int = 0
    changes: int = 0
    is_behind: bool = False
    problems: dict[str, str] = field(default_factory=dict)


class Watch:
    """Rules over the readings of a catalogue. Not for two threads at once."""

    def __init__(
        self, database: Database, readings: Readings, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._readings = readings
        self._clock = clock
        self._stamp: tuple[Any, ...] = ()
        self._read_at: datetime | None = None
        self._among: Sequence[Candidate] = ()
        self._active: list[Active] = []
        self._rules = keeping.Rules({}, frozenset(), {}, {})
        self._step = 0
        self._unsettled: dict[tuple[int, int, str], int] = {}
        """What was heard and is not settled: it need not be heard again."""

    def round(self) -> Round:
        """Look at what came, and at the clock. Raises StorageUnavailable."""
        is_new = self._read_rules()
        done = Round(rules=len(self._active))
        done.problems = self._rules.unreadable | {
            each.rule.name: each.selected.problem for each in self._active if each.selected.problem
        }
        if is_new:
            self._settle_rules(done)
        at: int | None = None
        for _ in range(MOST_STEPS):
            at = self._hear_step(done, at)
            if at is None:
                self._look(done)
                return done
        done.is_behind = True
        return done

    def _read_rules(self) -> bool:
        """Read rules, and what they are about where something changed; whether it did."""
        now = self._clock()
        with self._database.reading() as session:
            rules = keeping.all_rules(session)
            stamp = (catalogue.stamp(session), rules)
            is_old = self._read_at is None or now - self._read_at >= LOOK_AGAIN
            if stamp == self._stamp and not is_old:
                return False
            self._among = candidates(session, self._database)
            self._active = [
                Active(
                    number, rule, digest(rule),
                    select(session, self._database, rule, self._among),
                )
                for number, rule in rules.by_number.items()
                if number in rules.active
            ]  # fmt: skip
        self._rules = rules
        self._stamp, self._read_at = stamp, now
        return True

    def _settle_rules(self, done: Round) -> None:
        """Begin new rules with what came since they were added; end those gone or changed."""
        active = {each.number: each for each in self._active}
        with self._readings.reading() as session:
            places = queries.places(session)
            known = queries.cursors(session)
            earliest = self._clock() - MOST_BEHIND
            begins = {
                number: queries.place_at(session, max(self._rules.since[number], earliest), places)
                for number in active.keys() - known.keys()
            }
        with self._readings.writing() as session:
            if not queries.take_turn(session):
                self._read_at = None  # to be settled in the next round
                return
            telling = Telling.begun(session, self._clock())
            for number, cursor in known.items():
                found = active.get(number)
                if found is None:
                    self._end(telling, number, None, "the rule is no longer looked at", done)
                    queries.drop_cursor(session, number)
                elif found.digest != cursor.digest:
                    self._end(telling, number, None, "the rule was changed", done)
                    queries.put_cursor(session, number, found.digest, cursor.place)
                elif not isinstance(found.rule.when, Ingestion):
                    self._end(telling, number, found, "the rule no longer selects it", done)
            for number, place in begins.items():
                queries.put_cursor(session, number, active[number].digest, place)
        self._seed()

    def _end(
        self, telling: Telling, number: int, kept: Active | None, why: str, done: Round
    ) -> None:
        """Forget what a rule remembers, but of subjects that it still selects."""
        gone = [
            (subject, memory.alarm_id)
            for subject, memory in queries.memories(telling.session, number).items()
            if kept is None or subject not in kept.selected.subjects
        ]
        rule = self._rules.by_number.get(number)
        for _, alarm_id in gone:
            if alarm_id is not None and rule is not None:
                raising.close(telling, rule.tell, alarm_id, why)
                done.changes += 1
        queries.drop_memories(telling.session, number, (subject for subject, _ in gone))

    def _seed(self) -> None:
        """Rules about silence learn when each stream spoke last."""
        for each in self._active:
            if not isinstance(each.rule.when, Missing):
                continue
            streams = each.selected.heard_by
            with self._readings.writing() as session:
                known = queries.memories(session, each.number)
                new = [n for n, subject in streams.items() if subject not in known]
                said = queries.newest(session, new)
                queries.put_memories(
                    session,
                    [
                        (each.number, streams[number], written(Memory(
                            arrived_us=arrived_us, newest_us=newest_us)), None)
                        for number, (newest_us, arrived_us) in said.items()
                    ],
                )  # fmt: skip

    def _hear_step(self, done: Round, at: int | None) -> int | None:
        """Look at the next of what came; the place after it, None at the end."""
        with self._readings.reading() as session:
            places = queries.places(session)
            cursors = self._cursors(session)
            if not cursors:
                return None
            after = min(each.place for each in cursors.values()) if at is None else at
            if after > places.end:
                self._go_on_from(places.end)
                return None
            until = min(places.end, after + self._step_length())
            if until <= after:
                return None
            # Those further on hear some of it again, which changes nothing, and go on together.
            hearing = [
                each for each in self._active
                if each.number in cursors and cursors[each.number].place < until
            ]  # fmt: skip
            streams = sorted({number for each in hearing for number in each.selected.heard_by})
            came = queries.came(session, after, until, streams) if streams else []
            came = [each for each in came if _key(each) not in self._unsettled]
            found = [note for each in hearing for note in heard(session, each, came)]
        self._adapt(len(came))
        if not self._commit(hearing, cursors, min(until, places.settled), found, done):
            done.is_behind = True
            return None
        done.readings += len(came)
        self._note_unsettled(came, places.settled)
        return until if until < places.end else None

    def _go_on_from(self, end: int) -> None:
        """Rows were deleted and are numbered anew, or a clock was put back."""
        with self._readings.writing() as session:
            for number, cursor in queries.cursors(session).items():
                queries.put_cursor(session, number, cursor.digest, min(cursor.place, end))

    def _note_unsettled(self, came: Sequence[tuple[int, Reading]], settled: int) -> None:
        if self._database.is_gpkg:
            return  # what is stored is settled
        self._unsettled |= {_key(each): each[1].arrived_us for each in came}
        self._unsettled = {
            key: arrived_us for key, arrived_us in self._unsettled.items() if arrived_us >= settled
        }
        if len(self._unsettled) > MOST_UNSETTLED:
            self._unsettled.clear()  # they are heard again, which changes nothing

    def _look(self, done: Round) -> None:
        """Look at the clock, and at what was noticed about ingestion."""
        now_us = (self._clock() - EPOCH) // _MICROSECOND
        with self._readings.reading() as session:
            cursors = self._cursors(session)
            found = [
                note for each in self._active if each.number in cursors
                for note in clocked(session, each, now_us)
            ]  # fmt: skip
        looked = {note.active.number: note.active for note in found}
        if found:
            self._commit(list(looked.values()), cursors, 0, found, done)

    def _cursors(self, session: Session) -> dict[int, AlarmCursor]:
        """Where the rules have come to that are looked at as they are now."""
        known = queries.cursors(session)
        return {
            each.number: known[each.number] for each in self._active
            if each.number in known and known[each.number].digest == each.digest
        }  # fmt: skip

    def _commit(
        self, active: Iterable[Active], seen: Mapping[int, AlarmCursor], place: int,
        found: Sequence[Noted], done: Round,
    ) -> bool:  # fmt: skip
        """Write it all, unless another process was there meanwhile; whether it was written."""
        with self._readings.writing() as session:
            if not queries.take_turn(session):
                return False
            now = queries.cursors(session)
            for each in active:
                cursor = now.get(each.number)
                if cursor is None or cursor.version != seen[each.number].version:
                    return False
            telling = Telling.begun(session, self._clock())
            alarms = raising.apply_all(telling, [_found(note) for note in found])
            queries.put_memories(
                session,
                [
                    (note.active.number, note.subject.key, written(note.memory), alarm_id)
                    for note, alarm_id in zip(found, alarms, strict=True)
                ],
            )
            done.changes += sum(len(note.changes) for note in found)
            for each in active:
                at = max(now[each.number].place, place)
                queries.put_cursor(session, each.number, each.digest, at)
        return True

    def _step_length(self) -> int:
        if self._database.is_gpkg:
            return _MANY
        self._step = self._step or 20_000_000
        return self._step

    def _adapt(self, came: int) -> None:
        if came < _FEW:
            self._step = min(self._step * 2, _STEP_US[-1])
        elif came > _MANY:
            self._step = max(self._step // 2, _STEP_US[0])


def _key(came: tuple[int, Reading]) -> tuple[int, int, str]:
    return came[0], came[1].at_us, came[1].key


def _found(note: Noted) -> Found:
    return Found(
        note.active.number, note.active.rule, note.subject, note.alarm_id, note.changes,
        note.memory.track.machine.flutters,
    )  # fmt: skip
