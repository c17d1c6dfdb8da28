"""What a valuation takes for granted and where its figures come from, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time

from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.metering.intervals import MeterEnergy
from canopy.concessions.schedule.figures import Meters
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.metered import MeteredPeriod
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Guarantee, MeteredPower
from canopy.concessions.valuation.discounting import Discount, Timing
from canopy.concessions.valuation.returns import COVER_WARNING

MOST_TOLD = 12
"""Periods that lack readings, of one charge."""
_WHEN: dict[Timing, str] = {
    "start": "on its first day",
    "middle": "in its middle",
    "end": "on its last day",
}


def assumptions(
    agreement: Agreement,
    lines: Sequence[Line],
    first_day: date,
    timing: Timing,
    prices: str | None,
) -> Iterator[str]:
    """Sentences for those who read the figures."""
    yield "Amounts are the council's cash without VAT, in the year that they fall due."
    yield (
        f"Years are counted from {first_day}; for present values each year's cash is taken to "
        f"fall {_WHEN[timing]}."
    )
    if prices is not None:
        yield prices
    if any(line.due < first_day for line in lines):
        yield f"What falls due before {first_day} counts in the first year."
    yield f"The term ends on {agreement.term.end}. Extensions and breaks are not used."
    assumed, expected = (sum(each) for each in (
        (line.scenario for line in lines), (line.expected for line in lines)
    ))  # fmt: skip
    if assumed:
        yield f"{assumed} of {len(lines)} lines rest on a scenario of prices, not published ones."
    if expected:
        yield (
            f"{expected} of {len(lines)} lines have energy that no reading tells, counted as "
            "expected."
        )
    if any(isinstance(each, Guarantee) for each in agreement.charges):
        yield (
            "Cover is the guaranteed minimum of a contract year over its costs of revenue, energy "
            f"included; it is flagged below {COVER_WARNING:g}."
        )
    yield from borrowing_told(agreement)
    if agreement.deposit is not None:
        yield "The deposit is neither income nor a cost: no total and no value has it."
    if not agreement.costs:
        yield "The terms state no costs of the council, so value is that of income alone."


def borrowing_told(agreement: Agreement) -> Iterator[str]:
    """What a valuation makes of borrowing, which accounts keep apart."""
    borrowed = [each.name for each in agreement.costs if each.purpose == "borrowing"]
    if borrowed:
        yield (
            f"Costs of borrowing ({', '.join(borrowed)}) count as cash here: the accounts tell "
            "figures before financing."
        )
    if agreement.loans:
        yield "Loans do not count here: the accounts tell figures before and after financing."


def metering_told(
    metered: Sequence[tuple[MeteredPower, MeteredPeriod]], meters: Meters
) -> Iterator[str]:
    """How much of metered charges rests on readings, and every period that lacks some."""
    for charge in dict.fromkeys(charge for charge, _ in metered):
        periods = [period for each, period in metered if each is charge]
        read = [period for period in periods if period.has_readings]
        yield (
            f"{charge.name}: {len(read)} of {len(periods)} periods have readings of the meter "
            f"{charge.meter}; time without one is counted at {charge.expected_kwh_per_year:f} kWh "
            "a year."
        )
        guessed, split = (sum(p.sum_of(part) for p in read) for part in ("estimated", "split"))
        if guessed or split:
            yield (
                f"{charge.name}: {guessed:.3f} kWh are of estimated readings, {split:.3f} kWh of "
                "readings over an edge of a band or period, shared by time."
            )
        lacking = [each for each in periods if _lacks(each, meters.get(charge.meter))]
        for period in lacking[:MOST_TOLD]:
            yield (
                f"{charge.name}: {period.first} to {period.last} lacks readings of "
                f"{period.missing_seconds / 3600:.1f} hours, counted as "
                f"{period.sum_of('expected'):.3f} kWh."
            )
        if len(lacking) > MOST_TOLD:
            yield f"{charge.name}: {len(lacking) - MOST_TOLD} more periods lack readings."


def _lacks(period: MeteredPeriod, meter: MeterEnergy | None) -> bool:
    """Whether readings are missing in a period that began before the last of them ended."""
    if meter is None or not meter.ends or not period.missing_seconds:
        return False
    began = datetime.combine(period.first, time(), UTC).timestamp()
    return began < meter.ends[-1]


def meter_sources(meters: Meters) -> Iterator[str]:
    """Where readings of meters come from."""
    for name, energy in sorted(meters.items()):
        if energy.source:
            yield f"meter {name}: {energy.source}"


def sources(
    agreement: Agreement, indices: Mapping[IndexName, IndexSeries], rates: Sequence[Discount]
) -> Iterator[str]:
    """Where indexes, volumes and discount rates come from."""
    for name, series in sorted(indices.items()):
        yield f"{name}: {series.source}"
    for volume in agreement.volumes:
        if volume.of is None:
            yield f"volume {volume.name}: {volume.source or 'no source is stated'}"
    for discount in rates:
        yield f"discount rate: {discount.source}"
