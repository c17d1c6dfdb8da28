"""The register over HTTP: what is written, each with who, when and why."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from canopy.api.deps import DatabaseOf
from canopy.api.problems import documented
from canopy.api.register.deps import BodyOf, KeeperOf, begun_from, etag, note_of
from canopy.api.register.documents import (
    AGREEMENTS,
    AgreementIn,
    AgreementOut,
    ChangeIn,
    EventIn,
    EventOut,
    StatusIn,
    WrittenOut,
    agreement_of,
    body_schema,
    read_in,
    same_ref,
)
from canopy.assets.queries import now_utc
from canopy.concessions.register import queries, writing
from canopy.concessions.register.asset_checks import assets_told
from canopy.concessions.register.writing import Held

router = APIRouter()
_LOCKED = documented(412, 428)


@router.post(AGREEMENTS, status_code=201, openapi_extra=body_schema(AgreementIn))
def add_agreement(
    body: BodyOf, response: Response, database: DatabaseOf, principal: KeeperOf
) -> WrittenOut:
    """Put an agreement in the register: 201 with where it is."""
    wanted = read_in(AgreementIn, body)
    agreement = wanted.agreement()
    since = wanted.since or agreement.term.start
    note = note_of(principal, wanted.reason)
    with database.writing() as session:
        if not wanted.allow_unknown_assets:
            writing.require_known_assets(session, agreement)
        found = writing.add(session, agreement, wanted.status, since, note, now_utc())
        told = assets_told(session, agreement)
    response.headers["Location"] = f"{AGREEMENTS}/{quote(agreement.ref, safe='')}"
    return WrittenOut(**_told(found, response).model_dump(), assets_told=told)


@router.put(
    AGREEMENTS + "/{ref:path}", responses=_LOCKED, openapi_extra=body_schema(ChangeIn)
)  # fmt: skip
def change_agreement(
    ref: str,
    body: BodyOf,
    request: Request,
    response: Response,
    database: DatabaseOf,
    principal: KeeperOf,
) -> WrittenOut:
    """Give an agreement new terms; If-Match names the version that they began from."""
    wanted = read_in(ChangeIn, body)
    agreement = wanted.agreement()
    same_ref(ref, agreement)
    note = note_of(principal, wanted.reason)
    with database.writing() as session:
        version = begun_from(request, writing.find(session, ref))
        if not wanted.allow_unknown_assets:
            writing.require_known_assets(session, agreement)
        found = writing.change(session, agreement, version, note, now_utc())
        told = assets_told(session, agreement)
    return WrittenOut(**_told(found, response).model_dump(), assets_told=told)


@router.post(
    AGREEMENTS + "/{ref:path}/status", responses=_LOCKED, openapi_extra=body_schema(StatusIn)
)  # fmt: skip
def set_status(
    ref: str,
    body: BodyOf,
    request: Request,
    response: Response,
    database: DatabaseOf,
    principal: KeeperOf,
) -> AgreementOut:
    """Record that an agreement is active, continues, has ended or is withdrawn; with If-Match."""
    wanted = read_in(StatusIn, body)
    now = now_utc()
    note = note_of(principal, wanted.reason)
    with database.writing() as session:
        version = begun_from(request, writing.find(session, ref))
        since = wanted.since or now.date()
        found = writing.set_status(session, ref, version, wanted.status, since, note, now)
    return _told(found, response)


@router.post(
    AGREEMENTS + "/{ref:path}/events", status_code=201, openapi_extra=body_schema(EventIn)
)  # fmt: skip
def add_event(ref: str, body: BodyOf, database: DatabaseOf, principal: KeeperOf) -> EventOut:
    """Record something that happened under an agreement. It is never edited."""
    wanted = read_in(EventIn, body)
    now = now_utc()
    with database.writing() as session:
        number = writing.record_event(
            session, ref, wanted.on or now.date(), wanted.kind, wanted.note, principal.name, now
        )
        row = next(each for each in queries.events(session, ref) if each.id == number)
        return EventOut.model_validate(row)


def _told(found: Held, response: Response) -> AgreementOut:
    response.headers["ETag"] = etag(found)
    return agreement_of(found)
