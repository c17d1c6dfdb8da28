"""The first large import into an empty PostGIS catalogue, which makes its indexes anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from registers import import_register, outcome, write_register
from sqlalchemy import text

from canopy.assets.intake import queries
from canopy.db.engine import Database

pytestmark = pytest.mark.postgis
INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename = 'asset' ORDER BY indexdef"
NUMBERS = "SELECT 'ix_asset_geom'::regclass::oid::bigint"
ALL_FOUR = {
    "state": "done", "read": 4, "created": 4, "updated": 0, "unchanged": 0, "withdrawn": 0,
    "rejected": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _four_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "BULK_ROWS", 4)


def indexes(database: Database) -> tuple[list[str], int]:
    """How the indexes of `asset` are defined, and the number of the spatial one."""
    with database.connected() as connection:
        definitions = list(connection.scalars(text(INDEXES)))
        return definitions, int(connection.scalar(text(NUMBERS.replace("::", r"\:\:"))) or 0)


def test_indexes_are_made_anew_as_they_were(postgis_database: Database, tmp_path: Path) -> None:
    """The same ones, but filled at once; the second import goes through them."""
    before, spatial = indexes(postgis_database)
    path = write_register(tmp_path / "a.csv")
    assert outcome(import_register(postgis_database, path)) == ALL_FOUR
    after, made_anew = indexes(postgis_database)
    assert after == before
    assert made_anew != spatial
    other = import_register(postgis_database, path, source="other")
    assert outcome(other) == ALL_FOUR
    assert indexes(postgis_database) == (after, made_anew)


def test_a_reader_is_not_waited_for(postgis_database: Database, tmp_path: Path) -> None:
    """Somebody in the middle of reading keeps the indexes, and the import goes on."""
    before = indexes(postgis_database)
    with postgis_database.reading() as session:
        session.execute(text("SELECT count(*) FROM asset"))
        report = import_register(postgis_database, write_register(tmp_path / "a.csv"))
    assert outcome(report) == ALL_FOUR
    assert indexes(postgis_database) == before


def test_a_dry_run_leaves_the_indexes_alone(postgis_database: Database, tmp_path: Path) -> None:
    """What it dropped comes back with all else."""
    before = indexes(postgis_database)
    path = write_register(tmp_path / "a.csv")
    assert outcome(import_register(postgis_database, path, dry_run=True))["created"] == 4
    assert indexes(postgis_database) == before
