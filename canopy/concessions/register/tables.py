"""Agreements, their parties, assets, revisions and events, as they are stored."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import IsoDate, Json, RowId, UtcDateTime


class StoredAgreement(Base):
    """One agreement as it is now: `terms` is the whole document, other columns are of it.

    `status_on` is the day from which it stands as `status` says.
    """

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("ref"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    ref: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    status_on: Mapped[date] = mapped_column(IsoDate)
    starts_on: Mapped[date] = mapped_column(IsoDate)
    ends_on: Mapped[date] = mapped_column(IsoDate)
    """The last day of the term, extensions not counted."""
    terms: Mapped[Any] = mapped_column(Json(searched=False))
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AgreementParty(Base):
    """Somebody that an agreement binds, in the order of its terms."""

    __tablename__ = "agreement_party"
    __table_args__ = (
        Index("ix_agreement_party_name", "name"),
        Index("ix_agreement_party_key", "key"),
    )

    agreement_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("agreement.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    """By which tokens speak for it; see `party_keys`."""
    role: Mapped[str] = mapped_column(Text)


class AgreementAsset(Base):
    """An asset that an agreement is about, by the catalogue's reference."""

    __tablename__ = "agreement_asset"
    __table_args__ = (Index("ix_agreement_asset_asset_ref", "asset_ref"),)

    agreement_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("agreement.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    asset_ref: Mapped[str] = mapped_column(Text)
    is_exclusive: Mapped[bool] = mapped_column(Boolean)


class AgreementRevision(Base):
    """One change of one agreement: what changed, as it was and as it is.

    Who, when and why stand in `change`, as of the revisions of assets. The first has no
    `before`, and in `after` the whole agreement.
    """

    __tablename__ = "agreement_revision"
    __table_args__ = (Index("ix_agreement_revision_change_id", "change_id"),)

    agreement_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("agreement.id"), primary_key=True, autoincrement=False
    )
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    change_id: Mapped[int] = mapped_column(RowId)
    action: Mapped[str] = mapped_column(Text)
    """``added``, ``changed`` or ``withdrawn``."""
    before: Mapped[Any | None] = mapped_column(Json(searched=False))
    after: Mapped[Any | None] = mapped_column(Json(searched=False))


class AgreementEvent(Base):
    """Something that happened under an agreement: a meeting, a letter, a notice. Never edited."""

    __tablename__ = "agreement_event"
    __table_args__ = (
        Index("ix_agreement_event_agreement_id", "agreement_id", "happened_on", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    agreement_id: Mapped[int] = mapped_column(RowId, ForeignKey("agreement.id"))
    happened_on: Mapped[date] = mapped_column(IsoDate)
    kind: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
