"""An asset's past: its revisions, and its state at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import shapely
from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.assets.batches import CANDIDATE_COLUMNS, AssetBatch
from canopy.assets.kinds import Kind
from canopy.assets.places import Places
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import PastChange, revisions_of
from canopy.assets.reading import queries
from canopy.assets.record import Record
from canopy.assets.revising import unflatten
from canopy.errors import NotFound, Refused

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision, cut to what the reader may see.

    `author` and `reason` are None for the public: the one is a person's or a client's
    name, the other free text that nobody wrote for publication.
    """

    version: int
    action: str
    at: datetime
    author: str | None
    reason: str | None
    origin: str
    before: Record
    after: Record


@dataclass(frozen=True, slots=True)
class AssetHistory:
    """All that happened to one asset, oldest first."""

    asset_id: str
    kind: str
    entries: list[HistoryEntry]


def history(
    session: Session, reference: str, principal: Principal, policy: SensitivityPolicy
) -> AssetHistory:
    """The revisions of the asset whose UUID, ref or ``source/ref`` is `reference`.

    Raises NotFound, also where the principal may not see the asset; Refused where
    several assets have that ref. Where positions are generalised for the principal there is
    no history either: when and how often somebody worked on a camera or a duct is for those
    who may see it.
    """
    keys = [key for key in queries.find_keys(session, reference) if _seen(key, principal, policy)]
    if not keys:
        raise NotFound(f"There is no asset {reference!r} that you may see.")
    if len(keys) > 1:
        choices = ", ".join(key.asset_id for key in keys[:10])
        raise Refused(
            f"{len(keys)} assets have the ref {reference!r}; name one by its id: {choices}."
        )
    key = keys[0]
    past = list(revisions_of(session, [key.fid]))
    kinds = _kinds_ever(key, past)
    if any(policy.generalisation_m(kind, principal) is not None for kind in kinds):
        raise NotFound(f"There is no asset {reference!r} that you may see.")
    entries = [_entry(each, kinds, principal, policy) for each in past]
    return AssetHistory(key.asset_id, key.kind, entries)


def _seen(key: queries.AssetKey, principal: Principal, policy: SensitivityPolicy) -> bool:
    kind = Kind(key.kind)
    return (
        policy.sees_kind(kind, principal)
        and policy.sees_asset(key.sensitivity, principal)
        and policy.generalisation_m(kind, principal) is None
    )


def _kinds_ever(key: queries.AssetKey, past: Sequence[PastChange]) -> list[Kind]:
    """Every kind an asset has had: what one of them withholds stays withheld."""
    named = [str(side["kind"]) for each in past for side in (each.delta.before, each.delta.after)
             if "kind" in side]  # fmt: skip
    return [Kind(name) for name in dict.fromkeys([key.kind, *named]) if name in set(Kind)]


def _entry(
    past: PastChange, kinds: Sequence[Kind], principal: Principal, policy: SensitivityPolicy
) -> HistoryEntry:
    before, after = (
        {
            name: policy.cut_attribute(name.removeprefix("attributes."), value, principal)
            for name, value in side.items()
            if all(_visible(name, kind, principal, policy) for kind in kinds)
        }
        for side in (past.delta.before, past.delta.after)
    )
    for name in before.keys() & after.keys():
        if before[name] == after[name]:  # what changed of it is withheld
            del before[name], after[name]
    named = principal.role.reaches(Role.operator)
    return HistoryEntry(
        past.version, past.action, past.at, past.author if named else None,
        past.reason if named else None, past.origin, before, after,
    )  # fmt: skip


def _visible(name: str, kind: Kind, principal: Principal, policy: SensitivityPolicy) -> bool:
    group, _, attribute = name.partition(".")
    if group == "geom":
        return policy.generalisation_m(kind, principal) is None
    if group == "attributes":
        return attribute in policy.visible_attributes(kind, principal)
    return group in policy.visible_columns(kind, principal)


def state_at(
    session: Session, batch: AssetBatch, fids: Sequence[int], as_of: datetime, places: Places
) -> AssetBatch:
    """The assets of a batch as they were at `as_of`; those not there yet are left out."""
    changed = [
        i
        for i, at in enumerate(batch.columns["updated_at"])
        if at is None or at > as_of  # type: ignore[operator]
    ]
    past: dict[int, list[PastChange]] = {fids[i]: [] for i in changed}
    for start in range(0, len(changed), _CHUNK):
        chunk = [fids[i] for i in changed[start : start + _CHUNK]]
        for each in revisions_of(session, chunk):
            if each.at <= as_of:
                past[each.fid].append(each)
    gone = []
    for i in changed:
        revisions = past[fids[i]]
        if revisions:
            _restore(batch, i, revisions)
        else:
            gone.append(i)
    restored = [i for i in changed if i not in set(gone)]
    if restored:
        shapes = batch.geometries[restored]
        for i, ward, designations in zip(
            restored, places.wards(shapes), places.designations(shapes), strict=True
        ):
            batch.columns["ward"][i] = ward
            batch.columns["designations"][i] = designations
    return _without(batch, gone)


def _restore(batch: AssetBatch, row: int, revisions: Iterable[PastChange]) -> None:
    flat: Record = {}
    last: PastChange | None = None
    for last in revisions:
        for name in last.delta.before:
            flat.pop(name, None)
        flat.update(last.delta.after)
    record = unflatten(flat)
    columns = batch.columns
    for name in ("kind", "authority", *CANDIDATE_COLUMNS):
        columns[name][row] = record.get(name)
    observed = record.get("observed_on")
    columns["observed_on"][row] = (
        date.fromisoformat(observed) if isinstance(observed, str) else None
    )
    withdrawn = record.get("withdrawn_at")
    columns["withdrawn_at"][row] = (
        datetime.fromisoformat(withdrawn) if isinstance(withdrawn, str) else None
    )
    if last is not None:
        columns["version"][row] = last.version
        columns["updated_at"][row] = last.at
    attributes = record.get("attributes")
    batch.attributes[row] = dict(attributes) if isinstance(attributes, dict) else {}
    geom = record.get("geom")
    batch.geometries[row] = shapely.from_wkb(geom) if isinstance(geom, str) else None


def _without(batch: AssetBatch, rows: Sequence[int]) -> AssetBatch:
    if not rows:
        return batch
    dropped = set(rows)
    kept = [i for i in range(len(batch)) if i not in dropped]
    return AssetBatch(
        {name: [values[i] for i in kept] for name, values in batch.columns.items()},
        [batch.attributes[i] for i in kept],
        batch.geometries[np.array(kept, dtype=int)],
    )
