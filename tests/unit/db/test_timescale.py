"""Which TimescaleDB is used, and which months its chunks touch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from canopy.db.timescale import is_usable, months_of


@pytest.mark.parametrize(
    ("version", "is_used"),
    [(None, False), ("", False), ("1.7.5", False), ("2.12.2", False), ("2.13.0", True),
     ("2.23.0-dev", True), ("3.0.0", True)],
)  # fmt: skip
def test_a_version_is_used_that_has_what_is_asked_for(version: str | None, is_used: bool) -> None:
    assert is_usable(version) is is_used


def test_months_of_a_chunk_are_those_that_it_touches() -> None:
    """Its end is not its own; a span over the turn of a year, and one that begins late."""
    spans = [
        (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)),
        (datetime(2026, 6, 6, tzinfo=UTC), datetime(2026, 7, 6, tzinfo=UTC)),
    ]
    assert [months_of(*span) for span in spans] == [
        [(2026, 12), (2027, 1)], [(2026, 6), (2026, 7)],
    ]  # fmt: skip
