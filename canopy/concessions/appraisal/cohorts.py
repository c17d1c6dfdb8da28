"""Groups of agreements that are told of together or not at all, whatever is asked of any year.

A sum of one year less that of the next tells what left in between. So agreements are put into
cohorts once, for all years and all questions, and a sum holds a cohort wholly or not: whatever is
added to and taken from sums is again a sum over whole cohorts. The way of cutting is that of
Mondrian (LeFevre, DeWitt, Ramakrishnan, Mondrian multidimensional k-anonymity, ICDE 2006): in two,
and in two again, while both halves are large enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from operator import attrgetter

FEWEST = 5
"""A sum of fewer agreements could tell of one."""


@dataclass(frozen=True, slots=True)
class Payer:
    """What an agreement is put into a cohort by.

    Attributes:
        first, last: financial years that its money begins and ends in.
        traits: what cohorts should have alike where they can, the most important first.
    """

    ref: str
    kind: str
    first: int
    last: int
    traits: tuple[Hashable, ...] = ()


def cohorts(payers: Iterable[Payer], fewest: int = FEWEST) -> list[frozenset[str]]:
    """References by cohort: each of `fewest` agreements at the least, none where there are fewer.

    By kind first, then by the years that money flows in, then by traits. The same agreements
    give the same cohorts, in whatever order they come.
    """
    whole = sorted(payers, key=attrgetter("ref"))
    if len(whole) < fewest:
        return []
    found, waiting = [], [whole]
    while waiting:
        group = waiting.pop()
        halves = _halves(group, fewest)
        if halves is None:
            found.append(frozenset(each.ref for each in group))
        else:
            waiting += halves
    return sorted(found, key=min)


_Halves = tuple[list[Payer], list[Payer]]


def _halves(group: list[Payer], fewest: int) -> _Halves | None:
    if len(group) < 2 * fewest:
        return None
    found = _alike(group, attrgetter("kind"), fewest) or _by_years(group, fewest)
    for at in range(len(group[0].traits)):
        found = found or _alike(group, partial(_trait, at), fewest)
    return found


def _trait(at: int, payer: Payer) -> Hashable:
    return payer.traits[at]


def _alike(group: list[Payer], trait: Callable[[Payer], Hashable], fewest: int) -> _Halves | None:
    """Those that have the commonest trait, and the others, where both are enough."""
    counts = Counter(map(trait, group))
    for value, count in sorted(counts.items(), key=lambda each: (-each[1], f"{each[0]}")):
        if fewest <= count <= len(group) - fewest:
            return (
                [each for each in group if trait(each) == value],
                [each for each in group if trait(each) != value],
            )
    return None


def _by_years(group: list[Payer], fewest: int) -> _Halves | None:
    """The cut that leaves most years in which the whole of a half has money, if it gains any."""
    best, found = _kept(group), None
    for year in (attrgetter("first", "last", "ref"), attrgetter("last", "first", "ref")):
        ordered = sorted(group, key=year)
        before, after = _kept_up_to(ordered), _kept_up_to(ordered[::-1])[::-1]
        for at in range(fewest, len(ordered) - fewest + 1):
            kept = before[at - 1] + after[at]
            if kept > best:
                best, found = kept, (ordered[:at], ordered[at:])
    return found


def _kept(group: Sequence[Payer]) -> int:
    return _kept_up_to(group)[-1]


def _kept_up_to(ordered: Sequence[Payer]) -> list[int]:
    """Of the first one, two, ... of them: agreements times the years that all have money in."""
    firsts = accumulate((each.first for each in ordered), max)
    lasts = accumulate((each.last for each in ordered), min)
    return [
        count * max(0, last - first + 1)
        for count, (first, last) in enumerate(zip(firsts, lasts, strict=True), 1)
    ]
