"""What is installed, reachable and wrong, each with the way out. Holds no secrets."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyogrio

from canopy import __version__, geo
from canopy.access.rules import Principal, Role
from canopy.assets.editing.reconcile import blind_spots, pending
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.summary import summary, unknown_kinds
from canopy.db import migrate
from canopy.db.engine import Database, open_database
from canopy.db.network_share import network_filesystem
from canopy.errors import CanopyError
from canopy.settings import Settings

MIN_SQLITE = (3, 35, 0)
LOW_DISK_BYTES = 2 * 1024**3
_DRIVERS = ("GPKG", "GeoJSON", "ESRI Shapefile", "FlatGeobuf", "KML", "CSV")
_KEEPER = Principal(Role.admin, "doctor")
_TEST_POINT = (-6.29977752014, 49.92226393730, 91492.146, 11318.804)
"""Ordnance Survey's OSTN15 test point TP01: longitude, latitude, easting, northing."""


class State(StrEnum):
    """How a finding stands."""

    ok = "ok"
    warn = "warn"
    fail = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    detail: str
    way_out: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a check that fails is a finding, not an exception."""
    findings = [_python(), _sqlite(), _ostn15(), _gdal()]
    try:
        database = open_database(settings)
    except CanopyError as error:
        return [*findings, Finding("database", State.fail, error.detail)]
    try:
        findings.extend(_database(database))
    finally:
        database.dispose()
    return findings


def _python() -> Finding:
    detail = f"Canopy {__version__} on Python {platform.python_version()}, {platform.system()}"
    return Finding("python", State.ok, detail)


def _sqlite() -> Finding:
    with sqlite3.connect(":memory:") as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
        missing = [
            name
            for name, probe in (
                ("R*Tree", "CREATE VIRTUAL TABLE t USING rtree(id, a, b)"),
                ("JSON", "SELECT json_object('a', 1)"),
            )
            if not _works(connection, probe)
        ]
    detail = f"SQLite {sqlite3.sqlite_version}, {len(options)} compile options"
    if missing or sqlite3.sqlite_version_info < MIN_SQLITE:
        return Finding(
            "sqlite", State.fail, f"{detail}; missing: {', '.join(missing) or 'a newer version'}",
            f"Use a Python whose sqlite3 is {'.'.join(map(str, MIN_SQLITE))} or newer.",
        )  # fmt: skip
    return Finding("sqlite", State.ok, f"{detail}; R*Tree and JSON are there")


def _works(connection: sqlite3.Connection, probe: str) -> bool:
    try:
        connection.execute(probe)
    except sqlite3.OperationalError:
        return False
    return True


def _ostn15() -> Finding:
    lon, lat, easting, northing = _TEST_POINT
    x, y = geo.transformer("EPSG:4326", "EPSG:27700").xy(np.array([lon]), np.array([lat]))
    off_m = float(np.hypot(x[0] - easting, y[0] - northing))
    detail = f"OSTN15 puts Ordnance Survey's test point TP01 within {off_m * 1000:.1f} mm"
    if not off_m <= 0.01:
        return Finding("coordinates", State.fail, detail, "Reinstall the package convertbng.")
    return Finding("coordinates", State.ok, detail)


def _gdal() -> Finding:
    drivers = pyogrio.list_drivers()
    missing = [name for name in _DRIVERS if name not in drivers]
    detail = f"GDAL {'.'.join(map(str, pyogrio.__gdal_version__))}, {len(drivers)} vector drivers"
    if missing:
        return Finding(
            "gdal", State.fail, f"{detail}; missing: {', '.join(missing)}",
            "Install pyogrio from its wheel.",
        )  # fmt: skip
    return Finding("gdal", State.ok, detail)


def _database(database: Database) -> Iterator[Finding]:
    checks: tuple[Callable[[Database], Finding], ...] = (
        _place, _schema, _foreign_writes, _content,
    )  # fmt: skip
    for check in checks:
        try:
            finding = check(database)
        except CanopyError as error:
            yield Finding("database", State.fail, error.detail)
            return
        yield finding


def _place(database: Database) -> Finding:
    if database.path is None:
        version = migrate.postgis_version(database)
        if version is None:
            return Finding(
                "database", State.warn, f"{database.address} is reachable, without PostGIS",
                "`canopy init` creates it where it may; else have its administrator run: "
                "CREATE EXTENSION postgis;",
            )  # fmt: skip
        return Finding("database", State.ok, f"{database.address}, PostGIS {version}")
    folder = next(p for p in (database.path, *database.path.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    share = network_filesystem(database.path)
    detail = f"{database.address}, {free / 1e9:.1f} GB free" + (f", on {share}" if share else "")
    if free < LOW_DISK_BYTES:
        return Finding("database", State.warn, detail, "Free some disk space.")
    return Finding("database", State.ok, detail)


def _schema(database: Database) -> Finding:
    if database.path is not None and not database.path.exists():
        return Finding("schema", State.warn, "the catalogue does not exist yet", "canopy init")
    migrate.require_current(database)
    return Finding("schema", State.ok, f"{migrate.head_revision()}, {database.storage_crs}")


def _content(database: Database) -> Finding:
    if database.path is not None and not database.path.exists():
        return Finding("content", State.warn, "nothing yet", "canopy import FILE …")
    with database.reading() as session:
        counts = summary(session, _KEEPER, SensitivityPolicy())
        unknown = unknown_kinds(session)
    if unknown:
        named = ", ".join(f"{kind!r} ({count:,} rows)" for kind, count in sorted(unknown.items()))
        return Finding(
            "content", State.fail, f"these kinds of asset are none: {named}",
            "Another program wrote them. Run `canopy reconcile --all`: it names the rows and puts "
            "them back.",
        )  # fmt: skip
    total = sum(counts.assets_by_kind.values())
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(counts.assets_by_kind.items()))
    return Finding("content", State.ok, f"{total:,} assets ({kinds or 'none'})")


def _foreign_writes(database: Database) -> Finding:
    if database.path is None or not database.path.exists():
        return Finding("other writers", State.ok, "none noted")
    blind = blind_spots(database)
    if blind:
        return Finding(
            "other writers", State.fail, " ".join(blind),
            "Run `canopy reconcile`: it compares every row with its revisions.",
        )  # fmt: skip
    rows = pending(database)
    if rows:
        return Finding(
            "other writers", State.warn, f"{rows} rows were written by other programs",
            "They are settled at the next start, or by `canopy reconcile`.",
        )  # fmt: skip
    return Finding("other writers", State.ok, "nothing waits to be reconciled")
