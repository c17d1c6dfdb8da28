"""Assets on offer, counted for those who see them: no asset is named here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from canopy.assets.offers.rules import OfferStatus
from canopy.assets.offers.tables import Offer
from canopy.assets.tables import Asset
from canopy.concessions.appraisal.voids import OnOffer
from canopy.concessions.register.tables import AgreementAsset, StoredAgreement
from canopy.concessions.standing import LIVE


def on_offer(
    session: Session, kinds: Sequence[str], levels: Sequence[str] | None, day: date
) -> list[OnOffer]:
    """Assets that can be had on a day, by kind and by whether a live agreement is about them.

    kinds, levels: of the assets that the reader sees, no level for all. Of several open offers of
    one asset the greatest capacity counts.
    """
    let = exists().where(
        AgreementAsset.asset_ref == Asset.ref,
        AgreementAsset.agreement_id == StoredAgreement.id,
        StoredAgreement.status.in_([str(each) for each in LIVE]),
    )
    spare = [
        func.coalesce(func.max(column), 0).label(column.key)
        for column in (Offer.spare_mounts, Offer.spare_duct_bores, Offer.spare_fibres)
    ]
    each = (
        select(Asset.fid, Asset.kind.label("kind"), let.label("is_let"), *spare)
        .join(Offer, Offer.asset_fid == Asset.fid)
        .where(
            Offer.status == str(OfferStatus.open),
            Offer.available_from <= day,
            or_(Offer.available_until.is_(None), Offer.available_until >= day),
            Asset.withdrawn_at.is_(None),
            Asset.kind.in_(kinds),
        )
        .group_by(Asset.fid, Asset.kind, Asset.ref)
    )
    if levels is not None:
        each = each.where(or_(Asset.sensitivity.is_(None), Asset.sensitivity.in_(levels)))
    one = each.subquery()
    rows = session.execute(
        select(
            one.c.kind, one.c.is_let, func.count(), func.sum(one.c.spare_mounts),
            func.sum(one.c.spare_duct_bores), func.sum(one.c.spare_fibres),
        )
        .group_by(one.c.kind, one.c.is_let)
        .order_by(one.c.kind, one.c.is_let)
    )  # fmt: skip
    return [
        OnOffer(kind, bool(is_let), assets, int(mounts), int(bores), int(fibres))
        for kind, is_let, assets, mounts, bores, fibres in rows
    ]
