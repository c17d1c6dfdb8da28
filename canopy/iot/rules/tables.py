"""Rules of alarms, as the catalogue keeps them; alarms are in `canopy.iot.store.alarms`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import Json, RowId, UtcDateTime


class AlarmRule(Base):
    """A rule as it is now. `removed_at` ends it; its revisions stay."""

    __tablename__ = "alarm_rule"
    __table_args__ = (UniqueConstraint("name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[Any] = mapped_column(Json(searched=False))
    """`canopy.iot.rules.rule.Rule` as JSON."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(Text)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlarmRuleRevision(Base):
    """A rule as it was from a moment on, and by whom. No document: it was removed."""

    __tablename__ = "alarm_rule_revision"
    __table_args__ = (UniqueConstraint("rule_id", "revision"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    rule_id: Mapped[int] = mapped_column(RowId, ForeignKey("alarm_rule.id"))
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[Any | None] = mapped_column(Json(searched=False))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(Text)
