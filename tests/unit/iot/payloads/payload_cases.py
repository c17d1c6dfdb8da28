"""Messages for tests of decoders, and where the genuine ones lie."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from canopy.iot.payloads.reading import Decoded, Message, Outcome

ARRIVED = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def message(body: bytes | str | object, topic: str = "", **more: Any) -> Message:
    """A message of bytes, text, or anything else as JSON, unless more is said."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    given: dict[str, Any] = {"body": body, "topic": topic, "arrived_at": ARRIVED} | more
    return Message(**given)


def decoded(outcome: Outcome) -> Decoded:
    """What was decoded; the reason fails the test."""
    assert isinstance(outcome, Decoded), outcome
    return outcome


def kind(outcome: Outcome) -> str:
    """The kind of a refusal; readings fail the test."""
    assert not isinstance(outcome, Decoded), outcome
    return outcome.kind


def real_payloads(*names: str) -> Path:
    """The folder of genuine payloads that CANOPY_REAL_DATA has, or a skip that says so."""
    folder = os.environ.get("CANOPY_REAL_DATA")
    path = Path(folder or "", "data", "iot", *names)
    if not folder or not path.exists():
        pytest.skip("CANOPY_REAL_DATA names no folder with data/iot")
    return path
