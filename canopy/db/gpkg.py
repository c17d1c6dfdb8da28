"""The embedded database: a GeoPackage on the standard library's sqlite3.

Its R*Tree triggers call ST_MinX and friends, which every connection that writes must
have; GDAL and QGIS bring their own, here they read the blob's header.
Source: OGC 12-128r18, *GeoPackage Encoding Standard* 1.3.1, Annex F.3 (R-tree).
"""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import shapely

from canopy.db import gpkg_geometry
from canopy.db.network_share import network_filesystem
from canopy.errors import StorageUnavailable

CACHE_KIB = 64 * 1024
"""Page cache of one connection [KiB]."""

_SQLITE_HEADER = b"SQLite format 3\x00"
APPLICATION_ID = 0x47504B47  # "GPKG"
USER_VERSION = 10300


def path_of(url: str) -> Path:
    """The file that ``gpkg:///absolute/path.gpkg`` names; refuses a relative path."""
    text = url.removeprefix("gpkg://")
    if len(text) > 2 and text[0] == "/" and text[2] == ":":  # gpkg:///C:/…
        text = text[1:]
    path = Path(text)
    if path.root == "//":  # gpkg:////srv/x: POSIX would keep two leading slashes
        path = Path("/", *path.parts[1:])
    if not text or not path.is_absolute():
        raise StorageUnavailable(
            f"{url} does not name an absolute path; write gpkg:///absolute/path.gpkg."
        )
    return path


def check_place(path: Path) -> None:
    """Refuse a file that cannot safely be the catalogue, saying why and what to do."""
    share = network_filesystem(path)
    if share:
        raise StorageUnavailable(
            f"{path} lies on a network share ({share}). The catalogue uses SQLite's "
            "write-ahead log, which needs shared memory and loses data over a network. "
            "Keep the file on a local disk and share exports of it, or use PostGIS."
        )
    if path.is_dir():
        raise StorageUnavailable(f"{path} is a folder; name a .gpkg file in it.")
    if path.exists() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(16) != _SQLITE_HEADER:
                raise StorageUnavailable(f"{path} exists and is not a GeoPackage; not touched.")
    else:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"{path.parent} cannot be created: {error}") from error


def prepare_connection(connection: sqlite3.Connection, busy_timeout_s: float) -> None:
    """Set a new connection's pragmas and functions."""
    connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA trusted_schema = ON")
    register_functions(connection)


def register_functions(connection: sqlite3.Connection) -> None:
    """Register the functions that R*Tree triggers and spatial queries call.

    None of them raises for what is no geometry: another program may have stored it, and a
    function that raises takes every statement down with it, the one that mends the row too.
    As GDAL's, they answer NULL, and the spatial tests that such a row lies nowhere.
    """

    def deterministic(name: str, arguments: int, function: object) -> None:
        connection.create_function(name, arguments, function, deterministic=True)  # type: ignore[arg-type]

    for side, name in enumerate(("ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY")):
        deterministic(name, 1, partial(_side, side))
    deterministic("ST_IsEmpty", 1, _is_empty)
    areas = _SearchAreas()
    connection.create_function("canopy_area", 1, areas.prepare)
    connection.create_function("canopy_intersects", 2, areas.intersects)
    connection.create_function("canopy_within", 2, areas.within)
    connection.create_function("canopy_dwithin", 3, areas.dwithin)


def _side(side: int, blob: bytes | None) -> float | None:
    try:
        value = gpkg_geometry.envelope_of(blob)[side]
    except gpkg_geometry.UNREADABLE:
        return None
    return None if value != value else value


def _is_empty(blob: bytes | None) -> int | None:
    if blob is None:
        return None
    try:
        envelope = gpkg_geometry.envelope_of(blob)
    except gpkg_geometry.UNREADABLE:
        return None
    return int(envelope[0] != envelope[0])


class _SearchAreas:
    """Exact tests of stored geometries against the areas a statement asks for.

    ``canopy_area(blob)`` prepares an area once per statement and answers with a number;
    the tests take that number, so that a large polygon is not copied for every row. The
    latest `KEPT` areas of a connection are kept, which bounds both memory and the number
    of areas that one statement, with those still being read, may use.
    """

    KEPT = 64

    def __init__(self) -> None:
        self._areas: dict[int, shapely.Geometry] = {}
        self._latest = 0

    def prepare(self, blob: bytes) -> int:
        area = gpkg_geometry.decode_one(blob)
        shapely.prepare(area)
        self._latest += 1
        self._areas[self._latest] = area
        self._areas.pop(self._latest - self.KEPT, None)
        return self._latest

    def intersects(self, blob: bytes | None, area: int) -> int | None:
        if blob is None:
            return None
        try:
            if point := gpkg_geometry.point_of(blob):
                return int(shapely.intersects_xy(self._areas[area], *point))
            return int(shapely.intersects(self._areas[area], gpkg_geometry.decode_one(blob)))
        except gpkg_geometry.UNREADABLE:
            return 0

    def within(self, blob: bytes | None, area: int) -> int | None:
        if blob is None:
            return None
        try:
            if point := gpkg_geometry.point_of(blob):
                return int(shapely.contains_xy(self._areas[area], *point))
            return int(shapely.contains(self._areas[area], gpkg_geometry.decode_one(blob)))
        except gpkg_geometry.UNREADABLE:
            return 0

    def dwithin(self, blob: bytes | None, area: int, metres: float) -> int | None:
        if blob is None:
            return None
        stored = gpkg_geometry.readable(blob)
        return int(shapely.dwithin(self._areas[area], stored, metres)) if stored else 0
