"""Keep scenarios of the plan, their versions and their figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import Json, RowId, UtcDateTime

revision = "2026_12_15_plan"
down_revision = "2026_12_14_lighting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "plan_scenario",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cloned_from", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_scenario"),
        sa.UniqueConstraint("name", name="uq_plan_scenario_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plan_scenario_version",
        sa.Column("scenario_id", RowId, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", Json(searched=False), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("scenario_id", "version", name="pk_plan_scenario_version"),
        _of_scenario("plan_scenario_version"),
    )
    op.create_table(
        "plan_result",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("scenario_id", RowId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("figures", Json(searched=False), nullable=False),
        sa.Column("chosen", Json(searched=False), nullable=False),
        sa.Column("provenance", Json(searched=False), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("computed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_result"),
        _of_scenario("plan_result"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_plan_result_scenario_id", "plan_result", ["scenario_id", "id"])


def _of_scenario(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["scenario_id"], ["plan_scenario.id"], name=f"fk_{table}_scenario_id_plan_scenario"
    )


def downgrade() -> None:
    """Drop the three tables."""
    for table in ("plan_result", "plan_scenario_version", "plan_scenario"):
        op.drop_table(table)
