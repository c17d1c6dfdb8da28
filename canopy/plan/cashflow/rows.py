"""Rows of the one cash flow: whose money, of which kind of asset, ward and operator. Pure.

An agreement's money is shared over its assets by what they are of it, so that the rows of an
agreement sum to its schedule to the penny. Years are financial years, 1 April to 31 March.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from canopy.concessions.appraisal.portfolio import Earner, parted, weights_of
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.lines import Line
from canopy.concessions.standing import LIVE

Account = Literal["income", "cost", "capital income", "capital cost"]
ACCOUNTS: tuple[Account, ...] = ("income", "cost", "capital income", "capital cost")
SIGNS: Mapping[Account, int] = {
    "income": 1, "cost": -1, "capital income": 1, "capital cost": -1,
}  # fmt: skip
UNKNOWN = "not known"
Place = tuple[str, str]
"""Kind of asset, and ward."""


@dataclass(frozen=True, slots=True)
class CashRow:
    """Money of one agreement, or of one group of new sites, on one account.

    Attributes:
        name: reference of the agreement, or what the new sites are.
        pence: by financial year [p], 0 or more whichever way it goes; see `SIGNS`.
    """

    source: Literal["agreement", "new sites"]
    name: str
    kind: str
    ward: str
    operator: str
    account: Account
    pence: Mapping[FinancialYear, int]

    @property
    def is_income(self) -> bool:
        return SIGNS[self.account] > 0


@dataclass(frozen=True, slots=True)
class YearCash:
    """A year's money over rows [p].

    Attributes:
        connectivity: of the net, what is used to subsidise connectivity.
    """

    year: FinancialYear
    agreements: int
    new_sites: int
    running: int
    capital: int
    connectivity: int = 0

    @property
    def net(self) -> int:
        return self.agreements + self.new_sites - self.running - self.capital

    @property
    def left(self) -> int:
        """What stays with the council."""
        return self.net - self.connectivity


def agreement_rows(
    earners: Iterable[Earner], places: Mapping[str, Place], years: Sequence[FinancialYear]
) -> list[CashRow]:
    """Rows of the live agreements. places: of assets, by the reference that terms name."""
    live = (each for each in earners if each.registered.status in LIVE)
    return [row for each in live for row in _rows(each, places, years)]


def _rows(
    earner: Earner, places: Mapping[str, Place], years: Sequence[FinancialYear]
) -> Iterator[CashRow]:
    shares = _shares(earner, places)
    wanted = set(years)
    sums: dict[Account, dict[FinancialYear, int]] = defaultdict(lambda: defaultdict(int))
    for line in earner.lines:
        year = FinancialYear.of(line.due)
        if year in wanted:
            sums[_account(line)][year] += line.net_pence
    for account, by_year in sums.items():
        parts: dict[Place, dict[FinancialYear, int]] = {place: {} for place in shares}
        for year, pence in by_year.items():
            for place, part in zip(shares, parted(pence, list(shares.values())), strict=True):
                parts[place][year] = part
        for (kind, ward), pence_by_year in parts.items():
            yield CashRow(
                "agreement", earner.agreement.ref, kind, ward, earner.operator, account,
                pence_by_year,
            )  # fmt: skip


def _shares(earner: Earner, places: Mapping[str, Place]) -> dict[Place, Fraction]:
    assets = earner.agreement.assets
    found: dict[Place, Fraction] = defaultdict(Fraction)
    for asset, weight in zip(assets, weights_of(assets) if assets else (), strict=True):
        found[places.get(asset.ref, (UNKNOWN, UNKNOWN))] += weight
    return dict(sorted(found.items())) or {(UNKNOWN, UNKNOWN): Fraction(1)}


def _account(line: Line) -> Account:
    if line.account == "capital":
        return "capital cost" if line.side == "cost" else "capital income"
    return "cost" if line.side == "cost" else "income"


def by_year(
    rows: Sequence[CashRow],
    years: Sequence[FinancialYear],
    connectivity: Callable[[FinancialYear, int], int] = lambda _year, _income: 0,
) -> list[YearCash]:
    """Sums by financial year. connectivity: what of a year's income is used for that [p]."""
    found = []
    for year in years:

        def of(*accounts: Account, source: str = "", year: FinancialYear = year) -> int:
            return sum(
                each.pence.get(year, 0) for each in rows
                if each.account in accounts and source in ("", each.source)
            )  # fmt: skip

        agreements = of("income", "capital income", source="agreement")
        new = of("income", "capital income", source="new sites")
        found.append(
            YearCash(year, agreements, new, of("cost"), of("capital cost"),
                     connectivity(year, agreements + new))
        )  # fmt: skip
    return found


def by_name(
    rows: Iterable[CashRow], name: Callable[[CashRow], str], years: Sequence[FinancialYear]
) -> dict[str, list[YearCash]]:
    """The same for each of the names that rows are given, that with most net money first."""
    groups: dict[str, list[CashRow]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    found = {key: by_year(group, years) for key, group in groups.items()}
    return dict(sorted(found.items(), key=lambda each: (-sum(y.net for y in each[1]), each[0])))
