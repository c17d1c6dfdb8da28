"""A running service over one mixed catalogue, and keys to it for every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from addresses import bearer, token_for, url_of
from databases import BOTH, MAKERS
from fastapi.testclient import TestClient
from ogc_catalogue import ROLES, fill_mixed
from writing_desk import Desk

from canopy.access.rules import Role
from canopy.api.app import create_app
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.ready.keeping import catch_up
from canopy.db.engine import Database
from canopy.settings import load_settings


@pytest.fixture(scope="module", params=BOTH)
def mixed(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A catalogue of all kinds, once on each database; tests leave it as it is.

    On PostGIS its features are ready, so that what can be answered from them is.
    """
    databases = request.getfixturevalue(MAKERS[request.param])
    made = databases.new()
    fill_mixed(made)
    catch_up(made, SensitivityPolicy())
    yield made
    databases.drop(made)


@pytest.fixture(scope="module")
def keys(mixed: Database) -> dict[Role, dict[str, str]]:
    """The headers that carry a token of each role; none for the public."""
    found = {role: bearer(token_for(mixed, role)) for role in ROLES if role is not Role.public}
    return {Role.public: {}, **found}


@pytest.fixture(scope="module")
def service(mixed: Database) -> Iterator[TestClient]:
    """A started service over the mixed catalogue."""
    with started(mixed) as client:
        yield client


@pytest.fixture(scope="module", params=BOTH)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A service over a catalogue that a module's tests change; each makes what it needs."""
    databases = request.getfixturevalue(MAKERS[request.param])
    made = databases.new()
    catch_up(made, SensitivityPolicy())
    tokens = {role: bearer(token_for(made, role)) for role in ROLES if role is not Role.public}
    with started(made) as client:
        yield Desk(client, made, {Role.public: {}, **tokens})
    databases.drop(made)


def started(database: Database) -> TestClient:
    """A service to enter, over a catalogue."""
    return TestClient(create_app(load_settings(db_url=url_of(database), log_level="error")))


@pytest.fixture
def serve_over() -> Iterator[Callable[[Database], TestClient]]:
    """Call it with a catalogue of the test's own, for a started service."""
    with ExitStack() as stack:
        yield lambda database: stack.enter_context(started(database))
