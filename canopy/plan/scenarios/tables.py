"""Scenarios, their versions and what came of them, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import Json, RowId, UtcDateTime


class PlanScenario(Base):
    """A scenario by its name; what it says is its newest version's."""

    __tablename__ = "plan_scenario"
    __table_args__ = (UniqueConstraint("name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    cloned_from: Mapped[str | None] = mapped_column(Text)
    """Name and version of the scenario that it was made of: ``high-street@2``."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanScenarioVersion(Base):
    """What a scenario said, by whom and why. Never changed."""

    __tablename__ = "plan_scenario_version"

    scenario_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("plan_scenario.id"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document: Mapped[Any] = mapped_column(Json(searched=False))
    sha256: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanResult(Base):
    """Figures of one version of a scenario, with what they rest on. Never changed."""

    __tablename__ = "plan_result"
    __table_args__ = (
        Index("ix_plan_result_scenario_id", "scenario_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    scenario_id: Mapped[int] = mapped_column(RowId, ForeignKey("plan_scenario.id"))
    version: Mapped[int] = mapped_column(Integer)
    figures: Mapped[Any] = mapped_column(Json(searched=False))
    chosen: Mapped[Any] = mapped_column(Json(searched=False))
    provenance: Mapped[Any] = mapped_column(Json(searched=False))
    choosing: Mapped[Any | None] = mapped_column(Json(searched=False))
    """How the sites were chosen by what they cover; null where they are the best by score."""
    inputs_sha256: Mapped[str] = mapped_column(Text)
    """Of the provenance: the same inputs give the same figures."""
    author: Mapped[str] = mapped_column(Text)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
