"""A running service over a catalogue with offers, once on each database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from addresses import bearer, token_for, url_of
from databases import BOTH, MAKERS
from fastapi.testclient import TestClient
from ogc_catalogue import ROLES

from canopy.access.rules import Role
from canopy.api.app import create_app
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.ready.keeping import catch_up
from canopy.settings import load_settings

sys.path.insert(0, str(Path(__file__).parent))

from offering import Market, fill_offered


def _served(request: pytest.FixtureRequest) -> Iterator[Market]:
    databases = request.getfixturevalue(MAKERS[request.param])
    made = databases.new()
    offers = fill_offered(made)
    catch_up(made, SensitivityPolicy())
    tokens = {role: bearer(token_for(made, role)) for role in ROLES if role is not Role.public}
    settings = load_settings(db_url=url_of(made), log_level="error")
    with TestClient(create_app(settings)) as client:
        yield Market(client, made, {Role.public: {}, **tokens}, offers)
    databases.drop(made)


@pytest.fixture(scope="module", params=BOTH)
def market(request: pytest.FixtureRequest) -> Iterator[Market]:
    """Offers of all sorts; tests leave them as they are."""
    yield from _served(request)


@pytest.fixture(scope="module", params=BOTH)
def stall(request: pytest.FixtureRequest) -> Iterator[Market]:
    """The same, for a module whose tests change it; each makes what it needs."""
    yield from _served(request)
