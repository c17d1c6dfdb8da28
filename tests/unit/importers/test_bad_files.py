"""Every kind of bad file is refused or reported by a stable code that names file or row."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook
from source_files import (
    bytes_file,
    collection,
    feature,
    geopackage,
    kml,
    lamps,
    point,
    read_all,
    shapefile,
    text_file,
    truncated,
    workbook,
    zipped,
)

from canopy.assets.importers import archive
from canopy.errors import BadSource, CanopyError, LimitExceeded

HEADER = "ref,street,height_m\n"
GOOD = "LC1,Mill Lane,5\nLC2,Mill Lane,6\n"


@dataclass(frozen=True)
class Bad:
    """A way to make a bad file, where it is reported, and what the message must contain."""

    name: str
    make: Callable[[Path], Path]
    place: str
    code: str
    words: tuple[str, ...]


def csv(text: str, name: str = "lamps.csv") -> Callable[[Path], Path]:
    return lambda folder: text_file(folder, name, text)


def raw(content: bytes, name: str = "lamps.csv") -> Callable[[Path], Path]:
    return lambda folder: bytes_file(folder, name, content)


def _without_part(suffix: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = shapefile(folder)
        path.with_suffix(suffix).unlink()
        return path

    return make


def _cut_table(folder: Path) -> Path:
    path = shapefile(folder)
    truncated(path.with_suffix(".dbf"), 0.8)
    return path


def _flatgeobuf(folder: Path, count: int = 5000) -> Path:
    path = folder / "lamps.fgb"
    lamps(count).to_file(path, driver="FlatGeobuf", engine="pyogrio")
    return path


def _parquet(folder: Path) -> Path:
    path = folder / "lamps.parquet"
    lamps().to_parquet(path)
    return path


def _renamed(make: Callable[[Path], Path], name: str) -> Callable[[Path], Path]:
    return lambda folder: Path(shutil.move(make(folder), folder / name))


def _plain_sqlite(folder: Path) -> Path:
    path = folder / "lamps.gpkg"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE lamps (ref TEXT)")
        db.commit()
    return path


def _virtual_table(folder: Path) -> Path:
    path = geopackage(folder)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES "
            "('table', 'outside', 'outside', 0, "
            "'CREATE VIRTUAL TABLE outside USING VirtualOGR(''/vsicurl/http://example.org/x'')')"
        )
        db.commit()
    return path


def _overwritten_page(folder: Path) -> Path:
    path = folder / "lamps.gpkg"
    lamps(5000).to_file(path, layer="lamps", engine="pyogrio")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(bytes(content))
    return path


def _encrypted_zip(folder: Path) -> Path:
    path = zipped(folder, "lamps.zip", {"lamps.csv": (HEADER + GOOD).encode()})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    return path


def _damaged_member(folder: Path) -> Path:
    path = zipped(folder, "lamps.zip", {"lamps.csv": (HEADER + GOOD * 50).encode()})
    content = bytearray(path.read_bytes())
    content[60:64] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(content))
    return path


def _many_members(folder: Path) -> Path:
    members = {f"{i}.csv": b"" for i in range(archive.MAX_MEMBERS + 1)}
    return zipped(folder, "lamps.zip", members)


def _formula(folder: Path) -> Path:
    return workbook(folder, [["ref", "height_m"], ["LC1", "=2+3"]])


def _dated(folder: Path) -> Path:
    book = Workbook()
    book.active.append(["ref", "installed"])
    book.active.append(["LC1", 0])
    book.active["B2"].number_format = "dd/mm/yyyy"
    path = folder / "lamps.xlsx"
    book.save(path)
    return path


def _hidden_sheet(folder: Path) -> Path:
    book = Workbook()
    book.active.append(["ref"])
    book.active.append(["LC1"])
    other = book.create_sheet("Old lamps")
    other.append(["ref"])
    other.sheet_state = "hidden"
    path = folder / "lamps.xlsx"
    book.save(path)
    return path


def _cut_shapes(folder: Path) -> Path:
    return truncated(shapefile(folder), 0.9)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
DEEP = "[" * 100_000 + "]" * 100_000
FEATURES = collection([feature({"ref": "LC1"}, point()), feature({"ref": "LC2"}, point())])
LOOKALIKE = '{"type": "FeatureCollection", "features": [{"type": "Feature" "properties": {}}]}'
LINES = json.dumps(feature({"ref": "LC1"}, point())) + "\n"
PLACEMARK = (
    "<Placemark><name>A</name><Point><coordinates>-0.1,51.5</coordinates></Point></Placemark>"
)

BAD = [
    Bad("empty file", raw(b""), "refused", "empty-file", ("lamps.csv",)),
    Bad("white space only", raw(b"  \r\n \t\n"), "refused", "empty-file", ("lamps.csv",)),
    Bad("only delimiters", csv(",,,\n,,,\n"), "refused", "empty-file", ("lamps.csv",)),
    Bad("header only", csv(HEADER), "notice", "no-rows", ("lamps.csv",)),
    Bad("no header", csv("LC1,-0.12,51.5\nLC2,-0.13,51.6\n"), "notice", "no-header", ("Row 1",)),
    Bad(
        "title rows",
        csv("Lamps 2023\n\n" + HEADER + GOOD),
        "notice",
        "title-rows",
        ("row 1", "Lamps 2023"),
    ),
    Bad(
        "duplicate column",
        csv("ref,ref\nLC1,LC2\n"),
        "notice",
        "duplicate-column",
        ("'ref'", "'ref (2)'"),
    ),
    Bad(
        "row too long",
        csv(HEADER + "LC1,Mill Lane, NW6,5\n" + GOOD),
        "reject",
        "row-too-long",
        ("Line 2", "4 values"),
    ),
    Bad(
        "row too short",
        csv(HEADER + "LC0,Mill Lane\n" + GOOD),
        "warning",
        "row-too-short",
        ("Line 2", "'height_m'"),
    ),
    Bad(
        "surplus delimiters",
        csv(HEADER + "LC1,Mill Lane,5,,\n" + GOOD),
        "warning",
        "trailing-delimiters",
        ("line 2",),
    ),
    Bad(
        "blank trailer rows",
        csv(HEADER + GOOD + ",,\n,,\n"),
        "warning",
        "blank-rows",
        ("line 4, 5",),
    ),
    Bad(
        "repeated header",
        csv(HEADER + GOOD + HEADER + GOOD),
        "warning",
        "repeated-header",
        ("Line 4",),
    ),
    Bad(
        "cut short in a row",
        csv(HEADER + GOOD + "LC3,Mi"),
        "reject",
        "cut-short",
        ("Line 4", "lamps.csv"),
    ),
    Bad(
        "cut short in a quote",
        csv(HEADER + GOOD + 'LC3,"Mi'),
        "reject",
        "cut-short",
        ("Line 4", "lamps.csv"),
    ),
    Bad(
        "unclosed quote",
        csv(HEADER + 'LC0,"Mill Lane,4\n' + GOOD),
        "reject",
        "unclosed-quote",
        ("Line 2",),
    ),
    Bad(
        "quote closed by a later row",
        csv(HEADER + 'LC0,"Mill,4\n' + GOOD + 'LC3,"A, B",4\n'),
        "reject",
        "unclosed-quote",
        ("Line 2",),
    ),
    Bad(
        "stray quote",
        csv(HEADER + 'LC0,"Mill "Old" Lane",4\n' + GOOD),
        "warning",
        "stray-quote",
        ("Line 2",),
    ),
    Bad(
        "header with an unclosed quote",
        csv('"ref,street,h\n' + GOOD),
        "refused",
        "unclosed-quotes",
        ("lamps.csv", "line 1"),
    ),
    Bad(
        "quotes unclosed all over",
        csv(HEADER + 'LC0,"Mill Lane,4\n' * 61),
        "refused",
        "unclosed-quotes",
        ("lamps.csv",),
    ),
    Bad(
        "cp1252 instead of UTF-8",
        raw((HEADER + "LC1,Café Row,5\n").encode("cp1252")),
        "notice",
        "not-utf-8",
        ("lamps.csv", "1252"),
    ),
    Bad(
        "a cp1252 byte in UTF-8",
        raw(HEADER.encode() + "LC1,Café é,5\n".encode() + b"LC2,Caf\xe9,5\n"),
        "warning",
        "mixed-encoding",
        ("Line 3", "street"),
    ),
    Bad(
        "bytes in no encoding",
        raw(HEADER.encode() + b"LC1,Caf\x81,5\n"),
        "reject",
        "bad-encoding",
        ("Line 2", "street"),
    ),
    Bad(
        "mojibake",
        csv(HEADER + "LC1,CafÃ© Row,5\n"),
        "warning",
        "mojibake",
        ("Row 2", "'Café Row'"),
    ),
    Bad(
        "characters lost before",
        csv(HEADER + "LC1,Caf\ufffd Row,5\n"),
        "warning",
        "lost-characters",
        ("Row 2", "street"),
    ),
    Bad(
        "NUL characters",
        csv(HEADER + "LC1,Mill\0Lane,5\n" + GOOD * 20),
        "reject",
        "nul-character",
        ("Line 2", "street"),
    ),
    Bad(
        "unusual delimiter",
        csv("ref^street\nLC1^Mill Lane\nLC2^Mill Lane\n"),
        "notice",
        "unusual-delimiter",
        ("lamps.csv", "'^'"),
    ),
    Bad("PDF named CSV", raw(b"%PDF-1.7\n..."), "refused", "wrong-kind", ("lamps.csv", "PDF")),
    Bad(
        "JPEG named CSV",
        raw(b"\xff\xd8\xff\xe0\0\x10JFIF"),
        "refused",
        "wrong-kind",
        ("lamps.csv", "JPEG"),
    ),
    Bad(
        "web page named CSV",
        csv("<!DOCTYPE html><html>Sign in</html>"),
        "refused",
        "wrong-kind",
        ("lamps.csv", "HTML"),
    ),
    Bad("binary rubbish", raw(bytes(range(256)) * 40), "refused", "wrong-kind", ("lamps.csv",)),
    Bad(
        "gzip",
        raw(b"\x1f\x8b\x08\0", "lamps.csv.gz"),
        "refused",
        "wrong-kind",
        ("lamps.csv.gz", "unpack"),
    ),
    Bad(
        "Access database",
        raw(b"\0\x01\0\0Standard ACE DB\0", "lamps.accdb"),
        "refused",
        "wrong-kind",
        ("lamps.accdb", "Access"),
    ),
    Bad(
        "terrain grid",
        csv("ncols 2\nnrows 2\n0 0\n0 0\n", "tq27.asc"),
        "refused",
        "wrong-kind",
        ("tq27.asc",),
    ),
    Bad("old XLS", raw(OLE, "lamps.xls"), "refused", "wrong-kind", ("lamps.xls", "save it as")),
    Bad(
        "XLSX with a password",
        raw(OLE + "EncryptedPackage".encode("utf-16-le"), "lamps.xlsx"),
        "refused",
        "password-protected",
        ("lamps.xlsx",),
    ),
    Bad(
        "XLSX named CSV",
        _renamed(lambda f: workbook(f, [["ref"], ["LC1"]]), "lamps.csv"),
        "refused",
        "not-what-its-name-says",
        ("lamps.csv", "zip"),
    ),
    Bad(
        "CSV named XLSX",
        csv(HEADER + GOOD, "lamps.xlsx"),
        "refused",
        "not-what-its-name-says",
        ("lamps.xlsx", "text"),
    ),
    Bad(
        "XLSX named ZIP",
        _renamed(lambda f: workbook(f, [["ref"], ["LC1"]]), "lamps.zip"),
        "refused",
        "not-what-its-name-says",
        ("lamps.zip", "XLSX"),
    ),
    Bad(
        "zip named XLSX",
        lambda f: zipped(f, "lamps.xlsx", {"a.csv": b"ref\nLC1\n"}),
        "refused",
        "not-what-its-name-says",
        ("lamps.xlsx", "zip"),
    ),
    Bad(
        "GeoJSON named GeoPackage",
        csv(FEATURES, "lamps.gpkg"),
        "refused",
        "not-what-its-name-says",
        ("lamps.gpkg", "JSON"),
    ),
    Bad(
        "GeoPackage named shapefile",
        _renamed(geopackage, "lamps.shp"),
        "refused",
        "not-what-its-name-says",
        ("lamps.shp", "SQLite"),
    ),
    Bad(
        "XLSX cut short",
        lambda f: truncated(workbook(f, [["ref"], ["LC1"]]), 0.7),
        "refused",
        "cut-short",
        ("lamps.xlsx",),
    ),
    Bad(
        "XLSX without sheets' parts",
        lambda f: zipped(f, "lamps.xlsx", {"xl/workbook.xml": b"<a/>"}),
        "refused",
        "damaged",
        ("lamps.xlsx",),
    ),
    Bad("XLSX without rows", lambda f: workbook(f, []), "refused", "empty-file", ("lamps.xlsx",)),
    Bad("XLSX null date", _dated, "warning", "null-date", ("Row 2", "installed")),
    Bad(
        "XLSX error cell",
        lambda f: workbook(f, [["ref", "h"], ["LC1", "#REF!"]]),
        "warning",
        "cell-error",
        ("Row 2", "#REF!"),
    ),
    Bad(
        "XLSX formula without result",
        _formula,
        "notice",
        "formula-not-calculated",
        ("1 formula", "lamps.xlsx"),
    ),
    Bad(
        "XLSX note beside the table",
        lambda f: workbook(f, [["ref", "h"], ["LC1", 5, "check!"]]),
        "warning",
        "outside-table",
        ("C2", "check!"),
    ),
    Bad("XLSX hidden sheet", _hidden_sheet, "notice", "sheet-skipped", ("Old lamps",)),
    Bad(
        "XLSB",
        lambda f: zipped(f, "lamps.xlsb", {"xl/workbook.bin": b""}),
        "refused",
        "wrong-kind",
        ("lamps.xlsb", "XLSB"),
    ),
    Bad(
        "OpenDocument",
        lambda f: zipped(
            f, "lamps.ods", {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}
        ),
        "refused",
        "wrong-kind",
        ("lamps.ods",),
    ),
    Bad(
        "Word document",
        lambda f: zipped(f, "l.docx", {"[Content_Types].xml": b"", "word/document.xml": b""}),
        "refused",
        "wrong-kind",
        ("l.docx", "Word"),
    ),
    Bad(
        "zip without data",
        lambda f: zipped(f, "lamps.zip", {"readme.md": b"hello"}),
        "refused",
        "wrong-kind",
        ("lamps.zip", "readme.md"),
    ),
    Bad("empty zip", lambda f: zipped(f, "lamps.zip", {}), "refused", "empty-file", ("lamps.zip",)),
    Bad(
        "zip in a zip",
        lambda f: zipped(
            f, "lamps.zip", {"a.xlsx": zipped(f, "i.zip", {"a.csv": b"x"}).read_bytes()}
        ),
        "refused",
        "wrong-kind",
        ("lamps.zip", "a.xlsx"),
    ),
    Bad(
        "zip cut short",
        lambda f: truncated(zipped(f, "lamps.zip", {"a.csv": b"ref\n" * 99}), 0.6),
        "refused",
        "cut-short",
        ("lamps.zip", "byte"),
    ),
    Bad("zip with a password", _encrypted_zip, "refused", "password-protected", ("lamps.zip",)),
    Bad(
        "zip with a damaged member",
        _damaged_member,
        "refused",
        "damaged",
        ("lamps.zip", "lamps.csv"),
    ),
    Bad(
        "zip bomb by ratio",
        lambda f: zipped(f, "bomb.zip", {"a.csv": b"0" * (80 << 20)}),
        "limit",
        "archive-limit",
        ("bomb.zip", "times"),
    ),
    Bad("zip bomb by members", _many_members, "limit", "archive-limit", ("lamps.zip", "2,001")),
    Bad(
        "shapefile zipped without .shp",
        lambda f: zipped(f, "lamps.zip", {"lamps.dbf": b"x"}),
        "refused",
        "missing-part",
        ("lamps.zip", ".shp"),
    ),
    Bad(
        "bad member in a zip",
        lambda f: zipped(f, "lamps.zip", {"lamps.csv": b"%PDF-1.4"}),
        "refused",
        "wrong-kind",
        ("lamps.zip", "lamps.csv", "PDF"),
    ),
    Bad(
        "GeoJSON cut short",
        csv(FEATURES[:-30], "lamps.geojson"),
        "refused",
        "cut-short",
        ("lamps.geojson", "byte"),
    ),
    Bad(
        "GeoJSON cut after a bracket",
        csv(FEATURES[:-3], "lamps.geojson"),
        "refused",
        "cut-short",
        ("lamps.geojson", "line 1"),
    ),
    Bad(
        "GeoJSON with a syntax fault",
        csv(LOOKALIKE + " " * 99 + "}", "lamps.geojson"),
        "refused",
        "bad-json",
        ("lamps.geojson", "line 1"),
    ),
    Bad(
        "text after the end of GeoJSON",
        csv(FEATURES + "\n{}", "lamps.geojson"),
        "refused",
        "bad-json",
        ("lamps.geojson", "line 2"),
    ),
    Bad(
        "JSON nested too deeply",
        csv(DEEP, "lamps.geojson"),
        "refused",
        "bad-json",
        ("lamps.geojson", "deeply"),
    ),
    Bad(
        "endless number in JSON",
        csv('[{"ref": ' + "9" * 5000 + "}]", "lamps.json"),
        "refused",
        "bad-json",
        ("lamps.json", "too long"),
    ),
    Bad(
        "no features", csv(collection([]), "lamps.geojson"), "notice", "no-rows", ("lamps.geojson",)
    ),
    Bad(
        "FeatureCollection without features",
        csv('{"type": "FeatureCollection"}', "l.geojson"),
        "refused",
        "bad-json",
        ("l.geojson", "features"),
    ),
    Bad(
        "a feature that is none",
        csv(collection([feature({}, point()), 7]), "l.geojson"),
        "reject",
        "bad-feature",
        ("Feature 2",),
    ),
    Bad(
        "properties that are none",
        csv(collection([feature([1], point()), feature({}, point())]), "l.geojson"),
        "reject",
        "bad-feature",
        ("Feature 1",),
    ),
    Bad(
        "coordinates that are text",
        csv(collection([feature({}, point("a", "b")), feature({}, point())]), "l.geojson"),
        "reject",
        "bad-geometry",
        ("Feature 1",),
    ),
    Bad(
        "coordinates that are null",
        csv(collection([feature({}, point()), feature({}, point(None))]), "l.geojson"),
        "reject",
        "bad-geometry",
        ("Feature 2",),
    ),
    Bad(
        "unknown geometry type",
        csv(collection([feature({}, {"type": "Blob", "coordinates": [0, 0]})]), "l.geojson"),
        "reject",
        "bad-geometry",
        ("Feature 1", "Blob"),
    ),
    Bad(
        "a ring of two positions",
        csv(
            collection([feature({}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]})]),
            "l.geojson",
        ),
        "reject",
        "bad-geometry",
        ("Feature 1", "Polygon"),
    ),
    Bad(
        "metres without a CRS",
        csv(collection([feature({}, point(524803, 185110))]), "l.geojson"),
        "notice",
        "crs-contradicted",
        ("l.geojson",),
    ),
    Bad(
        "a CRS nobody knows",
        csv(
            collection(
                [feature({}, point())], crs={"type": "name", "properties": {"name": "urn:x:1"}}
            ),
            "l.geojson",
        ),
        "notice",
        "unknown-crs",
        ("l.geojson", "urn:x:1"),
    ),
    Bad(
        "one page of several",
        csv(collection([feature({}, point())], links=[{"rel": "next", "href": "x"}]), "l.geojson"),
        "notice",
        "more-pages",
        ("l.geojson",),
    ),
    Bad(
        "Esri JSON",
        csv('{"features": [{"attributes": {"a": 1}, "geometry": {"x": 1, "y": 2}}]}', "l.json"),
        "refused",
        "wrong-kind",
        ("l.json", "Esri"),
    ),
    Bad(
        "TopoJSON",
        csv('{"type": "Topology", "objects": {}}', "l.json"),
        "refused",
        "wrong-kind",
        ("l.json", "TopoJSON"),
    ),
    Bad(
        "an object of no known kind",
        csv('{"a": 1, "b": 2}', "l.json"),
        "refused",
        "wrong-kind",
        ("l.json", "a, b"),
    ),
    Bad(
        "a web service's error",
        csv('{"error": {"code": 498, "message": "Invalid Token"}}', "l.json"),
        "refused",
        "error-answer",
        ("l.json", "Invalid Token"),
    ),
    Bad(
        "a bad line of many",
        csv(LINES + '{"type": "Fea\n' + LINES, "l.geojsonl"),
        "reject",
        "bad-json",
        ("Line 2",),
    ),
    Bad(
        "last line cut short",
        csv(LINES * 2 + '{"type": {}', "l.geojsonl"),
        "reject",
        "cut-short",
        ("Line 3",),
    ),
    Bad(
        "OFDS without nodes",
        csv('{"networks": [{"id": "1"}]}', "net.json"),
        "refused",
        "no-tables",
        ("net.json",),
    ),
    Bad(
        "OFDS node without shape",
        csv('{"networks": [{"nodes": [{"id": "1", "location": 5}]}]}', "n.json"),
        "reject",
        "bad-geometry",
        ("Node 1",),
    ),
    Bad(
        "OFDS span without medium",
        csv('{"spans": [{"id": "1"}]}', "n.json"),
        "notice",
        "medium-undeclared",
        ("n.json",),
    ),
    Bad(
        "GeoPackage cut short",
        lambda f: truncated(geopackage(f), 0.6),
        "refused",
        "cut-short",
        ("lamps.gpkg", "byte"),
    ),
    Bad("GeoPackage overwritten", _overwritten_page, "refused", "damaged", ("lamps.gpkg",)),
    Bad(
        "SQLite but no GeoPackage", _plain_sqlite, "refused", "wrong-kind", ("lamps.gpkg", "lamps")
    ),
    Bad(
        "GeoPackage reaching outside",
        _virtual_table,
        "refused",
        "unsafe-content",
        ("lamps.gpkg", "outside"),
    ),
    Bad("shapefile cut short", _cut_shapes, "refused", "cut-short", ("lamps.shp", "byte")),
    Bad("shapefile's table cut short", _cut_table, "refused", "cut-short", ("lamps.dbf", "row 2")),
    Bad(
        "shapefile without .shx",
        _without_part(".shx"),
        "refused",
        "missing-part",
        ("lamps.shp", "lamps.shx"),
    ),
    Bad(
        "shapefile without .prj",
        _without_part(".prj"),
        "notice",
        "missing-part",
        ("lamps.shp", "lamps.prj"),
    ),
    Bad(
        "shapefile without .dbf",
        _without_part(".dbf"),
        "notice",
        "missing-part",
        ("lamps.shp", "lamps.dbf"),
    ),
    Bad(
        "FlatGeobuf cut short",
        lambda f: truncated(_flatgeobuf(f), 0.7),
        "refused",
        "cut-short",
        ("lamps.fgb", "row"),
    ),
    Bad(
        "FlatGeobuf cut in its head",
        lambda f: truncated(_flatgeobuf(f), 0.01),
        "refused",
        "cut-short",
        ("lamps.fgb",),
    ),
    Bad(
        "Parquet cut short",
        lambda f: truncated(_parquet(f), 0.9),
        "refused",
        "cut-short",
        ("lamps.parquet", "byte"),
    ),
    Bad(
        "KML cut short",
        csv(kml(PLACEMARK)[:-30], "cctv.kml"),
        "refused",
        "cut-short",
        ("cctv.kml", "line"),
    ),
    Bad(
        "KML not well formed",
        csv(kml("<Placemark></Point>"), "cctv.kml"),
        "refused",
        "bad-xml",
        ("cctv.kml", "line 3"),
    ),
    Bad(
        "KML with entities",
        csv(kml(PLACEMARK, '<!DOCTYPE kml [<!ENTITY a "aaaa">]>'), "cctv.kml"),
        "refused",
        "unsafe-content",
        ("cctv.kml", "DOCTYPE"),
    ),
    Bad(
        "KML that only links",
        csv(kml("<NetworkLink><href>http://example.org</href></NetworkLink>"), "c.kml"),
        "notice",
        "network-link",
        ("c.kml",),
    ),
    Bad(
        "KML coordinates that are none",
        csv(kml(PLACEMARK.replace("51.5", "north")), "c.kml"),
        "reject",
        "bad-geometry",
        ("Placemark 1",),
    ),
    Bad(
        "KML track",
        csv(kml("<Placemark><gx:Track xmlns:gx='g'/></Placemark>"), "c.kml"),
        "reject",
        "bad-geometry",
        ("Placemark 1", "Track"),
    ),
    Bad(
        "GPX named KML",
        csv("<?xml version='1.0'?><gpx></gpx>", "c.kml"),
        "refused",
        "wrong-kind",
        ("c.kml", "GPX"),
    ),
    Bad("a folder", lambda f: f, "refused", "not-a-file", ("folder",)),
    Bad("no such file", lambda f: f / "none.csv", "refused", "not-found", ("none.csv",)),
]


def _reported(path: Path, place: str) -> list[tuple[str, str]]:
    """(code, message) of everything that reading the file said in one place."""
    if place in ("refused", "limit"):
        with pytest.raises(CanopyError) as caught:
            read_all(path)
        kind = BadSource if place == "refused" else LimitExceeded
        assert type(caught.value) is kind
        return [(str(caught.value.members["code"]), caught.value.detail)]
    issues = []
    for read in read_all(path):
        said = {"reject": read.rejects, "warning": read.warnings, "notice": read.table.notices}
        issues += [(issue.code, issue.message) for issue in said[place]]
    return issues


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_file_is_reported(bad: Bad, tmp_path: Path) -> None:
    """A bad file gives its own code, in its own place, and a message that names the trouble."""
    found = dict(_reported(bad.make(tmp_path), bad.place))
    assert bad.code in found
    assert [word for word in bad.words if word not in found[bad.code]] == []


def test_kinds_of_bad_files_are_many() -> None:
    """The table covers at least the sixty kinds that were promised, each once."""
    assert len({bad.name for bad in BAD}) == len(BAD)
    assert len(BAD) >= 60


def test_every_code_is_documented() -> None:
    """Each code that the readers use has its line in the reference."""
    root = Path(__file__).resolve().parents[3]
    page = (root / "docs" / "reference" / "import-codes.md").read_text(encoding="utf-8")
    assert [bad.code for bad in BAD if f"`{bad.code}`" not in page] == []


def test_zip_paths_never_leave_the_temporary_folder(tmp_path: Path) -> None:
    """A member named ../../evil.csv is read, and written nowhere but in our folder."""
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    path = zipped(
        inside, "lamps.zip", {"../../evil.csv": b"ref\nLC1\n", "/abs/also.csv": b"ref\nLC2\n"}
    )
    reads = read_all(path)
    assert sorted(read.columns["ref"][0] for read in reads) == ["LC1", "LC2"]
    assert list(tmp_path.rglob("*.csv")) == []


def test_unpacked_files_are_removed_with_their_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing stays in the temporary folder once the tables are gone."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = zipped(tmp_path, "lamps.zip", {"lamps.csv": b"ref\nLC1\n"})
    reads = read_all(path)
    assert reads[0].columns["ref"] == ["LC1"]
    del reads
    assert list(scratch.iterdir()) == []


def test_declared_size_of_a_member_is_not_exceeded(tmp_path: Path) -> None:
    """An archive that understates a member's size is refused as damaged."""
    path = zipped(tmp_path, "lamps.zip", {"lamps.csv": b"ref\n" + b"LC1\n" * 1000})
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with zipfile.ZipFile(path) as opened:
        assert opened.infolist()[0].file_size == 10
    with pytest.raises(BadSource, match=r"lamps\.csv is damaged"):
        read_all(path)
