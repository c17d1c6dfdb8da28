"""Writing offers for one principal: each write is one transaction and one revision."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.editing.writing.queries import locked_asset
from canopy.assets.editing.writing.writer import AssetState, Precondition
from canopy.assets.identity import new_asset_ids
from canopy.assets.kinds import Kind
from canopy.assets.offers.rules import LIVE, OfferStatus, periods_overlap
from canopy.assets.offers.tables import Offer
from canopy.assets.offers.validating import OfferRecord, period_of, valid_offer
from canopy.assets.offers.writing import queries
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import ChangeNote, add_change, now_utc
from canopy.assets.revising import Delta, difference
from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.errors import BadAttribute, NotFound, Refused, StaleVersion

_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AnyVersion:
    """The condition of who does not mind which version it is."""

    def holds(self, state: AssetState) -> bool:
        """Always."""
        return True


Made = Callable[[OfferRecord], Mapping[str, object]]
"""What a change makes of what an offer says."""


class OfferOverlaps(Refused):
    """Another offer of the asset is open or reserved for the same technology and time."""

    kind, status, title = "offer-overlaps", 409, "The asset is offered for this already"


@dataclass(frozen=True, slots=True)
class OfferWriter:
    """Writes for one principal, whose name every revision carries, with the reason."""

    database: Database
    policy: SensitivityPolicy
    principal: Principal
    reason: str

    def create(self, asset_id: str, values: Mapping[str, object]) -> str:
        """Offer an asset; the offer's id. Raises BadAttribute or OfferOverlaps."""
        with self._transaction() as session:
            asset = locked_asset(session, asset_id) if _UUID.fullmatch(asset_id) else None
            if asset is None or not self._sees(asset):
                raise BadAttribute(
                    f"asset_id {asset_id[:60]!r} is no asset that is there; see "
                    "/collections/assets.",
                    field="asset_id",
                )
            return str(self._pen(session, "edit").create(asset, values).offer_id)

    def change(self, offer_id: str, precondition: Precondition, made: Made) -> None:
        """Change what an offer says; no revision where that changes nothing.

        Raises NotFound, StaleVersion, BadAttribute or OfferOverlaps.
        """
        with self._transaction() as session:
            offer, asset = self._found(session, offer_id)
            _require_current(offer, precondition)
            values = made(queries.record_of_offer(offer))
            self._pen(session, "edit").change(offer, asset, values)

    def withdraw(self, offer_id: str, precondition: Precondition) -> None:
        """Withdraw an offer; its history stays. Raises NotFound or StaleVersion."""
        with self._transaction() as session:
            offer, _ = self._found(session, offer_id)
            _require_current(offer, precondition)
            self._pen(session, "edit").withdraw(offer)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """What other programs wrote to a GeoPackage is settled first."""
        reconcile(self.database)
        with self.database.writing() as session:
            yield session

    def _pen(self, session: Session, origin: str) -> OfferPen:
        return OfferPen(session, ChangeNote(self.principal.name, self.reason, origin))

    def _found(self, session: Session, offer_id: str) -> tuple[Offer, Asset]:
        """The offer and its asset, locked. NotFound, of hidden ones in the same words."""
        offer = queries.offer_of(session, offer_id)
        asset = None if offer is None else queries.locked_asset_of(session, offer.asset_fid)
        offer = queries.offer_of(session, offer_id)  # as it is now that nobody can change it
        is_there = offer is not None and offer.status != OfferStatus.withdrawn
        if offer is None or asset is None or not is_there or not self._sees(asset):
            raise NotFound(f"There is no offer {offer_id} in this collection.")
        return offer, asset

    def _sees(self, asset: Asset) -> bool:
        return (
            asset.withdrawn_at is None
            and self.policy.sees_kind(Kind(asset.kind), self.principal)
            and self.policy.sees_asset(asset.sensitivity, self.principal)
        )


class OfferPen:
    """Writes offers and their revisions in one transaction, all with one note.

    The note is recorded with the first thing that is written. Whoever calls has locked the
    asset.
    """

    def __init__(self, session: Session, note: ChangeNote) -> None:
        self._session = session
        self._note = note
        self._at: datetime = now_utc()
        self._change_id: int | None = None

    def create(self, asset: Asset, values: Mapping[str, object]) -> Offer:
        """Offer an asset. Raises BadAttribute or OfferOverlaps."""
        record = valid_offer(values, Kind(asset.kind))
        self._require_free(asset, record, None)
        offer = Offer(
            offer_id=new_asset_ids(1)[0], asset_fid=asset.fid, version=1, created_at=self._at
        )
        queries.put_record(offer, record, self._at)
        self._session.add(offer)
        self._revise(offer, "created", Delta({}, {"asset_id": str(asset.asset_id), **record}))
        return offer

    def change(self, offer: Offer, asset: Asset, values: Mapping[str, object]) -> bool:
        """Give an offer a new whole record; False where that changes nothing."""
        record = valid_offer(values, Kind(asset.kind))
        delta = difference(queries.record_of_offer(offer), record)
        if not delta:
            return False
        self._require_free(asset, record, offer)
        offer.version += 1
        queries.put_record(offer, record, self._at)
        self._revise(offer, "updated", delta)
        return True

    def withdraw(self, offer: Offer) -> None:
        """Withdraw an offer for good."""
        before: OfferRecord = {"status": offer.status}
        offer.status = str(OfferStatus.withdrawn)
        offer.version += 1
        offer.updated_at = self._at
        self._revise(offer, "withdrawn", Delta(before, {"status": offer.status}))

    def _revise(self, offer: Offer, action: str, delta: Delta) -> None:
        self._session.flush()
        if self._change_id is None:
            self._change_id = add_change(self._session, self._note, self._at)
        queries.add_offer_revision(self._session, offer, self._change_id, action, delta)

    def _require_free(self, asset: Asset, record: OfferRecord, own: Offer | None) -> None:
        if record["status"] not in LIVE:
            return
        wanted = _technologies(record)
        for other in queries.live_offers(self._session, asset.fid):
            if own is not None and other.fid == own.fid:
                continue
            held = queries.record_of_offer(other)
            shared = wanted & _technologies(held)
            if shared and periods_overlap(period_of(record), period_of(held)):
                raise OfferOverlaps(
                    f"Offer {other.offer_id} of this asset is {other.status} for "
                    f"{', '.join(sorted(shared))} at the same time; change its dates or "
                    "technologies, or withdraw it, first.",
                    offer_id=str(other.offer_id),
                )


def _technologies(record: OfferRecord) -> set[str]:
    found = record["technologies"]
    assert isinstance(found, list)
    return set(found)


def _require_current(offer: Offer, precondition: Precondition) -> None:
    state = AssetState(str(offer.offer_id), offer.version, offer.updated_at)
    if not precondition.holds(state):
        raise StaleVersion(
            f"The offer is at version {offer.version} now, and that is not the one you began "
            "from; load it again and repeat the change.",
            version=offer.version,
        )
