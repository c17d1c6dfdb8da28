"""Hold assets alone where the terms of an agreement say so of all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_12_16_exclusive"
down_revision = "2026_12_10_care"
branch_labels = None
depends_on = None

_FULL = {
    "postgresql": "terms ->> 'exclusivity' = 'full'",
    "sqlite": "json_extract(terms, '$.exclusivity') = 'full'",
}


def upgrade() -> None:
    """Set what is written with each change since, of agreements that had none since.

    Of two agreements that hold an asset, one of them alone, nothing is undone: `canopy register
    list --asset` and the next change of either tell of it.
    """
    full = _FULL[op.get_bind().dialect.name]
    op.execute(
        sa.text(
            "UPDATE agreement_asset SET is_exclusive = :yes WHERE agreement_id IN "
            f"(SELECT id FROM agreement WHERE {full})"
        ).bindparams(sa.bindparam("yes", True, sa.Boolean()))
    )


def downgrade() -> None:
    """Nothing: which flags were set by hand is not known any more."""
