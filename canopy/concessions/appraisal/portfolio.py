"""What all agreements earn together: by financial year, kind, operator and asset.

Every figure is a sum of lines of dated schedules, so it reconciles with them to the penny.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor

from canopy.concessions.calendar.breaks import FixedBreak, RollingBreak, ends_after
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.lines import Line
from canopy.concessions.standing import LIVE
from canopy.concessions.terms.agreement import Agreement, LetAsset
from canopy.concessions.terms.registered import Registered

NOBODY = "no operator named"
OPERATORS = ("operator", "neutral-host", "contractor")


@dataclass(frozen=True, slots=True)
class Earner:
    """An agreement of the register with its schedule, or why it has none.

    Attributes:
        lines: empty where `reason` says why.
        reason: None where there is a schedule.
    """

    registered: Registered
    lines: tuple[Line, ...]
    reason: str | None = None

    @property
    def agreement(self) -> Agreement:
        return self.registered.agreement

    @property
    def operator(self) -> str:
        """The name of the first party that pays."""
        named = (each.name for each in self.agreement.parties if each.role in OPERATORS)
        return next(named, NOBODY)


@dataclass(frozen=True, slots=True)
class YearSum:
    """What falls due in a financial year [p], revenue and capital apart, never summed."""

    income_pence: int
    cost_pence: int
    capital_income_pence: int
    capital_cost_pence: int
    agreements: int
    """How many anything is due of."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """Agreements that end, or may, in a financial year, and what they earn in the year of `on`."""

    refs: tuple[str, ...]
    income_pence: int


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """The live agreements on a day.

    Attributes:
        statuses: how many agreements stand so, of all.
        years: sums by financial year, from that of `on`.
        kinds, operators: revenue income of the financial year of `on` [p], the greatest first.
        expiring: terms that end, by financial year from that of `on`.
        breaking: agreements that another party than the council may end early, by the first
            financial year in which it may. One with several options counts once.
        without_schedule: references of agreements that have none, with the reason.
    """

    on: date
    statuses: Mapping[str, int]
    years: Mapping[FinancialYear, YearSum]
    kinds: Mapping[str, int]
    operators: Mapping[str, int]
    expiring: Mapping[FinancialYear, Expiring]
    breaking: Mapping[FinancialYear, Expiring]
    without_schedule: Mapping[str, str]

    @property
    def income_pence(self) -> int:
        """Revenue income of the financial year of `on` [p]."""
        return self.years[FinancialYear.of(self.on)].income_pence


@dataclass(frozen=True, slots=True)
class AssetIncome:
    """What one asset earns in a financial year, as a share of its agreements [p].

    Attributes:
        agreements: references of the live ones that are about it.
        ends_on: the latest last day of their terms.
        uncounted: how many of the agreements have no schedule, so that the income is without them.
    """

    asset_ref: str
    income_pence: int
    agreements: tuple[str, ...]
    ends_on: date
    uncounted: int = 0

    @property
    def is_known(self) -> bool:
        """Whether nought, where it is nought, is more than what is not known."""
        return self.income_pence != 0 or self.uncounted == 0

    @property
    def is_part(self) -> bool:
        """Whether some of its agreements are in the income and some are not."""
        return 0 < self.uncounted < len(self.agreements)


def portfolio(
    earners: Sequence[Earner], on: date, years: int = 25, breaks_from: date | None = None
) -> PortfolioView:
    """The portfolio on a day, over so many financial years from that of `on`.

    breaks_from: the first day on which notice of a break may be served; `on` if not given.
    """
    this = FinancialYear.of(on)
    live = [each for each in earners if each.registered.status in LIVE]
    statuses: dict[str, int] = defaultdict(int)
    for each in earners:
        statuses[str(each.registered.status)] += 1
    kinds: dict[str, int] = defaultdict(int)
    operators: dict[str, int] = defaultdict(int)
    ending: dict[FinancialYear, list[Earner]] = defaultdict(list)
    breaking: dict[FinancialYear, list[Earner]] = defaultdict(list)
    for each in live:
        income = income_of(each.lines, this)
        kinds[each.agreement.kind] += income
        operators[each.operator] += income
        ending[FinancialYear.of(each.agreement.term.end)].append(each)
        broken_on = first_break(each.agreement, breaks_from or on)
        if broken_on is not None:
            breaking[FinancialYear.of(broken_on)].append(each)
    return PortfolioView(
        on=on,
        statuses=dict(sorted(statuses.items())),
        years=_by_year(live, this, years),
        kinds=_greatest_first(kinds),
        operators=_greatest_first(operators),
        expiring={year: _expiring(ending[year], this) for year in sorted(ending) if year >= this},
        breaking={year: _expiring(breaking[year], this) for year in sorted(breaking)},
        without_schedule={
            each.agreement.ref: each.reason for each in live if each.reason is not None
        },
    )


def first_break(agreement: Agreement, served_from: date) -> date | None:
    """The first day on which another party than the council may end an agreement early.

    Notice is served on `served_from` or later. None where no option is left.
    """
    days = (
        _break_day(option.rule(), served_from)
        for option in agreement.breaks
        if option.by != "council"
    )
    return min(
        (day for day in days if day is not None and not ends_after(day, agreement.term.end)),
        default=None,
    )


def _break_day(rule: FixedBreak | RollingBreak, served_from: date) -> date | None:
    if isinstance(rule, FixedBreak):
        return rule.on if rule.window().closes >= served_from else None
    served = max(served_from, rule.not_before) if rule.counts_for == "service" else served_from
    return rule.earliest_end(served)


def income_of(lines: Iterable[Line], year: FinancialYear) -> int:
    """Revenue income that falls due in a financial year [p]."""
    return sum(
        line.net_pence
        for line in lines
        if line.side == "income"
        and line.account == "revenue"
        and year.start <= line.due <= year.end
    )


def _by_year(
    live: Sequence[Earner], this: FinancialYear, years: int
) -> dict[FinancialYear, YearSum]:
    sums = {FinancialYear(this.begins + at): [0, 0, 0, 0, 0] for at in range(years)}
    for each in live:
        for line in each.lines:
            found = sums.get(FinancialYear.of(line.due))
            if found is not None:
                found[2 * (line.account == "capital") + (line.side == "cost")] += line.net_pence
        for year in {FinancialYear.of(line.due) for line in each.lines} & sums.keys():
            sums[year][4] += 1
    return {year: YearSum(*found) for year, found in sums.items()}


def _expiring(ending: Sequence[Earner], this: FinancialYear) -> Expiring:
    return Expiring(
        tuple(sorted(each.agreement.ref for each in ending)),
        sum(income_of(each.lines, this) for each in ending),
    )


def _greatest_first(sums: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(sums.items(), key=lambda each: (-each[1], each[0])))


def by_asset(earners: Iterable[Earner], year: FinancialYear) -> dict[str, AssetIncome]:
    """What each asset of live agreements earns in a financial year.

    An agreement's income is shared over its assets as `shares` does, so that the shares of all
    its assets are its income to the penny.
    """
    found: dict[str, AssetIncome] = {}
    for each in earners:
        agreement = each.agreement
        if each.registered.status not in LIVE or not agreement.assets:
            continue
        income = income_of(each.lines, year)
        for asset, share in zip(agreement.assets, shares(income, agreement.assets), strict=True):
            before = found.get(asset.ref)
            found[asset.ref] = AssetIncome(
                asset.ref,
                share + (before.income_pence if before else 0),
                (*(before.agreements if before else ()), agreement.ref),
                max(agreement.term.end, before.ends_on if before else date.min),
                (each.reason is not None) + (before.uncounted if before else 0),
            )
    return found


def shares(amount_pence: int, assets: Sequence[LetAsset]) -> list[int]:
    """An amount shared over assets, to the penny: by quantity, length or area where all have it.

    Otherwise to each the same. What is left of a penny goes to the largest remainders, the
    first of equal ones.
    """
    return parted(amount_pence, weights_of(assets))


def weights_of(assets: Sequence[LetAsset]) -> list[Fraction]:
    """How much of an agreement each of its assets is, in a measure that all have; else alike."""
    measures = (
        [each.quantity for each in assets],
        [each.length_m for each in assets],
        [each.area_m2 for each in assets],
    )
    for measure in measures:
        if all(measure):
            return [Fraction(each) for each in measure if each is not None]
    return [Fraction(1) for _ in assets]


def parted(amount_pence: int, weights: Sequence[Fraction]) -> list[int]:
    """An amount shared by weights above 0, to the penny."""
    whole = sum(weights)
    exact = [amount_pence * weight / whole for weight in weights]
    parts = [floor(each) for each in exact]
    order = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[: amount_pence - sum(parts)]:
        parts[at] += 1
    return parts
