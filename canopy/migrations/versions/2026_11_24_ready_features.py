"""Keep ready-made features beside the assets, and note which assets they lag behind.

PostgreSQL only: a GeoPackage answers from its assets.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_ready_features"
down_revision = "2026_11_23_catalogue"
branch_labels = None
depends_on = None

AUDIENCES = ("public", "operator", "staff")

_READY = """
CREATE TABLE ready_feature (
    audience text NOT NULL,
    fid bigint NOT NULL,
    asset_id uuid NOT NULL,
    kind text NOT NULL,
    level text,
    status text,
    availability text,
    height_m double precision,
    lon double precision,
    lat double precision,
    world_x integer,
    world_y integer,
    geom geometry(Geometry, 4326),
    feature text,
    CONSTRAINT pk_ready_feature PRIMARY KEY (audience, fid)
)
"""
_CELL = """
CREATE TABLE ready_cell (
    audience text NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    kind text NOT NULL,
    level text NOT NULL,
    assets bigint NOT NULL,
    sum_x bigint NOT NULL,
    sum_y bigint NOT NULL,
    CONSTRAINT pk_ready_cell PRIMARY KEY (audience, cell_x, cell_y, kind, level)
)
"""
_FUNCTION = """
CREATE FUNCTION canopy_note_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pending_feature (fid) SELECT fid FROM touched;
    RETURN NULL;
END $$
"""
_TRIGGERS = (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD"))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(_READY)
    for audience in AUDIENCES:
        op.execute(
            f"CREATE INDEX ix_ready_feature_{audience}_geom ON ready_feature USING gist (geom) "
            f"WHERE audience = '{audience}'"
        )
    op.execute("CREATE INDEX ix_ready_feature_kind ON ready_feature (audience, kind, fid)")
    op.execute(_CELL)
    op.execute(
        "CREATE INDEX ix_ready_cell_tile ON ready_cell (audience, (cell_x >> 6), (cell_y >> 6))"
    )
    op.create_table("pending_feature", sa.Column("fid", sa.BigInteger(), nullable=False))
    op.create_table(
        "ready_state",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("audience", name="pk_ready_state"),
    )
    op.execute(_FUNCTION)
    for operation, rows in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER note_pending_{operation} AFTER {operation.upper()} ON asset "
            f"REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT "
            "EXECUTE FUNCTION canopy_note_pending()"
        )
    op.execute("INSERT INTO pending_feature (fid) SELECT fid FROM asset")


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
