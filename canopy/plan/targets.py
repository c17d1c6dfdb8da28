"""Targets of a plan, and whether what it reaches meets them.

Source: target results for business, residents and visitors, S:274 of the LGA's strategy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.fields import CLOSED, Day, Name, Text
from canopy.errors import BadTerms

Group = Literal["business", "residents", "visitors"]
GROUPS: tuple[Group, ...] = ("business", "residents", "visitors")
_Figure = Annotated[Decimal, Field(ge=-(10**12), le=10**12, decimal_places=6)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be reached for a group by a day.

    Attributes:
        outcome: in words, such as "no resident in a total 4G not-spot".
        measure: name of the figure that it is judged by.
        unit: of baseline and target.
        sense: whether the figure is to be at the most or at the least the target.
        owner: who answers for it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    group: Group
    outcome: Text
    measure: Name
    unit: Text
    sense: Literal["at-most", "at-least"]
    baseline: _Figure
    baseline_on: Day
    target: _Figure
    target_on: Day
    source: Text
    owner: Text

    def __post_init__(self) -> None:
        if self.target_on <= self.baseline_on:
            raise BadTerms("the target's day is not after the baseline's", field="target_on")
        falls = self.sense == "at-most"
        if (self.target > self.baseline) if falls else (self.target < self.baseline):
            raise BadTerms("the target is worse than the baseline", field="target")


@dataclass(frozen=True, slots=True)
class Judged:
    """A target beside what the plan reaches.

    Attributes:
        reached: by the plan; None where the plan does not tell the measure.
        missed_by: in the target's unit; 0 where it is met, None where nobody knows.
        reached_on: the day by which the plan reaches what it reaches.
    """

    target: Target
    reached: Decimal | None
    missed_by: Decimal | None
    reached_on: date | None

    @property
    def is_met(self) -> bool | None:
        """None where nobody knows: that is never taken as met."""
        if self.missed_by is None or self.reached_on is None:
            return None
        return self.missed_by == 0 and self.reached_on <= self.target.target_on

    def sentence(self) -> str:
        """For a reader."""
        target, unit = self.target, self.target.unit
        if self.reached is None or self.missed_by is None or self.reached_on is None:
            return f"{target.outcome}: not known, as the plan does not tell {target.measure}"
        if self.missed_by:
            return (
                f"{target.outcome}: missed by {self.missed_by:,f} {unit} ({self.reached:,f} "
                f"against {target.target:,f})"
            )
        if self.reached_on > target.target_on:
            days = (self.reached_on - target.target_on).days
            return f"{target.outcome}: reached {days:,} days late, on {self.reached_on}"
        return f"{target.outcome}: met ({self.reached:,f} {unit} by {self.reached_on})"


def judged(
    targets: Sequence[Target], reached: Mapping[str, Decimal], on: date | None
) -> list[Judged]:
    """Each target beside the figure of its measure, which is reached `on` that day.

    Raises BadTerms where a group has no target, or two targets have one name.
    """
    without = [group for group in GROUPS if group not in {each.group for each in targets}]
    if without:
        raise BadTerms(f"there is no target for {', '.join(without)}", field="target")
    names = [each.name for each in targets]
    if len(set(names)) < len(names):
        raise BadTerms("two targets have one name", field="target")
    return [_judged(each, reached.get(each.measure), on) for each in targets]


def _judged(target: Target, reached: Decimal | None, on: date | None) -> Judged:
    if reached is None or on is None:
        return Judged(target, None, None, None)
    beyond = reached - target.target if target.sense == "at-most" else target.target - reached
    return Judged(target, reached, max(beyond, Decimal(0)), on)
