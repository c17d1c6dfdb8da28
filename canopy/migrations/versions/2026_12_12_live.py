"""Let an index answer which Things are or were at a Location."""

from __future__ import annotations

from alembic import op

revision = "2026_12_12_live"
down_revision = "2026_12_13_products"
branch_labels = None
depends_on = None

INDEX = "ix_historical_location_location_id"


def upgrade() -> None:
    """Create it."""
    op.create_index(INDEX, "historical_location", ["location_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(INDEX, "historical_location")
