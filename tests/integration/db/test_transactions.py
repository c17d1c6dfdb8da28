"""Reading sees one point in time; writing is all or nothing, also for readers beside it."""

from __future__ import annotations

import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import shapely
from placed_assets import add_assets, at, keys
from sqlalchemy import func, select, text

from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.errors import StorageUnavailable


def _count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Asset)) or 0


def test_a_reading_session_sees_one_point_in_time(database: Database) -> None:
    """What is committed beside it between two of its statements stays unseen."""
    with database.reading() as reader:
        assert keys(reader) == []
        with database.writing() as writer:
            add_assets(writer, [at(0, 0)])
        assert keys(reader) == []
    assert _count(database) == 1


def test_what_a_reading_session_writes_is_forgotten(database: Database) -> None:
    """It is rolled back at the end."""
    with database.reading() as session:
        add_assets(session, [at(0, 0)])
    assert _count(database) == 0


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    """Nothing written before the error is left, and the next writer is not in the way."""

    def stop_half_way() -> None:
        with database.writing() as session:
            add_assets(session, [at(0, 0), at(1, 1)])
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        stop_half_way()
    assert _count(database) == 0
    with database.writing() as session:
        add_assets(session, [at(2, 2)])
    assert _count(database) == 1


def test_readers_and_a_writer_do_not_disturb_each_other(database: Database) -> None:
    """Three readers while one writes 20 batches of 25: only whole batches are ever seen."""
    batch, rounds, done = 25, 20, threading.Event()

    def write() -> None:
        for number in range(rounds):
            with database.writing() as session:
                first = number * batch + 1
                session.execute(
                    text("INSERT INTO asset (fid, asset_id, kind) VALUES (:fid, :uuid, 'mast')"),
                    [
                        {"fid": fid, "uuid": f"00000000-0000-4000-8000-{fid:012}"}
                        for fid in range(first, first + batch)
                    ],
                )
        done.set()

    def read() -> set[int]:
        seen = set()
        while not done.is_set():
            seen.add(_count(database))
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        pool.submit(write).result(timeout=60)
        counts = set().union(*(reader.result(timeout=60) for reader in readers))
    assert {count % batch for count in counts} <= {0}
    assert _count(database) == batch * rounds


def test_a_second_writer_waits_and_is_then_refused(gpkg_database: Database) -> None:
    """A GeoPackage has one writer; after the lock timeout the other is told what to do."""
    with (
        gpkg_database.writing(),
        pytest.raises(StorageUnavailable, match="being written by another program"),
        gpkg_database.writing(),
    ):
        pass


@pytest.mark.postgis
def test_a_lock_that_is_not_had_in_time_is_refused(postgis_database: Database) -> None:
    """The lock timeout of the settings is the server's, and its error is explained."""
    with postgis_database.writing() as holder:
        holder.execute(text("LOCK TABLE asset IN ACCESS EXCLUSIVE MODE"))
        with (
            pytest.raises(StorageUnavailable, match="did not become free in time"),
            postgis_database.reading() as session,
        ):
            keys(session)


@pytest.mark.postgis
def test_timeouts_are_set_on_every_connection(postgis_database: Database) -> None:
    """Statement timeout 60 s and the tests' lock timeout of 2 s, in UTC. A server that went without
    a word is given up after half a minute, also while it is waited for."""
    with postgis_database.reading() as session:
        shown = [
            session.scalar(text(f"SHOW {name}"))
            for name in ("statement_timeout", "lock_timeout", "timezone")
        ]
        driver: Any = session.connection().connection.dbapi_connection
        with socket.socket(fileno=os.dup(driver.fileno())) as line:
            options = [
                line.getsockopt(level, getattr(socket, name, 0))
                for level, name in (
                    (socket.SOL_SOCKET, "SO_KEEPALIVE"), (socket.IPPROTO_TCP, "TCP_KEEPIDLE"),
                    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT"),
                )
            ]  # fmt: skip
    assert shown == ["1min", "2s", "UTC"]
    assert sys.platform != "linux" or options == [1, 10, 30_000]


def test_geometry_comes_back_as_it_was_stored(database: Database) -> None:
    """Point, line, polygon with a hole and multi-part, to the last bit."""
    hole = at(0, 0).buffer(9).difference(at(0, 0).buffer(3))
    shapes = [at(0.1, 0.2), shapely.LineString([at(0, 0), at(1 / 3, 7)]), hole,
              shapely.MultiPoint([at(1, 1), at(2, 2)])]  # fmt: skip
    with database.writing() as session:
        add_assets(session, shapes)
    with database.reading() as session:
        found = list(session.scalars(select(Asset.geom).order_by(Asset.fid)))
    assert [each.wkb for each in found] == [each.wkb for each in shapes]
