"""Removing what nobody decided about, by age and by count, and telling what went.

Readings are kept by their datastream's own retention, whatever waits; what waits has limits of its
own, so that neither a device that nobody approves nor a broken one fills the store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from canopy.iot.care import queries as care
from canopy.iot.care.undecided import queries
from canopy.iot.store.opening import Readings
from canopy.iot.store.rows import HappeningRow

KIND = "undecided-removed"
_STEP_ROWS = 5_000
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """How long quarantine and dead letters are kept [days], and how many of them at most."""

    held_days: int = 90
    held_most: int = 1_000_000
    dead_days: int = 365
    dead_most: int = 200_000


class Waited(NamedTuple):
    """What waited too long or was too much: readings in quarantine by source, and dead letters,
    which gave no reading, by kind."""

    held: list[tuple[str, int]]
    letters: list[tuple[str, int]]


def waited(readings: Readings, limits: Limits, now: datetime) -> Waited:
    """What would go at a moment. Raises StorageUnavailable."""
    with readings.reading() as session:
        return Waited(
            queries.held_by_source(session, _held_until(session, limits, now)),
            queries.letters_by_kind(session, _letters_until(session, limits, now)),
        )


def remove(
    readings: Readings, limits: Limits, now: datetime, is_stopping: Callable[[], bool]
) -> tuple[int, int] | None:
    """Remove it in steps: how many readings and letters went; None where another process does it.

    What goes is told before it does. Raises StorageUnavailable.
    """
    with readings.writing() as session:
        if not care.take_turn(session):
            return None
        held_until = _held_until(session, limits, now)
        letters_until = _letters_until(session, limits, now)
        found = (
            ("quarantine", "readings in quarantine", queries.held_by_source(session, held_until)),
            ("dead letters", "dead letters", queries.letters_by_kind(session, letters_until)),
        )
        care.tell(session, [_told(*each) for each in found if each[2]], now)
    held = _in_steps(
        readings, "held-removed", is_stopping,
        lambda session: queries.remove_held(session, held_until, _STEP_ROWS),
    )  # fmt: skip
    letters = _in_steps(
        readings, "letters-removed", is_stopping,
        lambda session: queries.remove_letters(session, letters_until, _STEP_ROWS),
    )  # fmt: skip
    return held, letters


def _in_steps(
    readings: Readings, what: str, is_stopping: Callable[[], bool], step: Callable[[Session], int]
) -> int:
    gone = 0
    while not is_stopping():
        with readings.writing() as session:
            went = step(session) if care.take_turn(session) else 0
            care.count(session, what, went)
        gone += went
        if went < _STEP_ROWS:
            break
    return gone


def _held_until(session: Session, limits: Limits, now: datetime) -> datetime:
    return queries.held_until(session, now - timedelta(days=limits.held_days), limits.held_most)


def _letters_until(session: Session, limits: Limits, now: datetime) -> queries.Letters:
    return queries.letters_until(session, now - timedelta(days=limits.dead_days), limits.dead_most)


def _told(subject: str, what: str, counts: list[tuple[str, int]]) -> HappeningRow:
    total = sum(count for _, count in counts)
    named = ", ".join(f"{name or '(no device)'} {count:,}" for name, count in counts[:_MOST_NAMED])
    more = "" if len(counts) <= _MOST_NAMED else f" and {len(counts) - _MOST_NAMED:,} others"
    detail = f"{total:,} {what} that nobody decided about were removed: {named}{more}"
    return HappeningRow(KIND, subject, detail, total)
