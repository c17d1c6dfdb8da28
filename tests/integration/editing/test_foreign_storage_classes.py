"""SQLite keeps anything in any column: no such write breaks the catalogue or stands unnoticed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from catalogue import all_assets
from foreign import nothing_left_to_mend, other_program
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registers import import_register, write_register

from canopy.assets.editing.reconcile import pending, reconcile
from canopy.assets.tables import Asset
from canopy.db.engine import Database, open_database
from canopy.settings import Settings

COLUMNS = tuple(column.name for column in Asset.__table__.columns)
HEADER = bytes.fromhex("47500001346C0000")
PLAUSIBLE = (
    "lamppost", "cctv", "LC-1", "LC-2", "LC-9", "lighting", "operational", "2024-01-31", "{}",
    '{"lamp_w": 20}', '{"lamp_w": -1}', "[]", "SW1A 1AA", "100023336956", "public",
    "2020-01-01T00:00:00.000Z", "0190b5a0-0000-7000-8000-000000000000", "", " ", "Ünïcode",
    bytes.fromhex("47500001346C0000010100000000000000003C1A41000000000C1C1141"),
)  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-3, 12),
    st.floats(),
    st.text(max_size=12),
    st.binary(max_size=40),
    st.binary(max_size=24).map(lambda tail: HEADER + tail),
    st.sampled_from(PLAUSIBLE),
)
ASSIGNMENTS = st.dictionaries(st.sampled_from(COLUMNS), VALUES, min_size=1, max_size=4)
CONFLICTS = st.sampled_from(["ABORT", "REPLACE", "IGNORE"])
WRITES = st.one_of(
    st.tuples(st.just("update"), CONFLICTS, st.integers(1, 6), ASSIGNMENTS),
    st.tuples(st.just("insert"), CONFLICTS, st.integers(1, 6), ASSIGNMENTS),
    st.tuples(st.just("delete"), CONFLICTS, st.integers(1, 6), ASSIGNMENTS),
)


@pytest.fixture
def made_town(gpkg_database: Database, tmp_path: Path) -> bytes:
    """The file of a catalogue with four lampposts."""
    import_register(gpkg_database, write_register(tmp_path / "a.csv"))
    path = gpkg_database.path
    assert path is not None
    gpkg_database.dispose()
    return path.read_bytes()


def write(
    connection: sqlite3.Connection,
    operation: str,
    conflict: str,
    fid: int,
    values: dict[str, object],
) -> None:
    """One statement of another program; what SQLite itself refuses is not written."""
    if operation == "update":
        listed = ", ".join(f"{name} = ?" for name in values)
        statement = f"UPDATE OR {conflict} asset SET {listed} WHERE fid = {fid}"
    elif operation == "insert":
        values = {"kind": "lamppost", **values}
        marks = ", ".join("?" * len(values))
        statement = f"INSERT OR {conflict} INTO asset ({', '.join(values)}) VALUES ({marks})"
    else:
        statement, values = f"DELETE FROM asset WHERE fid = {fid}", {}
    try:
        connection.execute(statement, tuple(values.values()))
    except (sqlite3.IntegrityError, sqlite3.OperationalError, sqlite3.DataError):
        connection.execute("ROLLBACK TO before")


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(writes=st.lists(WRITES, min_size=1, max_size=6))
def test_any_storage_class_in_any_column_is_settled(
    made_town: bytes, tmp_path: Path, writes: list[tuple[str, str, int, dict[str, object]]]
) -> None:
    """Reconciling never raises; afterwards rows, revisions, derived columns and index agree."""
    for leftover in tmp_path.glob("town.gpkg*"):
        leftover.unlink()
    path = tmp_path / "town.gpkg"
    path.write_bytes(made_town)
    database = open_database(Settings(db_url=f"gpkg://{path}"))
    try:
        with other_program(database) as connection:
            before = dict(connection.execute("SELECT fid, geom FROM asset").fetchall())
        with other_program(database) as connection:
            for each in writes:
                connection.execute("SAVEPOINT before")
                write(connection, *each)
                connection.execute("RELEASE before")
        changed = changed_positions(database, before)
        report = reconcile(database)
        assert report.looked_at >= changed
        assert pending(database) == 0
        assert nothing_left_to_mend(database) == (0, 0, [])
        assert all(
            asset["geometry"] is not None and asset["version"] >= 1  # type: ignore[operator]
            for asset in all_assets(database)
        )
    finally:
        database.dispose()


def changed_positions(database: Database, before: dict[object, object]) -> int:
    """How many of the first rows have another geometry now, or none."""
    with other_program(database) as connection:
        now = dict(connection.execute("SELECT fid, geom FROM asset").fetchall())
    return sum(now.get(fid) != geom for fid, geom in before.items())
