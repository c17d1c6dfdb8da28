"""Agreements that let the same asset at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from canopy.concessions.fields import Problem
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.checking import refuse


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two agreements on one asset, and the days they share; `refused` where one is exclusive.

    Attributes:
        if_extended: references of those that hold it then only if their term is extended.
    """

    asset: str
    first: str
    second: str
    from_day: date
    last_day: date
    refused: bool
    if_extended: tuple[str, ...] = ()

    @property
    def days(self) -> str:
        """The shared days in words; of agreements that both continue there is no last one."""
        if self.if_extended:
            are = "are" if len(self.if_extended) > 1 else "is"
            told = f"{' and '.join(self.if_extended)} {are} extended"
            return f"from {self.from_day} to {self.last_day} if {told}"
        if self.last_day == date.max:
            return f"from {self.from_day} on"
        return f"from {self.from_day} to {self.last_day}"


def overlaps(agreements: Iterable[Agreement]) -> list[Overlap]:
    """Every pair of agreements whose terms meet on an asset, extensions not counted."""
    by_asset: dict[str, list[tuple[Agreement, bool]]] = defaultdict(list)
    for agreement in agreements:
        for asset in agreement.assets:
            by_asset[asset.ref].append((agreement, agreement.lets_alone(asset)))
    return [
        Overlap(ref, one.ref, other.ref, begins, ends, exclusive or other_exclusive)
        for ref, lets in by_asset.items()
        for (one, exclusive), (other, other_exclusive) in combinations(lets, 2)
        if (begins := max(one.term.start, other.term.start))
        <= (ends := min(one.term.end, other.term.end))
    ]


def refuse_double_letting(agreements: Iterable[Agreement]) -> None:
    """Raises BadTerms where an asset is let twice at once although one letting is exclusive."""
    refuse(
        [
            Problem(
                f"assets {each.asset}",
                f"{each.first} and {each.second} both hold it {each.days}, and one of them "
                "exclusively",
            )
            for each in overlaps(agreements)
            if each.refused
        ]
    )
