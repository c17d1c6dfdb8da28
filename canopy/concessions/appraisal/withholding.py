"""Which sums may be told to those who may know no single agreement's money.

A sum of fewer than `FEWEST` agreements is not told, nor one from which such a sum follows: a total
less its parts that are told is a sum of the parts that are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.calendar.financial_years import FinancialYear

FEWEST = 5
"""A sum of fewer agreements could tell of one."""


def tellable(counts: Mapping[str, int]) -> set[str]:
    """The parts of a total that may be told beside it, by how many pay in each.

    Where parts that are too small are too few together as well, the smallest of the others is
    kept back with them. Parts in which nobody pays tell nothing and are told.
    """
    told = {name for name, count in counts.items() if count == 0 or count >= FEWEST}
    hidden = sum(count for name, count in counts.items() if name not in told)
    for name, count in sorted(counts.items(), key=lambda each: (each[1], each[0])):
        if not 0 < hidden < FEWEST:
            break
        if name in told and count:
            told.discard(name)
            hidden += count
    return told


Amount = tuple[str, str]
"""(account, side), such as ("revenue", "income")."""


def tellable_amounts(earners: Sequence[Earner]) -> dict[FinancialYear, frozenset[Amount]]:
    """Of each year the amounts that are of enough agreements, or of none.

    A year in which nothing is of enough agreements is left out.
    """
    counts: Counter[tuple[FinancialYear, Amount]] = Counter()
    for each in earners:
        counts.update(
            {(FinancialYear.of(line.due), (line.account, line.side)) for line in each.lines}
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
