"""Create offers and their revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from canopy.db.types import AssetUuid, IsoDate, Json, RowId, UtcDateTime

revision = "2026_11_25_offers"
down_revision = "2026_11_24_ready_features"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("fid", RowId, autoincrement=True, nullable=False),
        sa.Column("offer_id", AssetUuid(), nullable=False),
        sa.Column("asset_fid", RowId, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("technologies", Json(), nullable=False),
        sa.Column("available_from", IsoDate(), nullable=False),
        sa.Column("available_until", IsoDate()),
        sa.Column("spare_mounts", sa.Integer()),
        sa.Column("spare_area_m2", sa.Double()),
        sa.Column("spare_mass_kg", sa.Double()),
        sa.Column("spare_rack_u", sa.Integer()),
        sa.Column("spare_duct_bores", sa.Integer()),
        sa.Column("spare_fibres", sa.Integer()),
        sa.Column("spare_power_w", sa.Double()),
        sa.Column("constraints", Json()),
        sa.Column("terms", sa.Text()),
        sa.Column("price_min_pence_per_year", sa.BigInteger()),
        sa.Column("price_max_pence_per_year", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("fid", name="pk_offer"),
        sa.UniqueConstraint("offer_id", name="uq_offer_offer_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_offer_asset_fid", "offer", ["asset_fid"])
    op.create_index(
        "ix_offer_price",
        "offer",
        ["price_min_pence_per_year", "price_max_pence_per_year", "asset_fid"],
    )
    op.create_table(
        "offer_revision",
        sa.Column("offer_fid", RowId, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_id", RowId, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", Json(searched=False)),
        sa.Column("after", Json(searched=False)),
        sa.PrimaryKeyConstraint("offer_fid", "version", name="pk_offer_revision"),
    )
    op.create_index("ix_offer_revision_change_id", "offer_revision", ["change_id"])


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
