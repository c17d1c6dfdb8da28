"""Entries about agreements over HTTP: performance, spend, meetings, notices, answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from canopy.access.rules import Role
from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.register.deps import BodyOf, KeeperOf, ReaderOf, SeenAgreement
from canopy.api.register.documents import AGREEMENTS, body_schema, read_in
from canopy.api.register.records import questions, schemas
from canopy.api.register.records.bodies import ReasonIn
from canopy.api.register.records.questions import ItemOut, asked_by, item_out
from canopy.assets.queries import now_utc
from canopy.concessions.governance.answer_entries import ChecklistEntry, SegmentationEntry
from canopy.concessions.governance.checklist_wording import items_of
from canopy.concessions.governance.entries import EntryKind, missing
from canopy.concessions.governance.entry_documents import entry_of, to_document
from canopy.concessions.register.records import entries
from canopy.concessions.register.records.entries import HeldEntry, SupplierSpend
from canopy.errors import NotAllowed, NotFound

router = APIRouter(tags=["register"])
_ONE = AGREEMENTS + "/{ref:path}"


class EntryIn(BaseModel):
    """An entry, and the number of the one that it takes the place of, with why."""

    model_config = ConfigDict(extra="forbid")

    entry: dict[str, Any]
    replaces: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=4_000)] | None = None


class EntryOut(BaseModel):
    """An entry with who wrote it; one that is not current was replaced, or is or was withdrawn."""

    number: int
    entry: dict[str, Any]
    author: str
    recorded_at: datetime
    replaces: int | None
    is_current: bool
    reason: str | None
    is_withdrawal: bool


class EntriesOut(BaseModel):
    """As they were written."""

    entries: list[EntryOut]


class SegmentationOut(BaseModel):
    """The class of a contract, how it came about, and what it asks for that is missing."""

    segment: str
    points: float
    contributions: dict[str, float]
    override: str | None
    version: str
    monitoring: str
    asked: list[str]
    """What the class asks for."""
    missing: list[str]


class ChecklistOut(BaseModel):
    """What is answered, and what is not."""

    answers: dict[int, dict[str, str]]
    unanswered: list[ItemOut]
    without_evidence: list[ItemOut]


class SupplierOut(BaseModel):
    """Spend with a supplier beside its limit [p]."""

    model_config = ConfigDict(from_attributes=True)

    supplier: str
    spent_pence: int
    limit_pence: int | None
    is_over: bool
    by_agreement: dict[str, int]
    over: list[str]
    """Agreements whose own limit is passed."""
    also_written: list[str]
    """Other ways in which entries write it; they count as one."""
    looks_like: list[str]
    """Suppliers counted apart that differ in their legal form alone."""


class SuppliersOut(BaseModel):
    suppliers: list[SupplierOut]


@router.post(_ONE + "/entries", status_code=201, openapi_extra=body_schema(EntryIn))
def add_entry(ref: str, body: BodyOf, database: DatabaseOf, principal: KeeperOf) -> EntryOut:
    """Record an entry. It is never edited: a correction names the one that it replaces."""
    wanted = read_in(EntryIn, body)
    entry = entry_of(wanted.entry)
    with database.writing() as session:
        made = entries.add_entry(
            session, ref, entry, principal.name, now_utc(), wanted.replaces, wanted.reason
        )
    return _out(made)


@router.post(
    _ONE + "/entries/{number}/withdrawal", status_code=201, openapi_extra=body_schema(ReasonIn)
)
def withdraw_entry(
    ref: str, number: int, body: BodyOf, database: DatabaseOf, principal: KeeperOf
) -> EntryOut:
    """Take an entry back: it and the withdrawal stay on record, and neither holds."""
    reason = read_in(ReasonIn, body).reason
    with database.writing() as session:
        made = entries.withdraw_entry(session, ref, number, reason, principal.name, now_utc())
    return _out(made)


@router.get(_ONE + "/entries")
def list_entries(
    found: SeenAgreement,
    database: DatabaseOf,
    principal: ReaderOf,
    kind: Annotated[EntryKind | None, Query()] = None,
) -> EntriesOut:
    """Entries about an agreement. An operator is told its own performance, and no other kind,
    without why an entry was corrected.
    """
    is_keeper = principal.role.reaches(Role.estates)
    if not is_keeper and kind != "performance":
        raise NotAllowed("An operator reads the entries of kind performance alone.")
    with database.reading() as session:
        rows = entries.entries(session, found.agreement.ref, kind)
    told = [_out(each) for each in rows]
    if not is_keeper:
        told = [each.model_copy(update={"reason": None}) for each in told]
    return EntriesOut(entries=told)


@router.get(_ONE + "/segmentation")
def show_segmentation(
    found: SeenAgreement, database: DatabaseOf, principal: KeeperOf
) -> SegmentationOut:
    """The class of a contract by the answers on record, and what governance it lacks."""
    ref = found.agreement.ref
    with database.reading() as session:
        rows = entries.current(session, ref, "segmentation")
        governance = entries.governance_of(session, ref)
    entry = rows[-1].entry if rows else None
    if not isinstance(entry, SegmentationEntry):
        raise NotFound(f"{ref} has no answers to the segmentation on record.")
    result = entry.result()
    return SegmentationOut(
        segment=result.segment, points=float(result.points),
        contributions={name: float(each) for name, each in result.contributions.items()},
        override=result.override, version=result.version,
        monitoring=result.governance.monitoring, asked=asked_by(result.governance),
        missing=missing(result, governance),
    )  # fmt: skip


@router.get(_ONE + "/checklist")
def show_checklist(
    found: SeenAgreement, database: DatabaseOf, settings: SettingsOf, principal: KeeperOf
) -> ChecklistOut:
    """The checklist of value for money: what is answered, unanswered, and without evidence."""
    with database.reading() as session:
        rows = entries.current(session, found.agreement.ref, "checklist")
    entry = rows[-1].entry if rows else ChecklistEntry(kind="checklist", answers={})
    assert isinstance(entry, ChecklistEntry)
    result = entry.result(items_of(settings.register_checklist))
    return ChecklistOut(
        answers={
            number: {"choice": each.choice, "evidence": each.evidence, "note": each.note}
            for number, each in result.answers.items()
        },
        unanswered=[item_out(each) for each in result.unanswered],
        without_evidence=[item_out(each) for each in result.without_evidence],
    )


@router.get("/register/suppliers")
def list_suppliers(database: DatabaseOf, principal: KeeperOf) -> SuppliersOut:
    """Spend by supplier over all agreements, beside the limits on record."""
    with database.reading() as session:
        return SuppliersOut(suppliers=[_supplier(each) for each in entries.suppliers(session)])


def _out(held: HeldEntry) -> EntryOut:
    return EntryOut(
        number=held.number, entry=to_document(held.entry), author=held.author,
        recorded_at=held.recorded_at, replaces=held.replaces, is_current=held.is_current,
        reason=held.reason, is_withdrawal=held.is_withdrawal,
    )  # fmt: skip


def _supplier(each: SupplierSpend) -> SupplierOut:
    return SupplierOut(
        supplier=each.supplier, spent_pence=each.spent_pence, limit_pence=each.limit_pence,
        is_over=each.is_over, by_agreement=each.by_agreement, over=list(each.over),
        also_written=list(each.also_written), looks_like=list(each.looks_like),
    )  # fmt: skip


router.include_router(questions.router)
router.include_router(schemas.router)
