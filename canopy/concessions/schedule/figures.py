"""What amounts of one agreement are computed from: factors and volumes, each found once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from canopy.concessions.calendar.months import add_months
from canopy.concessions.indexation.factors import FactorStep, Indices, factor_at, factor_path
from canopy.concessions.metering.intervals import MeterEnergy
from canopy.concessions.rounding import EXACT, to_penny
from canopy.concessions.terms.agreement import Agreement

_ONE = Decimal(1)
Meters = Mapping[str, MeterEnergy]
"""What meters told, by the name that charges have them by."""
NO_METERS: Meters = MappingProxyType({})


class Figures:
    """Factors, volumes and metered energy of an agreement over its term."""

    def __init__(self, agreement: Agreement, indices: Indices, meters: Meters = NO_METERS) -> None:
        self.agreement = agreement
        self.meters = meters
        self._indices = indices
        self._paths: dict[str, list[FactorStep]] = {}

    def path(self, rule_name: str | None) -> list[FactorStep]:
        """The steps of a rule; a single step of 1 where there is none."""
        term = self.agreement.term
        rule = self.agreement.rule(rule_name)
        if rule is None:
            return [FactorStep(term.start, _ONE, ())]
        if rule.name not in self._paths:
            self._paths[rule.name] = factor_path(rule, term.start, term.end, self._indices)
        return self._paths[rule.name]

    def factor(self, rule_name: str | None, day: date) -> Decimal:
        return factor_at(self.path(rule_name), day)

    def assumed_by(self, rule_name: str | None, day: date) -> bool:
        """Whether the factor in force on `day` rests on a scenario."""
        return any(step.rests_on and step.from_day <= day for step in self.path(rule_name))

    def year_of(self, day: date) -> int:
        """The contract year, 1 for the first, that a day of the term lies in."""
        start = self.agreement.term.start
        year = day.year - start.year + 1
        return year if add_months(start, 12 * (year - 1)) <= day else year - 1

    def volume(self, name: str, year: int) -> Decimal:
        """Of contract year 1, 2, ...; a rate is indexed by the factor on the year's first day.

        Money that comes of it is rounded to the penny.
        """
        volume = next(each for each in self.agreement.volumes if each.name == name)
        if volume.of is None or volume.rate is None:
            return volume.listed(year)
        first = add_months(self.agreement.term.start, 12 * (year - 1))
        rate = EXACT.multiply(volume.rate, self.factor(volume.index, first))
        amount = EXACT.multiply(self.volume(volume.of, year), rate)
        return to_penny(amount) if volume.unit == "gbp" else amount

    def volume_assumed(self, name: str, year: int) -> bool:
        """Whether a volume's rate rests on a scenario."""
        volume = next(each for each in self.agreement.volumes if each.name == name)
        first = add_months(self.agreement.term.start, 12 * (year - 1))
        mine = volume.index is not None and self.assumed_by(volume.index, first)
        return mine or (volume.of is not None and self.volume_assumed(volume.of, year))
