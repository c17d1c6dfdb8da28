"""The catalogues that the API is measured on: a county's lampposts, imported once and kept."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from bench_catalogue_export import county
from bench_import import FreshPostgis, imported, measured
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from serving.servers import LONG_STATEMENTS, canopy

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 1_800.0
"""How long a million features may take to be made ready beside the assets [s]."""
_SETTLES_S = 5.0
_COUNTED = "SELECT count(*) FROM asset WHERE source = 'county' AND withdrawn_at IS NULL"


def on_postgis(server: str, database: str, rows: int) -> str:
    """The address of a database with that many lampposts; it is made where there is none."""
    fresh = FreshPostgis(server, database)
    if _count(fresh.url) != rows:
        fresh.renew()
        _fill(fresh.url, rows)
    _init(fresh.url)
    _make_ready(fresh.url)
    return fresh.url


def on_geopackage(path: Path, rows: int) -> str:
    """The address of a GeoPackage with that many lampposts; it is made where there is none."""
    url = f"gpkg://{path.resolve()}"
    if not path.exists() or _count_in_file(path) != rows:
        if path.exists():
            raise SystemExit(f"{path} holds something else; move it away, or name another file.")
        _fill(url, rows)
    _init(url)
    return url


def libpq(url: str) -> str:
    """The address as psycopg and the peers read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _fill(url: str, rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        seconds, _ = imported(county(Path(folder, "county.csv"), rows), url)
    print(f"imported {rows:,} lampposts into {url.rpartition('/')[2]} in {seconds:.0f} s")


def _init(url: str) -> None:
    measured([sys.executable, "-m", "canopy", "init"], {"CANOPY_DB_URL": url, **LONG_STATEMENTS})


def _make_ready(url: str) -> None:
    """Let a service make ready what is read fast, and the database learn its tables."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with canopy(url, workers=1), engine.connect() as connection:
        began = time.monotonic()
        time.sleep(_SETTLES_S)  # it may find only then that all is to be made anew
        keeps = connection.scalar(text("SELECT to_regclass('pending_feature') IS NOT NULL"))
        waiting = text("SELECT EXISTS (SELECT FROM pending_feature)")
        while keeps and connection.scalar(waiting):
            if time.monotonic() - began > READY_WITHIN_S:
                raise SystemExit(f"Features were not ready within {READY_WITHIN_S:g} s.")
            time.sleep(1.0)
        took_s = time.monotonic() - began
    if took_s > 2 * _SETTLES_S:
        print(f"features were made ready in {took_s:.0f} s")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    engine.dispose()


def _count(url: str) -> int | None:
    """None where there is no such database or table."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if connection.scalar(text("SELECT to_regclass('asset') IS NULL")):
                return None
            return int(connection.scalar(text(_COUNTED)) or 0)
    except OperationalError as error:
        if "does not exist" in str(error):
            return None
        raise
    finally:
        engine.dispose()


def _count_in_file(path: Path) -> int:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = int(connection.scalar(text(_COUNTED)) or 0)
    engine.dispose()
    return found


def said(rows: int, runs: int) -> str:
    """The line that every benchmark begins with."""
    load = os.getloadavg()[0]
    return f"{rows:,} assets, medians of {runs} runs, {os.cpu_count()} cores, load {load:.1f}"
