"""Create coverage runs with their sites, not-spots and figures."""

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
    ("coverage_run", "Rectangles that coverage was computed for"),
    ("radio_cell", "Radio sites as coverage runs used them"),
    ("not_spot", "Where nobody, or not everybody, covers, or where it is not known"),
)


def _text(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[float]]:
    return [sa.Column(name, Number, nullable=nullable) for name in names]


def _json(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, Json(searched=False), nullable=nullable) for name in names]


def _of_a_run(table: str) -> list[sa.schema.SchemaItem]:
    """What each table of a run's parts begins with, and what holds for it."""
    return [
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("run_id", RowId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["coverage_run.id"], name=f"fk_{table}_run_id_coverage_run"
        ),
    ]


def upgrade() -> None:
    srid: int = context.config.attributes["srid"]
    _create_coverage_run(srid)
    _create_radio_cell(srid)
    _create_not_spot(srid)
    _create_coverage_figure()
    for table in ("radio_cell", "not_spot", "coverage_figure"):
        op.create_index(f"uq_{table}_run_id_number", table, ["run_id", "number"], unique=True)
    op.create_index("ix_not_spot_run_id_status", "not_spot", ["run_id", "status", "id"])
    if op.get_bind().dialect.name == "sqlite":
        _register(srid)
        return
    for table, _ in FEATURE_TABLES:
        op.create_index(f"ix_{table}_geom", table, ["geom"], postgresql_using="gist")


def _create_coverage_run(srid: int) -> None:
    op.create_table(
        "coverage_run",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("run_id", AssetUuid(), nullable=False),
        *_text("name", "technology", "audience"),
        *_json("request", "grid", "bounds_lonlat"),
        sa.Column("job_id", RowId),
        *_text("created_by"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("is_indicative", sa.Boolean()),
        *_numbers("threshold_dbm", nullable=True),
        *_json("operators", "layers", nullable=True),
        *_text("canopy_version", nullable=True),
        *_json("explanation", "provenance", nullable=True),
        *_text("folder", "manifest_sha256", nullable=True),
        sa.Column("geom", StoredGeometry(srid), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_coverage_run"),
        sa.UniqueConstraint("run_id", name="uq_coverage_run_run_id"),
        sqlite_autoincrement=True,
    )


def _create_radio_cell(srid: int) -> None:
    op.create_table(
        "radio_cell",
        *_of_a_run("radio_cell"),
        *_text("site_id", "operator", "technology"),
        *_numbers("antenna_height_m", "frequency_mhz", "bandwidth_mhz", "eirp_dbm"),
        *_numbers("azimuth_deg", "downtilt_deg", nullable=True),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        *_numbers("position_uncertainty_m", nullable=True),
        *_json("assumed"),
        *_text("source"),
        *_text("asset_id", nullable=True),
        sa.Column("geom", StoredGeometry(srid), nullable=False),
        sqlite_autoincrement=True,
    )


def _create_not_spot(srid: int) -> None:
    op.create_table(
        "not_spot",
        *_of_a_run("not_spot"),
        *_text("spot_id", "status"),
        *_json("operators"),
        *_numbers("area_m2"),
        *_numbers("residents", "premises", "road_m", nullable=True),
        *_numbers("demand_unknown_m2"),
        sa.Column("geom", StoredGeometry(srid), nullable=False),
        sqlite_autoincrement=True,
    )


def _create_coverage_figure() -> None:
    op.create_table(
        "coverage_figure",
        *_of_a_run("coverage_figure"),
        *_text("area_id", "area_name", "technology", "place", "operator", "status"),
        *_numbers("area_m2"),
        *_numbers("residents", "premises", "road_m", "footfall", nullable=True),
        *_numbers("demand_unknown_m2"),
        *_numbers("area_share", "residents_share", nullable=True),
        *_numbers("premises_share", "road_share", nullable=True),
        sqlite_autoincrement=True,
    )


def _register(srid: int) -> None:
    bind = op.get_bind()
    for table, description in FEATURE_TABLES:
        for statement, parameters in gpkg_schema.feature_registration(
            table, "geom", srid, table, description, "GEOMETRY"
        ):
            bind.exec_driver_sql(statement, parameters)
        for statement in gpkg_schema.rtree_statements(table, "geom", "id"):
            bind.exec_driver_sql(statement)
    bind.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES "
        "('coverage_figure', 'attributes', 'coverage_figure', 'Coverage by area and status')"
    )


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
