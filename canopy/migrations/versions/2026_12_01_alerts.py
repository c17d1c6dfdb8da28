"""Remember who was told of which alert, and the keys of calendar feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import RowId, UtcDateTime

revision = "2026_12_01_alerts"
down_revision = "2026_11_29_register"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "alert_told",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("recipient", "uid", name="pk_alert_told"),
    )
    op.create_table(
        "feed_key",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_feed_key"),
        sa.UniqueConstraint("name", name="uq_feed_key_name"),
        sa.UniqueConstraint("secret_sha256", name="uq_feed_key_secret_sha256"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("feed_key")
    op.drop_table("alert_told")
