"""What is stored of readings, each thing defined once, for both databases.

An observation is known by its datastream, its phenomenon time and its source's key: the same
reading delivered again is the same row. PostgreSQL's tables are made by migrations, partitioned;
SQLite's from these classes, by `canopy.iot.store.sqlite.opening`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Float, Index, Integer, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from canopy.db.base import NAMING
from canopy.db.types import Instant, Number, RowId


class ReadingsBase(DeclarativeBase):
    """Base of what lies beside a GeoPackage, or in PostgreSQL's own tables of readings."""

    metadata = MetaData(naming_convention=NAMING)


class _Result:
    """What was observed.

    `result` is a number, or 1 and 0 for truth; `result_text` a text, and then `result` is null.
    `flags` are the bits of `canopy.iot.flags`. A position is given where the sensor moves, WGS 84
    [degrees].
    """

    phenomenon_end: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[float | None] = mapped_column(Number)
    result_text: Mapped[str | None] = mapped_column(Text)
    flags: Mapped[int] = mapped_column(Integer)
    longitude: Mapped[float | None] = mapped_column(Number)
    latitude: Mapped[float | None] = mapped_column(Number)
    height_m: Mapped[float | None] = mapped_column(Number)


class Observation(_Result, ReadingsBase):
    """A reading of a datastream, kept once."""

    __tablename__ = "observation"

    datastream_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    phenomenon_time: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    source_key: Mapped[str] = mapped_column(Text, primary_key=True)
    stored_at: Mapped[datetime] = mapped_column(Instant)
    """When its transaction began. On PostgreSQL a BRIN index finds what came lately; in SQLite
    rows lie in the order in which they came."""


class LatestObservation(_Result, ReadingsBase):
    """The newest observation of each datastream, by phenomenon time and then key."""

    __tablename__ = "latest_observation"
    __table_args__ = (Index("ix_latest_observation_stored_at", "stored_at"),)

    datastream_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    phenomenon_time: Mapped[datetime] = mapped_column(Instant)
    source_key: Mapped[str] = mapped_column(Text)
    stored_at: Mapped[datetime] = mapped_column(Instant)


class HeldObservation(_Result, ReadingsBase):
    """A reading that no datastream takes yet: in quarantine until somebody decides."""

    __tablename__ = "held_observation"

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    phenomenon_time: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    source_key: Mapped[str] = mapped_column(Text, primary_key=True)
    gateway: Mapped[str] = mapped_column(Text, primary_key=True)
    unit: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    """``unknown-stream`` or ``other-gateway``."""
    stored_at: Mapped[datetime] = mapped_column(Instant)


class DeadLetter(ReadingsBase):
    """A message, or a part of one, that gave no reading, as it came.

    `digest` is the SHA-256 of gateway, topic, kind, part and body: what comes again is
    counted, not kept twice.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        Index("uq_dead_letter_digest", "digest", unique=True),
        Index("ix_dead_letter_kind", "kind", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    times: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(Text)
    """``mqtt``, ``http`` or ``file``."""
    gateway: Mapped[str] = mapped_column(Text)
    """Who published it; empty where the topic does not say."""
    topic: Mapped[str] = mapped_column(Text)
    """Below the gateway's own."""
    content_type: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    part: Mapped[str] = mapped_column(Text)
    replayed_at: Mapped[datetime | None] = mapped_column(Instant)


class ObservationBucket(ReadingsBase):
    """Numbers of a datastream over a span of `seconds` that begins at `start`.

    `coverage` is the share of the span that readings speak for, null where the datastream's
    interval is not known. Truth counts as 1 and 0; texts are counted alone. With what follows
    `coverage` a longer span is added up from shorter ones: how many numbers the mean is of, how
    many readings are in doubt, in how many intervals there is one, and the first and last time.
    """

    __tablename__ = "observation_bucket"

    datastream_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seconds: Mapped[int] = mapped_column(Integer, primary_key=True)
    """900, 3600 or 86400."""
    start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    low: Mapped[float | None] = mapped_column(Number)
    mean: Mapped[float | None] = mapped_column(Number)
    high: Mapped[float | None] = mapped_column(Number)
    coverage: Mapped[float | None] = mapped_column(Float)
    numbers: Mapped[int] = mapped_column(Integer)
    flagged: Mapped[int] = mapped_column(Integer)
    """Readings with a flag of `canopy.iot.flags.DOUBTFUL`."""
    slots: Mapped[int | None] = mapped_column(Integer)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)


class ReadingRemoval(ReadingsBase):
    """Until when the observations of a datastream may have been removed: only sums are left."""

    __tablename__ = "reading_removal"

    datastream_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    removed_until: Mapped[datetime] = mapped_column(Instant)


class SourceCounter(ReadingsBase):
    """Where a source that numbers its messages stands.

    `epoch` is what stands before the number, such as a session. `steps` counts numbers that
    followed each other: a source that rarely does so does not count.
    """

    __tablename__ = "source_counter"

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    epoch: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    steps: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(BigInteger)
    restarts: Mapped[int] = mapped_column(Integer)


class Happening(ReadingsBase):
    """Something that was noticed about ingestion, until somebody has seen to it.

    One row a kind and subject; `times` counts. Kinds: ``counter-gap``, ``sequence-gap``,
    ``broker-dropped``, ``dead-letters``, ``device-death``,
    ``late-after-removal``, ``undecided-removed``, ``session-lost``,
    ``condition-proposed``.
    """

    __tablename__ = "happening"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    times: Mapped[int] = mapped_column(BigInteger)
    detail: Mapped[str] = mapped_column(Text)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[str | None] = mapped_column(Text)


class StoreState(ReadingsBase):
    """Where recurring work has come to, by name."""

    __tablename__ = "store_state"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
