"""What the register holds of an agreement beside its terms, as it is stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import IsoDate, Json, RowId, UtcDateTime


class AgreementDocument(Base):
    """A file about an agreement: what it is, and the SHA-256 that the store has it under.

    Only `withdrawn_…` is ever written again, once.
    """

    __tablename__ = "agreement_document"
    __table_args__ = (
        Index("ix_agreement_document_agreement_id", "agreement_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agreement_id: Mapped[int] = mapped_column(RowId, ForeignKey("agreement.id"))
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    suffix: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sensitivity: Mapped[str] = mapped_column(Text)
    """``public`` or ``exempt``."""
    supersedes: Mapped[int | None] = mapped_column(RowId, ForeignKey("agreement_document.id"))
    author: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None] = mapped_column(Text)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)


class AgreementRoute(Base):
    """How an agreement came to market, as decided. Never edited: the last one holds."""

    __tablename__ = "agreement_route"
    __table_args__ = (
        Index("ix_agreement_route_agreement_id", "agreement_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agreement_id: Mapped[int] = mapped_column(RowId, ForeignKey("agreement.id"))
    options: Mapped[Any] = mapped_column(Json(searched=False))
    chosen: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    is_inside_law: Mapped[bool] = mapped_column(Boolean)
    """Whether procurement law applies, as judged by a person, for a reason that `reason` gives."""
    procured_on: Mapped[date] = mapped_column(IsoDate)
    """The day the procurement began, which its regime follows."""
    subject: Mapped[str] = mapped_column(Text)
    initial_pence: Mapped[int] = mapped_column(BigInteger)
    author: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AgreementModification(Base):
    """A change of a contract, or the reversal of one. Never edited.

    A reversal has the opposite value and months of what it reverses, which can be done once.
    """

    __tablename__ = "agreement_modification"
    __table_args__ = (
        Index("ix_agreement_modification_agreement_id", "agreement_id"),
        UniqueConstraint("reverses"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agreement_id: Mapped[int] = mapped_column(RowId, ForeignKey("agreement.id"))
    changed_on: Mapped[date] = mapped_column(IsoDate)
    ground: Mapped[str] = mapped_column(Text)
    value_pence: Mapped[int] = mapped_column(BigInteger)
    months: Mapped[int] = mapped_column(Integer)
    alters_nature: Mapped[bool] = mapped_column(Boolean)
    notice_id: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    reverses: Mapped[int | None] = mapped_column(RowId, ForeignKey("agreement_modification.id"))
    author: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AgreementEntry(Base):
    """An entry of one of the kinds of `governance.entries`. Never edited: replaced, or withdrawn.

    What takes another's place says why, and so does what withdraws one, which repeats its content.
    """

    __tablename__ = "agreement_entry"
    __table_args__ = (
        Index("ix_agreement_entry_agreement_id", "agreement_id"),
        Index("ix_agreement_entry_kind", "kind"),
        UniqueConstraint("replaces"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agreement_id: Mapped[int] = mapped_column(RowId, ForeignKey("agreement.id"))
    kind: Mapped[str] = mapped_column(Text)
    content: Mapped[Any] = mapped_column(Json(searched=False))
    replaces: Mapped[int | None] = mapped_column(RowId, ForeignKey("agreement_entry.id"))
    is_withdrawal: Mapped[bool] = mapped_column(Boolean, server_default=false())
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it replaces or withdraws; of replacements before 2026-12-07 none is on record."""
    author: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
