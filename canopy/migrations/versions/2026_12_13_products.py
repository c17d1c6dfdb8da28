"""Create data products, their keys and meter, and what sensing saves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import IsoDate, Json, RowId, UtcDateTime

revision = "2026_12_13_products"
down_revision = "2026_12_11_rules"
branch_labels = None
depends_on = None

TABLES = (
    "sensing_saving", "data_product_usage", "data_product_key", "data_product_stream",
    "data_product",
)  # fmt: skip


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}")


def upgrade() -> None:
    """Create the five tables."""
    op.create_table(
        "data_product",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        *_text("name", "title", "description", "added_value", "aggregation"),
        sa.Column("area", Json(searched=False)),
        *_text("licence"),
        sa.Column("tariff", Json(searched=False)),
        *_text("created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_data_product"),
        sa.UniqueConstraint("name", name="uq_data_product_name"),
        sqlite_autoincrement=True,
    )
    table = "data_product_stream"
    op.create_table(
        table,
        sa.Column("product_id", RowId, nullable=False),
        sa.Column("datastream_id", RowId, nullable=False),
        sa.PrimaryKeyConstraint("product_id", "datastream_id", name=f"pk_{table}"),
        _refers(table, "product_id", "data_product"),
        _refers(table, "datastream_id", "datastream"),
    )
    op.create_index(f"ix_{table}_datastream_id", table, ["datastream_id"])
    _create_keys()
    table = "sensing_saving"
    op.create_table(
        table,
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("datastream_id", RowId, nullable=False),
        *_text("formula"),
        sa.Column("inputs", Json(searched=False), nullable=False),
        sa.Column("first_on", IsoDate(), nullable=False),
        sa.Column("last_on", IsoDate(), nullable=False),
        sa.Column("result_pence", sa.BigInteger(), nullable=False),
        *_text("created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        _refers(table, "datastream_id", "datastream"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_datastream_id", table, ["datastream_id"])


def _create_keys() -> None:
    table = "data_product_key"
    op.create_table(
        table,
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("product_id", RowId, nullable=False),
        *_text("name", "holder", "secret_sha256", "created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("name", name=f"uq_{table}_name"),
        sa.UniqueConstraint("secret_sha256", name=f"uq_{table}_secret_sha256"),
        _refers(table, "product_id", "data_product"),
        sqlite_autoincrement=True,
    )
    table = "data_product_usage"
    op.create_table(
        table,
        sa.Column("key_id", RowId, nullable=False),
        *_text("month"),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("requests", "rows_sent", "bytes_sent")
        ),
        sa.PrimaryKeyConstraint("key_id", "month", name=f"pk_{table}"),
        _refers(table, "key_id", "data_product_key"),
    )


def downgrade() -> None:
    """Drop the five tables."""
    for table in TABLES:
        op.drop_table(table)
