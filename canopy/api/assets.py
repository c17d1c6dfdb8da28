"""One asset and its history."""

from __future__ import annotations

from datetime import datetime

import shapely
from fastapi import APIRouter
from pydantic import BaseModel

from canopy.api.deps import DatabaseOf, PolicyOf, PrincipalOf, SessionOf
from canopy.assets.reading.history import HistoryEntry, history
from canopy.assets.record import Record

router = APIRouter(tags=["assets"])


class HistoryEntryOut(BaseModel):
    """One revision as the wire has it; what you may not see is absent, not null.

    `before` and `after` hold the fields that changed, by name, ``attributes.…`` among them;
    a field that is in neither did not change. `geom` is WKT.
    """

    version: int
    action: str
    at: datetime
    author: str | None = None
    reason: str | None = None
    origin: str
    before: dict[str, object]
    after: dict[str, object]


class HistoryOut(BaseModel):
    """An asset's revisions, oldest first. `crs` is that of every `geom`."""

    asset_id: str
    kind: str
    crs: str
    entries: list[HistoryEntryOut]


@router.get("/assets/{reference:path}/history", response_model_exclude_none=True)
def asset_history(
    reference: str,
    database: DatabaseOf,
    session: SessionOf,
    principal: PrincipalOf,
    policy: PolicyOf,
) -> HistoryOut:
    """Who changed an asset, when and why, as far as you may see it.

    `reference` is the asset's id, its ref, or source/ref.
    """
    found = history(session, reference, principal, policy)
    return HistoryOut(
        asset_id=found.asset_id,
        kind=found.kind,
        crs=database.storage_crs,
        entries=[_entry_out(entry) for entry in found.entries],
    )


def _entry_out(entry: HistoryEntry) -> HistoryEntryOut:
    return HistoryEntryOut(
        version=entry.version, action=entry.action, at=entry.at, author=entry.author,
        reason=entry.reason, origin=entry.origin, before=_readable(entry.before),
        after=_readable(entry.after),
    )  # fmt: skip


def _readable(fields: Record) -> dict[str, object]:
    """The fields with their geometry as WKT; it is stored as hex WKB."""
    wkb = fields.get("geom")
    if not isinstance(wkb, str):
        return dict(fields)
    return {**fields, "geom": shapely.to_wkt(shapely.from_wkb(wkb), rounding_precision=-1)}
