"""Every SELECT of what the register holds beside terms. Functions never commit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from canopy.concessions.register.record_tables import (
    AgreementDocument,
    AgreementModification,
    AgreementRoute,
)


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


def modifications(session: Session, agreement_id: int) -> Sequence[AgreementModification]:
    """Of an agreement, reversals too, as they were recorded."""
    return session.scalars(
        select(AgreementModification)
        .where(AgreementModification.agreement_id == agreement_id)
        .order_by(AgreementModification.id)
    ).all()
