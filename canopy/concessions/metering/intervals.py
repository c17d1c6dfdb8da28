"""What a meter tells: energy between two moments, or how its register stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from canopy.concessions.rounding import EXACT
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class EnergyInterval:
    """Energy between two moments.

    Attributes:
        start, end: with a time zone; the end is not in it.
        kwh: 0 or more.
        is_estimated: whether its source says that it was not measured.
    """

    start: datetime
    end: datetime
    kwh: Decimal
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class RegisterRead:
    """How a meter's register stood at a moment [kWh]."""

    at: datetime
    kwh: Decimal
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class MeterEnergy:
    """A meter's intervals, in order and apart; times are whole seconds since 1970, UTC.

    `source` says where they come from, for a reader.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    kwh: tuple[Decimal, ...]
    is_estimated: tuple[bool, ...]
    source: str = ""


def meter_energy(name: str, intervals: Iterable[EnergyInterval], source: str = "") -> MeterEnergy:
    """The intervals of one meter, in any order.

    Raises Refused where one has no time zone, ends before it begins, is negative, or overlaps
    another.
    """
    given = sorted(intervals, key=lambda each: each.start)
    for each in given:
        _check(name, each)
    for before, later in pairwise(given):
        if later.start < before.end:
            raise Refused(
                f"{name}: the reading from {_told(later.start)} begins before the one from "
                f"{_told(before.start)} has ended"
            )
    return MeterEnergy(
        tuple(_seconds(each.start) for each in given),
        tuple(_seconds(each.end) for each in given),
        tuple(each.kwh for each in given),
        tuple(each.is_estimated for each in given),
        source,
    )


def between_reads(
    name: str, reads: Iterable[RegisterRead], register_digits: int | None = None
) -> Iterator[EnergyInterval]:
    """The energy between consecutive reads; it is estimated where either of them is.

    A register with `register_digits` whole digits begins again at 0 after its highest number.
    Raises Refused for two reads of one moment, and for a register that falls otherwise, or by
    less than half of what it holds: a wrong read is likelier than so much energy.
    """
    for before, later in pairwise(sorted(reads, key=lambda each: each.at)):
        if later.at == before.at:
            raise Refused(f"{name}: two reads are of {_told(later.at)}")
        kwh = EXACT.subtract(later.kwh, before.kwh)
        if kwh < 0 and register_digits is not None:
            whole = Decimal(10) ** register_digits
            kwh = kwh + whole if -kwh > whole / 2 else kwh
        if kwh < 0:
            raise Refused(
                f"{name}: the register falls from {before.kwh} to {later.kwh} at "
                f"{_told(later.at)}. Give an exchanged meter a name of its own; where the register "
                "began again at 0, give its register_digits"
            )
        estimated = before.is_estimated or later.is_estimated
        yield EnergyInterval(before.at, later.at, kwh, estimated)


def _check(name: str, each: EnergyInterval) -> None:
    if each.start.tzinfo is None or each.end.tzinfo is None:
        raise Refused(f"{name}: the reading from {each.start} has no time zone")
    if each.end <= each.start:
        raise Refused(f"{name}: the reading from {_told(each.start)} ends when or before it begins")
    if not each.kwh.is_finite() or each.kwh < 0:
        raise Refused(f"{name}: the reading from {_told(each.start)} is of {each.kwh} kWh")


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
