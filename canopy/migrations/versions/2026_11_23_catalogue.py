"""Create the catalogue: assets, revisions, areas, organisations, tokens and jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from canopy.db import gpkg_schema
from canopy.db.types import AssetUuid, IsoDate, Json, Number, RowId, StoredGeometry, UtcDateTime

revision = "2026_11_23_catalogue"
down_revision = None
branch_labels = None
depends_on = None

ASSET_TEXT_COLUMNS = (
    "ref name status availability power backhaul_type owner maintainer street locality "
    "postcode uprn usrn ward sensitivity pos_method licence"
).split()


def _text(name: str, **options: object) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), **options)  # type: ignore[arg-type]


def upgrade() -> None:
    srid: int = context.config.attributes["srid"]
    gpkg = op.get_bind().dialect.name == "sqlite"
    if gpkg:
        for statement in gpkg_schema.CORE:
            op.execute(statement)
        bind = op.get_bind()
        for row in gpkg_schema.spatial_reference_rows(srid):
            bind.exec_driver_sql("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", row)
    _create_deployment(srid)
    _create_organisation()
    _create_change()
    _create_asset(srid)
    _create_revision()
    _create_area(srid)
    _create_external_change()
    _create_token()
    _create_job()
    if gpkg:
        _make_geopackage(srid)
    else:
        op.create_index("ix_asset_geom", "asset", ["geom"], postgresql_using="gist")
        op.create_index("ix_area_geom", "area", ["geom"], postgresql_using="gist")


def _create_deployment(srid: int) -> None:
    deployment = op.create_table(
        "deployment",
        _text("key", nullable=False),
        _text("value", nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_deployment"),
    )
    op.bulk_insert(deployment, [{"key": "storage_crs", "value": f"EPSG:{srid}"}])


def _create_organisation() -> None:
    op.create_table(
        "organisation",
        _text("slug", nullable=False),
        _text("name", nullable=False),
        _text("role", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_organisation"),
    )


def _create_change() -> None:
    op.create_table(
        "change",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        _text("author", nullable=False),
        _text("reason", nullable=False),
        _text("origin", nullable=False),
        _text("source"),
        _text("file_name"),
        _text("file_sha256"),
        sa.Column("transformation", Json()),
        sa.Column("job_id", RowId),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
    )
    op.create_index("ix_change_at", "change", ["at"])


def _create_asset(srid: int) -> None:
    number: sa.Double[float] = sa.Double()
    op.create_table(
        "asset",
        sa.Column("fid", RowId, autoincrement=True, nullable=False),
        sa.Column("asset_id", AssetUuid()),
        _text("kind", nullable=False),
        _text("authority"),
        _text("source", server_default=sa.text("'edited'"), nullable=False),
        *(_text(name) for name in ASSET_TEXT_COLUMNS),
        sa.Column("height_m", number),
        sa.Column("backhaul_dist_m", number),
        sa.Column("pos_accuracy_m", number),
        sa.Column("observed_on", IsoDate()),
        sa.Column("designations", Json()),
        sa.Column("attributes", Json(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", UtcDateTime()),
        sa.Column("updated_at", UtcDateTime()),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.Column("record_hash", RowId),
        sa.Column("geom", StoredGeometry(srid)),
        sa.PrimaryKeyConstraint("fid", name="pk_asset"),
        sa.UniqueConstraint("asset_id", name="uq_asset_asset_id"),
        sa.ForeignKeyConstraint(
            ["authority"], ["organisation.slug"], name="fk_asset_authority_organisation"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_asset_source_ref", "asset", ["source", "ref"], unique=True)
    unreferenced = sa.text("ref IS NULL")
    op.create_index(
        "ix_asset_source_unreferenced",
        "asset",
        ["source", "record_hash"],
        sqlite_where=unreferenced,
        postgresql_where=unreferenced,
    )
    op.create_index("ix_asset_kind_fid", "asset", ["kind", "fid"])


def _create_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("fid", RowId, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change_id", RowId, nullable=False),
        _text("action", nullable=False),
        sa.Column("before", Json(searched=False)),
        sa.Column("after", Json(searched=False)),
        sa.PrimaryKeyConstraint("fid", "version", name="pk_revision"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_revision_change_id", "revision", ["change_id"])


def _create_area(srid: int) -> None:
    op.create_table(
        "area",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        _text("kind", nullable=False),
        _text("code", nullable=False),
        _text("name", nullable=False),
        _text("source", nullable=False),
        _text("licence"),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("geom", StoredGeometry(srid), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_area"),
    )
    op.create_index("uq_area_kind_code", "area", ["kind", "code"], unique=True)


def _create_external_change() -> None:
    op.create_table(
        "external_change",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("row_id", RowId, nullable=False),
        _text("operation", nullable=False),
        sa.Column("row_before", Json(searched=False)),
        _text("outcome"),
        _text("reason"),
        sa.Column("refused_row", Json()),
        sa.PrimaryKeyConstraint("id", name="pk_external_change"),
    )


def _create_token() -> None:
    op.create_table(
        "token",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        _text("name", nullable=False),
        _text("role", nullable=False),
        _text("secret_sha256", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _text("created_by", nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
        sa.Column("last_used_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("name", name="uq_token_name"),
        sa.UniqueConstraint("secret_sha256", name="uq_token_secret_sha256"),
    )


def _create_job() -> None:
    op.create_table(
        "job",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        _text("task", nullable=False),
        _text("owner", nullable=False),
        _text("state", server_default=sa.text("'queued'"), nullable=False),
        sa.Column("request", Json(), nullable=False),
        sa.Column("checkpoint", Json()),
        sa.Column("done", Number, server_default=sa.text("0"), nullable=False),
        sa.Column("total", Number),
        _text("message"),
        sa.Column("log", Json(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("result", Json()),
        sa.Column("error", Json()),
        sa.Column("cancel_requested_at", UtcDateTime()),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _text("worker"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime()),
        sa.Column("heartbeat_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_state_id", "job", ["state", "id"])


def _make_geopackage(srid: int) -> None:
    """Register the feature tables, index them, and watch `asset` for other writers."""
    bind = op.get_bind()
    op.execute("CREATE TABLE canopy_writer (active INTEGER NOT NULL)")
    op.execute("INSERT INTO canopy_writer VALUES (0)")
    for table, key, description, geometry_type in (
        ("asset", "fid", "Every asset of the catalogue, of every kind", "GEOMETRY"),
        ("area", "id", "Wards, designations and other areas", "GEOMETRY"),
    ):
        for statement, parameters in gpkg_schema.feature_registration(
            table, "geom", srid, table, description, geometry_type
        ):
            bind.exec_driver_sql(statement, parameters)
        for statement in gpkg_schema.rtree_statements(table, "geom", key):
            bind.exec_driver_sql(statement)
    bind.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) "
        "VALUES ('organisation', 'attributes', 'organisation', 'Councils, operators, contractors')"
    )
    columns = [row[1] for row in bind.exec_driver_sql("PRAGMA table_info(asset)")]
    for statement in gpkg_schema.external_change_triggers("asset", tuple(columns), "fid"):
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    raise RuntimeError("The first migration has nothing to go back to; restore a backup instead.")
