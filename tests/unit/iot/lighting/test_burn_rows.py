"""Burn hours of a file: no lamp burns for longer than the time is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from canopy.iot.lighting import files

MAPPING = msgspec.convert(
    {
        "system": "lumen",
        "time_zone": "Europe/London",
        "burn_hours": {"unit": "Node", "begins": "From", "ends": "To", "hours": "Hours"},
    },
    files.LightingMapping,
)


@pytest.mark.parametrize(
    ("begins", "ends", "hours", "told"),
    [
        ("2026-11-01", "2026-11-02", "30", "and from begin to end there are 24"),
        ("2026-11-01", "2026-11-01", "30", "and from begin to end there are 24"),
        ("2026-11-01", "2026-11-03", "49.5", "and from begin to end there are 48"),
        ("2026-11-01", "2026-11-02", "24", None),
        ("2026-10-25", "2026-10-26", "25", None),
        ("2026-11-01", "2026-11-08", "168", None),
    ],
)
def test_more_hours_than_there_are_is_a_failed_row(
    tmp_path: Path, begins: str, ends: str, hours: str, told: str | None
) -> None:
    """With the column; the hour that comes twice in October is one."""
    path = tmp_path / "burn.csv"
    path.write_text(f"Node,From,To,Hours\nN-1,{begins},{ends},{hours}\n", encoding="utf-8")
    (row,) = files.burn_rows(path, MAPPING)
    if told is None:
        assert isinstance(row, files.BurnRow)
        assert row.hours == float(hours)
    else:
        assert isinstance(row, files.Failed)
        assert row.column == "Hours"
        assert told in row.reason
