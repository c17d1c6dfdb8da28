"""Options to end an agreement early: on a date, or at any time from a date on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from canopy.concessions.calendar.months import ONE_DAY
from canopy.concessions.calendar.notice import NoticePeriod, earliest_event, notice_deadline
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class Window:
    """Days between which notice may be served, both counted; `opens` None: from the start on."""

    opens: date | None
    closes: date

    def holds(self, day: date) -> bool:
        return day <= self.closes and (self.opens is None or day >= self.opens)


@dataclass(frozen=True, slots=True)
class FixedBreak:
    """An option to end on one day.

    Attributes:
        on: the day on which the agreement ends.
        notice: not less than this.
        not_more_than: notice that is served earlier than this before the day has no effect.
    """

    on: date
    notice: NoticePeriod
    not_more_than: NoticePeriod | None = None

    def window(self) -> Window:
        """When notice may be served. Raises Refused where no day is left for it."""
        closes = notice_deadline(self.on, self.notice)
        opens = notice_deadline(self.on, self.not_more_than) if self.not_more_than else None
        if opens is not None and opens > closes:
            raise Refused(
                f"the break on {self.on} can never be used: notice opens on {opens}, after it "
                f"closes on {closes}"
            )
        return Window(opens, closes)


@dataclass(frozen=True, slots=True)
class RollingBreak:
    """An option to end at any time from a day on, by notice.

    Attributes:
        not_before: the first day that counts.
        notice: not less than this.
        counts_for: whether the agreement may not *end* before the day, or the notice not be
            *served* before it. Clauses differ, and the months of notice lie between the two.
    """

    not_before: date
    notice: NoticePeriod
    counts_for: Literal["end", "service"] = "end"

    def earliest_end(self, served: date) -> date:
        """The first day on which notice served on `served` can end the agreement.

        Raises Refused for a notice that may not be served yet.
        """
        if self.counts_for == "service" and served < self.not_before:
            raise Refused(f"notice may not be served before {self.not_before}")
        return max(earliest_event(served, self.notice), self.not_before)

    def first_useful_service(self) -> date:
        """The last day of service that still ends the agreement as early as can be."""
        if self.counts_for == "service":
            return self.not_before
        return notice_deadline(self.not_before, self.notice)


def ends_after(break_day: date, term_ends: date) -> bool:
    """Whether a break would come when the term is over anyway."""
    return break_day > term_ends + ONE_DAY
