"""Radio sites, coverage runs and their not-spots, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import AssetUuid, Json, Number, RowId, StoredGeometry, UtcDateTime


class RadioCell(Base):
    """An operator's site as it was imported; see `canopy.coverage.sites.site.RadioSite`.

    `source` and `ref` name it: an import replaces what its source held before.
    """

    __tablename__ = "radio_cell"
    __table_args__ = (
        UniqueConstraint("source", "ref"),
        Index("ix_radio_cell_technology_operator", "technology", "operator"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(Text)
    operator: Mapped[str] = mapped_column(Text)
    technology: Mapped[str] = mapped_column(Text)
    antenna_height_m: Mapped[float] = mapped_column(Number)
    frequency_mhz: Mapped[float] = mapped_column(Number)
    bandwidth_mhz: Mapped[float] = mapped_column(Number)
    eirp_dbm: Mapped[float] = mapped_column(Number)
    azimuth_deg: Mapped[float | None] = mapped_column(Number)
    downtilt_deg: Mapped[float | None] = mapped_column(Number)
    beamwidth_deg: Mapped[float | None] = mapped_column(Number)
    is_estimated: Mapped[bool] = mapped_column(Boolean)
    position_uncertainty_m: Mapped[float | None] = mapped_column(Number)
    assumed: Mapped[Any] = mapped_column(Json)
    file_name: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(Text)
    licence: Mapped[str | None] = mapped_column(Text)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    geom: Mapped[BaseGeometry] = mapped_column(StoredGeometry())


class CoverageRun(Base):
    """One finished run: what was asked, what came out, and where its files are.

    `folder` is relative to the deployment's folder of runs; `manifest` holds the SHA-256 of
    each file in it. A run is never changed: the same question asked again is another run.
    """

    __tablename__ = "coverage_run"
    __table_args__ = (
        UniqueConstraint("run_id"),
        Index("ix_coverage_run_created_at", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(AssetUuid)
    name: Mapped[str] = mapped_column(Text)
    technology: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    """Least role that may see it."""
    is_indicative: Mapped[bool] = mapped_column(Boolean)
    request: Mapped[Any] = mapped_column(Json)
    explanation: Mapped[Any] = mapped_column(Json)
    figures: Mapped[Any] = mapped_column(Json)
    provenance: Mapped[Any] = mapped_column(Json)
    folder: Mapped[str] = mapped_column(Text)
    manifest: Mapped[Any] = mapped_column(Json)
    cells: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[int | None] = mapped_column(RowId)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    geom: Mapped[BaseGeometry] = mapped_column(StoredGeometry())
    """The area that was asked for."""


class NotSpot(Base):
    """One patch of a run where nobody, or not everybody, covers, or where it is not known."""

    __tablename__ = "not_spot"
    __table_args__ = (
        Index("ix_not_spot_run_id", "run_id", "theme", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(RowId, ForeignKey("coverage_run.id"))
    number: Mapped[int] = mapped_column(Integer)
    theme: Mapped[str] = mapped_column(Text)
    """``outdoor``, ``indoor``, or ``operator:`` and its slug."""
    state: Mapped[str] = mapped_column(Text)
    """``total``, ``partial`` or ``unknown``."""
    area_m2: Mapped[float] = mapped_column(Number)
    residents: Mapped[float | None] = mapped_column(Number)
    premises: Mapped[float | None] = mapped_column(Number)
    road_m: Mapped[float | None] = mapped_column(Number)
    geom: Mapped[BaseGeometry] = mapped_column(StoredGeometry())
