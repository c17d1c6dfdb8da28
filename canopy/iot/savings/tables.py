"""What sensing saves, as it is stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import IsoDate, Json, RowId, UtcDateTime


class Saving(Base):
    """What one datastream saved in a period: by a formula, from inputs that have sources."""

    __tablename__ = "sensing_saving"
    __table_args__ = (
        Index("ix_sensing_saving_datastream_id", "datastream_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    datastream_id: Mapped[int] = mapped_column(RowId, ForeignKey("datastream.id"))
    formula: Mapped[str] = mapped_column(Text)
    inputs: Mapped[Any] = mapped_column(Json(searched=False))
    """Name → {value: a decimal as text, source}."""
    first_on: Mapped[date] = mapped_column(IsoDate)
    last_on: Mapped[date] = mapped_column(IsoDate)
    result_pence: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
