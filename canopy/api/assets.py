"""One asset and its history."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from canopy.api.deps import PolicyOf, PrincipalOf, SessionOf
from canopy.assets.reading.history import history

router = APIRouter(tags=["assets"])


class HistoryEntryOut(BaseModel):
    """One revision as the wire has it."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    action: str
    at: datetime
    author: str
    reason: str
    origin: str
    before: dict[str, object]
    after: dict[str, object]


class HistoryOut(BaseModel):
    """An asset's revisions, oldest first."""

    model_config = ConfigDict(from_attributes=True)

    asset_id: str
    kind: str
    entries: list[HistoryEntryOut]


@router.get("/assets/{reference:path}/history")
def asset_history(
    reference: str, session: SessionOf, principal: PrincipalOf, policy: PolicyOf
) -> HistoryOut:
    """Who changed an asset, when and why, as far as you may see it.

    `reference` is the asset's id, its ref, or source/ref.
    """
    return HistoryOut.model_validate(history(session, reference, principal, policy))
