"""A running service over a catalogue of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr
from pathlib import Path

import pytest
from addresses import url_of
from fastapi.testclient import TestClient
from service_log import Log

from canopy.api.app import create_app
from canopy.db.engine import Database
from canopy.settings import load_settings

NewService = Callable[..., TestClient]


@pytest.fixture
def log() -> Log:
    """The log of the services that this test starts."""
    return Log()


@pytest.fixture
def serve(database: Database, tmp_path: Path, log: Log) -> Iterator[NewService]:
    """Call it, with settings that differ, for a client of a started service."""
    with ExitStack() as stack:

        def start(**settings: object) -> TestClient:
            chosen = {
                "db_url": url_of(database), "db_lock_timeout_s": 2.0,
                "map_path": tmp_path / "map.html", **settings,
            }  # fmt: skip
            with redirect_stderr(log.stream):  # where logging is set up, at the start
                return stack.enter_context(TestClient(create_app(load_settings(**chosen))))

        yield start


@pytest.fixture
def client(serve: NewService) -> TestClient:
    """A client of a started service, without a token."""
    return serve()
