"""SELECTs of suitability. Functions take a session and never commit."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from canopy.assets.tables import Area, Change
from canopy.concessions.register.tables import AgreementAsset, StoredAgreement
from canopy.concessions.standing import LIVE, Status


def held_on(session: Session, day: date) -> dict[str, bool] | None:
    """The references that live agreements hold on a day, and whether any of them exclusively.

    None where the register has no agreement at all: then it tells nothing of what is let.
    """
    if not session.scalar(select(func.count()).select_from(StoredAgreement)):
        return None
    lasting = or_(StoredAgreement.ends_on >= day, StoredAgreement.status == str(Status.continuing))
    rows = session.execute(
        select(AgreementAsset.asset_ref, AgreementAsset.is_exclusive)
        .join(StoredAgreement, StoredAgreement.id == AgreementAsset.agreement_id)
        .where(
            StoredAgreement.status.in_([str(each) for each in LIVE]),
            StoredAgreement.starts_on <= day, lasting,
        )
    )  # fmt: skip
    held: dict[str, bool] = {}
    for ref, is_exclusive in rows:
        held[ref] = held.get(ref, False) or bool(is_exclusive)
    return held


def stamp(session: Session) -> tuple[object, ...]:
    """Changes with whatever scores rest on: assets and agreements, and areas."""
    change = session.scalar(select(func.max(Change.id)))
    many, latest = session.execute(select(func.count(), func.max(Area.updated_at))).one()
    return change, many, latest
