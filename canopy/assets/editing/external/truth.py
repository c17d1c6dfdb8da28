"""What a row must hold by its revisions: they are the truth, the row is the latest of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import orjson
import shapely
from sqlalchemy.orm import Session

from canopy.assets.editing.external import queries
from canopy.assets.places import Places
from canopy.assets.queries import revisions_of
from canopy.assets.record import RECORD_COLUMNS, Record
from canopy.assets.revising import unflatten
from canopy.db import gpkg_geometry
from canopy.db.types import utc_text


@dataclass(frozen=True, slots=True)
class Truth:
    """An asset as its revisions leave it; `record` holds no withdrawal.

    `source` is what the import that added it said, None where an edit did.
    """

    fid: int
    record: Record
    version: int
    created_at: datetime
    updated_at: datetime
    withdrawn_at: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """What a row is known by and its revisions do not say."""

    asset_id: str
    source: str
    record_hash: int | None


def truths(session: Session, fids: Sequence[int]) -> dict[int, Truth]:
    """What each of some rows must be; those without revisions are left out."""
    sources = queries.import_sources(session, fids)
    flat: dict[int, Record] = {}
    times: dict[int, tuple[datetime, datetime, int]] = {}
    for each in revisions_of(session, fids):
        state = flat.setdefault(each.fid, {})
        for name in each.delta.before:
            state.pop(name, None)
        state.update(each.delta.after)
        first = times[each.fid][0] if each.fid in times else each.at
        times[each.fid] = (first, each.at, each.version)
    found = {}
    for fid, state in flat.items():
        withdrawn = state.pop("withdrawn_at", None)
        created_at, updated_at, version = times[fid]
        found[fid] = Truth(
            fid, unflatten(state), version, created_at, updated_at,
            None if withdrawn is None else str(withdrawn), sources.get(fid),
        )  # fmt: skip
    return found


def stored_row(truth: Truth, identity: Identity, places: Places, srid: int) -> dict[str, object]:
    """The row, as the file stores it, with its derived columns."""
    row = record_columns(truth.record, places, srid)
    row.update(
        fid=truth.fid, asset_id=identity.asset_id, source=identity.source,
        record_hash=identity.record_hash, version=truth.version,
        created_at=utc_text(truth.created_at), updated_at=utc_text(truth.updated_at),
        withdrawn_at=truth.withdrawn_at,
    )  # fmt: skip
    return row


def record_columns(record: Mapping[str, object], places: Places, srid: int) -> dict[str, object]:
    """A record as the file stores it, and the columns derived from it."""
    row: dict[str, object] = {name: record.get(name) for name in RECORD_COLUMNS}
    row["attributes"] = orjson.dumps(record.get("attributes") or {}).decode()
    geometry = shapely.from_wkb(str(record["geom"]))
    shapes = np.array([geometry], dtype=object)
    row["geom"] = gpkg_geometry.encode_one(geometry, srid)
    row["ward"] = places.wards(shapes)[0]
    row["designations"] = designations_text(places.designations(shapes)[0])
    return row


def designations_text(kinds: Sequence[str]) -> str | None:
    """Designations as the file stores them."""
    return orjson.dumps(list(kinds)).decode() if kinds else None
