"""The one way in: a file becomes tables, by what it holds and not by its name.

The readers that need GDAL, Arrow or openpyxl are imported when such a file is opened:
together they take two seconds to load, which a CSV file should not wait for.
"""

from __future__ import annotations

from pathlib import Path

from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.delimited import open_delimited
from canopy.assets.importers.detect import NAMED, Content, content_of, require_named_so
from canopy.assets.importers.encoding import text_encoding
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.geojson import GeoJsonFile, open_geojson
from canopy.assets.importers.json_shape import Layout, json_shape
from canopy.assets.importers.kml import open_kml
from canopy.assets.importers.ofds import is_ofds_geojson, open_ofds, open_ofds_geojson
from canopy.assets.importers.zipped import is_workbook, open_zipped


def open_tables(
    path: Path,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
) -> list[SourceTable]:
    """The tables of a file: one for text, one per sheet or layer where there are several.

    layer: keep only the table of this name, BadSource when there is none.
    encoding: how to decode text, None to find out.
    header_row: the row that names the columns of text or a sheet, 0 for none, None to
        find out.

    Opening looks at the whole of a text file but holds none of it; rows are read by
    `SourceTable.batches`, which can still raise BadSource when a file turns out to be
    damaged or cut short further down.
    """
    if not path.exists():
        raise bad_source(path, "not-found", "does not exist.")
    if not path.is_file():
        raise bad_source(
            path,
            "not-a-file",
            "is a folder; name the file inside it, or convert a file geodatabase (.gdb) to "
            "GeoPackage in QGIS.",
        )
    content = content_of(path)
    require_named_so(path, content)
    tables = _tables(path, content, encoding, header_row)
    if not tables:
        raise bad_source(path, "damaged", "holds no layer that can be read: it is damaged.")
    if layer is None:
        return tables
    chosen = [table for table in tables if table.name == layer]
    if not chosen:
        names = ", ".join(repr(table.name) for table in tables)
        raise bad_source(path, "no-such-layer", f"has no table {layer!r}; it has {names}.")
    return chosen


def _tables(
    path: Path, content: Content, encoding: str | None, header_row: int | None
) -> list[SourceTable]:
    match content:
        case Content.TEXT:
            return open_delimited(path, encoding=encoding, header_row=header_row)
        case Content.JSON:
            return _json_tables(path, encoding)
        case Content.SQLITE:
            from canopy.assets.importers.geopackage import open_geopackage

            return open_geopackage(path)
        case Content.PARQUET:
            from canopy.assets.importers.geoparquet import open_geoparquet

            return open_geoparquet(path)
        case Content.FLATGEOBUF:
            from canopy.assets.importers.flatgeobuf import open_flatgeobuf

            return open_flatgeobuf(path)
        case Content.SHAPEFILE:
            from canopy.assets.importers.shapefile import open_shapefile

            return open_shapefile(path, encoding)
        case Content.XML:
            return open_kml(path)
        case Content.ZIP:
            return _zip_tables(path, encoding, header_row)


def _json_tables(path: Path, encoding: str | None) -> list[SourceTable]:
    decoding = text_encoding(path, encoding)
    shape = json_shape(path, decoding)
    if shape.layout is Layout.OFDS:
        return open_ofds(path, decoding)
    source = GeoJsonFile(path, decoding, shape.layout)
    if is_ofds_geojson(source):
        return open_ofds_geojson(path, decoding, source)
    return open_geojson(path, decoding, shape)


def _zip_tables(path: Path, encoding: str | None, header_row: int | None) -> list[SourceTable]:
    suffix = path.suffix.lower()
    if is_workbook(path):
        from canopy.assets.importers.workbook import open_workbook

        _require_suffix(path, "an Excel workbook (XLSX)", (".xlsx", ".xlsm"))
        return open_workbook(path, header_row=header_row)
    if suffix in (".xlsx", ".xlsm"):
        raise bad_source(
            path,
            "not-what-its-name-says",
            f"is named {suffix} but holds a zip archive that is no workbook; rename it to .zip "
            "if it packs data files.",
        )

    def open_member(member: Path) -> list[SourceTable]:
        content = content_of(member)
        require_named_so(member, content)
        if content is Content.ZIP and not is_workbook(member):
            raise bad_source(member, "wrong-kind", "is an archive inside an archive; unpack it.")
        return _tables(member, content, encoding, header_row)

    return open_zipped(path, open_member)


def _require_suffix(path: Path, what: str, suffixes: tuple[str, ...]) -> None:
    suffix = path.suffix.lower()
    if suffix in NAMED and suffix not in suffixes:
        raise bad_source(
            path,
            "not-what-its-name-says",
            f"is named {suffix} but holds {what}; rename it to {suffixes[0]}.",
        )
