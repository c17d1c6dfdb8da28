"""Agreements that would hold an asset together if an option to extend is used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.register.tables import AgreementAsset, StoredAgreement
from canopy.concessions.standing import Status
from canopy.concessions.terms.overlaps import Overlap

_MINE, _OTHER = aliased(AgreementAsset), aliased(AgreementAsset)
_ME, _THEY = aliased(StoredAgreement), aliased(StoredAgreement)


def of_agreement(session: Session, ref: str) -> list[Overlap]:
    """Other active agreements on the assets of an active one, that meet it in an extension alone.

    Told are those where either holds the asset alone: nothing is refused, since nobody has to
    use an option, but who may use it has to know of the other. One that continues after its term
    holds its assets already, and is told as an overlap.
    """
    return _met(session, _ME.ref == ref)


def on_asset(session: Session, asset_ref: str) -> list[Overlap]:
    """The same of every pair of agreements on an asset."""
    found = _met(session, _MINE.asset_ref == asset_ref)
    return [each for each in found if each.first < each.second]


def _met(session: Session, which: ColumnElement[bool]) -> list[Overlap]:
    active = str(Status.active)
    rows = session.execute(
        select(
            _MINE.asset_ref, _ME.id, _ME.ref, _ME.starts_on, _ME.ends_on,
            _THEY.id, _THEY.ref, _THEY.starts_on, _THEY.ends_on,
        )
        .join(_ME, _ME.id == _MINE.agreement_id)
        .join(_OTHER, (_OTHER.asset_ref == _MINE.asset_ref) & (_OTHER.agreement_id != _ME.id))
        .join(_THEY, _THEY.id == _OTHER.agreement_id)
        .where(
            which, _ME.status == active, _THEY.status == active,
            or_(_MINE.is_exclusive, _OTHER.is_exclusive),
            or_(_ME.starts_on > _THEY.ends_on, _THEY.starts_on > _ME.ends_on),
        )
        .order_by(_MINE.asset_ref, _ME.ref, _THEY.ref)
    ).all()  # fmt: skip
    latest = _latest_ends(session, {number for row in rows for number in (row[1], row[5])})
    found = []
    for asset, me, ref, starts, ends, they, their_ref, begins, stops in rows:
        first, last = max(starts, begins), min(latest[me], latest[they])
        if first <= last:
            extended = tuple(name for name, end in ((ref, ends), (their_ref, stops)) if end < first)
            found.append(Overlap(asset, ref, their_ref, first, last, False, extended))
    return found


def _latest_ends(session: Session, numbers: Iterable[int]) -> dict[int, date]:
    """The last days with every extension used, by the agreement's number."""
    rows = session.execute(
        select(StoredAgreement.id, StoredAgreement.ends_on, StoredAgreement.terms).where(
            StoredAgreement.id.in_(sorted(numbers))
        )
    )
    return {number: _extended(ends, terms.get("extensions", ())) for number, ends, terms in rows}


def _extended(end: date, extensions: Sequence[dict[str, int]]) -> date:
    for each in extensions:
        end = add_months(end + ONE_DAY, each["months"]) - ONE_DAY
    return end
