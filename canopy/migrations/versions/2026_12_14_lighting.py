"""Keep what lighting management systems say of lamps, and what their readings suggest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import AssetUuid, IsoDate, Json, Number, RowId, UtcDateTime

revision = "2026_12_14_lighting"
down_revision = "2026_12_12_live"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the four tables."""
    _create_units()
    _create(
        "lighting_fault",
        *_of_unit(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.UniqueConstraint(
            "system", "unit_ref", "code", "begun_at",
            name="uq_lighting_fault_system_unit_ref_code_begun_at",
        ),
    )  # fmt: skip
    _create(
        "lighting_burn",
        *_of_unit(),
        sa.Column("begins_on", IsoDate()),
        sa.Column("ends_on", IsoDate(), nullable=False),
        sa.Column("hours", Number, nullable=False),
        sa.UniqueConstraint(
            "system", "unit_ref", "ends_on", name="uq_lighting_burn_system_unit_ref_ends_on"
        ),
    )
    _create_proposals()


def _create_units() -> None:
    _create(
        "lighting_unit",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("column_ref", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("lamp_w", Number),
        sa.Column("regime", sa.Text()),
        sa.Column("x_m", Number),
        sa.Column("y_m", Number),
        sa.Column("asset_id", AssetUuid()),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("listed_at", UtcDateTime(), nullable=False),
        sa.Column("gone_at", UtcDateTime()),
        _of_asset("lighting_unit"),
        sa.UniqueConstraint("system", "ref", name="uq_lighting_unit_system_ref"),
    )
    op.create_index("ix_lighting_unit_asset_id", "lighting_unit", ["asset_id"])


def _create_proposals() -> None:
    _create(
        "lighting_proposal",
        sa.Column("asset_id", AssetUuid(), nullable=False),
        sa.Column("condition", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", Json(searched=False), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        _of_asset("lighting_proposal"),
    )
    op.create_index("ix_lighting_proposal_asset_id", "lighting_proposal", ["asset_id"])


def _of_unit() -> list[sa.Column[object]]:
    return [
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("unit_ref", sa.Text(), nullable=False),
    ]


def _of_asset(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["asset_id"], ["asset.asset_id"], name=f"fk_{table}_asset_id_asset"
    )


def _create(table: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the four tables."""
    for table in ("lighting_proposal", "lighting_burn", "lighting_fault", "lighting_unit"):
        op.drop_table(table)
