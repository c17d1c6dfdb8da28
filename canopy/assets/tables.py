"""What the catalogue stores: each thing defined once, for both databases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import AssetUuid, IsoDate, Json, Number, RowId, StoredGeometry, UtcDateTime


class Organisation(Base):
    """A council, operator or contractor."""

    __tablename__ = "organisation"

    slug: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Change(Base):
    """Who changed something, when and why: shared by all revisions made together."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    author: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    """``import``, ``edit`` or ``external``."""
    source: Mapped[str | None] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(Text)
    file_sha256: Mapped[str | None] = mapped_column(Text)
    transformation: Mapped[Any | None] = mapped_column(Json)
    job_id: Mapped[int | None] = mapped_column(RowId)


class Asset(Base):
    """One thing the council owns, as it is known now.

    `ward` and `designations` are derived from the areas the asset lies in. `record_hash`
    is the hash of what the asset's source last said of it; a hand-made correction does
    not change it, so the same file imported again does not undo the correction.
    """

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("asset_id"),
        Index("uq_asset_source_ref", "source", "ref", unique=True),
        Index(
            "ix_asset_source_unreferenced",
            "source",
            "record_hash",
            sqlite_where=text("ref IS NULL"),
            postgresql_where=text("ref IS NULL"),
        ),
        Index("ix_asset_kind_fid", "kind", "fid"),
        {"sqlite_autoincrement": True},
    )

    fid: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    asset_id: Mapped[str | None] = mapped_column(AssetUuid)
    """Null only for a feature that another program added and nobody has looked at yet: GDAL
    writes a default that is an expression as if it were text, so there can be none."""
    kind: Mapped[str] = mapped_column(Text)
    authority: Mapped[str | None] = mapped_column(Text, ForeignKey("organisation.slug"))
    source: Mapped[str] = mapped_column(Text, server_default=text("'edited'"))
    ref: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str | None] = mapped_column(Text)
    availability: Mapped[str | None] = mapped_column(Text)
    height_m: Mapped[float | None] = mapped_column(Number)
    power: Mapped[str | None] = mapped_column(Text)
    backhaul_type: Mapped[str | None] = mapped_column(Text)
    backhaul_dist_m: Mapped[float | None] = mapped_column(Number)
    owner: Mapped[str | None] = mapped_column(Text)
    maintainer: Mapped[str | None] = mapped_column(Text)
    street: Mapped[str | None] = mapped_column(Text)
    locality: Mapped[str | None] = mapped_column(Text)
    postcode: Mapped[str | None] = mapped_column(Text)
    uprn: Mapped[str | None] = mapped_column(Text)
    usrn: Mapped[str | None] = mapped_column(Text)
    ward: Mapped[str | None] = mapped_column(Text)
    designations: Mapped[Any | None] = mapped_column(Json)
    sensitivity: Mapped[str | None] = mapped_column(Text)
    pos_accuracy_m: Mapped[float | None] = mapped_column(Number)
    pos_method: Mapped[str | None] = mapped_column(Text)
    observed_on: Mapped[date | None] = mapped_column(IsoDate)
    licence: Mapped[str | None] = mapped_column(Text)
    attributes: Mapped[Any] = mapped_column(Json, server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    record_hash: Mapped[int | None] = mapped_column(RowId)
    geom: Mapped[BaseGeometry | None] = mapped_column(StoredGeometry())


class Revision(Base):
    """One change of one asset: `before` and `after` hold the fields that changed.

    The first revision has no `before`, and in `after` the whole record; a withdrawal is
    a change of `withdrawn_at`. Geometry is WKB in hex, in the storage CRS.

    There are no foreign keys to `asset` and `change`: revisions are only ever added, in the
    transaction that writes the asset, and nothing is deleted; on PostgreSQL the two keys
    were checked row by row and took a tenth of a million-row import.
    """

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_change_id", "change_id"), {"sqlite_with_rowid": False})

    fid: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_id: Mapped[int] = mapped_column(RowId)
    action: Mapped[str] = mapped_column(Text)
    """``created``, ``updated``, ``withdrawn`` or ``reinstated``."""
    before: Mapped[Any | None] = mapped_column(Json(searched=False))
    after: Mapped[Any | None] = mapped_column(Json(searched=False))


class Area(Base):
    """A ward, a designation or another area that assets lie in."""

    __tablename__ = "area"
    __table_args__ = (Index("uq_area_kind_code", "kind", "code", unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    geom: Mapped[BaseGeometry] = mapped_column(StoredGeometry())


class ExternalChange(Base):
    """A write another program made to the GeoPackage, not yet looked at (see `reconcile`)."""

    __tablename__ = "external_change"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    row_id: Mapped[int] = mapped_column(RowId)
    operation: Mapped[str] = mapped_column(Text)
    row_before: Mapped[Any | None] = mapped_column(Json(searched=False))
    outcome: Mapped[str | None] = mapped_column(Text)
    """Null until reconciled; then ``accepted`` or ``refused``."""
    reason: Mapped[str | None] = mapped_column(Text)
    refused_row: Mapped[Any | None] = mapped_column(Json)
    """What was written and put back, so that nothing is lost."""
