"""The entities of OGC SensorThings API 1.1 (OGC 18-088, section 8.2), each defined once.

They lie in the catalogue's database on either backend: there are few of them, and each Thing
stands on an asset. Observations are apart, in `canopy.iot.store`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Boolean, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.base import Base
from canopy.db.types import AssetUuid, Json, Number, RowId, StoredGeometry, UtcDateTime

DataClass = Literal["open", "council", "personal-risk"]
"""Who may see what a stream tells: everybody, the council, or nobody before it is aggregated.
`canopy.iot.privacy` decides."""


class _Entity:
    """What every entity has. `properties` is the publisher's own."""

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    properties: Mapped[Any | None] = mapped_column(Json(searched=False))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Thing(_Entity, Base):
    """A device or a station. `withdrawn_at` ends it; nothing it said is deleted."""

    __tablename__ = "thing"
    __table_args__ = (
        Index("ix_thing_asset_id", "asset_id"),
        Index("ix_thing_source", "source"),
        {"sqlite_autoincrement": True},
    )

    asset_id: Mapped[str | None] = mapped_column(AssetUuid, ForeignKey("asset.asset_id"))
    source: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """The device as its messages name it; empty where each stream is named by itself."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Location(_Entity, Base):
    """A place where Things are or were."""

    __tablename__ = "location"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's own form)

    encoding_type: Mapped[str] = mapped_column(Text)
    geom: Mapped[BaseGeometry | None] = mapped_column(StoredGeometry)
    height_m: Mapped[float | None] = mapped_column(Number)


class HistoricalLocation(Base):
    """Since when a Thing is at a Location. The newest of a Thing is where it is now."""

    __tablename__ = "historical_location"
    __table_args__ = (
        UniqueConstraint("thing_id", "at", "location_id"),
        Index("ix_historical_location_location_id", "location_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    thing_id: Mapped[int] = mapped_column(RowId, ForeignKey("thing.id"))
    location_id: Mapped[int] = mapped_column(RowId, ForeignKey("location.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Sensor(_Entity, Base):
    """A kind of instrument, and what describes it."""

    __tablename__ = "sensor"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    encoding_type: Mapped[str] = mapped_column(Text)
    sensor_metadata: Mapped[str] = mapped_column(Text)


class ObservedProperty(_Entity, Base):
    """What is observed: air temperature, PM10, a lamp's state."""

    __tablename__ = "observed_property"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    definition: Mapped[str] = mapped_column(Text)


class Datastream(_Entity, Base):
    """One property by one sensor of one Thing, and why it is sensed.

    `source` and `stream` are how messages name it. `low` and `high` are what the instrument
    can measure: a number beyond them is no reading. `expected_low` and `expected_high` are what
    is likely: a number beyond them is flagged.
    """

    __tablename__ = "datastream"
    __table_args__ = (
        UniqueConstraint("source", "stream"),
        Index("ix_datastream_thing_id", "thing_id"),
        {"sqlite_autoincrement": True},
    )

    thing_id: Mapped[int] = mapped_column(RowId, ForeignKey("thing.id"))
    sensor_id: Mapped[int] = mapped_column(RowId, ForeignKey("sensor.id"))
    observed_property_id: Mapped[int] = mapped_column(RowId, ForeignKey("observed_property.id"))
    observation_type: Mapped[str] = mapped_column(Text)
    unit_name: Mapped[str | None] = mapped_column(Text)
    unit_symbol: Mapped[str | None] = mapped_column(Text)
    unit_ucum: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    stream: Mapped[str] = mapped_column(Text)
    gateway: Mapped[str | None] = mapped_column(Text)
    """The gateway that alone may publish it; any, where it is null."""
    low: Mapped[float | None] = mapped_column(Number)
    high: Mapped[float | None] = mapped_column(Number)
    expected_low: Mapped[float | None] = mapped_column(Number)
    expected_high: Mapped[float | None] = mapped_column(Number)
    interval_s: Mapped[int | None] = mapped_column(Integer)
    """How often it reports [s]."""
    purpose: Mapped[str | None] = mapped_column(Text)
    lawful_basis: Mapped[str | None] = mapped_column(Text)
    data_class: Mapped[str] = mapped_column(Text)
    """One of `DataClass`."""
    retention_days: Mapped[int | None] = mapped_column(Integer)
    owner: Mapped[str | None] = mapped_column(Text)
    is_withdrawn: Mapped[bool] = mapped_column(Boolean)


class StreamCheck(Base):
    """What the readings of a datastream are checked for: `canopy.iot.care.quality.rules.Checks`."""

    __tablename__ = "stream_check"

    datastream_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("datastream.id"), primary_key=True, autoincrement=False
    )
    rules: Mapped[dict[str, Any]] = mapped_column(Json(searched=False))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FeatureOfInterest(_Entity, Base):
    """What an observation is of, where that is not the Thing's own place."""

    __tablename__ = "feature_of_interest"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    encoding_type: Mapped[str] = mapped_column(Text)
    geom: Mapped[BaseGeometry | None] = mapped_column(StoredGeometry)


class Gateway(Base):
    """Something that may publish below its own name. Its password is the broker's to keep."""

    __tablename__ = "gateway"
    __table_args__ = (UniqueConstraint("name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
