"""Rents of the register compared, like with like, beside published ones.

A group is one kind of asset, one type of charge and one valuation basis: a market rent of before
2018 is never put beside one that leaves the network out (Electronic Communications Code,
paragraph 24). A rent is what one asset of an agreement costs for a whole year in force.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from canopy.concessions.appraisal.asset_kinds import Kinds, kind_of, unknown
from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.appraisal.renewals import SITES
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.rounding import half_up, pounds
from canopy.concessions.schedule.lines import Line
from canopy.concessions.standing import LIVE
from canopy.concessions.terms.agreement import Agreement, ValuationBasis
from canopy.concessions.terms.charges import DuctRent, PerUnit, Rent
from canopy.concessions.valuation.comparables import COMPARABLES, Comparable

RENTS = (Rent, PerUnit, DuctRent)
"""The charges that are compared. Power, shares, guarantees and what is due once are no rents."""


@dataclass(frozen=True, slots=True, order=True)
class GroupKey:
    """What rents have in common that are compared: `charge` is the charge's type."""

    asset_kind: str
    charge: str
    basis: ValuationBasis


@dataclass(frozen=True, slots=True)
class RentOf:
    """An agreement's rent [GBP/yr for each asset], and how far it is from its group's median.

    Attributes:
        part: the difference as a part of the median; None where the median is 0.
    """

    ref: str
    assets: int
    yearly: Decimal
    difference: Decimal
    part: Decimal | None


@dataclass(frozen=True, slots=True)
class RentGroup:
    """Rents that may be compared [GBP/yr for each asset], and what is published of such sites.

    Quartiles lie between the two nearest rents, as the median does.
    """

    key: GroupKey
    lower_quartile: Decimal
    median: Decimal
    upper_quartile: Decimal
    rents: tuple[RentOf, ...]
    published: tuple[Comparable, ...]


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """The groups of a financial year.

    Attributes:
        left_out: references of live agreements that are in no group, with the reason.
    """

    year: FinancialYear
    groups: tuple[RentGroup, ...]
    left_out: Mapping[str, str]


def benchmarks(earners: Iterable[Earner], kinds: Kinds, year: FinancialYear) -> Benchmarks:
    """Rents of live agreements in a financial year.

    kinds: of assets of the catalogue, by reference and source. An agreement about one whose
    reference assets of several kinds have is left out, with their sources. A rent is shared over
    all assets of its agreement alike, and belongs to a group for each kind of them.
    """
    found: dict[GroupKey, list[tuple[str, int, Fraction]]] = defaultdict(list)
    left_out: dict[str, str] = {}
    for each in earners:
        if each.registered.status not in LIVE:
            continue
        reason = _why_not(each, kinds)
        rents = {} if reason else dict(_rents(each, year))
        if not rents:
            left_out[each.agreement.ref] = reason or f"no rent is in force in {year}"
            continue
        agreement = each.agreement
        counts = Counter(kind_of(asset.ref, kinds)[0] or "" for asset in agreement.assets)
        for kind, count in counts.items():
            for charge, pence in rents.items():
                key = GroupKey(kind, charge, agreement.valuation_basis)
                found[key].append((agreement.ref, count, pence / len(agreement.assets)))
    return Benchmarks(year, tuple(_group(key, found[key]) for key in sorted(found)), left_out)


def _why_not(each: Earner, kinds: Kinds) -> str | None:
    if each.reason is not None:
        return each.reason
    if each.agreement.currency != "GBP":
        return f"its rent is in {each.agreement.currency}"
    if not each.agreement.assets:
        return "it names no asset"
    return unknown((asset.ref for asset in each.agreement.assets), kinds)


def _rents(each: Earner, year: FinancialYear) -> Iterator[tuple[str, Fraction]]:
    """What is charged for a whole year in force, by type of charge [p]."""
    for kind, names in _names_by_type(each.agreement).items():
        lines = [
            line
            for line in each.lines
            if line.side == "income" and line.what == "charge" and line.charge in names
        ]
        if any(line.first <= year.end and line.last >= year.start for line in lines):
            yield kind, _for_a_year(lines, *_twelve_months(lines, year))


def _twelve_months(lines: Sequence[Line], year: FinancialYear) -> tuple[date, date]:
    """The financial year; or the twelve months from the first day of a rent that begins in it,
    or up to the last day of one that ends in it: quarters of equal rent differ in days.
    """
    first = min(line.first for line in lines if line.last >= year.start)
    last = max(line.last for line in lines if line.first <= year.end)
    if first > year.start:
        return first, add_months(first, 12) - ONE_DAY
    if last < year.end:
        return add_months(last + ONE_DAY, -12), last
    return year.start, year.end


def _for_a_year(lines: Sequence[Line], first: date, last: date) -> Fraction:
    """What is charged between two days a year apart, days without rent left out [p]."""
    days: set[int] = set()
    accrued = Fraction(0)
    for line in lines:
        begins, ends = max(line.first, first), min(line.last, last)
        if begins <= ends:
            accrued += _accrued(line, begins, ends)
            days.update(range(begins.toordinal(), ends.toordinal() + 1))
    return accrued * ((last - first).days + 1) / len(days)


def _accrued(line: Line, first: date, last: date) -> Fraction:
    return Fraction(line.net_pence * ((last - first).days + 1), (line.last - line.first).days + 1)


def _names_by_type(agreement: Agreement) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for charge in agreement.charges:
        if isinstance(charge, RENTS):
            found[charge.type].add(charge.name)
    return found


def _group(key: GroupKey, rows: Sequence[tuple[str, int, Fraction]]) -> RentGroup:
    ordered = sorted(pence for _, _, pence in rows)
    median = _pounds(quantile(ordered, Fraction(1, 2)))
    return RentGroup(
        key,
        _pounds(quantile(ordered, Fraction(1, 4))),
        median,
        _pounds(quantile(ordered, Fraction(3, 4))),
        tuple(_rent(*row, median) for row in sorted(rows)),
        published_beside(key),
    )


def _rent(ref: str, assets: int, pence: Fraction, median: Decimal) -> RentOf:
    yearly = _pounds(pence)
    difference = yearly - median
    part = round(difference / median, 4) if median else None
    return RentOf(ref, assets, yearly, difference, part)


def quantile(ordered: Sequence[Fraction], part: Fraction) -> Fraction:
    """The value that so much of an ordered, not empty series lies below.

    Between two values it lies in proportion (Hyndman and Fan, 1996, type 7).
    """
    place = part * (len(ordered) - 1)
    at = int(place)
    above = ordered[min(at + 1, len(ordered) - 1)]
    return ordered[at] + (above - ordered[at]) * (place - at)


def published_beside(key: GroupKey) -> tuple[Comparable, ...]:
    """What is published of such sites on the same basis; nothing of any other."""
    site = SITES.get(key.asset_kind)
    return tuple(each for each in COMPARABLES if (each.site, each.basis) == (site, key.basis))


def _pounds(pence: Fraction) -> Decimal:
    return pounds(half_up(pence.numerator, pence.denominator))
