"""What is noted of an agreement as it is managed: one record for each kind of entry.

Sources: S:823-838 (spend by supplier, limits, performance, events, meetings), S:842-847
(governance); Procurement Act 2023, sections 52 and 71, for performance ratings, and its notices by
their published numbers. Answers to questions are in `answer_entries`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.fields import CLOSED, Day, Text
from canopy.concessions.governance.answer_entries import ChecklistEntry, SegmentationEntry
from canopy.concessions.governance.segmentation import Segmentation
from canopy.errors import BadTerms

Pence = Annotated[int, Field(ge=-(10**13), le=10**13)]
Rating = Literal["good", "approaching-target", "requires-improvement", "inadequate", "other"]
NoticeNumber = Literal[
    "UK1", "UK2", "UK3", "UK4", "UK5", "UK6", "UK7", "UK8", "UK9", "UK10", "UK11", "UK12", "UK13",
    "UK14", "UK15", "UK16", "UK17", "F02", "F03", "F20", "F24", "F25",
]  # fmt: skip
"""Of the Procurement Act 2023, and standard forms of procurements begun before it."""
EmailAddress = Annotated[
    str,
    Field(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    ),
]
"""As browsers take one: HTML standard, section 4.10.5.1.5; with a dot in the domain."""
_LongText = Annotated[str, Field(min_length=1, max_length=4_000)]
_Few = Field(max_length=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceEntry:
    """What was required and delivered in a period, and how it was rated.

    Attributes:
        kind: `performance`.
        indicator: what is measured.
        first: the first day of the period.
        last: the last day of the period, not before the first.
        required: what was to be delivered, in its own unit.
        delivered: what was, in the same unit.
        rating: by the five words of the Procurement Act 2023, section 71.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["performance"]
    indicator: Text
    first: Day
    last: Day
    required: Text
    delivered: Text
    rating: Rating

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadTerms("last is before first", field="last")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendEntry:
    """What was paid to a supplier in a period. Sums over agreements are told by supplier.

    Attributes:
        kind: `spend`.
        supplier: its name; Ltd, Limited and Cyf are one form of it.
        first: the first day of the period.
        last: the last day of the period, not before the first.
        amount_pence: what was paid, without VAT; below 0 for what came back [p].
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["spend"]
    supplier: Text
    first: Day
    last: Day
    amount_pence: Pence

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadTerms("last is before first", field="last")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapEntry:
    """The most that may be spent: under this agreement, or with the supplier in all.

    Attributes:
        kind: `cap`.
        supplier: its name, as entries of spend write it.
        of: whether the limit is of this `agreement`, or of the `supplier` over all agreements.
        limit_pence: the most, without VAT [p].
        source: where the limit is from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["cap"]
    supplier: Text
    of: Literal["agreement", "supplier"]
    limit_pence: Annotated[int, Field(gt=0, le=10**13)]
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What somebody has to do after a meeting; it is an alert until it is done.

    Attributes:
        what: is to be done.
        who: does it.
        due: by when.
        done: whether it is; record the meeting anew, in place of this entry, once it is.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    what: Text
    who: Text
    due: Day
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingEntry:
    """A meeting about an agreement.

    Attributes:
        kind: `meeting`.
        on: its day.
        attendees: who was there.
        notes: what was said.
        actions: what is to be done after it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["meeting"]
    on: Day
    attendees: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
    notes: _LongText
    actions: Annotated[tuple[Action, ...], _Few] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeEntry:
    """A notice that has to be published, and where it was; an alert until it was.

    Attributes:
        kind: `notice`.
        notice: its number on Find a Tender (UK1 to UK17), or the standard form (F02 to F25) of a
            procurement begun before 24 February 2025.
        due: the last day to publish it.
        published_on: the day it was published; given with where it was, or neither.
        published_id: where it was: the number of the notice, or its address.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["notice"]
    notice: NoticeNumber
    due: Day
    published_on: Day | None = None
    published_id: Text | None = None

    def __post_init__(self) -> None:
        if (self.published_on is None) != (self.published_id is None):
            raise BadTerms(
                "give both the day it was published and where, or neither", field="published_id"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceEntry:
    """Who looks after an agreement, and by what.

    Attributes:
        kind: `governance`.
        manager: the contract manager's name.
        manager_email: where the manager is told of alerts of the agreement.
        sponsor: who answers for it in the council's lead; a major contract has one.
        monitoring: how often it is looked at.
        partnership_review_on: the day of the next yearly review with the operator.
        risk_register: where its risks are kept.
        exit_plan: where it is written what happens at its end.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["governance"]
    manager: Text
    manager_email: EmailAddress | None = None
    sponsor: Text | None = None
    monitoring: Literal["monthly", "quarterly", "yearly"] | None = None
    partnership_review_on: Day | None = None
    risk_register: Text | None = None
    exit_plan: Text | None = None


Entry = Annotated[
    SegmentationEntry
    | ChecklistEntry
    | PerformanceEntry
    | SpendEntry
    | CapEntry
    | MeetingEntry
    | NoticeEntry
    | GovernanceEntry,
    Field(discriminator="kind"),
]
EntryKind = Literal[
    "segmentation", "checklist", "performance", "spend", "cap", "meeting", "notice", "governance"
]
ONE_HOLDS: frozenset[str] = frozenset({"segmentation", "checklist", "governance"})
"""Kinds of which the last entry holds alone."""
_MONITORING = {"yearly": 0, "quarterly": 1, "monthly": 2}


def missing(result: Segmentation, governance: GovernanceEntry | None) -> list[str]:
    """What the class of a contract asks for and nobody has put on record."""
    asked = result.governance
    if governance is None:
        return ["who looks after it"]
    found = []
    monitored = _MONITORING.get(governance.monitoring or "", -1)
    if asked.sponsor and governance.sponsor is None:
        found.append("a sponsor")
    if monitored < _MONITORING[asked.monitoring]:
        found.append(f"{asked.monitoring} monitoring")
    if asked.partnership_review and governance.partnership_review_on is None:
        found.append("a day for the partnership review")
    if asked.risk_register and governance.risk_register is None:
        found.append("a risk register")
    if asked.exit_plan and governance.exit_plan is None:
        found.append("an exit plan")
    return found
