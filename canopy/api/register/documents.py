"""Agreements of the register as the wire has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from canopy.api.problems import BadRequest
from canopy.concessions.register.queries import PastAgreement
from canopy.concessions.register.tables import AgreementEvent
from canopy.concessions.register.writing import Held
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.reading import from_document, loads, to_document
from canopy.errors import BadTerms

AGREEMENTS = "/register/agreements"
_Wanted = TypeVar("_Wanted", bound=BaseModel)
_Reason = Annotated[str, Field(max_length=4_000)]


class PartyOut(BaseModel):
    """Somebody that an agreement binds."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    role: str


class AgreementLine(BaseModel):
    """An agreement in a list."""

    ref: str
    title: str
    kind: str
    status: str
    status_on: date
    starts_on: date
    ends_on: date
    """The last day of the term, extensions not counted."""
    latest_end: date
    """The last day with every extension used."""
    version: int
    parties: list[PartyOut]
    asset_count: int
    handover_clause: bool
    """Whether users must be handed over to an operator that has coverage."""


class AgreementsOut(BaseModel):
    """A page of the register; `next` leads to what comes after it.

    `total` counts every agreement that the filters find, on this page or another.
    """

    agreements: list[AgreementLine]
    next: str | None
    total: int


class AgreementOut(AgreementLine):
    """An agreement with its terms, in the words of a terms file."""

    terms: dict[str, Any]
    updated_at: datetime


class WrittenOut(AgreementOut):
    """An agreement as it was just written."""

    assets_told: list[str]
    """Of its assets, those that the catalogue does not have or has from several sources."""


class EventOut(BaseModel):
    """Something that happened under an agreement."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    happened_on: date
    kind: str
    note: str
    author: str
    recorded_at: datetime


class EventsOut(BaseModel):
    """Earliest first."""

    events: list[EventOut]


class PastOut(BaseModel):
    """One change; `before` and `after` hold the fields that changed, by name."""

    version: int
    action: str
    at: datetime
    author: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


class PastsOut(BaseModel):
    """Every change of an agreement, oldest first."""

    ref: str
    entries: list[PastOut]


class DayOut(BaseModel):
    """A day of an agreement, or a stretch of days up to `until`."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    until: date | None
    kind: str
    text: str
    place: str


class TimelineOut(BaseModel):
    """The days of an agreement in their order."""

    ref: str
    items: list[DayOut]


class AlertOut(BaseModel):
    """Something to be done by a day."""

    model_config = ConfigDict(from_attributes=True)

    agreement: str
    title: str
    kind: str
    place: str
    day: date
    act_by: date
    text: str


class AlertsOut(BaseModel):
    """What must be done as of `on`, the earliest first; `total` counts those left out too."""

    on: date
    total: int
    alerts: list[AlertOut]


class OverlapOut(BaseModel):
    """Two live agreements that hold an asset on the same days; `if_extended` are those that do so
    only if their term is extended.
    """

    asset: str
    first: str
    second: str
    days: str
    refused: bool
    if_extended: list[str] = []


class OverlapsOut(BaseModel):
    overlaps: list[OverlapOut]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TermsGiven(_In):
    """Terms as an object, or as the text of a TOML file."""

    terms: dict[str, Any] | None = None
    terms_toml: Annotated[str, Field(max_length=5_000_000)] | None = None

    def agreement(self) -> Agreement:
        """Raises BadTerms with every field that is wrong, BadRequest where no terms are given."""
        if (self.terms is None) == (self.terms_toml is None):
            raise BadRequest("Give the terms either as the object terms, or as text in terms_toml.")
        if self.terms_toml is not None:
            return loads(self.terms_toml)
        return from_document(self.terms or {})


class TermsIn(TermsGiven):
    """Terms for the register, and why."""

    reason: _Reason = ""
    allow_unknown_assets: bool = False
    """Whether terms may name assets that the catalogue does not have."""


class AgreementIn(TermsIn):
    """A new agreement; `since` is the first day that it stands so, the term's where absent."""

    status: Status = Status.active
    since: date | None = None


class ChangeIn(TermsIn):
    """New terms of an agreement."""


class StatusIn(_In):
    """How an agreement stands from a day on; today where absent."""

    status: Status
    since: date | None = None
    reason: _Reason = ""


class EventIn(_In):
    """Something that happened, today where no day is given."""

    kind: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="What it was, in a word: meeting, letter, notice, inspection.",
        ),
    ]
    note: Annotated[str, Field(min_length=1, max_length=4_000, description="What happened.")]
    on: Annotated[date | None, Field(description="Its day; today if not given.")] = None


def read_in(model: type[_Wanted], body: bytes) -> _Wanted:
    """The body as a model. Raises BadRequest with every member that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = [
            {"where": "/".join(map(str, each["loc"])) or "body", "message": each["msg"]}
            for each in error.errors(include_url=False, include_context=False)
        ]
        told = "; ".join(f"{each['where']}: {each['message']}" for each in wrong)
        raise BadRequest(told, errors=wrong) from error


def body_schema(model: type[BaseModel]) -> dict[str, Any]:
    """What a route's description says of its body."""
    schema = {"schema": model.model_json_schema()}
    return {"requestBody": {"required": True, "content": {"application/json": schema}}}


WITHHELD = ("costs", "benefits", "loans", "breaks", "extensions")
"""Parts of terms that operators are not told: what the council spends, and options to end or go
on, with which a council would show its hand."""


def line_of(found: Held, *, whole: bool = True) -> AgreementLine:
    """An agreement as a list has it. `whole`: also what operators are not told."""
    return AgreementLine(**_facts(found, whole))


def agreement_of(found: Held, *, whole: bool = True) -> AgreementOut:
    """An agreement with its terms. `whole`: also what operators are not told."""
    terms = to_document(found.agreement)
    if not whole:
        terms = {name: each for name, each in terms.items() if name not in WITHHELD}
    return AgreementOut(**_facts(found, whole), terms=terms, updated_at=found.updated_at)


def _facts(found: Held, whole: bool) -> dict[str, Any]:
    agreement = found.agreement
    return {
        "ref": agreement.ref,
        "title": agreement.title,
        "kind": agreement.kind,
        "status": str(found.status),
        "status_on": found.status_on,
        "starts_on": agreement.term.start,
        "ends_on": agreement.term.end,
        "latest_end": agreement.latest_end if whole else agreement.term.end,
        "version": found.version,
        "parties": [PartyOut.model_validate(party) for party in agreement.parties],
        "asset_count": len(agreement.assets),
        "handover_clause": agreement.handover_clause,
    }


def events_of(rows: Sequence[AgreementEvent]) -> EventsOut:
    return EventsOut(events=[EventOut.model_validate(row) for row in rows])


def pasts_of(ref: str, rows: Sequence[PastAgreement]) -> PastsOut:
    return PastsOut(
        ref=ref,
        entries=[
            PastOut(
                version=row.version, action=row.action, at=row.at, author=row.author,
                reason=row.reason, before=dict(row.delta.before), after=dict(row.delta.after),
            )
            for row in rows
        ],
    )  # fmt: skip


def same_ref(ref: str, agreement: Agreement) -> None:
    """Raises BadTerms where terms are those of another agreement than the address names."""
    if agreement.ref != ref:
        rule = f"these are terms of {agreement.ref}, sent to {ref}"
        raise BadTerms(f"ref: {rule}", errors=[{"field": "ref", "rule": rule}])
