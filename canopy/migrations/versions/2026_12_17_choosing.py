"""Keep how a scenario's sites were chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import Json

revision = "2026_12_17_choosing"
down_revision = "2026_12_16_exclusive"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that older rows leave empty."""
    op.add_column("plan_result", sa.Column("choosing", Json(searched=False), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("plan_result", "choosing")
