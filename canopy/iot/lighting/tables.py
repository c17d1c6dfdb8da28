"""What lighting management systems say, and what is proposed from readings.

They lie in the catalogue's database, beside the assets that they are of.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import AssetUuid, IsoDate, Json, Number, RowId, UtcDateTime


class LightingUnit(Base):
    """A lamp as a system's inventory has it, and the lamppost it was matched with.

    `match` and `reason` are of `canopy.iot.lighting.matching`. Coordinates are in the storage
    CRS [m]. `gone_at` is when an inventory did not list it any more.
    """

    __tablename__ = "lighting_unit"
    __table_args__ = (
        UniqueConstraint("system", "ref"),
        Index("ix_lighting_unit_asset_id", "asset_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    system: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    column_ref: Mapped[str] = mapped_column(Text)
    street: Mapped[str] = mapped_column(Text)
    gateway: Mapped[str] = mapped_column(Text)
    lamp_w: Mapped[float | None] = mapped_column(Number)
    regime: Mapped[str | None] = mapped_column(Text)
    x_m: Mapped[float | None] = mapped_column(Number)
    y_m: Mapped[float | None] = mapped_column(Number)
    asset_id: Mapped[str | None] = mapped_column(AssetUuid, ForeignKey("asset.asset_id"))
    match: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    listed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LightingFault(Base):
    """A fault that a system reported of a unit; open where `ended_at` is null.

    `kind` is one of `canopy.iot.lighting.files.FAULTS`.
    """

    __tablename__ = "lighting_fault"
    __table_args__ = (
        UniqueConstraint("system", "unit_ref", "code", "begun_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    system: Mapped[str] = mapped_column(Text)
    unit_ref: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BurnHours(Base):
    """Hours that a unit burned: from a day to the end of another, or, where `begins_on` is null,
    its counter at the end of a day."""

    __tablename__ = "lighting_burn"
    __table_args__ = (
        UniqueConstraint("system", "unit_ref", "ends_on"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    system: Mapped[str] = mapped_column(Text)
    unit_ref: Mapped[str] = mapped_column(Text)
    begins_on: Mapped[date | None] = mapped_column(IsoDate)
    ends_on: Mapped[date] = mapped_column(IsoDate)
    hours: Mapped[float] = mapped_column(Number)


class ConditionProposal(Base):
    """A condition grade that readings suggest; an officer takes it over, or refuses it.

    `evidence` holds the datastream, the readings and the limits that it rests on.
    """

    __tablename__ = "lighting_proposal"
    __table_args__ = (
        Index("ix_lighting_proposal_asset_id", "asset_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    asset_id: Mapped[str] = mapped_column(AssetUuid, ForeignKey("asset.asset_id"))
    condition: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[Any] = mapped_column(Json(searched=False))
    state: Mapped[str] = mapped_column(Text)
    """``open``, ``accepted`` or ``refused``."""
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
