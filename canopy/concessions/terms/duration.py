"""How long an agreement lasts, and how it can last longer or end early."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.calendar.breaks import FixedBreak, RollingBreak
from canopy.concessions.calendar.months import ONE_DAY, add_months, term_end
from canopy.concessions.calendar.notice import NoticePeriod, Unit, notice_deadline
from canopy.concessions.fields import CLOSED, Day, Months, Text
from canopy.errors import BadTerms

Side = Literal["council", "operator", "either"]
_Length = Annotated[int, Field(ge=0, le=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """From the first day to the last, both counted; either `months` or the last day is given.

    Attributes:
        start: the first day.
        months: how long it lasts, in calendar months, to the day before the anniversary; where the
            month lacks the day, to the day before its last one.
        last_day: the last day, instead of `months`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    start: Day
    months: Annotated[int, Field(ge=1, le=12_000)] | None = None
    last_day: Day | None = None

    def __post_init__(self) -> None:
        if self.months is None and self.last_day is None:
            raise BadTerms(
                "how long the term lasts is missing: give months = 120, or last_day = 2036-03-31",
                field="months",
            )
        if self.months is not None and self.last_day is not None:
            raise BadTerms(
                f"both months = {self.months} and last_day = {self.last_day} are given, and a term "
                "has one of them: leave the other out",
                field="months",
            )
        if self.last_day is not None and self.last_day < self.start:
            raise BadTerms("last_day is before start", field="last_day")

    @property
    def end(self) -> date:
        """The last day."""
        if self.last_day is not None:
            return self.last_day
        return term_end(self.start, self.months or 0)

    def years(self) -> Iterator[tuple[date, date]]:
        """First and last day of each contract year; the last may be cut short by the end."""
        at = 0
        while (first := add_months(self.start, 12 * at)) <= self.end:
            yield first, min(add_months(self.start, 12 * (at + 1)) - ONE_DAY, self.end)
            at += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An option to go on for `months`, by notice before the end that it follows.

    Attributes:
        months: how much longer, in calendar months.
        by: who may use it.
        notice: how long before the end notice has to be served, in `notice_unit`.
        notice_unit: clear periods count neither the day of service nor that of the event.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    months: Annotated[int, Field(ge=1, le=1200)]
    by: Side
    notice: _Length
    notice_unit: Unit = "months"

    def deadline(self, end: date) -> date:
        """The last day for notice, where the term would end on `end`."""
        return notice_deadline(end, NoticePeriod(self.notice, self.notice_unit))

    def end_after(self, end: date) -> date:
        """The last day with this option used: a term that ended with a month still does."""
        return add_months(end + ONE_DAY, self.months) - ONE_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakOption:
    """An option to end early: `on` a day, or at any time `not_before` a day.

    Attributes:
        by: who may use it.
        notice: how long before the end notice has to be served, in `notice_unit`.
        notice_unit: clear periods count neither the day of service nor that of the event.
        on: the day of a fixed break.
        not_before: the day from which a rolling break counts.
        not_more_than: notice served longer before a fixed break has no effect.
        counts_for: of a rolling break, what may not come before the day: its end or its notice.
        conditions: that have to be met, in the agreement's words.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    by: Side
    notice: _Length
    notice_unit: Unit = "months"
    on: Day | None = None
    not_before: Day | None = None
    not_more_than: _Length | None = None
    counts_for: Literal["end", "service"] = "end"
    conditions: Text | None = None

    def __post_init__(self) -> None:
        if (self.on is None) == (self.not_before is None):
            raise BadTerms("a break is either on a day or not_before one", field="on")
        if self.not_more_than is not None and self.on is None:
            raise BadTerms("only a break on a day has not_more_than", field="not_more_than")
        if self.not_more_than is not None and self.not_more_than < self.notice:
            raise BadTerms("not_more_than is shorter than notice", field="not_more_than")

    @property
    def day(self) -> date:
        """The day of a fixed break, or from which a rolling one can be used."""
        return self.on or self.not_before or date.max

    def rule(self) -> FixedBreak | RollingBreak:
        """The break as dates are computed from it."""
        notice = NoticePeriod(self.notice, self.notice_unit)
        if self.on is None:
            return RollingBreak(self.day, notice, self.counts_for)
        most = self.not_more_than
        return FixedBreak(
            self.on, notice, None if most is None else NoticePeriod(most, self.notice_unit)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReview:
    """A review of the rent to the market, whose result is not known before.

    Attributes:
        first: the day of the first review.
        every_years: how often there is another; none where there is one alone.
        basis: to what it is reviewed: the open market, a rent under the Electronic
            Communications Code, or another that the agreement says.
        upward_only: whether it never lowers the rent.
        notice_months: how long before the day notice of it has to be given.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    first: Day
    every_years: Annotated[int, Field(ge=1, le=50)] | None = None
    basis: Literal["open-market", "code", "other"]
    upward_only: bool
    notice_months: Months = 0
