"""Files of readings: what is read, and what is refused by row and column."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from made_agreements import agreement

from canopy.concessions.exchange.meter_readings import MeterFile, meters_of, read_meter_file
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import MeteredPower
from canopy.concessions.terms.payment import Payment
from canopy.concessions.terms.time_bands import TimeBand
from canopy.errors import BadSource, Refused


def read(tmp_path: Path, text: str, time_zone: str | None = None) -> MeterFile:
    file = tmp_path / "readings.csv"
    file.write_text(text)
    return read_meter_file(file, time_zone)


def metered(**changed: object) -> Agreement:
    charge = MeteredPower(
        name="power", type="metered-power", meter="0012", expected_kwh_per_year=Decimal(1),
        bands=(TimeBand(name="all", price=Decimal("0.1")),), **changed,  # type: ignore[arg-type]
    )  # fmt: skip
    arrears = Payment(frequency="monthly", timing="arrears")
    return agreement(charges=(charge,), payment=arrears)


INTERVALS = """Meter ID,Start,End,kWh,Quality
0012,2026-07-01T00:00+01:00,2026-07-01T00:30+01:00,1.25,actual
0012,2026-07-01T00:30+01:00,2026-07-01T01:00+01:00,,actual
0012,2026-07-01T01:00+01:00,2026-07-01T01:30+01:00,"1,000.5",E
77,2026-07-01T00:00Z,2026-07-02T00:00Z,3,
"""


def test_intervals_are_read_with_their_offsets(tmp_path: Path) -> None:
    """Leading zeros of the meter stand; a row without energy is a time without reading."""
    found = read(tmp_path, INTERVALS)
    assert found.meters == ["0012", "77"]
    first, second = found.intervals["0012"]
    assert (first.start, first.kwh) == (datetime(2026, 6, 30, 23, tzinfo=UTC), Decimal("1.25"))
    assert (second.kwh, second.is_estimated) == (Decimal("1000.5"), True)
    assert meters_of(metered(), found)["0012"].kwh == (Decimal("1.25"), Decimal("1000.5"))


def test_reads_become_intervals_in_the_time_zone_given(tmp_path: Path) -> None:
    """British dates without an offset, as a council's sheet has them; the register begins anew."""
    text = "MPAN,Read date,Reading\n0012,01/07/2026,99990\n0012,01/08/2026,15\n"
    meter = meters_of(metered(register_digits=5), read(tmp_path, text, "Europe/London"))["0012"]
    assert meter.starts == (int(datetime(2026, 6, 30, 23, tzinfo=UTC).timestamp()),)
    assert meter.kwh == (Decimal(25),)


ONE = "meter,start,end,kwh,quality\n"


@pytest.mark.parametrize(
    ("text", "zone", "told"),
    [
        (ONE + "1,2026-07-01 00:00,2026-07-02 00:00,1,", None, "row 2: start .* no offset from"),
        (ONE + "1,2026-03-29 01:30,2026-03-29 03:00,1,", "Europe/London", "is skipped by the clo"),
        (ONE + "1,2026-10-25 01:30,2026-10-25 03:00,1,", "Europe/London", "is two moments in Eur"),
        (ONE + "1,soon,2026-10-25T03:00Z,1,", None, "start 'soon' is no time"),
        (ONE + "1,2026-10-25T03:00Z,2026-10-25T03:00Z,1,", None, "is not after start"),
        (ONE + "1,2026-10-25T03:00Z,2026-10-25T04:00Z,many,", None, "row 2: kwh 'many' is no num"),
        (ONE + "1,2026-10-25T03:00Z,2026-10-25T04:00Z,-2,", None, "is not 0 or more"),
        (ONE + "1,2026-10-25T03:00Z,2026-10-25T04:00Z,2,guess", None, "neither actual nor estim"),
        (ONE + ",2026-10-25T03:00Z,2026-10-25T04:00Z,2,", None, "meter '' is needed"),
        ("meter,start,kwh\n1,2,3\n", None, "has no column end"),
        ("meter,when\n1,2\n", None, "has no column read_at, register_kwh"),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, text: str, zone: str | None, told: str
) -> None:
    """Row, column and value are named, with the way out."""
    with pytest.raises(BadSource, match=told):
        read(tmp_path, text, zone)


def test_a_meter_that_the_file_lacks_is_refused(tmp_path: Path) -> None:
    """Those it has are named; terms without a metered charge need no readings."""
    found = read(tmp_path, INTERVALS.replace("0012", "12"))
    with pytest.raises(Refused, match="no reading of the meter 0012; it has 12, 77"):
        meters_of(metered(), found)
    with pytest.raises(Refused, match="no charge of the type metered-power"):
        meters_of(agreement(), found)
