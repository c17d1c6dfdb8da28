"""Documents, routes to market and modifications over HTTP.

For estates and admin, except that everybody reads documents that are public.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.imports import receive
from canopy.api.on_days import OnDay
from canopy.api.register.deps import BodyOf, KeeperOf, SeenAgreement
from canopy.api.register.documents import AGREEMENTS, body_schema, read_in
from canopy.api.register.records import entries
from canopy.api.register.records.bodies import (
    ChangesOut,
    DocumentOut,
    DocumentsOut,
    MarkIn,
    ModificationIn,
    ModificationOut,
    ModificationsOut,
    NoticesOut,
    ReasonIn,
    RouteIn,
    RouteOut,
    advice_out,
    modifications_out,
    notice_out,
)
from canopy.api.register.records.seen_documents import (
    AnybodyOf,
    document_of,
    document_seen,
    documents_seen,
)
from canopy.assets.queries import now_utc
from canopy.concessions.register.records import marking
from canopy.concessions.register.records import queries as record_queries
from canopy.concessions.register.records import writing as records
from canopy.concessions.register.records.files import FileStore, known_suffix, store_of
from canopy.concessions.register.records.needed import notices_of
from canopy.concessions.register.records.writing import Sensitivity
from canopy.errors import NotFound
from canopy.log import logger

router = APIRouter(tags=["register"])
_ONE = AGREEMENTS + "/{ref:path}"
_PART_BYTES = 1_000_000
_Short = Query(min_length=1, max_length=500)


def _store(settings: SettingsOf, principal: KeeperOf) -> FileStore:
    return store_of(settings)


def _open_store(settings: SettingsOf) -> FileStore:
    return store_of(settings)


OpenStoreOf = Annotated[FileStore, Depends(_open_store)]
StoreOf = Annotated[FileStore, Depends(_store)]


async def _received(request: Request, store: StoreOf, settings: SettingsOf) -> AsyncIterator[Path]:
    """The file that was sent, until the answer is given; nobody but keepers gets this far."""
    with TemporaryDirectory(prefix="canopy-document-") as folder:
        path = Path(folder) / "sent"
        most = settings.register_document_max_bytes
        await receive(request, path, most, "CANOPY_REGISTER_DOCUMENT_MAX_BYTES sets it")
        yield path


@router.get(_ONE + "/documents")
def list_documents(ref: str, database: DatabaseOf, principal: AnybodyOf) -> DocumentsOut:
    """Files about an agreement, as they were added; for everybody those that are public."""
    with database.reading() as session:
        rows = documents_seen(session, ref, principal)
        return DocumentsOut(documents=[document_of(row, principal) for row in rows])


@router.post(_ONE + "/documents", status_code=201)
def add_document(
    ref: str,
    sent: Annotated[Path, Depends(_received)],
    store: StoreOf,
    database: DatabaseOf,
    principal: KeeperOf,
    filename: Annotated[str, _Short],
    title: Annotated[str, _Short],
    kind: Annotated[str, _Short] = "agreement",
    sensitivity: Sensitivity = "exempt",
    supersedes: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> DocumentOut:
    """Keep a file: the body is its bytes, and its kind goes by the suffix of `filename`."""
    known_suffix(filename)
    with database.reading() as session:
        records.agreement_of(session, ref)
    stored = store.put(_parts(sent), filename)
    with database.writing() as session:
        row = records.add_document(
            session, ref, stored, title, kind, sensitivity, principal.name, now_utc(), supersedes
        )
        return DocumentOut.model_validate(row)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            yield part


@router.get(_ONE + "/documents/{number}/file")
def get_document(
    ref: str, number: int, store: OpenStoreOf, database: DatabaseOf, principal: AnybodyOf
) -> Response:
    """The bytes of a document, compared with their SHA-256; always as a download.

    Everybody reads public ones, which are not taken back, of agreements that are published.
    """
    with database.reading() as session:
        row = document_seen(session, ref, number, principal)
        sha256, suffix = row.sha256, row.suffix
    logger("api").info("document_read", ref=ref, document=number, by=principal.name)
    return Response(
        store.get(sha256),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="document-{number}{suffix}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@router.post(_ONE + "/documents/{number}/withdrawal", openapi_extra=body_schema(ReasonIn))
def withdraw_document(
    ref: str, number: int, body: BodyOf, database: DatabaseOf, principal: KeeperOf
) -> DocumentOut:
    """Take a document back; it stays on record."""
    reason = read_in(ReasonIn, body).reason
    with database.writing() as session:
        row = records.withdraw_document(session, ref, number, reason, principal.name, now_utc())
        return DocumentOut.model_validate(row)


@router.post(
    _ONE + "/documents/{number}/sensitivity", status_code=201, openapi_extra=body_schema(MarkIn)
)
def mark_document(
    ref: str, number: int, body: BodyOf, database: DatabaseOf, principal: KeeperOf
) -> DocumentOut:
    """Make a document public or exempt: it is recorded anew, and the old record is withdrawn."""
    wanted = read_in(MarkIn, body)
    with database.writing() as session:
        row = marking.mark_document(
            session, ref, number, wanted.sensitivity, wanted.reason, principal.name, now_utc()
        )
        return DocumentOut.model_validate(row)


@router.get(_ONE + "/route")
def show_route(found: SeenAgreement, database: DatabaseOf, principal: KeeperOf) -> RouteOut:
    """How an agreement came to market, by the last decision on record."""
    with database.reading() as session:
        row = records.agreement_of(session, found.agreement.ref)
        route = record_queries.route(session, row.id)
        if route is None:
            raise NotFound(f"{found.agreement.ref} has no route to market on record.")
        return RouteOut.model_validate(route)


@router.post(_ONE + "/route", status_code=201, openapi_extra=body_schema(RouteIn))
def decide_route(ref: str, body: BodyOf, database: DatabaseOf, principal: KeeperOf) -> RouteOut:
    """Record how an agreement came to market; earlier decisions stay on record."""
    decision = read_in(RouteIn, body).decision()
    with database.writing() as session:
        row = records.decide_route(session, ref, decision, principal.name, now_utc())
        return RouteOut.model_validate(row)


@router.get(_ONE + "/modifications")
def list_modifications(
    found: SeenAgreement, database: DatabaseOf, principal: KeeperOf
) -> ModificationsOut:
    """Every change and reversal, as recorded."""
    with database.reading() as session:
        rows = records.modifications(session, found.agreement.ref)
        return ModificationsOut(modifications=modifications_out(rows))


@router.post(_ONE + "/modifications", status_code=201, openapi_extra=body_schema(ModificationIn))
def add_modification(
    ref: str, body: BodyOf, database: DatabaseOf, principal: KeeperOf
) -> ModificationOut:
    """Record a change. It is never edited, only reversed."""
    wanted = read_in(ModificationIn, body)
    with database.writing() as session:
        records.add_modification(
            session, ref, wanted.change(), wanted.note, principal.name, now_utc(), wanted.notice_id
        )
        return modifications_out(records.modifications(session, ref))[-1]


@router.post(
    _ONE + "/modifications/{number}/reversal",
    status_code=201,
    openapi_extra=body_schema(ReasonIn),
)
def reverse_modification(
    ref: str, number: int, body: BodyOf, database: DatabaseOf, principal: KeeperOf
) -> ModificationOut:
    """Reverse a change that was recorded wrongly, by its `number` within the agreement."""
    reason = read_in(ReasonIn, body).reason
    with database.writing() as session:
        records.reverse_modification(session, ref, number, reason, principal.name, now_utc())
        return modifications_out(records.modifications(session, ref))[-1]


@router.get(_ONE + "/changes")
def show_changes(found: SeenAgreement, database: DatabaseOf, principal: KeeperOf) -> ChangesOut:
    """Whether each change that holds stands without buying anew: advice, with every text."""
    with database.reading() as session:
        advice = records.advice(session, found.agreement.ref)
    return ChangesOut(changes=[advice_out(each) for each in advice])


@router.get(_ONE + "/notices")
def show_notices(
    found: SeenAgreement,
    database: DatabaseOf,
    principal: KeeperOf,
    on: OnDay = None,
) -> NoticesOut:
    """Which notices the route to market needs, when, and which were published: advice."""
    day = on or now_utc().date()
    with database.reading() as session:
        needed = notices_of(session, found.agreement.ref, day)
    return NoticesOut(on=day, notices=[notice_out(each) for each in needed])


router.include_router(entries.router)
