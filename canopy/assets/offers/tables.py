"""Offers and their revisions, as they are stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import AssetUuid, IsoDate, Json, Number, RowId, UtcDateTime


class Offer(Base):
    """An asset that can be had, as it is offered now.

    There is no foreign key to `asset`, as in `Revision`: no asset is ever deleted, and
    another program that deletes one from a GeoPackage is answered by `reconcile`.
    """

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("offer_id"),
        Index("ix_offer_asset_fid", "asset_fid"),
        Index(
            "ix_offer_price",
            "price_min_pence_per_year",
            "price_max_pence_per_year",
            "asset_fid",
        ),
        {"sqlite_autoincrement": True},
    )

    fid: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    offer_id: Mapped[str] = mapped_column(AssetUuid)
    asset_fid: Mapped[int] = mapped_column(RowId)
    status: Mapped[str] = mapped_column(Text)
    technologies: Mapped[Any] = mapped_column(Json)
    available_from: Mapped[date] = mapped_column(IsoDate)
    available_until: Mapped[date | None] = mapped_column(IsoDate)
    spare_mounts: Mapped[int | None] = mapped_column(Integer)
    spare_area_m2: Mapped[float | None] = mapped_column(Number)
    spare_mass_kg: Mapped[float | None] = mapped_column(Number)
    spare_rack_u: Mapped[int | None] = mapped_column(Integer)
    spare_duct_bores: Mapped[int | None] = mapped_column(Integer)
    spare_fibres: Mapped[int | None] = mapped_column(Integer)
    spare_power_w: Mapped[float | None] = mapped_column(Number)
    constraints: Mapped[Any | None] = mapped_column(Json)
    terms: Mapped[str | None] = mapped_column(Text)
    price_min_pence_per_year: Mapped[int | None] = mapped_column(BigInteger)
    price_max_pence_per_year: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OfferRevision(Base):
    """One change of one offer: the fields that changed, as they were and as they are.

    Who, when and why stand in `change`, as of the revisions of assets. The first has no
    `before` and in `after` the whole offer; a withdrawal is a change of `status`.
    """

    __tablename__ = "offer_revision"
    __table_args__ = (Index("ix_offer_revision_change_id", "change_id"),)

    offer_fid: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    change_id: Mapped[int] = mapped_column(RowId)
    action: Mapped[str] = mapped_column(Text)
    """``created``, ``updated`` or ``withdrawn``."""
    before: Mapped[Any | None] = mapped_column(Json(searched=False))
    after: Mapped[Any | None] = mapped_column(Json(searched=False))
