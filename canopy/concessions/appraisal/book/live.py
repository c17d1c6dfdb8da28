"""Where the cells are that others are computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from canopy.concessions.appraisal.book.table import Formula
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.lines import Side

ONE = "1"


@dataclass(frozen=True, slots=True)
class AmountCell:
    """The yearly amount from a day on; `is_free`: nothing is payable for these days."""

    from_day: date
    cell: str
    is_free: bool


@dataclass(slots=True)
class Live:
    """References by what they are of.

    Attributes:
        readings: index figures by series and month.
        factors: by rule, from which day on.
        volumes, shares, minimums, top_ups: by name and contract year.
        spans: ranges of duct metres.
        amounts: yearly amounts of recurring charges.
        energy: what a period of metered energy comes to, by its first day.
    """

    figures: Figures
    readings: dict[tuple[str, date], str] = field(default_factory=dict)
    factors: dict[str, list[tuple[date, str]]] = field(default_factory=dict)
    volumes: dict[tuple[str, int], str] = field(default_factory=dict)
    shares: dict[tuple[str, int], str] = field(default_factory=dict)
    minimums: dict[tuple[str, int], str] = field(default_factory=dict)
    top_ups: dict[tuple[str, int], Formula] = field(default_factory=dict)
    spans: dict[str, str] = field(default_factory=dict)
    amounts: dict[tuple[Side, str], list[AmountCell]] = field(default_factory=dict)
    energy: dict[tuple[Side, str, date], Formula] = field(default_factory=dict)

    def factor(self, rule: str | None, day: date) -> str:
        """The factor in force on a day: a cell, or 1 without a rule."""
        in_force = ONE
        for from_day, cell in self.factors.get(rule or "", ()):
            if from_day > day:
                break
            in_force = cell
        return in_force
