"""Whether what another program wrote to one row may stand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from canopy.assets.editing.external.queries import Note
from canopy.assets.editing.external.rows import MAX_FID, RawRow, record_of, shown, text_of
from canopy.assets.editing.external.truth import Identity, Truth
from canopy.assets.editing.validation import valid_record
from canopy.assets.identity import new_asset_ids
from canopy.assets.record import Record
from canopy.assets.revising import Delta, difference, flatten
from canopy.errors import BadAttribute, ExternalChangeInvalid

MOVED = "its row number (fid) was changed; it is the asset's own and stays"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a row is judged by, besides the rules of its kind."""

    storage_crs: str
    srid: int
    organisations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Touched:
    """One row that is to be settled: as it is, as it must be, and what was noted of it.

    `truth` and `identity` None mean that another program added it, `now` None that it is
    gone. `displaced` says so where the number of its row was changed.
    """

    fid: int
    now: RawRow | None
    truth: Truth | None
    identity: Identity | None
    note: Note | None
    displaced: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a row that may stand, with its new record where it has one."""

    outcome: str
    identity: Identity | None = None
    record: Record | None = None
    delta: Delta | None = None


def judge(touched: Touched, rules: Rules) -> Verdict:
    """What becomes of a row.

    Raises ExternalChangeInvalid, BadAttribute or OutOfArea where it may not stand.
    """
    if touched.displaced is not None:
        raise ExternalChangeInvalid(touched.displaced)
    if touched.truth is None or touched.identity is None:
        return Verdict("unchanged") if touched.now is None else _added(touched, touched.now, rules)
    if touched.now is None:
        return Verdict(_gone(touched, touched.truth), touched.identity)
    return _changed(touched.now, touched.truth, touched.identity, rules)


def _added(touched: Touched, now: RawRow, rules: Rules) -> Verdict:
    if touched.note is not None and touched.note.moved:
        raise ExternalChangeInvalid(f"{MOVED}.")
    if not 1 <= touched.fid <= MAX_FID:
        raise ExternalChangeInvalid(
            f"a row number (fid) must be 1 to {MAX_FID}; leave it out and the file gives one."
        )
    identity = _given_identity(now)
    record = _valid(now, rules)
    return Verdict("created", identity, record, Delta({}, flatten(record)))


def _gone(touched: Touched, truth: Truth) -> str:
    operation = touched.note.operation if touched.note else "delete"
    if operation == "replace":
        raise ExternalChangeInvalid("the row was replaced by one with its number, id or ref.")
    if operation != "delete":
        raise ExternalChangeInvalid(f"{MOVED}.")
    return "unchanged" if truth.withdrawn_at else "withdrawn"


def _changed(now: RawRow, truth: Truth, identity: Identity, rules: Rules) -> Verdict:
    for name, was in (("asset_id", identity.asset_id), ("source", identity.source)):
        if now.get(name) != was:
            raise ExternalChangeInvalid(
                f"{name} was changed from {was!r} to {shown(now.get(name))}; it is the asset's "
                "identity and stays."
            )
    record = _valid(now, rules)
    delta = difference(flatten(truth.record), flatten(record))
    if not delta:
        return Verdict("unchanged", identity)
    if "geom" not in delta.fields:
        record["geom"] = truth.record["geom"]  # they may differ by less than a revision tells
    return Verdict("updated", identity, record, delta)


def _valid(now: RawRow, rules: Rules) -> Record:
    record = valid_record(record_of(now, rules.srid), rules.storage_crs)
    authority = record.get("authority")
    if authority is not None and authority not in rules.organisations:
        raise BadAttribute(
            f"authority {shown(authority)} is no organisation of this catalogue; it has "
            f"{', '.join(sorted(rules.organisations)) or 'none'}.",
            field="authority",
        )
    return record


def identity_of(truth: Truth, known: Mapping[str, object]) -> Identity:
    """What an asset is known by: as `known` has it, and a new id where that is lost."""
    source = known.get("source")
    record_hash = known.get("record_hash")
    return Identity(
        canonical_id(known.get("asset_id")) or new_asset_ids(1)[0],
        truth.source or (source if isinstance(source, str) and source else "edited"),
        record_hash if isinstance(record_hash, int) else None,
    )


def _given_identity(now: RawRow) -> Identity:
    given = now.get("asset_id")
    asset_id = new_asset_ids(1)[0] if given in (None, "") else canonical_id(given)
    if asset_id is None:
        raise ExternalChangeInvalid(
            f"asset_id {shown(given)} is no UUID; leave it empty and Canopy gives one."
        )
    return Identity(asset_id, text_of("source", now.get("source")) or "edited", None)


def canonical_id(given: object) -> str | None:
    """A UUID as it is stored; None for what is none."""
    if not isinstance(given, str):
        return None
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return None
