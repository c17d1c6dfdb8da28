"""What is backed up, restored and checked are all tables that are mapped."""

from __future__ import annotations

from canopy.db.migrate import own_tables
from canopy.migrations.metadata import metadata


def test_every_mapped_table_is_known_as_canopy_s_own() -> None:
    """A table that is not would be in no backup."""
    assert metadata.tables.keys() - own_tables() == set()
