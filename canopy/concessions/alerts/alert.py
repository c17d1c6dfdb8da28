"""One warning, and how long before its day it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from canopy.concessions.calendar.notice import Service

AlertKind = Literal[
    "break-opens", "break-notice", "extension-notice", "index-review", "market-review", "expiry",
    "holding-over", "guarantee-ends", "payment-after-term", "notice-due", "action-due",
    "deposit-return",
]  # fmt: skip
COMING: tuple[AlertKind, ...] = tuple(
    kind for kind in get_args(AlertKind) if kind != "holding-over"
)
"""Those that can be told early."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that comes, or has come.

    Attributes:
        place: the part of the terms that it comes from, such as ``breaks[0]``.
        day: of the event, or the last one for a notice.
        act_by: when to begin to decide, so that a notice is posted and served in time; the same
            as `day` where nothing has to be served. Before `day` and over where a notice that a
            review needs was due then: it was missed, unless it was served.
        text: what it is, in a sentence.
    """

    kind: AlertKind
    agreement: str
    title: str
    place: str
    day: date
    act_by: date
    text: str


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """How early warnings are given, as the council chooses.

    Attributes:
        months: before `act_by`, of each of `COMING`.
        decision_days: that a decision takes before a notice is posted: a committee's cycle.
        deemed_working_days: from posting until a notice counts as served.
    """

    months: Mapping[AlertKind, int]
    decision_days: int = 56
    deemed_working_days: int = 2

    def service(self, nation: Literal["england-wales", "scotland", "northern-ireland"]) -> Service:
        return Service(nation, self.deemed_working_days, self.decision_days)
