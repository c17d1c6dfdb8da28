"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from pathlib import Path

from canopy.assets.importers.faults import bad_source

HEAD_BYTES = 65_536
_TEXT_SHARE = 0.95


class Content(StrEnum):
    """The kinds of content that have a reader; the value is what a person calls it."""

    SQLITE = "a GeoPackage or other SQLite database"
    ZIP = "a zip archive"
    PARQUET = "a Parquet file"
    FLATGEOBUF = "a FlatGeobuf file"
    SHAPEFILE = "a shapefile"
    JSON = "JSON"
    XML = "XML"
    TEXT = "delimited text"


NAMED: dict[str, frozenset[Content]] = {
    ".csv": frozenset({Content.TEXT}),
    ".tsv": frozenset({Content.TEXT}),
    ".tab": frozenset({Content.TEXT}),
    ".psv": frozenset({Content.TEXT}),
    ".txt": frozenset({Content.TEXT}),
    ".asc": frozenset({Content.TEXT}),
    ".gpkg": frozenset({Content.SQLITE}),
    ".sqlite": frozenset({Content.SQLITE}),
    ".parquet": frozenset({Content.PARQUET}),
    ".geoparquet": frozenset({Content.PARQUET}),
    ".fgb": frozenset({Content.FLATGEOBUF}),
    ".shp": frozenset({Content.SHAPEFILE}),
    ".json": frozenset({Content.JSON}),
    ".geojson": frozenset({Content.JSON}),
    ".geojsonl": frozenset({Content.JSON}),
    ".geojsons": frozenset({Content.JSON}),
    ".ndjson": frozenset({Content.JSON}),
    ".jsonl": frozenset({Content.JSON}),
    ".kml": frozenset({Content.XML}),
    ".kmz": frozenset({Content.ZIP}),
    ".xlsx": frozenset({Content.ZIP}),
    ".xlsm": frozenset({Content.ZIP}),
    ".zip": frozenset({Content.ZIP}),
    ".xls": frozenset(),
}
"""What each suffix promises; other suffixes promise nothing."""

_MAGIC: tuple[tuple[bytes, Content], ...] = (
    (b"SQLite format 3\0", Content.SQLITE),
    (b"PK\x03\x04", Content.ZIP),
    (b"PK\x05\x06", Content.ZIP),
    (b"PAR1", Content.PARQUET),
    (b"fgb\x03fgb", Content.FLATGEOBUF),
    (b"\x00\x00\x27\x0a", Content.SHAPEFILE),
)

_QGIS = "open it in QGIS and export it as GeoPackage"
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF document", "ask for the table it was made from, as CSV or XLSX"),
    (b"\xff\xd8\xff", "a JPEG picture", "ask for the data behind it, as CSV or GeoPackage"),
    (b"\x89PNG", "a PNG picture", "ask for the data behind it, as CSV or GeoPackage"),
    (b"GIF8", "a GIF picture", "ask for the data behind it, as CSV or GeoPackage"),
    (b"II*\0", "a TIFF picture", "rasters cannot be imported as assets"),
    (b"MM\0*", "a TIFF picture", "rasters cannot be imported as assets"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it, or pack it as zip"),
    (b"Rar!", "a RAR archive", "unpack it, or pack it as zip"),
    (b"{\\rtf", "an RTF document", "copy the table into a spreadsheet and save it as CSV"),
    (b"\0\x01\0\0Standard", "a Microsoft Access database", "export its table as CSV or XLSX"),
    (b"AC10", "an AutoCAD drawing (DWG)", _QGIS + " (save it as DXF first)"),
    (b"PARE", "an encrypted Parquet file", "write it again without encryption"),
    (b"!table", "a MapInfo table", _QGIS),
    (b"!TABLE", "a MapInfo table", _QGIS),
    (b"PGDMP", "a PostgreSQL dump", "export the table as GeoPackage or CSV"),
    (b"ARROW1", "an Arrow or Feather file", "write it as Parquet"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BARE_XML = re.compile(rb"\s*<(\?xml|kml|[A-Za-z][\w.]*:kml|!--|!DOCTYPE\s+kml)", re.IGNORECASE)
_ASCII_GRID = re.compile(rb"\s*ncols\s+\d+\s+nrows\s", re.IGNORECASE)
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|table)\b", re.I | re.S)


def content_of(path: Path) -> Content:
    """The kind of content of a file, from its first bytes.

    Raises BadSource for an empty file, and for kinds that have no reader, with the way
    to convert them.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise bad_source(path, "empty-file", "is empty; was the export or download finished?")
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    _refuse_foreign(path, head)
    return _text_content(path, head)


def require_named_so(path: Path, content: Content) -> None:
    """BadSource when the file's suffix promises something else than it holds."""
    promised = NAMED.get(path.suffix.lower())
    if promised is None or content in promised:
        return
    names = ", ".join(sorted(suffix for suffix, kinds in NAMED.items() if content in kinds))
    raise bad_source(
        path,
        "not-what-its-name-says",
        f"is named {path.suffix} but holds {content}; rename it ({names}) if that is what you "
        "meant to import.",
    )


def wrong_kind(path: Path, what: str, way_out: str) -> Exception:
    """The BadSource for a file of a kind that has no reader."""
    return bad_source(path, "wrong-kind", f"is {what}, which cannot be imported; {way_out}.")


def _refuse_foreign(path: Path, head: bytes) -> None:
    for magic, what, way_out in _FOREIGN:
        if head.startswith(magic):
            raise wrong_kind(path, what, way_out)
    if head.startswith(_OLE):
        if _holds_in_utf16(path, "EncryptedPackage"):
            raise bad_source(
                path,
                "password-protected",
                "is an Office file protected by a password; open it in Excel, remove the "
                "password (File, Info, Protect Workbook) and save it.",
            )
        raise wrong_kind(
            path,
            "an old Office file (XLS, DOC or MSG)",
            "open it in Excel and save it as 'Excel Workbook (.xlsx)' or CSV",
        )
    if _HTML.match(head):
        raise wrong_kind(
            path,
            "a web page (HTML)",
            "the download gave a page instead of the data: check the link or sign in first",
        )


def _holds_in_utf16(path: Path, text: str) -> bool:
    """Whether a compound file names a stream; its directory may be anywhere in the file."""
    wanted = text.encode("utf-16-le")
    kept = b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            if wanted in kept + block:
                return True
            kept = block[-len(wanted) :]
    return False


def _text_content(path: Path, head: bytes) -> Content:
    text = head
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if wide:
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
    text = text.removeprefix(codecs.BOM_UTF8)
    start = text.lstrip(b" \t\r\n\x1e")
    if start[:1] in (b"{", b"["):
        return Content.JSON
    if _HTML.match(text):
        _refuse_foreign(path, text)
    if _BARE_XML.match(text):
        return Content.XML
    if _ASCII_GRID.match(text):
        raise wrong_kind(path, "a terrain grid", "rasters cannot be imported as assets")
    zeros = head.count(0)
    if not wide and not 0.3 < zeros / len(head) < 0.55 and _text_share(head) < _TEXT_SHARE:
        raise wrong_kind(
            path, "a binary file of an unknown kind", "export the data as CSV, XLSX or GeoPackage"
        )
    return Content.TEXT


def _text_share(head: bytes) -> float:
    """The share of bytes that are no control characters."""
    control = sum(head.count(code) for code in range(32) if code not in (0, 9, 10, 12, 13, 30, 31))
    zeros = head.count(0)
    return 1 - (control + zeros) / len(head)
