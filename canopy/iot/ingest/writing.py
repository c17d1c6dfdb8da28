"""Storing a batch whatever is in it: a value that the database refuses does not stop the rest."""

from __future__ import annotations

from dataclasses import replace

from canopy.iot.store.opening import ReadingStore
from canopy.iot.store.rows import Batch, DeadRow, Unstorable, Written

CONTRADICTION = (
    "contradiction", "another result of the same datastream, time and key is stored",
)  # fmt: skip
"""Kind and reason of such a dead letter."""


def store_all(store: ReadingStore, batch: Batch, channel: str) -> Written:
    """Store a batch; what is refused becomes a dead letter.

    Parts of it may be committed before others. Raises StorageUnavailable where it may work
    later: storing the same again changes nothing then.
    """
    try:
        written = store.write(batch)
    except Unstorable as refused:
        return _store_parts(store, batch, channel, refused)
    return _buried(store, batch, channel, written) if written.contradicted else written


def _buried(store: ReadingStore, batch: Batch, channel: str, written: Written) -> Written:
    """Keep readings of which another result is stored: neither may vanish without a word.

    In a commit of their own: where it fails the message comes again, and so do they.
    """
    origins = dict(zip(map(id, batch.observations), batch.origins, strict=True))
    dead = [
        DeadRow(
            origins[id(row)], channel, CONTRADICTION[0], CONTRADICTION[1],
            f"{row.datastream_id}@{row.phenomenon_us} {row.source_key}".rstrip(),
        )
        for row in written.contradicted
    ]  # fmt: skip
    more = store.write(Batch(dead=dead))
    return replace(written, dead=written.dead + more.dead)


def _store_parts(store: ReadingStore, batch: Batch, channel: str, refused: Unstorable) -> Written:
    count = len(batch.observations) + len(batch.held)
    if count == 0:
        raise refused  # what is left is written so that it can be stored: a mistake of ours
    if count == 1:
        message = (batch.origins or batch.held_origins)[0]
        gateway = batch.held[0].gateway if batch.held else ""
        dead = DeadRow(message, channel, "unstorable", refused.detail, gateway=gateway)
        rest = Batch(dead=[*batch.dead, dead], happenings=batch.happenings)
        return store.write(rest)
    first, second = _halves(batch)
    one = store_all(store, first, channel)
    other = store_all(store, second, channel)
    return Written(
        one.observations + other.observations,
        one.known + other.known,
        one.held + other.held,
        one.dead + other.dead,
        one.contradicted + other.contradicted,
    )


def _halves(batch: Batch) -> tuple[Batch, Batch]:
    at, held_at = (len(batch.observations) + 1) // 2, len(batch.held) // 2
    return (
        Batch(
            observations=batch.observations[:at],
            origins=batch.origins[:at],
            held=batch.held[:held_at],
            held_origins=batch.held_origins[:held_at],
            dead=batch.dead,
            happenings=batch.happenings,
        ),
        Batch(
            observations=batch.observations[at:],
            origins=batch.origins[at:],
            held=batch.held[held_at:],
            held_origins=batch.held_origins[held_at:],
        ),
    )
