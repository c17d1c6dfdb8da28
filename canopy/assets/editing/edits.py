"""Creating, changing and withdrawing one asset, each as a revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from sqlalchemy.orm import Session

from canopy.assets import queries
from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.editing.validation import valid_record
from canopy.assets.places import Places
from canopy.assets.record import Record
from canopy.assets.revising import Delta, difference, flatten
from canopy.assets.tables import Asset
from canopy.db.types import utc_text
from canopy.errors import StaleVersion


@dataclass(frozen=True, slots=True)
class Editor:
    """What every edit of one transaction shares."""

    session: Session
    storage_crs: str
    srid: int
    places: Places
    note: queries.ChangeNote
    at: datetime
    change_id: int

    @classmethod
    def begin(
        cls, session: Session, storage_crs: str, srid: int, note: queries.ChangeNote
    ) -> Editor:
        """Record the change that the edits belong to, and load what they need."""
        at = queries.now_utc()
        places = Places(queries.areas(session))
        change_id = queries.add_change(session, note, at)
        return cls(session, storage_crs, srid, places, note, at, change_id)

    def create(self, record: Record, asset_id: str, source: str = "edited") -> Asset:
        """Add an asset. Raises BadAttribute or OutOfArea."""
        valid = valid_record(record, self.storage_crs)
        asset = Asset(asset_id=asset_id, source=source, version=1, created_at=self.at)
        self._put(asset, valid)
        self.session.add(asset)
        self.session.flush()
        self._revise(asset, "created", Delta({}, flatten(valid)))
        return asset

    def adopt(self, asset: Asset, valid: Record, asset_id: str) -> None:
        """Make a row that another program added an asset of version 1."""
        asset.asset_id = asset_id
        asset.version, asset.created_at, asset.withdrawn_at = 1, self.at, None
        asset.record_hash = None
        self._put(asset, valid)
        self._revise(asset, "created", Delta({}, flatten(valid)))

    def accept(self, asset: Asset, valid: Record, delta: Delta) -> None:
        """Keep what another program wrote, as the next revision."""
        asset.version += 1
        self._put(asset, valid)
        self._revise(asset, "updated", delta)

    def refresh(self, asset: Asset, valid: Record) -> None:
        """Write an unchanged record and its derived columns again, as no revision."""
        updated_at = asset.updated_at
        self._put(asset, valid)
        asset.updated_at = updated_at

    def change(self, asset: Asset, record: Record, expected_version: int) -> bool:
        """Give an asset a new whole record; False where that changes nothing.

        Raises StaleVersion when somebody else changed it first.
        """
        if asset.version != expected_version:
            raise StaleVersion(
                f"The asset is at version {asset.version}, and version {expected_version} was "
                "edited; load it again and repeat the change.",
                version=asset.version,
            )
        valid = valid_record(record, self.storage_crs)
        delta = difference(flatten(record_of(asset)), flatten(valid))
        if not delta:
            return False
        asset.version += 1
        self._put(asset, valid)
        self._revise(asset, "updated", delta)
        return True

    def reinstate(self, asset: Asset, valid: Record, delta: Delta) -> None:
        """Bring a withdrawn asset back, as the next revision. Raises ValueError for another."""
        if asset.withdrawn_at is None:
            raise ValueError("the asset is not withdrawn")
        before = {**delta.before, "withdrawn_at": utc_text(asset.withdrawn_at)}
        asset.withdrawn_at = None
        asset.version += 1
        self._put(asset, valid)
        self._revise(asset, "reinstated", Delta(before, delta.after))

    def withdraw(self, asset: Asset) -> None:
        """Withdraw an asset; it stays readable in the past."""
        queries.withdraw(self.session, [asset.fid], self.change_id, self.at)

    def _put(self, asset: Asset, valid: Record) -> None:
        for name in ("kind", "authority", *CANDIDATE_COLUMNS):
            setattr(asset, name, queries.column_value(name, valid.get(name)))
        asset.attributes = valid.get("attributes") or {}
        geometry = shapely.from_wkb(str(valid["geom"]))
        shapes = np.array([geometry], dtype=object)
        asset.ward = self.places.wards(shapes)[0]  # type: ignore[assignment]
        asset.designations = list(self.places.designations(shapes)[0]) or None
        asset.geom = queries.with_srid(geometry, self.srid)
        asset.updated_at = self.at

    def _revise(self, asset: Asset, action: str, delta: Delta) -> None:
        queries.add_revision(self.session, asset.fid, asset.version, self.change_id, action, delta)


def record_of(asset: Asset) -> Record:
    """The record of a mapped asset."""
    record: Record = {}
    for name in ("kind", "authority", *CANDIDATE_COLUMNS):
        value = getattr(asset, name)
        if value is not None:
            record[name] = str(value) if name == "observed_on" else value
    if asset.attributes:
        record["attributes"] = asset.attributes
    geom = queries.geometry_hex(asset.geom)
    if geom is not None:
        record["geom"] = geom
    return record
