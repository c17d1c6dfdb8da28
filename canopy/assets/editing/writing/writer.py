"""Writing one asset for one principal: each write is one transaction and one revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.editing.edits import Editor, record_of
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.editing.validation import valid_record
from canopy.assets.editing.writing import queries
from canopy.assets.editing.writing.proposed import Proposals, ProposedAsset
from canopy.assets.identity import new_asset_ids
from canopy.assets.kinds import Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import ChangeNote
from canopy.assets.record import Record
from canopy.assets.revising import difference, flatten
from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.errors import BadAttribute, NotFound, StaleVersion

ORIGIN = "edit"

Settled = Callable[[Session, Sequence[int]], None]
"""Called in the transaction of a write, after it, with the rows that changed."""


@dataclass(frozen=True, slots=True)
class AssetState:
    """What one version of one asset is told apart by."""

    asset_id: str
    version: int
    updated_at: datetime | None


class Precondition(Protocol):
    """What has to be so of an asset before it is written."""

    def holds(self, state: AssetState) -> bool:
        """Whether it is so."""


@dataclass(frozen=True, slots=True)
class Target:
    """An asset to write: its id, the kinds among which it is looked for, and the condition."""

    asset_id: str
    kinds: tuple[Kind, ...]
    precondition: Precondition


def nothing_derived(session: Session, fids: Sequence[int]) -> None:
    """For a catalogue from whose assets nothing is derived that has to be made anew."""


@dataclass(frozen=True, slots=True)
class AssetWriter:
    """Writes for one principal, whose name every revision carries, with the reason.

    `settled` is the one place where what is derived from assets follows a write.
    """

    database: Database
    policy: SensitivityPolicy
    principal: Principal
    reason: str
    settled: Settled = nothing_derived

    def create(self, proposed: ProposedAsset, kinds: Sequence[Kind]) -> str:
        """Add an asset; its id. Raises BadAttribute or OutOfArea, naming what is wrong."""
        asset_id = new_asset_ids(1)[0]
        with self._transaction() as session:
            record = self._proposals(kinds).record(proposed, None)
            valid = self._valid(session, record)
            asset = self._editor(session).create(valid, asset_id)
            self.settled(session, [asset.fid])
        return asset_id

    def change(self, target: Target, proposed: ProposedAsset) -> None:
        """Change an asset, all of it or some; no revision where that changes nothing.

        A whole proposal brings a withdrawn asset back. Raises NotFound, StaleVersion,
        BadAttribute, OutOfArea.
        """
        with self._transaction() as session:
            asset = self._found(session, target)
            is_withdrawn = asset.withdrawn_at is not None
            if is_withdrawn and not proposed.is_whole:
                raise _absent(target)
            _require_current(session, asset, target.precondition)
            record = self._proposals(target.kinds).record(proposed, asset)
            valid = self._valid(session, record)
            delta = difference(flatten(record_of(asset)), flatten(valid))
            if is_withdrawn:
                self._editor(session).reinstate(asset, valid, delta)
            elif delta:
                self._editor(session).accept(asset, valid, delta)
            else:
                return
            session.flush()
            self.settled(session, [asset.fid])

    def withdraw(self, target: Target) -> None:
        """Withdraw an asset. Raises NotFound or StaleVersion."""
        with self._transaction() as session:
            asset = self._found(session, target)
            if asset.withdrawn_at is not None:
                raise _absent(target)
            _require_current(session, asset, target.precondition)
            self._editor(session).withdraw(asset)
            self.settled(session, [asset.fid])

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """What other programs wrote to a GeoPackage is settled first: it made newer versions."""
        reconcile(self.database)
        with self.database.writing() as session:
            try:
                yield session
            except IntegrityError as error:
                if not _is_of_ref(error):
                    raise
                raise BadAttribute(
                    "ref: another asset of the same source has this ref, perhaps one that was "
                    "withdrawn; give it another, or change that one.",
                    field="ref",
                ) from error

    def _editor(self, session: Session) -> Editor:
        note = ChangeNote(author=self.principal.name, reason=self.reason, origin=ORIGIN)
        return Editor.begin(session, self.database.storage_crs, self.database.srid, note)

    def _proposals(self, kinds: Sequence[Kind]) -> Proposals:
        return Proposals(kinds, self.principal, self.policy)

    def _found(self, session: Session, target: Target) -> Asset:
        """The asset, locked. Raises NotFound, of hidden assets in the same words."""
        asset = queries.locked_asset(session, target.asset_id)
        if asset is None or asset.kind not in target.kinds:
            raise _absent(target)
        is_seen = self.policy.sees_kind(Kind(asset.kind), self.principal)
        if not is_seen or not self.policy.sees_asset(asset.sensitivity, self.principal):
            raise _absent(target)
        return asset

    def _valid(self, session: Session, record: Record) -> Record:
        authority = record.get("authority")
        if isinstance(authority, str) and not (
            "\x00" not in authority and queries.has_organisation(session, authority)
        ):
            raise BadAttribute(
                f"authority {authority[:60]!r} is no organisation that is known here.",
                field="authority",
            )
        return valid_record(record, self.database.storage_crs)


def _absent(target: Target) -> NotFound:
    return NotFound(f"There is no asset {target.asset_id} in this collection.")


def _require_current(session: Session, asset: Asset, precondition: Precondition) -> None:
    """Raise StaleVersion where somebody else was first.

    A withdrawn asset may also be named by its last version before that: it is the last one
    that anybody could read.
    """
    asset_id = str(asset.asset_id)
    states = [AssetState(asset_id, asset.version, asset.updated_at)]
    if asset.withdrawn_at is not None:
        before = asset.version - 1
        at = queries.revised_at(session, asset.fid, before)
        states.append(AssetState(asset_id, before, at))
    if not any(precondition.holds(state) for state in states):
        raise StaleVersion(
            f"The asset is at version {asset.version} now, and that is not the one you began "
            "from; load it again and repeat the change.",
            version=asset.version,
        )


def _is_of_ref(error: IntegrityError) -> bool:
    told = str(error.orig)
    return "uq_asset_source_ref" in told or "asset.source, asset.ref" in told
