"""Metered energy of each lamppost by month, in the form that the power recharge reads.

A register is read at the month's ends. Between two readings it is taken to rise evenly, and the
month is then told as estimated, as is one with a doubtful reading in it; a month that no two
readings enclose, or in which the register falls anywhere, is left out, never zero.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.iot.lighting import queries, roles
from canopy.iot.lighting.posts import Post, with_things
from canopy.iot.lighting.streams import Streams, streams_of
from canopy.iot.store.opening import Readings

Naming = Literal["ref", "mpan", "asset"]
HEADINGS = ("meter", "start", "end", "kwh", "quality", "asset_id")
AT_ONCE = 200
MOST_MONTHS = 120
_NEAR = timedelta(minutes=90)
"""A reading so near a month's end stands for it."""
_REGISTERS: frozenset[roles.Role] = frozenset(("energy",))
_MILLI = Decimal("0.001")


class _Stood(NamedTuple):
    """How a register stood, and the first and last of the readings that tell it."""

    value: float
    is_estimated: bool
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MonthEnergy:
    """Energy of one lamppost in a month [kWh]; the end is not in it. Times are UTC."""

    meter: str
    asset_id: str
    start: datetime
    end: datetime
    kwh: Decimal
    is_estimated: bool

    def row(self) -> list[str]:
        """As the file has it."""
        quality = "estimated" if self.is_estimated else "actual"
        start, end = self.start.isoformat(), self.end.isoformat()
        return [self.meter, start, end, str(self.kwh), quality, self.asset_id]


def months_of(first: date, count: int, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Months of local time from that of a day on, UTC. Raises Refused beyond ten years."""
    if not 1 <= count <= MOST_MONTHS:
        raise Refused(f"Ask for 1 to {MOST_MONTHS} months.")
    edges = []
    for index in range(count + 1):
        year, month = divmod(first.year * 12 + first.month - 1 + index, 12)
        edges.append(datetime(year, month + 1, 1, tzinfo=zone).astimezone(UTC))
    return list(pairwise(edges))


def monthly(
    database: Database,
    readings: Readings,
    principal: Principal,
    months: list[tuple[datetime, datetime]],
    naming: Naming = "ref",
    left_out: Counter[str] | None = None,
) -> Iterator[MonthEnergy]:
    """Energy of every lamppost whose Thing has a register of energy, by month.

    naming: what a meter is called, as charges name it: the asset's ref, its MPAN, or its UUID.
    Lampposts that lack it are left out. left_out: takes by asset how many registers are of
    personal risk: nothing derived from those may carry a price. Raises StorageUnavailable.
    """
    for posts in with_things(database, principal, AT_ONCE):
        with database.reading() as session:
            found = streams_of(session, list(posts), _REGISTERS)
        if left_out is not None:
            left_out.update(found.left_out)
        streams = _registers(found)
        for post in posts.values():
            meter, own = _meter(post, naming), streams.get(post.asset_id)
            if meter and own is not None:
                with readings.reading() as session:
                    yield from _of_register(session, own, meter, post.asset_id, months)


def write_csv(path: Path, energies: Iterator[MonthEnergy]) -> int:
    """Write a file that `canopy concession` reads as meter readings; how many rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for each in energies:
            writer.writerow(each.row())
            count += 1
    return count


def _meter(post: Post, naming: Naming) -> str:
    if naming == "asset":
        return post.asset_id
    return post.ref if naming == "ref" else str(post.attributes.get("mpan") or "")


def _registers(streams: Streams) -> dict[str, tuple[int, float]]:
    """Of each asset its first register of energy, and the factor to kWh."""
    found: dict[str, tuple[int, float]] = {}
    for each in streams.told:
        found.setdefault(each.asset_id, (each.number, each.told.factor))
    return found


def _of_register(
    session: Session,
    register: tuple[int, float],
    meter: str,
    asset_id: str,
    months: list[tuple[datetime, datetime]],
) -> Iterator[MonthEnergy]:
    number, factor = register
    edges = [months[0][0], *(end for _, end in months)]
    stood = [_stood(session, number, edge) for edge in edges]
    for (start, end), one, other in zip(months, stood, stood[1:], strict=False):
        if one is None or other is None:
            continue
        fell, doubted = queries.rise_of(session, number, one.first_at, other.last_at)
        if fell:
            continue  # the register began again: the month is not known
        measured = Decimal(repr((other.value - one.value) * factor)).quantize(_MILLI)
        is_estimated = one.is_estimated or other.is_estimated or doubted
        yield MonthEnergy(meter, asset_id, start, end, measured, is_estimated)


def _stood(session: Session, number: int, at: datetime) -> _Stood | None:
    """How the register stood; None where nobody can say."""
    before = queries.reading_beside(session, number, at, before=True)
    later = queries.reading_beside(session, number, at, before=False)
    for beside in (before, later):
        if beside is not None and abs(beside[0] - at) <= _NEAR:
            return _Stood(beside[1], False, beside[0], beside[0])
    if before is None or later is None or later[1] < before[1]:
        return None
    share = (at - before[0]) / (later[0] - before[0])
    value = before[1] + share * (later[1] - before[1])
    return _Stood(value, True, before[0], later[0])
