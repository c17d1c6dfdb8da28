"""Which sums may be told to those who may know no single agreement's money.

A sum of fewer than `FEWEST` agreements is not told, nor one from which such a sum follows: a total
less its parts that are told is a sum of the parts that are not, and one part less another that
crosses it is a sum of few where they differ by few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from canopy.concessions.appraisal.breakdown import Part
from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.calendar.financial_years import FinancialYear

FEWEST = 5
"""A sum of fewer agreements could tell of one."""

Item = tuple[str, str]
"""A part of a year's income: the agreement's reference, and the kind of its assets."""
_Name = TypeVar("_Name", bound=Hashable)


class SumsTold:
    """Which sums over parts of one amount may be told beside each other.

    Parts that are in the same sums cannot be told apart by adding and subtracting what is told;
    each set of such parts is kept of `FEWEST` agreements at the least. So whatever follows from
    the sums is of that many agreements too, however the sums cross.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        every = frozenset(items)
        self._alike = [every] if every else []
        self.total = self.tells(every)
        """Whether the sum of all may be told."""

    def tells(self, items: Iterable[Item]) -> bool:
        """Whether the sum over some of the parts may be told beside those told before.

        If so it counts as told. A sum over nothing is nought, and tells nothing.
        """
        wanted = frozenset(items)
        if not wanted:
            return True
        halves = [half for each in self._alike for half in (each & wanted, each - wanted) if half]
        if any(len({ref for ref, _ in half}) < FEWEST for half in halves):
            return False
        self._alike = halves
        return True

    def told(self, groups: Mapping[_Name, Iterable[Item]]) -> set[_Name]:
        """The groups whose sums may be told, tried from that of most parts on."""
        by_size = sorted(
            ((name, frozenset(items)) for name, items in groups.items()),
            key=lambda each: (-len(each[1]), f"{each[0]}"),
        )
        return {name for name, items in by_size if self.tells(items)}


class YearTold:
    """Which sums of one year's revenue income may be told: by kind of agreement, by kind of asset.

    They are decided in this order, whatever else is asked for beside them: several questions
    about one year tell no more than one.
    """

    def __init__(self, parts: Iterable[Part], year: FinancialYear) -> None:
        self._paying = [part for part in parts if year in part.income_pence]
        self._sums = SumsTold(map(_item, self._paying))
        self.total = self._sums.total
        by_kind = _grouped((part.kind, part) for part in self._paying)
        self._untold_kinds = by_kind.keys() - self._sums.told(by_kind)
        by_asset = _grouped((part.asset_kind, part) for part in self._paying)
        self._untold_asset_kinds = by_asset.keys() - self._sums.told(by_asset)

    def kind(self, kind: str) -> bool:
        """Whether the income of a kind of agreement may be told: of enough pay, or none."""
        return kind not in self._untold_kinds

    def asset_kind(self, kind: str) -> bool:
        """Whether the income of a kind of asset may be told."""
        return kind not in self._untold_asset_kinds

    def groups(self, refs: Mapping[_Name, Iterable[str]]) -> set[_Name]:
        """The groups of agreements whose income may be told beside all that was told before."""
        items: dict[str, list[Item]] = _grouped((part.ref, part) for part in self._paying)
        return self._sums.told(
            {name: [item for ref in some for item in items.get(ref, [])]
             for name, some in refs.items()}
        )  # fmt: skip


def _item(part: Part) -> Item:
    return part.ref, part.asset_kind


def _grouped(named: Iterable[tuple[str, Part]]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for name, part in named:
        found.setdefault(name, []).append(_item(part))
    return found


Amount = tuple[str, str]
"""(account, side), such as ("revenue", "income")."""


def tellable_amounts(earners: Sequence[Earner]) -> dict[FinancialYear, frozenset[Amount]]:
    """Of each year the amounts that are of enough agreements, or of none.

    A year in which nothing is of enough agreements is left out.
    """
    counts: Counter[tuple[FinancialYear, Amount]] = Counter()
    for each in earners:
        counts.update(
            {
                (FinancialYear.of(line.due), (line.account, line.side))
                for line in each.lines
                if line.net_pence
            }
        )
    enough = {year for (year, _), count in counts.items() if count >= FEWEST}
    return {
        year: frozenset(
            amount for amount in AMOUNTS if not 0 < counts.get((year, amount), 0) < FEWEST
        )
        for year in enough
    }


AMOUNTS: tuple[Amount, ...] = (
    ("revenue", "income"), ("revenue", "cost"), ("capital", "income"), ("capital", "cost"),
)  # fmt: skip
