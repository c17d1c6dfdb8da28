"""By when notice has to be given.

A deadline is counted back from the event, which is never later than the last day that the
corresponding date rule allows, and up to three days earlier at the ends of months: a notice
that is in time by the deadline is in time by either count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.calendar.working_days import Nation, add_working_days, rolled
from canopy.errors import Refused

Unit = Literal["months", "clear-months", "days", "clear-days"]


@dataclass(frozen=True, slots=True)
class NoticePeriod:
    """How long before an event notice has to be given.

    Attributes:
        length: at least 0, in `unit`.
        unit: "clear" periods count neither the day of service nor the day of the event, so
            they need one day more.
    """

    length: int
    unit: Unit = "months"

    def __post_init__(self) -> None:
        if self.length < 0:
            raise Refused(f"a notice period of {self.length} {self.unit} is negative")


def notice_deadline(event: date, period: NoticePeriod) -> date:
    """The last day on which notice of `event` is surely in time."""
    back = event - ONE_DAY if period.unit.startswith("clear-") else event
    if period.unit.endswith("months"):
        return add_months(back, -period.length)
    return back - timedelta(days=period.length)


def earliest_event(served: date, period: NoticePeriod) -> date:
    """The first day on which an event may follow notice that was served on `served`."""
    if period.unit.endswith("months"):
        end = add_months(served, period.length)
    else:
        end = served + timedelta(days=period.length)
    return end + ONE_DAY if period.unit.startswith("clear-") else end


@dataclass(frozen=True, slots=True)
class Service:
    """How a notice reaches the other side, and what has to be decided before.

    Attributes:
        nation: whose bank holidays count.
        deemed_working_days: after posting until it counts as served. Two is usual for first
            class post in England and Wales (compare CPR 6.26); the agreement's own clause rules.
        decision_lead_days: that the council needs to decide, such as a committee's cycle.
    """

    nation: Nation = "england-wales"
    deemed_working_days: int = 2
    decision_lead_days: int = 0


def latest_safe_posting(deadline: date, service: Service) -> date:
    """The last working day on which a notice may be posted to be served by `deadline`.

    It is served on a working day: where the deadline is none, by the one before it.
    """
    served = rolled(deadline, "preceding", service.nation)
    return add_working_days(served, -service.deemed_working_days, service.nation)


def decide_by(deadline: date, service: Service) -> date:
    """The day by which a decision has to be begun, so that notice can be posted in time."""
    return latest_safe_posting(deadline, service) - timedelta(days=service.decision_lead_days)


def warning_dates(deadline: date, months_before: tuple[int, ...] = (12, 6, 3, 1)) -> list[date]:
    """When to warn of `deadline`, earliest first. The lead times are a council's own choice."""
    return sorted(add_months(deadline, -months) for months in months_before)
