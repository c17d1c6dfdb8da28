"""Create the register of agreements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import IsoDate, Json, RowId, UtcDateTime

revision = "2026_11_29_register"
down_revision = "2026_11_28_coverage"
branch_labels = None
depends_on = None


def _of_an_agreement(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["agreement_id"], ["agreement.id"], name=f"fk_{table}_agreement_id_agreement"
    )


def _numbered(table: str, number: str) -> list[sa.schema.SchemaItem]:
    """Key and reference of a table whose rows are numbered within an agreement."""
    return [
        sa.Column("agreement_id", RowId, autoincrement=False, nullable=False),
        sa.Column(number, sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", number, name=f"pk_{table}"),
        _of_an_agreement(table),
    ]


def upgrade() -> None:
    _create_agreement()
    op.create_table(
        "agreement_party",
        *_numbered("agreement_party", "number"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
    )
    op.create_index("ix_agreement_party_name", "agreement_party", ["name"])
    op.create_index("ix_agreement_party_key", "agreement_party", ["key"])
    op.create_table(
        "agreement_asset",
        *_numbered("agreement_asset", "number"),
        sa.Column("asset_ref", sa.Text(), nullable=False),
        sa.Column("is_exclusive", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_agreement_asset_asset_ref", "agreement_asset", ["asset_ref"])
    op.create_table(
        "agreement_revision",
        *_numbered("agreement_revision", "version"),
        sa.Column("change_id", RowId, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", Json(searched=False)),
        sa.Column("after", Json(searched=False)),
    )
    op.create_index("ix_agreement_revision_change_id", "agreement_revision", ["change_id"])
    _create_agreement_event()


def _create_agreement() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_on", IsoDate(), nullable=False),
        sa.Column("starts_on", IsoDate(), nullable=False),
        sa.Column("ends_on", IsoDate(), nullable=False),
        sa.Column("terms", Json(searched=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
        sa.UniqueConstraint("ref", name="uq_agreement_ref"),
        sqlite_autoincrement=True,
    )


def _create_agreement_event() -> None:
    op.create_table(
        "agreement_event",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("agreement_id", RowId, nullable=False),
        sa.Column("happened_on", IsoDate(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_event"),
        _of_an_agreement("agreement_event"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_agreement_event_agreement_id", "agreement_event", ["agreement_id", "happened_on", "id"]
    )


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
