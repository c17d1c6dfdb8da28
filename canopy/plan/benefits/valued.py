"""Lines of benefit with what a plan counts put in: ranges by year, never summed with rent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import numpy as np

from canopy.concessions.valuation.accounts import AccountLine
from canopy.concessions.valuation.discounting import GREEN_BOOK, RealDiscount, Timing, npv
from canopy.concessions.valuation.flows import RealFlows
from canopy.errors import Refused
from canopy.plan.benefits.asked import BenefitLine, Benefits, Measure

_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Counted:
    """What a plan counts of a measure, low, central and high, and by what it was counted."""

    low: Decimal
    central: Decimal
    high: Decimal
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.central <= self.high:
            raise Refused("what is counted is 0 or more, and low, central and high rise")


@dataclass(frozen=True, slots=True)
class Range:
    """Pounds: all inputs low, central, or high together, which is wider than likely."""

    low_gbp: Decimal
    central_gbp: Decimal
    high_gbp: Decimal


@dataclass(frozen=True, slots=True)
class ValuedLine:
    """A line with its amounts.

    Attributes:
        formula: with the central numbers, as a reader can work it out again.
        full_year: once all of it is reached.
        present_value: over the years of the plan, discounted.
        why_not: why it is not counted; empty where it is.
    """

    line: BenefitLine
    formula: str
    full_year: Range | None
    present_value: Range | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class ValuedBenefits:
    """All lines. Sums are of those that are counted."""

    prices: str
    years: int
    lines: tuple[ValuedLine, ...]

    def by_group(self) -> dict[str, Range]:
        """Present value for each group: the council's own savings too, as a group."""
        found: dict[str, Range] = {}
        for each in self.lines:
            if each.present_value is not None:
                before = found.get(each.line.group)
                found[each.line.group] = _sum(before, each.present_value)
        return found


def counted_of(asked: Benefits, sites: int) -> dict[Measure, Counted]:
    """What a file counts, and the sites of the plan."""
    found: dict[Measure, Counted] = {
        each.measure: Counted(each.low, each.central, each.high, each.source)
        for each in asked.count
    }
    number = Decimal(sites)
    return {"sites": Counted(number, number, number, "the scenario"), **found}


def valued(
    asked: Benefits,
    counted: Mapping[Measure, Counted],
    years: int,
    discount: RealDiscount = GREEN_BOOK,
    timing: Timing = "end",
) -> ValuedBenefits:
    """The worth of each line over so many years of a plan, year 0 without any.

    A line without a source for a number, or whose measure the plan does not count, is kept with
    why it is not counted, and has no amount.
    """
    lines = tuple(
        _valued(each, counted, asked.prices, years, discount, timing) for each in asked.line
    )
    return ValuedBenefits(asked.prices, years, lines)


def account_lines(
    found: ValuedBenefits, which: Literal["low", "central", "high"] = "central"
) -> list[AccountLine]:
    """The lines that are counted, for `concessions.valuation.accounts`."""
    return [
        AccountLine(
            name=each.line.text,
            side="benefit",
            flows=_flows(
                each.line, float(getattr(each.full_year, f"{which}_gbp")), found.prices, found.years
            ),
            beneficiary=each.line.group,
            source=each.line.gbp_per_year.source,
        )
        for each in found.lines
        if each.full_year is not None
    ]


def by_area(line: ValuedLine, measured: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """A line's central year shared out over areas by what each gains of its measure [GBP].

    Pennies that rounding leaves go to the areas that gain most. Raises Refused where an area
    gains less than nothing, or the line is not counted.
    """
    if line.full_year is None:
        raise Refused(f"{line.line.name} is not counted: {line.why_not}")
    if any(each < 0 for each in measured.values()):
        raise Refused(f"{line.line.measure}: an area gains less than nothing")
    total = sum(measured.values(), Decimal(0))
    if total == 0:
        return dict.fromkeys(measured, Decimal(0))
    pennies = int(line.full_year.central_gbp * 100)
    shared = {name: int(pennies * each / total) for name, each in measured.items()}
    left = pennies - sum(shared.values())
    for name in sorted(measured, key=lambda each: (-measured[each], each))[:left]:
        shared[name] += 1
    return {name: Decimal(each) / 100 for name, each in shared.items()}


def unsourced(asked: Benefits) -> list[str]:
    """Numbers without a source, for the plan's cover: `line.number`."""
    return [f"{each.name}.{name}" for each in asked.line for name in each.unsourced]


def _valued(
    line: BenefitLine,
    counted: Mapping[Measure, Counted],
    prices: str,
    years: int,
    discount: RealDiscount,
    timing: Timing,
) -> ValuedLine:
    found = counted.get(line.measure)
    if found is None:
        return ValuedLine(line, "", None, None, f"the plan does not count {line.measure}")
    formula = (
        f"{found.central:,f} {line.measure} x {line.part.central:f} x "
        f"£{line.gbp_per_year.central:,f} a year x {line.attribution.central:f}"
    )
    if line.unsourced:
        missing = ", ".join(line.unsourced)
        return ValuedLine(line, formula, None, None, f"no source is given for {missing}")
    full = Range(*(_year(line, found, which) for which in ("low", "central", "high")))
    present = Range(
        *(
            _money(npv(_flows(line, float(each), prices, years), discount, timing))
            for each in (full.low_gbp, full.central_gbp, full.high_gbp)
        )
    )
    return ValuedLine(line, formula, full, present)


def _year(line: BenefitLine, counted: Counted, which: str) -> Decimal:
    factors = (counted, line.part, line.gbp_per_year, line.attribution)
    product = Decimal(1)
    for each in factors:
        product *= getattr(each, which)
    return product.quantize(_PENNY, ROUND_HALF_UP)


def _flows(line: BenefitLine, full_gbp: float, prices: str, years: int) -> RealFlows:
    """By year, from year 0; it rises evenly from `from_year` on."""
    year = np.arange(years + 1)
    reached = np.clip((year - line.from_year + 1) / line.years_to_full, 0, 1)
    return RealFlows.of(full_gbp * reached, prices)


def _money(pounds: float) -> Decimal:
    return Decimal(repr(pounds)).quantize(_PENNY, ROUND_HALF_UP)


def _sum(before: Range | None, more: Range) -> Range:
    if before is None:
        return more
    return Range(
        before.low_gbp + more.low_gbp,
        before.central_gbp + more.central_gbp,
        before.high_gbp + more.high_gbp,
    )


def sources(lines: Sequence[ValuedLine]) -> list[str]:
    """Where each number comes from, once each."""
    told = (
        value.source
        for each in lines
        for value in (each.line.part, each.line.gbp_per_year, each.line.attribution)
        if value.source.strip()
    )
    return list(dict.fromkeys(told))
