"""Checking new readings against those beside them, before they are summed up.

Flags are put beside readings and taken back when a late reading changes the picture; a value is
never changed, and no reading is left out of sums: sums say how many of them are in doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.care import queries as care
from canopy.iot.care.quality import queries
from canopy.iot.care.quality.queries import Checked, Row
from canopy.iot.care.quality.rules import check
from canopy.iot.care.summing import queries as sums
from canopy.iot.care.summing.queries import Place
from canopy.iot.flags import bits

SERIAL = bits(("spike", "stuck", "gap"))
"""Flags that are worked out from the readings beside one."""
QUARTER = timedelta(minutes=15)
_MICROSECOND = timedelta(microseconds=1)
_APART = timedelta(hours=6)
"""Spans that are further apart are looked at by themselves."""


class Checker:
    """Checks the datastreams that ask for it."""

    def __init__(self, of: Iterable[Checked]) -> None:
        self._of = {each.datastream_id: each for each in of if each.checks.is_serial}

    def check(self, session: Session) -> None:
        """Check what changed, in the open transaction. Spans of which flags change change too."""
        if not self._of:
            return
        flagged = 0
        places = sums.changed(session, self._of)
        for number, found in groupby(places, key=lambda place: place.datastream_id):
            for begin, end in _spans(place.start for place in found):
                changed = list(_check(session, self._of[number], begin, end))
                queries.set_flags(session, number, changed)
                sums.add_changed(session, {_place(number, row.at) for row, _ in changed})
                flagged += sum(1 for row, flags in changed if flags & ~row.flags)
        care.count(session, "readings-flagged", flagged)


def checker_of(session: Session) -> Checker:
    """A checker for what the catalogue asks for."""
    return Checker(queries.checked(session))


def _spans(starts: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Quarters in order, as spans of those that are near each other."""
    begin = end = None
    for start in starts:
        if begin is None or end is None or start - end > _APART:
            if begin is not None and end is not None:
                yield begin, end
            begin = start
        end = start + QUARTER
    if begin is not None and end is not None:
        yield begin, end


def _check(
    session: Session, of: Checked, begin: datetime, end: datetime
) -> Iterator[tuple[Row, int]]:
    """Readings whose flags must change, with their flags. Those beside the span change too: of
    them twice as many are read as a check looks at."""
    context = of.checks.context
    before, inside, after = queries.beside_span(session, of.datastream_id, begin, end, 2 * context)
    rows = [*before, *inside, *after]
    at_us = np.array([(row.at - EPOCH) // _MICROSECOND for row in rows], np.int64)
    values = np.array([np.nan if row.result is None else row.result for row in rows], np.float64)
    found = check(of.checks, of.interval_s, at_us, values)
    first = len(before) - context if len(before) == 2 * context else 0
    last = len(rows) - context if len(after) == 2 * context else len(rows)
    for row, flags in list(zip(rows, found.tolist(), strict=True))[first:last]:
        flags |= row.flags & ~SERIAL
        if flags != row.flags:
            yield row, flags


def _place(number: int, at: datetime) -> Place:
    return Place(number, EPOCH + (at - EPOCH) // QUARTER * QUARTER)
