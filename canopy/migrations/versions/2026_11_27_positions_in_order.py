"""Let indexes of ready features answer, in order, which of them lie in a wide box, or a tile.

PostgreSQL only. Two indexes hold longitude and latitude besides, so that positions are looked
at without reading the features themselves. A third holds all that a tile shows of a point, by
bands of 2**15 world coordinates; what is no point is few, and has a spatial index of its own.
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_27_positions_in_order"
down_revision = "2026_11_26_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("ALTER TABLE ready_feature DROP CONSTRAINT pk_ready_feature")
    op.execute(
        "ALTER TABLE ready_feature ADD CONSTRAINT pk_ready_feature "
        "PRIMARY KEY (audience, fid) INCLUDE (lon, lat)"
    )
    op.execute("DROP INDEX ix_ready_feature_kind")
    op.execute(
        "CREATE INDEX ix_ready_feature_kind ON ready_feature (audience, kind, fid) "
        "INCLUDE (lon, lat)"
    )
    op.execute(
        "CREATE INDEX ix_ready_feature_place ON ready_feature "
        "(audience, (world_y >> 15), world_x) "
        "INCLUDE (world_y, asset_id, kind, status, height_m, level) WHERE lon IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX ix_ready_feature_shape ON ready_feature USING gist (geom) WHERE lon IS NULL"
    )


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
