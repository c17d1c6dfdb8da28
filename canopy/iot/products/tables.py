"""Data products, their keys and what was used, each defined once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import Json, RowId, UtcDateTime


class DataProduct(Base):
    """What is published. It is never changed: another tariff is another product.

    So a statement of any month is reckoned with the tariff that its keys were given under.
    """

    __tablename__ = "data_product"
    __table_args__ = (UniqueConstraint("name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    added_value: Mapped[str] = mapped_column(Text)
    """What it adds to the free raw data; empty where it is free itself."""
    aggregation: Mapped[str] = mapped_column(Text)
    """``raw``, ``15min``, ``hour`` or ``day``."""
    area: Mapped[Any | None] = mapped_column(Json(searched=False))
    """West, south, east, north [degrees, WGS 84]; null for anywhere."""
    licence: Mapped[str] = mapped_column(Text)
    """``OGL-UK-3.0`` or ``priced``."""
    tariff: Mapped[Any | None] = mapped_column(Json(searched=False))
    """Decimals as text; null where it is free."""
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProductStream(Base):
    """A datastream of a product."""

    __tablename__ = "data_product_stream"
    __table_args__ = (Index("ix_data_product_stream_datastream_id", "datastream_id"),)

    product_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("data_product.id"), primary_key=True, autoincrement=False
    )
    datastream_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("datastream.id"), primary_key=True, autoincrement=False
    )


class ProductKey(Base):
    """A key to one product. Only the SHA-256 of its secret is kept."""

    __tablename__ = "data_product_key"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("secret_sha256"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    product_id: Mapped[int] = mapped_column(RowId, ForeignKey("data_product.id"))
    name: Mapped[str] = mapped_column(Text)
    holder: Mapped[str] = mapped_column(Text)
    secret_sha256: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProductUsage(Base):
    """What a key was sent in a month, in UTC: the meter. It only goes up."""

    __tablename__ = "data_product_usage"

    key_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("data_product_key.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[str] = mapped_column(Text, primary_key=True)
    """``2026-11``."""
    requests: Mapped[int] = mapped_column(BigInteger)
    rows_sent: Mapped[int] = mapped_column(BigInteger)
    bytes_sent: Mapped[int] = mapped_column(BigInteger)
    """Before compression."""
