"""Numbered readings, good and bad, and whether each is kept once."""

from __future__ import annotations

import time

from publishing import Publisher, observation
from stations import Kept

from canopy.db.engine import Database

STREAMS = [f"s{number}" for number in range(20)]
POISON_EVERY = 100


def publish(publisher: Publisher, first: int, count: int, per_s: float = float("inf")) -> None:
    """Numbered readings; each 100th cannot be read, each 7th is of a stream nobody knows."""
    began = time.monotonic()
    for number in range(first, first + count):
        stream = "unknown" if number % 7 == 0 else STREAMS[number % len(STREAMS)]
        body = observation(number, stream)
        publisher.publish(number, body + b"!" if number % POISON_EVERY == 50 else body)
        ahead_s = (number - first) / per_s - (time.monotonic() - began)
        if ahead_s > 0.01:
            time.sleep(ahead_s)


def wait_until_kept(database: Database, taken: set[int], timeout_s: float = 60) -> Kept:
    """Until all is there, or the time is up."""
    ends = time.monotonic() + timeout_s
    while True:
        kept = Kept(database)
        if len(kept.ids()) >= len(taken) or time.monotonic() > ends:
            return kept
        time.sleep(0.3)


def check(kept: Kept, taken: set[int]) -> None:
    ids = kept.ids()
    wanted = {f"n{number}" for number in taken}
    assert wanted - set(ids) == set(), "lost"
    assert {each: times for each, times in ids.items() if times > 1} == {}, "kept twice"
    assert {at: row.phenomenon_time for at, row in kept.latest.items()} == kept.newest
