"""Every SELECT of what the register holds beside terms. Functions never commit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from canopy.concessions.register.records.tables import (
    AgreementDocument,
    AgreementEntry,
    AgreementModification,
    AgreementRoute,
)
from canopy.concessions.register.tables import StoredAgreement
from canopy.concessions.standing import Status


def documents(session: Session, agreement_id: int) -> Sequence[AgreementDocument]:
    """Of an agreement, withdrawn ones too, as they were added."""
    return session.scalars(
        select(AgreementDocument)
        .where(AgreementDocument.agreement_id == agreement_id)
        .order_by(AgreementDocument.id)
    ).all()


def route(session: Session, agreement_id: int) -> AgreementRoute | None:
    """The decision that holds; None where none is on record."""
    return session.scalars(
        select(AgreementRoute)
        .where(AgreementRoute.agreement_id == agreement_id)
        .order_by(AgreementRoute.id.desc())
        .limit(1)
    ).one_or_none()


def routed(session: Session) -> set[int]:
    """Numbers of the agreements whose route to market is on record."""
    return set(session.scalars(select(AgreementRoute.agreement_id).distinct()))


def modifications(session: Session, agreement_id: int) -> Sequence[AgreementModification]:
    """Of an agreement, reversals too, as they were recorded."""
    return session.scalars(
        select(AgreementModification)
        .where(AgreementModification.agreement_id == agreement_id)
        .order_by(AgreementModification.id)
    ).all()


def entries(session: Session, agreement_id: int) -> Sequence[AgreementEntry]:
    """Of an agreement, replaced ones too, as they were written."""
    return session.scalars(
        select(AgreementEntry)
        .where(AgreementEntry.agreement_id == agreement_id)
        .order_by(AgreementEntry.id)
    ).all()


def money_entries(session: Session) -> dict[str, list[AgreementEntry]]:
    """Spend and limits of all agreements that are not withdrawn, by reference."""
    rows = session.execute(
        select(StoredAgreement.ref, AgreementEntry)
        .join(StoredAgreement, StoredAgreement.id == AgreementEntry.agreement_id)
        .where(
            AgreementEntry.kind.in_(("spend", "cap")),
            StoredAgreement.status != str(Status.withdrawn),
        )
        .order_by(AgreementEntry.id)
    )
    found: dict[str, list[AgreementEntry]] = {}
    for ref, row in rows:
        found.setdefault(ref, []).append(row)
    return found


def due_entries(session: Session) -> dict[int, list[AgreementEntry]]:
    """Notices and meetings, which may have something due, by the agreement's number."""
    rows = session.scalars(
        select(AgreementEntry)
        .where(AgreementEntry.kind.in_(("notice", "meeting")))
        .order_by(AgreementEntry.id)
    )
    found: dict[int, list[AgreementEntry]] = {}
    for row in rows:
        found.setdefault(row.agreement_id, []).append(row)
    return found
