"""Dead letters are decoded again with the routes and streams of now, each from its own arrival.

A Sparkplug message needs the birth that came before it, which is no dead letter: it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from canopy.errors import NotFound
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.ingest.writing import store_all
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.payloads.reading import Decoded, Message, Outcome, Reading
from canopy.iot.store.opening import Readings, ReadingStore
from canopy.iot.store.rows import Batch, DeadRow
from canopy.iot.store.tables import DeadLetter
from canopy.iot.tending import queries
from canopy.iot.tending.queries import DeadFilter
from canopy.iot.tending.releasing import CHANNEL, HELD_TYPE

_CHUNK = 200


@dataclass(slots=True)
class Replayed:
    """What came of it. `readings` were stored or held, beside those that were there before."""

    replayed: int = 0
    failed: int = 0
    readings: int = 0


def letter_of(readings: Readings, number: int) -> DeadLetter:
    """A dead letter. Raises NotFound."""
    with readings.reading() as session:
        letter = queries.dead_letter(session, number)
    if letter is None:
        raise NotFound(f"There is no dead letter {number}; `canopy iot dead list` has them.")
    return letter


def replay(
    readings: Readings,
    store: ReadingStore,
    dispatcher: Dispatcher,
    sorter: Sorter,
    wanted: DeadFilter,
    now: datetime,
    *,
    number: int | None = None,
) -> Replayed:
    """Decode again what `wanted` says, or the one of that number, newest first.

    What gives readings now is stored and marked; what fails again stays as it is. Raises
    StorageUnavailable, and NotFound for a number that is none.
    """
    done = Replayed()
    if number is not None:
        _replay(readings, store, dispatcher, sorter, [letter_of(readings, number)], now, done)
        return done
    before: int | None = None
    while True:
        with readings.reading() as session:
            letters = queries.dead_letters(session, wanted, before, _CHUNK)
        if not letters:
            return done
        _replay(readings, store, dispatcher, sorter, letters, now, done)
        before = letters[-1].id


def _replay(
    readings: Readings,
    store: ReadingStore,
    dispatcher: Dispatcher,
    sorter: Sorter,
    letters: Sequence[DeadLetter],
    now: datetime,
    done: Replayed,
) -> None:
    total, good = Batch(), []
    for letter in letters:
        batch = Batch()
        message = message_of(letter)
        sorter.add(batch, message, decoded_again(dispatcher, letter, message), letter.gateway)
        if any(dead.part == letter.part for dead in batch.dead):
            done.failed += 1
            continue
        good.append(letter.id)
        _add(total, batch)
    total.dead = _new(readings, total.dead)
    if not total.is_empty():
        written = store_all(store, total, "replay")
        done.readings += written.observations + written.held
    if good:
        with readings.writing() as session:
            queries.mark_replayed(session, good, now)
    done.replayed += len(good)


def _new(readings: Readings, dead: Sequence[DeadRow]) -> list[DeadRow]:
    """Parts that could not be read either, and that are not kept yet: what is, is not counted."""
    by_digest = {each.digest(): each for each in dead}
    with readings.reading() as session:
        known = queries.known_digests(session, list(by_digest))
    return [each for digest, each in by_digest.items() if digest not in known]


def message_of(letter: DeadLetter) -> Message:
    """The message as it came first."""
    return Message(
        body=letter.body, topic=letter.topic, content_type=letter.content_type,
        arrived_at=letter.first_at,
    )  # fmt: skip


def decoded_again(dispatcher: Dispatcher, letter: DeadLetter, message: Message) -> Outcome:
    """What a dead letter's message gives with the routes of now."""
    if (letter.channel, letter.content_type) == (CHANNEL, HELD_TYPE):
        return Decoded(readings=(msgspec.json.decode(letter.body, type=Reading),))
    return dispatcher.decode(message)


def _add(total: Batch, batch: Batch) -> None:
    total.observations += batch.observations
    total.origins += batch.origins
    total.held += batch.held
    total.held_origins += batch.held_origins
    total.dead += batch.dead
    total.happenings += batch.happenings
