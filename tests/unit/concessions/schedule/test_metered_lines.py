"""What metered energy comes to, by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from made_agreements import agreement

from canopy.concessions.appraisal.documents import as_json
from canopy.concessions.appraisal.value import Basis, value
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.metering.intervals import EnergyInterval, MeterEnergy, meter_energy
from canopy.concessions.schedule.arrays import lines_of, schedule_arrays
from canopy.concessions.schedule.continuing import continued_schedule
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Guarantee, MeteredPower
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment
from canopy.concessions.terms.time_bands import TimeBand
from canopy.errors import BadTerms

ARREARS = Payment(frequency="quarterly", timing="arrears", due_days=28)
BANDS = (
    TimeBand(name="day", price=Decimal("0.2811"), from_time="07:00", to_time="23:00"),
    TimeBand(name="night", price=Decimal("0.1502"), from_time="23:00", to_time="07:00"),
)


def power(**changed: Any) -> MeteredPower:
    usual: dict[str, Any] = {
        "name": "power", "type": "metered-power", "meter": "M1", "bands": BANDS,
        "expected_kwh_per_year": Decimal(8760), "admin": Decimal("0.05"),
        "standing": Decimal("0.45"),
    }  # fmt: skip
    return MeteredPower(**usual | changed)


def metered(*charges: Any, **changed: Any) -> Agreement:
    return agreement(**{
        "payment": ARREARS, "charges": charges or (power(),),
        "term": Term(start=date(2026, 1, 1), months=12),
    } | changed)  # fmt: skip


def hours(first: datetime, count: int, kwh: str) -> MeterEnergy:
    hour = timedelta(hours=1)
    return meter_energy(
        "M1",
        [EnergyInterval(first + at * hour, first + (at + 1) * hour, Decimal(kwh))
         for at in range(count)],
    )  # fmt: skip


# January to March 2026: 90 days of which one is of 23 hours, an hour of the night.
QUARTER = hours(datetime(2026, 1, 1, tzinfo=UTC), 90 * 24 - 1, "0.5")


def test_a_quarter_is_billed_as_worked_by_hand() -> None:
    """1,440 hours of day and 719 of night at half a unit, 90 days standing, 5 % on the sum.

    720 x 0.2811 = 202.392, 359.5 x 0.1502 = 53.9969, 90 x 0.45 = 40.50; 296.89 x 1.05 = 311.7345.
    """
    lines = schedule(metered(), {}, {"M1": QUARTER})
    assert (lines[0].first, lines[0].last) == (date(2026, 1, 1), date(2026, 3, 31))
    assert lines[0].due == date(2026, 4, 28)
    assert (lines[0].net_pence, lines[0].vat_pence, lines[0].assumed) == (31_173, 6_235, False)


def test_what_nobody_read_is_billed_as_expected_and_marked() -> None:
    """The other three quarters, and all of them without readings."""
    lines = schedule(metered(), {}, {"M1": QUARTER})
    assert [line.assumed for line in lines] == [False, True, True, True]
    bare = schedule(metered(), {})
    assert all(line.assumed for line in bare)
    assert [line.net_pence for line in bare][1:] == [line.net_pence for line in lines][1:]
    # 1,440 x 0.2811 is 404.78, 719 x 0.1502 is 107.99; with 40.50 and 5 % it is 580.9335.
    assert bare[0].net_pence == 58_093


def test_arrays_have_the_same_lines() -> None:
    """The fast schedule takes readings too."""
    made, meters = metered(), {"M1": QUARTER}
    arrays, settled = schedule_arrays([made], {}, meters)
    assert lines_of(arrays, settled, [made]) == schedule(made, {}, meters)


def test_the_price_follows_its_index_from_the_day_of_review() -> None:
    """10 % from 1 July: half of the year's quarters, one of them cut by a review on 15 August."""
    rule = IndexRule(
        name="ten", index="fixed", rate=Decimal("0.1"), method="annual",
        reviews_from=date(2025, 8, 15),
    )  # fmt: skip
    flat = (TimeBand(name="all", price=Decimal("0.1")),)
    charge = power(bands=flat, index="ten", admin=Decimal(0), standing=Decimal(0))
    lines = schedule(metered(charge, index_rules=(rule,)), {})
    # July to 14 August is 45 days, then 47 to the end of September, at 24 kWh a day.
    assert lines[2].net_pence == (45 * 24 * 10 + 47 * 24 * 11)
    assert lines[3].net_pence == ((92 * 24 + 1) * 11)  # the clocks go back


def test_a_guarantee_counts_metered_energy() -> None:
    """2,000 guaranteed: what four quarters fall short of it is topped up."""
    least = Guarantee(
        name="least", type="guarantee", amount=Decimal(2500), period="contract-year",
        counts=("power",), shortfall="kept",
    )  # fmt: skip
    lines = schedule(metered(power(), least), {})
    assert sum(line.net_pence for line in lines) == 250_000


def test_energy_goes_on_with_an_agreement_that_continues() -> None:
    """Two more quarters after the term."""
    lines = continued_schedule(metered(), {}, date(2027, 6, 30))
    assert [line.last for line in lines][-2:] == [date(2027, 3, 31), date(2027, 6, 30)]


def told(lines: tuple[str, ...]) -> str:
    return "\n".join(lines)


def test_a_valuation_tells_every_period_that_lacks_readings() -> None:
    """Ten hours of March are missing; later quarters have not begun to be read."""
    short = hours(datetime(2026, 1, 1, tzinfo=UTC), 90 * 24 - 11, "0.5")
    made = value(metered(), {}, Basis(), {"M1": short})
    text = told(made.assumptions)
    assert "power: 1 of 4 periods have readings of the meter M1" in text
    assert "2026-01-01 to 2026-03-31 lacks readings of 10.0 hours, counted as 10.000 kWh" in text
    assert text.count("lacks readings") == 1
    assert "4 of 4 lines have energy that no reading tells" in text
    assert "scenario of prices" not in text
    assert '"missing_hours": 10.0' in as_json(made)
    assert '"measured_kwh": "1074.500000"' in as_json(made)


def test_metered_energy_is_not_paid_in_advance() -> None:
    """Nobody knows it then."""
    with pytest.raises(BadTerms, match="give it a payment in arrears"):
        schedule(metered(payment=Payment(frequency="monthly", timing="advance")), {})


def test_line_of_a_cost_has_no_vat() -> None:
    """The council's own bill for the same meter."""
    lines: list[Line] = schedule(metered(costs=(power(name="bill"),)), {}, {"M1": QUARTER})
    assert {(line.side, line.vat_pence) for line in lines if line.charge == "bill"} == {("cost", 0)}
