"""Who runs networks at a date: not-spots are counted against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from canopy.errors import Refused

MAX_OPERATORS = 32


@dataclass(frozen=True, slots=True)
class OperatorSet:
    """The operators whose networks count from a date on.

    "Partial" means covered by some of these and not by all, so a merger or a new network
    changes what is partial without a site being moved.

    Attributes:
        names: slugs, each once, 1 to `MAX_OPERATORS`.
        in_force_from: first day, None where it always was so.
        source: where that is to be read.
    """

    names: tuple[str, ...]
    in_force_from: date | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.names) <= MAX_OPERATORS or len(set(self.names)) != len(self.names):
            raise Refused(
                f"1 to {MAX_OPERATORS} operators are needed, each named once; given: "
                f"{', '.join(self.names) or 'none'}"
            )


def in_force(sets: Sequence[OperatorSet], on: date) -> OperatorSet:
    """The set that counts on a day: the one that came into force last.

    Raises Refused when none had come into force, or two did on one day.
    """
    begun = [one for one in sets if one.in_force_from is None or one.in_force_from <= on]
    if not begun:
        raise Refused(f"no set of operators was in force on {on.isoformat()}")
    starts = [one.in_force_from or date.min for one in begun]
    if starts.count(max(starts)) > 1:
        raise Refused(f"two sets of operators came into force on {max(starts).isoformat()}")
    return begun[starts.index(max(starts))]
