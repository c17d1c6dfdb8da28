"""What every test may ask for: an empty catalogue on either database, and the real files.

`database` runs a test twice, on GeoPackage and on PostGIS. PostGIS is the server that
CANOPY_TEST_POSTGIS_URL names (a role that may create databases), else a temporary one
where PostgreSQL is installed. A test that needs it is skipped where there is none, and
fails where one was promised: by that URL, or by CANOPY_REQUIRE_SERVICES=1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest
import structlog
from databases import BOTH, BRITISH_NATIONAL_GRID, MAKERS, GeoPackages, PostgisDatabases
from hypothesis import HealthCheck, settings
from postgis_server import GIVEN_URL, NoPostgis, postgis_server

from canopy.db.engine import Database

NewDatabase = Callable[..., Database]

# How long examples take tells of the machine and what else it does, not of the code.
settings.register_profile("canopy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("short", settings.get_profile("canopy"), max_examples=30)


def pytest_configure(config: pytest.Config) -> None:
    """Fewer examples where long tests are left out, unless a test says how many."""
    settings.load_profile("short" if config.option.markexpr == "not long" else "canopy")


def _absent(reason: str) -> NoReturn:
    if os.environ.get("CANOPY_REQUIRE_SERVICES") == "1" or os.environ.get(GIVEN_URL):
        pytest.fail(f"PostGIS was promised, but there is {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A test that sets up logging does not leave its own, closed stream to the next."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def geopackages(tmp_path_factory: pytest.TempPathFactory) -> GeoPackages:
    """Makes GeoPackage catalogues."""
    return GeoPackages(tmp_path_factory.mktemp("catalogues"))


@pytest.fixture(scope="session")
def postgis_databases() -> Iterator[PostgisDatabases]:
    """Makes PostGIS catalogues; skips or fails where there is no server."""
    with ExitStack() as stack:
        try:
            databases = PostgisDatabases(stack.enter_context(postgis_server()))
        except NoPostgis as reason:
            _absent(f"no PostGIS: {reason}")
        stack.callback(databases.close)
        yield databases


def _making(databases: GeoPackages | PostgisDatabases, stack: ExitStack) -> NewDatabase:
    def new(storage_crs: str = BRITISH_NATIONAL_GRID) -> Database:
        database = databases.new(storage_crs)
        stack.callback(databases.drop, database)
        return database

    return new


@pytest.fixture(params=BOTH)
def new_database(request: pytest.FixtureRequest) -> Iterator[NewDatabase]:
    """Call it, with a storage CRS if not EPSG:27700, for an empty migrated catalogue."""
    with ExitStack() as stack:
        yield _making(request.getfixturevalue(MAKERS[request.param]), stack)


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    """An empty migrated catalogue in EPSG:27700, once on each database."""
    return new_database()


@pytest.fixture
def gpkg_database(geopackages: GeoPackages) -> Iterator[Database]:
    """An empty migrated catalogue in a GeoPackage, in EPSG:27700."""
    with ExitStack() as stack:
        yield _making(geopackages, stack)()


@pytest.fixture
def postgis_database(postgis_databases: PostgisDatabases) -> Iterator[Database]:
    """An empty migrated catalogue in PostGIS, in EPSG:27700; mark the test ``postgis``."""
    with ExitStack() as stack:
        yield _making(postgis_databases, stack)()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real council files that CANOPY_REAL_DATA names; mark ``real_data``."""
    named = os.environ.get("CANOPY_REAL_DATA")
    if not named:
        pytest.skip("CANOPY_REAL_DATA names no folder of real files")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"CANOPY_REAL_DATA={named} is no folder", pytrace=False)
    return folder
