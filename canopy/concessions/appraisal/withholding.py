"""Which sums may be told to those who may know no single agreement's money.

A sum is told over the cohorts that lie in it wholly, and says of how many agreements it is. So no
sum, nor any difference of sums, of one year or of several, is of fewer agreements than a cohort
has. What is left out is no blank: the sum is then of part of the agreements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from canopy.concessions.appraisal.breakdown import Part
from canopy.concessions.appraisal.cohorts import FEWEST, Payer, cohorts
from canopy.concessions.appraisal.hanging import moved_by
from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.lines import Line
from canopy.concessions.standing import LIVE

__all__ = ["AMOUNTS", "FEWEST", "INCOME", "Amount", "Sum", "Withholding"]

Amount = tuple[str, str]
"""(account, side), such as ("revenue", "income")."""
INCOME: Amount = ("revenue", "income")
AMOUNTS: tuple[Amount, ...] = (
    INCOME, ("revenue", "cost"), ("capital", "income"), ("capital", "cost"),
)  # fmt: skip
_Sums = dict[FinancialYear, dict[str, int]]
"""By year, what each agreement of a reference has [p]."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What may be told of a sum.

    Attributes:
        pence: over the agreements that are told of; None where some pay and none is told of.
        told: how many agreements it is of.
        paying: how many it would be of, were all told of.
    """

    pence: int | None
    told: int
    paying: int

    @property
    def is_part(self) -> bool:
        """Whether agreements that pay are left out."""
        return self.told < self.paying


class Withholding:
    """What may be told of the live agreements: the same of every year, whatever else is asked."""

    def __init__(self, earners: Iterable[Earner], parts: Iterable[Part]) -> None:
        live = [each for each in earners if each.registered.status in LIVE]
        parts = list(parts)
        kinds: dict[str, set[str]] = defaultdict(set)
        self._by_asset_kind: dict[str, _Sums] = defaultdict(lambda: defaultdict(dict))
        for part in parts:
            kinds[part.ref].add(part.asset_kind)
            for year, pence in part.income_pence.items():
                self._by_asset_kind[part.asset_kind][year][part.ref] = pence
        self._kind = {each.agreement.ref: each.agreement.kind for each in live}
        self._amounts: dict[Amount, _Sums] = {amount: defaultdict(dict) for amount in AMOUNTS}
        self._moved = {each.agreement.ref: moved_by(each.agreement) for each in live}
        payers = []
        for each in live:
            ref = each.agreement.ref
            has = self._add(ref, each.lines)
            if has:
                years = sorted(year.begins for year in has)
                traits = (
                    tuple(sorted(kinds[ref])),
                    tuple(sorted(set().union(*has.values()))),
                    self._moved[ref],
                )
                payers.append(Payer(ref, each.agreement.kind, years[0], years[-1], traits))
        self._cohorts = cohorts(payers)

    def _add(self, ref: str, lines: Sequence[Line]) -> dict[FinancialYear, set[Amount]]:
        """Sum an agreement's lines up; which amounts it has in which year, nought counted none."""
        has: dict[FinancialYear, set[Amount]] = defaultdict(set)
        for line in lines:
            if line.net_pence:
                year, amount = FinancialYear.of(line.due), (line.account, line.side)
                sums = self._amounts[amount][year]
                sums[ref] = sums.get(ref, 0) + line.net_pence
                has[year].add(amount)
        return has

    def amount(self, amount: Amount, year: FinancialYear) -> Sum:
        """Of all agreements that have it in a year."""
        return self._sum(self._amounts[amount].get(year, {}))

    def kind(self, kind: str, year: FinancialYear) -> Sum:
        """The revenue income of a kind of agreement."""
        return self._sum(
            self._amounts[INCOME].get(year, {}),
            {ref for ref, found in self._kind.items() if found == kind},
        )

    def asset_kind(self, kind: str, year: FinancialYear) -> Sum:
        """The revenue income from a kind of asset."""
        return self._sum(self._by_asset_kind[kind].get(year, {}))

    def among(self, refs: Collection[str], year: FinancialYear) -> Sum:
        """The revenue income of some agreements."""
        return self._sum(self._amounts[INCOME].get(year, {}), set(refs))

    def years(self) -> set[FinancialYear]:
        """Those of which anything is told."""
        return {
            year
            for sums in self._amounts.values()
            for year, of in sums.items()
            if self._sum(of).told
        }

    def shown(
        self,
        lines: Mapping[str, Sequence[Line]],
        needed: Mapping[str, frozenset[FinancialYear]] | None = None,
    ) -> dict[str, tuple[Line, ...]]:
        """Lines by agreement, of years that the whole of its cohort has lines in.

        A line is of the year of the first day it is for. What a simulation makes of the lines of
        all agreements together concerns whole cohorts alone: those are left out whose agreements
        it moves differently, and those that are not told of in every year that an agreement needs,
        as one with a guarantee does.
        """
        needed = needed or {}
        found: dict[str, tuple[Line, ...]] = {}
        for cohort in self._cohorts:
            held = [
                {FinancialYear.of(line.first) for line in lines.get(ref, ()) if line.net_pence}
                for ref in cohort
            ]
            years = set.intersection(*held)
            if len({self._moved[ref] for ref in cohort}) > 1:
                continue
            if not all(needed.get(ref, frozenset()) <= years for ref in cohort):
                continue
            for ref in cohort:
                kept = (
                    each for each in lines.get(ref, ()) if FinancialYear.of(each.first) in years
                )
                found[ref] = tuple(kept)
        return {ref: kept for ref, kept in found.items() if kept}

    def _sum(self, of: Mapping[str, int], among: set[str] | None = None) -> Sum:
        """Over the cohorts of which every agreement pays, and is among some."""
        paying = of.keys() if among is None else of.keys() & among
        told = [ref for cohort in self._cohorts if cohort <= paying for ref in cohort]
        pence = sum(of[ref] for ref in told) if told or not paying else None
        return Sum(pence, len(told), len(paying))
