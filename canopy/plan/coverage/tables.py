"""Coverage runs, and what came of them: sites, not-spots and figures, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Boolean, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import AssetUuid, Json, Number, RowId, StoredGeometry, UtcDateTime


class CoverageRun(Base):
    """One run that was asked for; what it found once `finished_at` is set.

    How it stands is its job's to say. `folder` is relative to the deployment's folder of
    runs, and the manifest in it has the SHA-256 of each file. A finished run is never
    changed: the same question asked again is another run.
    """

    __tablename__ = "coverage_run"
    __table_args__ = (UniqueConstraint("run_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    run_id: Mapped[str] = mapped_column(AssetUuid)
    name: Mapped[str] = mapped_column(Text)
    technology: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    """Least role that sees it."""
    request: Mapped[Any] = mapped_column(Json(searched=False))
    grid: Mapped[Any] = mapped_column(Json(searched=False))
    """`epsg`, `west_m`, `north_m`, `cell_m`, `columns` and `rows` of its cells."""
    bounds_lonlat: Mapped[Any] = mapped_column(Json(searched=False))
    """West, south, east and north of the grid [degrees, WGS 84]."""
    job_id: Mapped[int | None] = mapped_column(RowId)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_indicative: Mapped[bool | None] = mapped_column(Boolean)
    threshold_dbm: Mapped[float | None] = mapped_column(Number)
    operators: Mapped[Any | None] = mapped_column(Json(searched=False))
    layers: Mapped[Any | None] = mapped_column(Json(searched=False))
    canopy_version: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[Any | None] = mapped_column(Json(searched=False))
    provenance: Mapped[Any | None] = mapped_column(Json(searched=False))
    folder: Mapped[str | None] = mapped_column(Text)
    manifest_sha256: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[BaseGeometry] = mapped_column(StoredGeometry())
    """The rectangle of its cells."""


class RadioCell(Base):
    """A site as a run used it; see `canopy.coverage.sites.site.RadioSite`.

    `number` is what the layers of servers call it.
    """

    __tablename__ = "radio_cell"
    __table_args__ = (
        Index("uq_radio_cell_run_id_number", "run_id", "number", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(RowId, ForeignKey("coverage_run.id"))
    number: Mapped[int]
    site_id: Mapped[str] = mapped_column(Text)
    operator: Mapped[str] = mapped_column(Text)
    technology: Mapped[str] = mapped_column(Text)
    antenna_height_m: Mapped[float] = mapped_column(Number)
    frequency_mhz: Mapped[float] = mapped_column(Number)
    bandwidth_mhz: Mapped[float] = mapped_column(Number)
    eirp_dbm: Mapped[float] = mapped_column(Number)
    azimuth_deg: Mapped[float | None] = mapped_column(Number)
    """None where the antenna sends all around."""
    downtilt_deg: Mapped[float | None] = mapped_column(Number)
    is_estimated: Mapped[bool] = mapped_column(Boolean)
    position_uncertainty_m: Mapped[float | None] = mapped_column(Number)
    assumed: Mapped[Any] = mapped_column(Json(searched=False))
    source: Mapped[str] = mapped_column(Text)
    asset_id: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[BaseGeometry] = mapped_column(StoredGeometry())


class NotSpot(Base):
    """One patch of a run where nobody, or not everybody, covers, or where it is not known."""

    __tablename__ = "not_spot"
    __table_args__ = (
        Index("uq_not_spot_run_id_number", "run_id", "number", unique=True),
        Index("ix_not_spot_run_id_status", "run_id", "status", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(RowId, ForeignKey("coverage_run.id"))
    number: Mapped[int]
    spot_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    """``total``, ``partial`` or ``unknown``."""
    operators: Mapped[Any] = mapped_column(Json(searched=False))
    """The operators that were counted."""
    area_m2: Mapped[float] = mapped_column(Number)
    residents: Mapped[float | None] = mapped_column(Number)
    premises: Mapped[float | None] = mapped_column(Number)
    road_m: Mapped[float | None] = mapped_column(Number)
    demand_unknown_m2: Mapped[float] = mapped_column(Number)
    geom: Mapped[BaseGeometry] = mapped_column(StoredGeometry())


class CoverageFigure(Base):
    """How much of one area has one status; see `canopy.coverage.notspots.figures.FigureRow`.

    An amount is None where no such layer was given, and where it is not known.
    """

    __tablename__ = "coverage_figure"
    __table_args__ = (
        Index("uq_coverage_figure_run_id_number", "run_id", "number", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(RowId, ForeignKey("coverage_run.id"))
    number: Mapped[int]
    area_id: Mapped[str] = mapped_column(Text)
    area_name: Mapped[str] = mapped_column(Text)
    technology: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    operator: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    area_m2: Mapped[float] = mapped_column(Number)
    residents: Mapped[float | None] = mapped_column(Number)
    premises: Mapped[float | None] = mapped_column(Number)
    road_m: Mapped[float | None] = mapped_column(Number)
    footfall: Mapped[float | None] = mapped_column(Number)
    demand_unknown_m2: Mapped[float] = mapped_column(Number)
    area_share: Mapped[float | None] = mapped_column(Number)
    residents_share: Mapped[float | None] = mapped_column(Number)
    premises_share: Mapped[float | None] = mapped_column(Number)
    road_share: Mapped[float | None] = mapped_column(Number)
