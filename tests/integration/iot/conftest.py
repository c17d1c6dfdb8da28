"""A real Mosquitto for each test that asks, and a catalogue with streams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ingesting import STARTED
from mosquitto_server import Mosquitto


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker with the limits that are shipped, on a free port; it may be killed."""
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(autouse=True)
def _nothing_runs_on() -> Iterator[None]:
    """What a test that failed left running is ended."""
    yield
    while STARTED:
        STARTED.pop().end()
