"""A folder of inputs, and a service that computes runs from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from addresses import bearer, token_for, url_of
from coverage_town import NewService, write_inputs
from fastapi.testclient import TestClient

from canopy.access.rules import Role
from canopy.api.app import create_app
from canopy.db.engine import Database
from canopy.settings import load_settings


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """The folder with what runs may name."""
    return write_inputs(tmp_path / "inputs")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The folder that runs are written to."""
    return tmp_path / "runs"


@pytest.fixture
def serve(database: Database, inputs: Path, runs: Path) -> Iterator[NewService]:
    """Call it, with settings that differ, for a client of a started service."""
    with ExitStack() as stack:

        def start(**settings: object) -> TestClient:
            chosen = {
                "db_url": url_of(database), "db_lock_timeout_s": 5.0,
                "coverage_inputs": inputs, "coverage_runs": runs, **settings,
            }  # fmt: skip
            return stack.enter_context(TestClient(create_app(load_settings(**chosen))))

        yield start


@pytest.fixture
def idle(serve: NewService) -> TestClient:
    """A client of a service that computes nothing, so that runs wait."""
    return serve(coverage_jobs=0)


@pytest.fixture
def headers(database: Database) -> dict[str, dict[str, str]]:
    """A header for each role."""
    roles = (Role.operator, Role.planner, Role.estates, Role.admin)
    return {str(role): bearer(token_for(database, role)) for role in roles}
