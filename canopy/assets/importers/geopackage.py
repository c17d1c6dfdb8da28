"""GeoPackage: every layer a table, each in its own CRS."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

from canopy.assets.importers.base import RowIssue, SourceTable
from canopy.assets.importers.detect import wrong_kind
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.own_export import named_for_kind
from canopy.assets.importers.vector import Layer, layer_names, open_layer

_PROJECT_TABLES = frozenset({"layer_styles", "qgis_projects", "ogr_empty_table"})
_INDEX_MODULES = ("rtree", "fts")


def open_geopackage(path: Path) -> list[SourceTable]:
    """The layers of a GeoPackage, tables that only hold QGIS styles left out.

    Raises BadSource for other SQLite files, files cut short, and virtual tables that
    could read something outside the file.
    """
    _require_complete(path)
    _inspect(path)
    names = [name for name in layer_names(path) if name not in _PROJECT_TABLES]
    if not names:
        raise bad_source(path, "no-tables", "is a GeoPackage without any layer.")
    return [named_for_kind(_table(path, name)) for name in names]


def _table(path: Path, name: str) -> SourceTable:
    table = open_layer(Layer(path, name, "GeoPackage"))
    if not table.has_geometry or table.declared_crs is not None:
        return table
    message = f"{path.name}, layer {name}: its CRS is undefined; give --crs."
    return open_layer(Layer(path, name, "GeoPackage"), (RowIssue(None, "unknown-crs", message),))


def _require_complete(path: Path) -> None:
    """Compare the page count in the SQLite header (file format §1.3) with the size."""
    with path.open("rb") as stream:
        header = stream.read(100)
    size = path.stat().st_size
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    pages = int.from_bytes(header[28:32], "big")
    is_valid = header[24:28] == header[92:96]
    if len(header) < 100 or (is_valid and size < page * pages):
        raise bad_source(
            path,
            "cut-short",
            f"was cut short at byte {size:,} of {page * pages:,}; get the complete file.",
        )


def _inspect(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.text_factory = partial(str, encoding="utf-8", errors="replace")
            rows = db.execute("SELECT name, type, sql FROM sqlite_master").fetchall()
            (finding,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # even messages can be broken
        raise bad_source(path, "damaged", f"is a damaged SQLite database ({error}).") from error
    if finding != "ok":
        text = " ".join(str(finding).split())
        raise bad_source(path, "damaged", f"is a damaged SQLite database ({text}).")
    names = {str(name).lower() for name, _, _ in rows}
    if "gpkg_contents" not in names:
        tables = ", ".join(sorted(names)[:8]) or "none"
        raise wrong_kind(
            path,
            f"a SQLite database but no GeoPackage (its tables: {tables})",
            "open it in QGIS and export the layer as GeoPackage",
        )
    for name, _, sql in rows:
        words = str(sql or "").lower().split()
        if words[:3] == ["create", "virtual", "table"]:
            module = str(sql).lower().split(" using ", 1)[-1].strip()
            if not module.startswith(_INDEX_MODULES):
                raise bad_source(
                    path,
                    "unsafe-content",
                    f"holds the virtual table {name!r}, which could read other files; export "
                    "the layers to a new GeoPackage.",
                )
