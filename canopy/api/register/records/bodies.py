"""Documents, routes to market and modifications as the wire has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from canopy.concessions.governance.changes import Advice, Change, Ground, Subject
from canopy.concessions.governance.notices import Needed, State
from canopy.concessions.register.records.tables import AgreementModification
from canopy.concessions.register.records.writing import Decision, Sensitivity, numbers_of

_Text = Annotated[str, Field(min_length=1, max_length=4_000)]
_Pence = Annotated[int, Field(ge=-(10**15), le=10**15)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class DocumentOut(_Out):
    """A file about an agreement. Who recorded it and what it supersedes is told to keepers."""

    id: int
    title: str
    kind: str
    suffix: str
    sha256: str
    size_bytes: int
    sensitivity: str
    supersedes: int | None
    author: str | None
    recorded_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class DocumentsOut(BaseModel):
    """Those that may be read: all for keepers, withdrawn ones too."""

    documents: list[DocumentOut]


class ReasonIn(_In):
    """Why something is taken back."""

    reason: _Text


class MarkIn(ReasonIn):
    """Whether everybody may read a document, and why that changes."""

    sensitivity: Sensitivity


class RouteIn(_In):
    """How an agreement came to market."""

    options: Annotated[
        tuple[_Text, ...],
        Field(
            min_length=1,
            max_length=50,
            description="Ways to market considered, such as open model, concession, direct award.",
        ),
    ]
    chosen: Annotated[str, Field(description="One of the options, written alike.")]
    reason: Annotated[
        _Text, Field(description="Why that one, and why procurement law applies or does not.")
    ]
    is_inside_law: Annotated[bool, Field(description="Whether procurement law applies.")]
    procured_on: Annotated[
        date,
        Field(description="First day of the procurement, which decides the regime of changes."),
    ]
    subject: Annotated[Subject, Field(description="What was procured.")]
    initial_pence: Annotated[
        int,
        Field(
            gt=0, le=10**15,
            description="Initial value of the contract, with VAT where thresholds count it [p].",
        ),
    ]  # fmt: skip

    def decision(self) -> Decision:
        """As the register takes it."""
        return Decision(**self.model_dump())


class RouteOut(_Out):
    """The decision that holds."""

    options: list[str]
    chosen: str
    reason: str
    is_inside_law: bool
    procured_on: date
    subject: str
    initial_pence: int
    author: str
    recorded_at: datetime


class ModificationIn(_In):
    """A change of a contract."""

    on: Annotated[date, Field(description="Day of the change.")]
    ground: Annotated[Ground, Field(description="What the council relies on.")]
    value_pence: Annotated[
        _Pence, Field(description="What it adds, or takes away where below 0 [p].")
    ] = 0
    months: Annotated[
        int, Field(ge=-1_200, le=1_200, description="Added to the term, or taken away [month].")
    ] = 0
    alters_nature: Annotated[
        bool, Field(description="Whether it alters the overall nature, as a person judged.")
    ] = False
    notice_id: Annotated[
        Annotated[str, Field(max_length=200)] | None,
        Field(description="Number of the notice that was published about it."),
    ] = None
    note: Annotated[str, Field(max_length=4_000, description="What was changed.")] = ""

    def change(self) -> Change:
        """As the tests take it."""
        value = Decimal(self.value_pence) / 100
        return Change(self.on, value, self.ground, self.months, self.alters_nature)


class ModificationOut(_Out):
    """An entry: a change, or the reversal of one.

    `number` counts from 1 within the agreement, in the order of recording, reversals too;
    `reverses` is the number of the change that it takes back. `id` is of the whole register.
    """

    id: int
    number: int
    changed_on: date
    ground: str
    value_pence: int
    months: int
    alters_nature: bool
    notice_id: str | None
    note: str
    reverses: int | None
    author: str
    recorded_at: datetime


def modifications_out(rows: Sequence[AgreementModification]) -> list[ModificationOut]:
    """All entries of an agreement, as the wire has them."""
    numbers = numbers_of(rows)
    return [
        ModificationOut(
            id=row.id, number=numbers[row.id], changed_on=row.changed_on, ground=row.ground,
            value_pence=row.value_pence, months=row.months, alters_nature=row.alters_nature,
            notice_id=row.notice_id, note=row.note,
            reverses=None if row.reverses is None else numbers[row.reverses],
            author=row.author, recorded_at=row.recorded_at,
        )
        for row in rows
    ]  # fmt: skip


class ModificationsOut(BaseModel):
    """Every entry, as recorded."""

    modifications: list[ModificationOut]


class TestOut(_Out):
    """A condition with its text; `value` and `limit` are parts of the initial value or term."""

    __test__ = False

    says: str
    reference: str
    holds: bool
    value: Decimal | None
    limit: Decimal | None
    compared: str | None
    """Both in percent, with as many decimals as tell them apart."""


class NoticeOut(BaseModel):
    """A notice that the route to market needs, and how it stands."""

    number: str
    name: str
    because: str
    reference: str
    place: str
    due: date | None
    state: State
    published_on: date | None
    published_id: str | None


class NoticesOut(BaseModel):
    """Every notice, on a day."""

    on: date
    notices: list[NoticeOut]


def notice_out(needed: Needed) -> NoticeOut:
    """A notice as the wire has it."""
    published = needed.published
    return NoticeOut(
        number=needed.number, name=needed.name, because=needed.because,
        reference=needed.reference, place=needed.place, due=needed.due, state=needed.state,
        published_on=None if published is None else published.on,
        published_id=None if published is None else published.at,
    )  # fmt: skip


class AdviceOut(BaseModel):
    """How a change stands. `number` is that of its entry within the agreement.

    `below_pence` is the threshold that the contract stays below with it, where no notice is needed.
    """

    number: int
    on: date
    ground: str
    value_pence: int
    regime: str
    holds: bool
    tests: list[TestOut]
    notice: str | None
    notice_id: str | None
    below_pence: int | None


class ChangesOut(BaseModel):
    """Advice on every change that holds."""

    changes: list[AdviceOut]


def advice_out(advice: Advice) -> AdviceOut:
    """Advice as the wire has it."""
    return AdviceOut(
        number=advice.change.number,
        on=advice.change.on,
        ground=advice.change.ground,
        value_pence=int(advice.change.value_gbp * 100),
        regime=advice.regime,
        holds=advice.holds,
        tests=[TestOut.model_validate(test) for test in advice.tests],
        notice=advice.notice,
        notice_id=advice.change.notice_id,
        below_pence=None if advice.below_gbp is None else advice.below_gbp * 100,
    )
