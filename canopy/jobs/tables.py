"""Long work, as the database remembers it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import Json, Number, RowId, UtcDateTime


class Job(Base):
    """One piece of long work: asked for, running, ended.

    `state` is ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``. A running
    job whose `heartbeat_at` is old has lost its worker and may be taken up again.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_id", "state", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    task: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=text("'queued'"))
    request: Mapped[Any] = mapped_column(Json)
    checkpoint: Mapped[Any | None] = mapped_column(Json)
    done: Mapped[float] = mapped_column(Number, server_default=text("0"))
    total: Mapped[float | None] = mapped_column(Number)
    message: Mapped[str | None] = mapped_column(Text)
    log: Mapped[Any] = mapped_column(Json, server_default=text("'[]'"))
    result: Mapped[Any | None] = mapped_column(Json)
    error: Mapped[Any | None] = mapped_column(Json)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    worker: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
