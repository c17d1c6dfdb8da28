"""Bringing a database's schema up to date.

The mapped classes live above this layer, so the migrations package is named by its
import path and loaded by Alembic, not imported here.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable

LOCK_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 3600
_ADVISORY_LOCK = 0x43616E6F7079  # "Canopy": one migration at a time on a server
_POSTGIS_VERSION = text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
_OWN_TABLES = frozenset(
    "alembic_version asset revision change organisation area external_change token job offer "
    "offer_revision deployment canopy_writer ready_feature ready_cell pending_feature "
    "ready_state coverage_run coverage_figure not_spot radio_cell agreement agreement_party "
    "agreement_asset agreement_revision agreement_event agreement_document agreement_route "
    "agreement_modification agreement_entry alert_told feed_key thing location historical_location "
    "sensor observed_property datastream feature_of_interest gateway observation "
    "latest_observation held_observation dead_letter observation_bucket happening "
    "store_state alarm_rule alarm_rule_revision alarm_cursor alarm_memory alarm alarm_change "
    "alarm_message data_product data_product_stream data_product_key data_product_usage "
    "sensing_saving lighting_unit lighting_fault lighting_burn lighting_proposal plan_scenario "
    "plan_scenario_version plan_result reading_removal source_counter stream_check".split()
)
READING_TABLES = frozenset(
    "observation latest_observation held_observation dead_letter observation_bucket happening "
    "store_state alarm_cursor alarm_memory alarm alarm_change alarm_message reading_removal "
    "source_counter".split()
)
"""What readings are stored in. Beside a GeoPackage they lie in a file of their own."""
_UNMAPPED = frozenset(
    "deployment canopy_writer alembic_version "
    "ready_feature ready_cell pending_feature ready_state observation latest_observation "
    "held_observation dead_letter observation_bucket happening store_state alarm_cursor "
    "alarm_memory alarm alarm_change alarm_message reading_removal source_counter".split()
)


_SEARCH_INDEX = "ix_asset_search_"


def own_tables() -> frozenset[str]:
    """Names of all tables that are Canopy's, of either database."""
    return _OWN_TABLES


def include_object(
    thing: Any, name: str | None, type_: str, reflected: bool, compare_to: Any
) -> bool:
    """Keep autogenerate to Canopy's own mapped tables."""
    if type_ == "table" and reflected:
        return name in _OWN_TABLES and name not in _UNMAPPED
    if type_ == "index" and reflected and compare_to is None:
        # Created by hand: GiST or R*Tree, and expressions that differ by database.
        return not (name or "").endswith("_geom") and not (name or "").startswith(_SEARCH_INDEX)
    return True


def same_type(
    context: Any, inspected: Any, metadata_column: Any, inspected_type: Any, metadata_type: Any
) -> bool | None:
    """Leave types to Alembic, but for those whose declared name says nothing comparable."""
    name = type(metadata_type).__name__
    if name == "StoredGeometry":
        return False
    if context.dialect.name == "sqlite":
        return False  # SQLite has storage classes, not types; names are set by migrations
    return None


def _config(database: Database, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("canopy.migrations")))
    config.attributes["connection"] = connection
    config.attributes["srid"] = database.srid
    return config


def head_revision() -> str:
    """The newest migration this release knows."""
    config = Config()
    config.set_main_option("script_location", str(files("canopy.migrations")))
    head = ScriptDirectory.from_config(config).get_current_head()
    if head is None:
        raise StorageUnavailable("This installation of Canopy holds no migrations; reinstall it.")
    return head


def current_revision(database: Database) -> str | None:
    """The migration the database stands at; None when it is empty, or not there."""
    if database.path is not None and not database.path.exists():
        return None  # to connect would create the file
    with database._explained(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def postgis_version(database: Database) -> str | None:
    """The version of PostGIS in a PostgreSQL database; None where it is not there."""
    with database.reading() as session:
        version: str | None = session.scalar(_POSTGIS_VERSION)
    return version


def upgrade_on(database: Database, connection: Connection, to: str = "head") -> None:
    """Create or upgrade the schema up to a migration, in a transaction that the caller ends."""
    command.upgrade(_config(database, connection), to)


def knows(migration: str) -> bool:
    """Whether a migration is one of this release's, or of one before it."""
    config = Config()
    config.set_main_option("script_location", str(files("canopy.migrations")))
    return migration in {
        each.revision for each in ScriptDirectory.from_config(config).walk_revisions()
    }


def take_lock(connection: Connection) -> None:
    """Wait on PostgreSQL until no other process migrates or restores, to the transaction's end."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def upgrade(database: Database) -> None:
    """Create or upgrade the schema; nothing happens where it is current.

    Raises StorageUnavailable when PostGIS is missing and may not be created, when the
    catalogue was made for another storage CRS or by a newer release, or when the file is
    somebody else's.
    """
    found = current_revision(database)
    if found != head_revision():
        _refuse_newer(database, found)
        with database._explained(), database.engine.connect() as connection:
            if database.is_gpkg:
                connection = connection.execution_options(canopy_write=True)
            with connection.begin():
                if not database.is_gpkg:
                    _prepare_postgres(connection)
                elif found is None:
                    _refuse_foreign_tables(database, connection)
                upgrade_on(database, connection)
    _check_storage_crs(database)


def _refuse_newer(database: Database, found: str | None) -> None:
    if found is not None and not knows(found):
        raise StorageUnavailable(
            f"{database.address} is at migration {found}, which this release of Canopy does "
            "not know: a newer one made it. Upgrade Canopy, or use another database."
        )


def _refuse_foreign_tables(database: Database, connection: Connection) -> None:
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1"
    other = connection.scalar(text(tables))
    # Another process may have created the catalogue since it was found to be empty.
    if other and MigrationContext.configure(connection).get_current_revision() is None:
        raise StorageUnavailable(
            f"{database.address} holds other tables ({other}) and no catalogue; nothing was "
            "changed. Name a file that does not exist yet, and import this one."
        )


def _prepare_postgres(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_S}s'"))
    take_lock(connection)
    create_postgis(connection)


def create_postgis(connection: Connection) -> None:
    """Create the extension where it is not there. Raises StorageUnavailable where it may not."""
    if connection.scalar(_POSTGIS_VERSION):
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION postgis"))
    except DBAPIError as error:
        raise StorageUnavailable(
            "The PostGIS extension is not in this database and could not be created "
            f"({str(error.orig).strip().splitlines()[0]}). Ask its administrator to run: "
            "CREATE EXTENSION postgis;"
        ) from error


def _check_storage_crs(database: Database) -> None:
    with database.reading() as session:
        stored = session.scalar(text("SELECT value FROM deployment WHERE key = 'storage_crs'"))
    if stored != database.storage_crs:
        raise StorageUnavailable(
            f"{database.address} stores positions in {stored}, and CANOPY_STORAGE_CRS says "
            f"{database.storage_crs}. Set it to {stored}, or use another database."
        )


def require_current(database: Database) -> None:
    """Refuse to work on a database that is not migrated.

    Raises StorageUnavailable naming the command that mends it.
    """
    try:
        found = current_revision(database)
    except (OperationalError, ProgrammingError) as error:
        raise StorageUnavailable(f"{database.address} cannot be read: {error.orig}") from error
    if found != head_revision():
        _refuse_newer(database, found)
        state = "is empty" if found is None else f"is at migration {found}"
        raise StorageUnavailable(
            f"{database.address} {state}; this release needs {head_revision()}. "
            "Run `canopy init` to create or upgrade it."
        )
    _check_storage_crs(database)


def pending_changes(database: Database, metadata: MetaData) -> list[Any]:
    """What autogenerate would add: empty when migrations and mapped classes agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": include_object, "compare_type": same_type},
        )
        return list(compare_metadata(context, metadata))
