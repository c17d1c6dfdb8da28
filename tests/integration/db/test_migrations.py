"""Creating, upgrading and refusing databases."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from databases import BOTH, MAKERS, GeoPackages, PostgisDatabases
from sqlalchemy import URL, create_engine, make_url, text

from canopy.db import migrate
from canopy.db.engine import Database, open_database
from canopy.errors import StorageUnavailable, UnknownCrs
from canopy.migrations.metadata import metadata
from canopy.settings import load_settings


def _opened(url: str, storage_crs: str = "EPSG:27700") -> Database:
    return open_database(load_settings(db_url=url, storage_crs=storage_crs))


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database in which nothing has been created yet."""
    databases: GeoPackages | PostgisDatabases = request.getfixturevalue(MAKERS[request.param])
    database = _opened(databases.unmigrated())
    yield database
    databases.drop(database)


def test_upgrading_from_empty_makes_what_is_mapped(empty: Database) -> None:
    """Autogenerate finds nothing to add, remove or alter."""
    assert migrate.current_revision(empty) is None
    migrate.upgrade(empty)
    assert migrate.current_revision(empty) == migrate.head_revision()
    assert migrate.pending_changes(empty, metadata) == []
    migrate.require_current(empty)


def test_autogenerate_sees_a_missing_column(database: Database) -> None:
    """The comparison itself works: a column taken away is found."""
    with database.writing() as session:
        session.execute(text("ALTER TABLE organisation DROP COLUMN role"))
    ((kind, _, table, column),) = migrate.pending_changes(database, metadata)
    assert (kind, table, column.name) == ("add_column", "organisation", "role")


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    """The schema is not written to again."""
    with database.reading() as session:
        before = session.execute(text("SELECT key, value FROM deployment")).all()
    migrate.upgrade(database)
    with database.reading() as session:
        assert session.execute(text("SELECT key, value FROM deployment")).all() == before
    assert migrate.current_revision(database) == migrate.head_revision()


def test_an_empty_database_names_the_command_that_creates_it(empty: Database) -> None:
    """Work on a database that was never migrated is refused."""
    with pytest.raises(StorageUnavailable, match=r"is empty.*canopy init"):
        migrate.require_current(empty)


def test_a_newer_database_is_not_touched(database: Database) -> None:
    """A catalogue that a later release upgraded is refused, and the way out said."""
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '2099_01_01_later'"))
    for check in (migrate.upgrade, migrate.require_current):
        with pytest.raises(StorageUnavailable, match=r"2099_01_01_later.*Upgrade Canopy"):
            check(database)
    assert migrate.current_revision(database) == "2099_01_01_later"


def test_another_storage_crs_is_refused(database: Database) -> None:
    """Positions in EPSG:27700 are not taken for UTM because a setting changed."""
    address = (
        f"gpkg://{database.path}"
        if database.path is not None
        else database.engine.url.render_as_string(hide_password=False)
    )
    other = _opened(address, "EPSG:32631")
    for check in (migrate.upgrade, migrate.require_current):
        with pytest.raises(StorageUnavailable, match=r"EPSG:27700.*EPSG:32631"):
            check(other)
    other.dispose()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263", "ESRI:54009"])
def test_a_storage_crs_without_metres_is_refused(crs: str) -> None:
    """Degrees, feet and systems without an EPSG number cannot hold the catalogue."""
    with pytest.raises(UnknownCrs):
        _opened("gpkg:///tmp/never-made.gpkg", crs)


@pytest.mark.postgis
def test_a_role_that_owns_nothing_more_than_its_database_is_enough(
    postgis_databases: PostgisDatabases,
) -> None:
    """Where the extension is there already, no superuser is needed."""
    url = make_url(postgis_databases.unmigrated())
    with _plain_role(url) as mine:
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE EXTENSION postgis"))
        admin.dispose()
        database = _opened(mine)
        migrate.upgrade(database)
        with database.reading() as session:
            privileged = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            assert session.scalar(privileged) is False
            assert session.scalar(text("SELECT count(*) FROM asset")) == 0
        database.dispose()


@pytest.mark.postgis
def test_a_missing_extension_says_who_must_create_it(postgis_databases: PostgisDatabases) -> None:
    """A role that may not create PostGIS is told the statement for its administrator."""
    with _plain_role(make_url(postgis_databases.unmigrated())) as mine:
        database = _opened(mine)
        with pytest.raises(StorageUnavailable, match=r"administrator to run: CREATE EXTENSION"):
            migrate.upgrade(database)
        assert migrate.current_revision(database) is None
        database.dispose()


@contextmanager
def _plain_role(url: URL) -> Iterator[str]:
    """The URL of a role without privileges that owns the database's schema."""
    role = f"canopy_plain_{secrets.token_hex(4)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN NOSUPERUSER PASSWORD '{role}'"))
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {role}"))
    yield url.set(username=role, password=role).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    admin.dispose()


@pytest.mark.postgis
def test_a_migration_gives_up_when_a_table_is_in_use(
    postgis_databases: PostgisDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for a lock, 5 s or here 1 s, says so, and leaves the database as it was."""
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT_S", 1)
    database = _opened(postgis_databases.unmigrated())
    with database.engine.connect() as holder, holder.begin():
        holder.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": migrate._ADVISORY_LOCK})
        with pytest.raises(StorageUnavailable, match="did not become free in time"):
            migrate.upgrade(database)
    assert migrate.current_revision(database) is None
    postgis_databases.drop(database)


def test_a_password_is_never_shown() -> None:
    """Neither in the address nor in the error of a server that is not there."""
    url = "postgresql+psycopg://canopy:top-secret@127.0.0.1:9/canopy"
    database = _opened(url)
    with pytest.raises(StorageUnavailable) as refusal:
        migrate.upgrade(database)
    assert "top-secret" not in refusal.value.detail + database.address
    database.dispose()
