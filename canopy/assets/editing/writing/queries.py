"""SQL of a write: the asset, locked, and what is checked against."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from canopy.assets.tables import Asset, Change, Organisation, Revision


def locked_asset(session: Session, asset_id: str) -> Asset | None:
    """An asset that nobody else changes until this transaction ends, as it is now.

    On PostgreSQL its row is locked, after waiting for whoever has it; on a GeoPackage a
    writing transaction has the whole file.
    """
    return session.scalars(
        select(Asset)
        .where(Asset.asset_id == asset_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def revised_at(session: Session, fid: int, version: int) -> datetime | None:
    """When a version of an asset came to be."""
    return session.scalar(
        select(Change.at)
        .join(Revision, Revision.change_id == Change.id)
        .where(Revision.fid == fid, Revision.version == version)
    )


def has_organisation(session: Session, slug: str) -> bool:
    """Whether there is an organisation of that name."""
    return session.get(Organisation, slug) is not None
