"""What is noted of an agreement as it is managed: one record for each kind of entry.

Sources: S:823-838 (spend by supplier, limits, performance, events, meetings), S:842-847
(governance), S:958-978 (checklist); Procurement Act 2023, sections 52 and 71, for performance
ratings, and its notices by their published numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from canopy.concessions.fields import CLOSED, Day, Problem, Text
from canopy.concessions.governance.checklist import Answer, Checklist, Choice, filled_in
from canopy.concessions.governance.segmentation import Segmentation, segmented
from canopy.concessions.terms.checking import refuse
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
class SegmentationEntry:
    """Answers to the questions of the contract segmentation."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["segmentation"]
    answers: Annotated[Mapping[str, str], _Few]
    version: Literal["2026-1"] = "2026-1"
    """Of the weights; others are another version."""

    def __post_init__(self) -> None:
        self.result()

    def result(self) -> Segmentation:
        """Raises Refused, naming the question."""
        return segmented(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistAnswer:
    """One answer of the checklist."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    choice: Choice
    evidence: Annotated[str, Field(max_length=1_000)] = ""
    note: Annotated[str, Field(max_length=1_000)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistEntry:
    """Answers to the checklist of value for money, by the item's number."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["checklist"]
    answers: Annotated[Mapping[int, ChecklistAnswer], _Few]

    def __post_init__(self) -> None:
        self.result()

    def result(self) -> Checklist:
        """Raises Refused, naming the item."""
        return filled_in(
            {
                number: Answer(each.choice, each.evidence, each.note)
                for number, each in self.answers.items()
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceEntry:
    """What was required and delivered in a period, and how it was rated."""

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
    """What was paid to a supplier in a period [p], without VAT."""

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
    """The most that may be spent [p]: under this agreement, or with the supplier in all."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["cap"]
    supplier: Text
    of: Literal["agreement", "supplier"]
    limit_pence: Annotated[int, Field(gt=0, le=10**13)]
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What somebody has to do after a meeting."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    what: Text
    who: Text
    due: Day
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingEntry:
    """A meeting about an agreement."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["meeting"]
    on: Day
    attendees: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]
    notes: _LongText
    actions: Annotated[tuple[Action, ...], _Few] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeEntry:
    """A notice that has to be published, and where it was."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["notice"]
    notice: NoticeNumber
    due: Day
    published_on: Day | None = None
    published_id: Text | None = None

    def __post_init__(self) -> None:
        if (self.published_on is None) != (self.published_id is None):
            raise BadTerms("published_on goes with published_id", field="published_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceEntry:
    """Who looks after an agreement, and by what.

    Attributes:
        manager: the contract manager's name.
        manager_email: where the manager is told of alerts of the agreement.
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
_ADAPTER: TypeAdapter[Entry] = TypeAdapter(Entry)
_MONITORING = {"yearly": 0, "quarterly": 1, "monthly": 2}


def entry_of(document: Mapping[str, Any]) -> Entry:
    """The entry of a document. Raises BadTerms with every field that is wrong."""
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        refuse(
            [
                Problem(".".join(map(str, each["loc"][1:])) or "kind", each["msg"])
                for each in error.errors(include_url=False)
            ]
        )
        raise


def to_document(entry: Entry) -> dict[str, Any]:
    """The entry as JSON values, which `entry_of` reads back as the same."""
    document: dict[str, Any] = _ADAPTER.dump_python(entry, mode="json")
    return document


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
