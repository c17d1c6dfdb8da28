"""Who was told of which alert, and keys of calendar feeds, as they are stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import RowId, UtcDateTime


class AlertTold(Base):
    """An alert that somebody was sent last at a moment: written when the mail server took it."""

    __tablename__ = "alert_told"

    recipient: Mapped[str] = mapped_column(Text, primary_key=True)
    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FeedKey(Base):
    """A key that opens the calendar feed of alerts, and nothing else.

    Only the SHA-256 of its secret is kept: the secret is part of an address, which programs
    keep where anybody may look.
    """

    __tablename__ = "feed_key"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's own form)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    secret_sha256: Mapped[str] = mapped_column(Text, unique=True)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
