"""The energy of a meter out of readings that were stored, whoever stores them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from canopy.concessions.metering.intervals import (
    EnergyInterval,
    MeterEnergy,
    RegisterRead,
    between_reads,
    meter_energy,
)
from canopy.concessions.rounding import EXACT
from canopy.concessions.terms.charges import MeteredPower
from canopy.errors import Refused

KWH_PER_UNIT: dict[str, Decimal] = {
    "kW.h": Decimal(1),
    "W.h": Decimal("0.001"),
    "MW.h": Decimal(1000),
}
"""Units of energy by their UCUM codes [kWh]."""


@dataclass(frozen=True, slots=True)
class StoredReading:
    """One reading, in the unit of its Datastream.

    Attributes:
        at: with a time zone; the beginning of an interval that has an `end`.
        is_doubtful: whether something is known against it; it is counted as estimated then.
    """

    at: datetime
    end: datetime | None
    value: float
    is_doubtful: bool = False


class MeterReader(Protocol):
    """What reads the meter of a charge. A charge without a Datastream has no energy from it."""

    def stamp(self, charge: MeteredPower) -> tuple[object, ...]:
        """Another one whenever its readings changed. Raises Refused as `energy` does."""

    def energy(self, charge: MeteredPower) -> MeterEnergy | None:
        """None where the terms name no Datastream. Raises Refused for one that is not there, is
        in no unit of energy, or tells what no meter can."""


def stored_energy(
    charge: MeteredPower,
    readings: Iterable[StoredReading],
    unit: str | None,
    interval_s: int | None,
) -> MeterEnergy:
    """The energy that a charge's Datastream tells.

    unit: its UCUM code. interval_s: how often it reports. Two readings that are alike are one.
    Raises Refused for another unit, an interval without a length, and as the readings do.
    """
    stream = charge.datastream
    if stream is None or unit not in KWH_PER_UNIT:
        raise Refused(
            f"{charge.name}: its datastream is in {unit or 'no unit'}, which is none of energy; "
            f"register one in {', '.join(KWH_PER_UNIT)}"
        )
    distinct, factor = dict.fromkeys(readings), KWH_PER_UNIT[unit]
    source = f"stored readings of {stream.stream} of {stream.source}"
    if stream.tells == "energy":
        intervals = _intervals(charge, distinct, factor, interval_s)
        return meter_energy(charge.meter, intervals, source)
    reads = (RegisterRead(each.at, _kwh(each, factor), each.is_doubtful) for each in distinct)
    between = between_reads(charge.meter, reads, charge.register_digits)
    return meter_energy(charge.meter, between, source)


def _intervals(
    charge: MeteredPower, readings: Iterable[StoredReading], factor: Decimal, interval_s: int | None
) -> Iterator[EnergyInterval]:
    for each in readings:
        start, end = each.at, each.end
        if end is None:
            if not interval_s:
                raise Refused(
                    f"{charge.name}: the reading of {each.at:%Y-%m-%d %H:%M} UTC has no end, and "
                    "its datastream no interval: register it with how often it reports"
                )
            start, end = each.at - timedelta(seconds=interval_s), each.at
        yield EnergyInterval(start, end, _kwh(each, factor), each.is_doubtful)


def _kwh(reading: StoredReading, factor: Decimal) -> Decimal:
    """As the shortest decimal that is the stored number: 0.1 is 0.1."""
    return EXACT.multiply(Decimal(repr(reading.value)), factor)
