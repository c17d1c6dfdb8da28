"""A writer that is killed leaves the catalogue as it was."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys

from placed_assets import add_assets, at, keys
from sqlalchemy import text

from canopy.db.engine import Database

WRITER = """
import sys, time
from sqlalchemy import text
from canopy.db.engine import open_database
from canopy.settings import load_settings

database = open_database(load_settings(db_url=sys.argv[1], storage_crs="EPSG:27700"))
with database.writing() as session:
    session.execute(text("DELETE FROM asset"))
    for fid in range(1000, 3000):
        session.execute(
            text("INSERT INTO asset (fid, asset_id, kind, name) VALUES (:fid, :uuid, 'x', :name)"),
            {"fid": fid, "uuid": f"00000000-0000-4000-8000-{fid:012}", "name": "n" * 2000},
        )
    print("half-way", flush=True)
    time.sleep(60)
"""


def _address(database: Database) -> str:
    if database.path is not None:
        return f"gpkg://{database.path}"
    return database.engine.url.render_as_string(hide_password=False)


def _kill_half_way(database: Database) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, _address(database)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    with writer.stdout:
        assert writer.stdout.readline() == "half-way\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait(timeout=30)


def test_a_killed_writer_leaves_the_catalogue_as_it_was(database: Database) -> None:
    """Half-way through replacing everything: all old rows are there, and no new one."""
    with database.writing() as session:
        add_assets(session, [at(0, 0), at(1, 1)])
    _kill_half_way(database)
    with database.writing() as session:  # nor is the next writer in anybody's way
        assert keys(session) == [1, 2]
        session.execute(text("UPDATE asset SET name = 'after'"))


def test_a_killed_writer_does_not_leave_its_flag_up(gpkg_database: Database) -> None:
    """Else what QGIS writes next would pass for Canopy's own."""
    _kill_half_way(gpkg_database)
    connection = sqlite3.connect(str(gpkg_database.path))
    assert connection.execute("SELECT active FROM canopy_writer").fetchall() == [(0,)]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
