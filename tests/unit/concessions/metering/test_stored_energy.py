"""Energy out of stored readings: registers and intervals, in units of energy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from canopy.concessions.metering.intervals import MeterEnergy
from canopy.concessions.metering.stored import StoredReading, stored_energy
from canopy.concessions.terms.charges import MeteredPower
from canopy.concessions.terms.meter_streams import MeterStream
from canopy.concessions.terms.time_bands import TimeBand
from canopy.errors import Refused

AT = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def charge(tells: Any = "register", **changed: Any) -> MeteredPower:
    return MeteredPower(
        name="power", type="metered-power", meter="M1", expected_kwh_per_year=Decimal(8760),
        bands=(TimeBand(name="all", price=Decimal("0.2")),),
        datastream=MeterStream(source="cabinet-7", stream="energy", tells=tells), **changed,
    )  # fmt: skip


def found(
    *readings: StoredReading, unit: str | None = "kW.h", interval_s: int | None = None, **more: Any
) -> MeterEnergy:
    return stored_energy(charge(**more), readings, unit, interval_s)


def test_register_is_read_by_differences() -> None:
    """Exactly, however binary numbers write them, and in whatever order they were stored."""
    made = found(
        StoredReading(AT + 2 * HOUR, None, 100.4),
        StoredReading(AT, None, 100.1),
        StoredReading(AT + HOUR, None, 100.2, is_doubtful=True),
    )
    assert made.kwh == (Decimal("0.1"), Decimal("0.2"))
    assert made.is_estimated == (True, True)
    assert made.source == "stored readings of energy of cabinet-7"


def test_watt_hours_are_counted_as_kilowatt_hours() -> None:
    made = found(StoredReading(AT, None, 0), StoredReading(AT + HOUR, None, 1500), unit="W.h")
    assert made.kwh == (Decimal("1.5"),)


def test_interval_has_its_own_end_or_ends_with_the_reading() -> None:
    """A reading without an end is of the time that the datastream reports after."""
    own = found(StoredReading(AT, AT + HOUR, 0.5), tells="energy")
    after = found(StoredReading(AT + HOUR, None, 0.5), tells="energy", interval_s=3600)
    assert own == after
    assert (own.starts, own.ends) == ((int(AT.timestamp()),), (int(AT.timestamp()) + 3600,))


def test_reading_that_came_twice_counts_once() -> None:
    same = StoredReading(AT, AT + HOUR, 0.5)
    assert found(same, same, tells="energy").kwh == (Decimal("0.5"),)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"unit": "Cel"}, "Cel, which is none of energy"),
        ({"unit": None}, "no unit"),
        ({"tells": "energy"}, "no interval"),
    ],
)
def test_what_no_meter_tells_is_refused_with_the_way_out(more: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        found(StoredReading(AT, None, 1), **more)


def test_register_that_falls_is_refused() -> None:
    with pytest.raises(Refused, match="register falls from 5"):
        found(StoredReading(AT, None, 5.0), StoredReading(AT + HOUR, None, 4.0))
