"""SQL of writing offers: the asset and its offers, locked, and revisions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canopy.assets.offers.fields import DATES, SET_BY_OFFICERS
from canopy.assets.offers.rules import LIVE, OfferStatus
from canopy.assets.offers.tables import Offer, OfferRevision
from canopy.assets.offers.validating import OfferRecord
from canopy.assets.queries import plain
from canopy.assets.revising import Delta
from canopy.assets.tables import Asset, Change


def locked_asset_of(session: Session, asset_fid: int) -> Asset | None:
    """An asset whose offers nobody else changes until this transaction ends.

    On PostgreSQL its row is locked; on a GeoPackage a writing transaction has the whole file.
    """
    return session.scalars(
        select(Asset)
        .where(Asset.fid == asset_fid)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def offer_of(session: Session, offer_id: str) -> Offer | None:
    """An offer as it is now, withdrawn or not."""
    if not _is_uuid(offer_id):
        return None
    return session.scalars(
        select(Offer).where(Offer.offer_id == offer_id).execution_options(populate_existing=True)
    ).one_or_none()


def _is_uuid(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def live_offers(session: Session, asset_fid: int) -> Sequence[Offer]:
    """The offers of an asset that hold their technologies, oldest first."""
    return session.scalars(
        select(Offer)
        .where(Offer.asset_fid == asset_fid, Offer.status.in_([str(each) for each in LIVE]))
        .order_by(Offer.fid)
    ).all()


def offers_of_asset(session: Session, asset_fid: int) -> Sequence[Offer]:
    """The offers of an asset that are not withdrawn, oldest first."""
    return session.scalars(
        select(Offer)
        .where(Offer.asset_fid == asset_fid, Offer.status != str(OfferStatus.withdrawn))
        .order_by(Offer.fid)
    ).all()


def record_of_offer(offer: Offer) -> OfferRecord:
    """What officers say of a stored offer."""
    record: OfferRecord = {}
    for name in SET_BY_OFFICERS:
        value = getattr(offer, name)
        if value is not None:
            record[name] = value.isoformat() if isinstance(value, date) else value
    return record


def put_record(offer: Offer, record: OfferRecord, at: datetime) -> None:
    """Make an offer say what a valid record says, as of a moment."""
    for name in SET_BY_OFFICERS:
        value = record.get(name)
        if name in DATES and isinstance(value, str):
            value = date.fromisoformat(value)
        setattr(offer, name, value)
    offer.updated_at = at


def add_offer_revision(
    session: Session, offer: Offer, change_id: int, action: str, delta: Delta
) -> None:
    """Record one change of an offer; the offer has been flushed, so that it has a number."""
    session.add(
        OfferRevision(
            offer_fid=offer.fid, version=offer.version, change_id=change_id, action=action,
            before=plain(delta.before) or None, after=plain(delta.after) or None,
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastOffer:
    """One revision of an offer, with who made it."""

    version: int
    action: str
    at: datetime
    author: str
    reason: str
    origin: str
    delta: Delta


def past_of_offer(session: Session, offer_id: str) -> list[PastOffer]:
    """All revisions of an offer, oldest first; none where there is no such offer."""
    if not _is_uuid(offer_id):
        return []
    rows = session.execute(
        select(
            OfferRevision.version, OfferRevision.action, Change.at, Change.author, Change.reason,
            Change.origin, OfferRevision.before, OfferRevision.after,
        )
        .join(Offer, Offer.fid == OfferRevision.offer_fid)
        .join(Change, Change.id == OfferRevision.change_id)
        .where(Offer.offer_id == offer_id)
        .order_by(OfferRevision.version)
    )  # fmt: skip
    return [
        PastOffer(version, action, at, author, reason, origin, Delta(before or {}, after or {}))
        for version, action, at, author, reason, origin, before, after in rows
    ]
