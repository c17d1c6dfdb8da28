"""Create radio sites, coverage runs and their not-spots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from canopy.db import gpkg_schema
from canopy.db.types import AssetUuid, Json, Number, RowId, StoredGeometry, UtcDateTime

revision = "2026_11_28_coverage"
down_revision = "2026_11_27_positions_in_order"
branch_labels = None
depends_on = None

FEATURE_TABLES = (
    ("radio_cell", "Operators' radio sites, as they were imported"),
    ("coverage_run", "Areas that coverage was computed for"),
    ("not_spot", "Where nobody, or not everybody, covers"),
)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, Number, nullable=nullable)


def upgrade() -> None:
    srid: int = context.config.attributes["srid"]
    _create_radio_cell(srid)
    _create_coverage_run(srid)
    _create_not_spot(srid)
    if op.get_bind().dialect.name == "sqlite":
        _register(srid)
        return
    for table, _ in FEATURE_TABLES:
        op.create_index(f"ix_{table}_geom", table, ["geom"], postgresql_using="gist")


def _create_radio_cell(srid: int) -> None:
    op.create_table(
        "radio_cell",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        *(_text(name) for name in ("source", "ref", "operator", "technology")),
        *(
            _number(name)
            for name in ("antenna_height_m", "frequency_mhz", "bandwidth_mhz", "eirp_dbm")
        ),
        *(
            _number(name, nullable=True)
            for name in ("azimuth_deg", "downtilt_deg", "beamwidth_deg")
        ),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        _number("position_uncertainty_m", nullable=True),
        sa.Column("assumed", Json(), nullable=False),
        _text("file_name"),
        _text("file_sha256"),
        _text("licence", nullable=True),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("geom", StoredGeometry(srid), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_radio_cell"),
        sa.UniqueConstraint("source", "ref", name="uq_radio_cell_source_ref"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_radio_cell_technology_operator", "radio_cell", ["technology", "operator"])


def _create_coverage_run(srid: int) -> None:
    op.create_table(
        "coverage_run",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("run_id", AssetUuid(), nullable=False),
        *(_text(name) for name in ("name", "technology", "audience")),
        sa.Column("is_indicative", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, Json(), nullable=False)
            for name in ("request", "explanation", "figures", "provenance")
        ),
        _text("folder"),
        sa.Column("manifest", Json(), nullable=False),
        sa.Column("cells", sa.BigInteger(), nullable=False),
        sa.Column("job_id", RowId),
        _text("created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.Column("geom", StoredGeometry(srid), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coverage_run"),
        sa.UniqueConstraint("run_id", name="uq_coverage_run_run_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_coverage_run_created_at", "coverage_run", ["created_at"])


def _create_not_spot(srid: int) -> None:
    op.create_table(
        "not_spot",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("run_id", RowId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("theme"),
        _text("state"),
        _number("area_m2"),
        *(_number(name, nullable=True) for name in ("residents", "premises", "road_m")),
        sa.Column("geom", StoredGeometry(srid), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_not_spot"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["coverage_run.id"], name="fk_not_spot_run_id_coverage_run"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_not_spot_run_id", "not_spot", ["run_id", "theme", "state"])


def _register(srid: int) -> None:
    bind = op.get_bind()
    for table, description in FEATURE_TABLES:
        for statement, parameters in gpkg_schema.feature_registration(
            table, "geom", srid, table, description, "GEOMETRY"
        ):
            bind.exec_driver_sql(statement, parameters)
        for statement in gpkg_schema.rtree_statements(table, "geom", "id"):
            bind.exec_driver_sql(statement)


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
