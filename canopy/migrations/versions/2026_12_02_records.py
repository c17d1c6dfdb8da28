"""Keep documents, routes to market, modifications and other entries of agreements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import IsoDate, Json, RowId, UtcDateTime

revision = "2026_12_02_records"
down_revision = "2026_12_01_alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the four tables."""
    _create(
        "agreement_document",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sensitivity", sa.Text(), nullable=False),
        sa.Column("supersedes", RowId, nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        _refers("agreement_document", "supersedes"),
    )
    _create(
        "agreement_route",
        sa.Column("options", Json(searched=False), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_inside_law", sa.Boolean(), nullable=False),
        sa.Column("procured_on", IsoDate, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("initial_pence", sa.BigInteger(), nullable=False),
    )
    _create(
        "agreement_modification",
        sa.Column("changed_on", IsoDate, nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("value_pence", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("alters_nature", sa.Boolean(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reverses", RowId, nullable=True),
        _refers("agreement_modification", "reverses"),
        sa.UniqueConstraint("reverses", name="uq_agreement_modification_reverses"),
    )
    _create(
        "agreement_entry",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", Json(searched=False), nullable=False),
        sa.Column("replaces", RowId, nullable=True),
        _refers("agreement_entry", "replaces"),
        sa.UniqueConstraint("replaces", name="uq_agreement_entry_replaces"),
    )
    op.create_index("ix_agreement_entry_kind", "agreement_entry", ["kind"])


def _create(table: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    op.create_table(
        table,
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("agreement_id", RowId, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=f"fk_{table}_agreement_id_agreement"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_agreement_id", table, ["agreement_id"])


def _refers(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_{table}_{column}_{table}")


def downgrade() -> None:
    """Drop the four tables."""
    op.drop_table("agreement_entry")
    for table in ("agreement_modification", "agreement_route", "agreement_document"):
        op.drop_table(table)
