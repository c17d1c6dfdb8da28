"""Sums that can be added up, what retention removed, counters of sources, and checks of streams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import Json, RowId, UtcDateTime

revision = "2026_12_10_care"
down_revision = "2026_12_15_plan"
branch_labels = None
depends_on = None

READINGS = (
    # Raw readings are all there still: sums are computed anew, with what they lacked.
    "TRUNCATE observation_bucket",
    "DELETE FROM store_state WHERE name = 'downsampled'",
    """ALTER TABLE observation_bucket
    ADD COLUMN numbers integer NOT NULL,
    ADD COLUMN flagged integer NOT NULL,
    ADD COLUMN slots integer,
    ADD COLUMN first_at timestamptz NOT NULL,
    ADD COLUMN last_at timestamptz NOT NULL""",
    """CREATE TABLE reading_removal (
    datastream_id integer CONSTRAINT pk_reading_removal PRIMARY KEY,
    removed_until timestamptz NOT NULL
)""",
    """CREATE TABLE source_counter (
    source text CONSTRAINT pk_source_counter PRIMARY KEY,
    epoch text NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    steps integer NOT NULL,
    missing bigint NOT NULL,
    restarts integer NOT NULL
)""",
)


def upgrade() -> None:
    """Beside a GeoPackage what readings are stored in is brought up to date when it is opened."""
    op.create_table(
        "stream_check",
        sa.Column("datastream_id", RowId, autoincrement=False, nullable=False),
        sa.Column("rules", Json(searched=False), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("datastream_id", name="pk_stream_check"),
        sa.ForeignKeyConstraint(
            ["datastream_id"], ["datastream.id"], name="fk_stream_check_datastream_id_datastream"
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        return
    for statement in READINGS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
