"""Say why an entry of the register replaces or withdraws another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_12_07_entry_reasons"
down_revision = "2026_12_05_readings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; what was replaced before has no reason on record."""
    op.add_column("agreement_entry", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column(
        "agreement_entry",
        sa.Column("is_withdrawal", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Drop the two columns; withdrawals would read as entries, so they go too."""
    entry = sa.table("agreement_entry", sa.column("is_withdrawal", sa.Boolean()))
    op.execute(sa.delete(entry).where(entry.c.is_withdrawal))
    op.drop_column("agreement_entry", "is_withdrawal")
    op.drop_column("agreement_entry", "reason")
