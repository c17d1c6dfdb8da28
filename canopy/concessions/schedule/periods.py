"""The periods that instalments are for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from canopy.concessions.calendar.months import add_months, has_leap_day
from canopy.concessions.terms.payment import INSTALMENTS, Frequency

QUARTER_DAYS = ((3, 25), (6, 24), (9, 29), (12, 25))
"""Month and day of the usual quarter days: Lady Day, Midsummer, Michaelmas, Christmas."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Consecutive periods without end in either direction, numbered from `anchor`.

    Attributes:
        anchor: the first day of period 0; for quarter days, any day: period 0 then begins on
            Lady Day of its year.
    """

    frequency: Frequency
    anchor: date

    @property
    def per_year(self) -> int:
        return INSTALMENTS[self.frequency]

    def first_day(self, number: int) -> date:
        if self.frequency == "quarter-days":
            years, quarter = divmod(number, 4)
            return date(self.anchor.year + years, *QUARTER_DAYS[quarter])
        return add_months(self.anchor, number * (12 // self.per_year))

    def holding(self, day: date) -> int:
        """The number of the period that `day` lies in."""
        opens = 1 if self.frequency == "quarter-days" else self.anchor.month
        apart = (day.year - self.anchor.year) * 12 + day.month - opens
        number = apart * self.per_year // 12 + 1
        while self.first_day(number) > day:
            number -= 1
        return number

    def position(self, number: int) -> int:
        """0 for the first period of a year of periods."""
        return number % self.per_year

    def days_of_year(self, number: int) -> int:
        """365, or 366 where a 29 February lies in the year of periods that this one is of."""
        first = number - self.position(number)
        start, after = self.first_day(first), self.first_day(first + self.per_year)
        return 366 if has_leap_day(start, date.fromordinal(after.toordinal() - 1)) else 365
