"""Over a hundred kinds of bad file and bad row: refused by name, and nothing written.

Files that no reader takes come from the table of the readers' own tests; here they go
through a whole import into a catalogue that holds something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import shapely
from registers import import_register, outcome, write_register
from source_files import bytes_file, collection, feature, text_file, workbook
from sqlalchemy import select
from test_bad_files import BAD as UNREADABLE
from test_bad_files import Bad as Unreadable

from canopy.assets.areas import import_areas
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.intake.report import ImportReport
from canopy.assets.tables import Area, Asset, Change, ExternalChange, Organisation, Revision
from canopy.db.base import Base
from canopy.db.engine import Database
from canopy.errors import CanopyError
from canopy.geo import transformer

TABLES: tuple[type[Base], ...] = (Asset, Revision, Change, Area, Organisation, ExternalChange)
HEADINGS = "Asset Ref,Easting,Northing,Height (m),Wattage,Material,Street,Postcode,UPRN,Installed"
GOOD = (
    "N-1,430300.5,280300.25,8,35,Steel,Mill Lane,NW6 1AA,100012345678,05/03/2019",
    "N-2,430330.5,280305.25,8,35,Steel,Mill Lane,NW6 1AA,100012345679,06/03/2019",
    "N-3,430360.5,280310.25,6,20,Concrete,High Street,NW6 1AB,100012345680,25/03/2019",
    "N-4,430390.5,280315.25,6,20,Concrete,High Street,NW6 1AB,100012345681,26/03/2019",
    "N-5,430420.5,280320.25,5,20,Concrete,High Street,NW6 1AB,100012345682,27/03/2019",
)
BAD_ROW = len(GOOD) + 2
CROWD = 40
"""Rows after which a file has a middle that an exchanged row can be told to lie far from."""
SQUARE = [[430000, 280000], [430100, 280000], [430100, 280100], [430000, 280100], [430000, 280000]]
BNG_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}


@pytest.fixture
def stocked(gpkg_database: Database, tmp_path: Path) -> Database:
    """A GeoPackage catalogue that holds four assets, an area and an organisation."""
    return stock(gpkg_database, tmp_path)


@pytest.fixture
def stocked_postgis(postgis_database: Database, tmp_path: Path) -> Database:
    """The same in PostGIS."""
    return stock(postgis_database, tmp_path)


def stock(database: Database, folder: Path) -> Database:
    """Put something into a catalogue that a bad import could harm."""
    register = write_register(folder / "held.csv")
    import_register(database, register, source="lighting", authority="anytown")
    ward = feature({"name": "Mill", "code": "E05000001"}, polygon(SQUARE))
    areas = text_file(folder, "wards.geojson", collection([ward], crs=BNG_CRS))
    import_areas(database, areas, "ward", "wards")
    return database


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table that an import could touch, as text."""
    found: dict[str, list[str]] = {}
    with database.reading() as session:
        for table in TABLES:
            columns = list(table.__table__.columns)
            rows = session.execute(select(*columns)).all()
            found[table.__tablename__] = sorted(repr([_plain(v) for v in row]) for row in rows)
    assert len(found["asset"]) == 4
    assert len(found["area"]) == 1
    return found


def _plain(value: object) -> object:
    return shapely.to_wkb(value, hex=True) if isinstance(value, shapely.Geometry) else value


def polygon(ring: list[list[object]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass(frozen=True)
class Case:
    """A bad file, how it is imported, the code it is told by and words of the message.

    `row` is the row that the report must name, None where the whole file is meant.
    """

    name: str
    code: str
    words: tuple[str, ...]
    make: Callable[[Path], Path]
    row: int | None = BAD_ROW
    kind: str = "lamppost"
    options: tuple[tuple[str, object], ...] = ()


def with_row(line: str, *, headings: str = HEADINGS) -> Callable[[Path], Path]:
    """The good register with one more line."""
    return lambda folder: text_file(folder, "new.csv", "\n".join([headings, *GOOD, line]) + "\n")


def with_rows(*lines: str, headings: str = HEADINGS) -> Callable[[Path], Path]:
    """A register of these lines only."""
    return lambda folder: text_file(folder, "new.csv", "\n".join([headings, *lines]) + "\n")


def with_crowd(line: str) -> Callable[[Path], Path]:
    """A register long enough to have a middle, from which the last line lies far off."""
    crowd = [
        f"C-{i},{430_300 + 30 * i},{280_300 + 5 * i},8,35,Steel,Mill Lane,NW6,,05/03/2019"
        for i in range(CROWD)
    ]
    return with_rows(*crowd, line)


def with_bytes(line: bytes) -> Callable[[Path], Path]:
    content = "\n".join([HEADINGS, *GOOD]).encode() + b"\n" + line + b"\n"
    return lambda folder: bytes_file(folder, "new.csv", content)


def with_shape(geometry: object, good: int = 2) -> Callable[[Path], Path]:
    """A GeoJSON file in EPSG:27700 of some good squares and this geometry."""
    squares = [
        feature({"ref": f"B{i}"}, polygon([[x + 200 * i, y] for x, y in SQUARE]))
        for i in range(1, good + 1)
    ]
    content = collection([*squares, feature({"ref": "B0"}, geometry)], crs=BNG_CRS)
    return lambda folder: text_file(folder, "new.geojson", content)


def sheet(*rows: list[object]) -> Callable[[Path], Path]:
    return lambda folder: workbook(folder, [HEADINGS.split(","), *rows], "new.xlsx")


def mapped(toml: str) -> tuple[tuple[str, object], ...]:
    """The option --mapping, with a file of this text; made beside the source by `run`."""
    return (("mapping_text", toml),)


OK = "N-9,430450.5,280325.25,5,20,Concrete,High Street,NW6 1AB,100012345683,27/03/2019"


def cell(name: str, value: str) -> str:
    """A good row with one cell changed."""
    values = OK.split(",")
    values[HEADINGS.split(",").index(name)] = value
    return ",".join(values)


REFUSED = [
    Case("blank easting", "missing-coordinates", ("Easting",), with_row(cell("Easting", ""))),
    Case("easting in words", "unreadable-coordinates", ("'see plan'",),
         with_row(cell("Easting", "see plan"))),
    Case("zero position", "zero-coordinates", ("0",),
         with_row("N-9,0,0,5,20,Steel,A,NW6,,27/03/2019")),
    Case("zero northing", "zero-coordinates", ("0",), with_row(cell("Northing", "0"))),
    Case("exchanged position", "swapped-coordinates", ("exchanged",),
         with_crowd("N-9,280325.25,430450.5,5,20,Steel,A,NW6,,27/03/2019"), CROWD + 2),
    Case("off the planet", "off-planet", ("99999999999",),
         with_row(cell("Easting", "99999999999"))),
    Case("out of the area", "out-of-area", ("EPSG:27700",),
         with_row("N-9,2430450,3280325,5,20,Steel,A,NW6,,27/03/2019")),
    Case("infinite coordinate", "unreadable-coordinates", ("inf",),
         with_row(cell("Easting", "inf"))),
    Case("height in another world", "value-out-of-range", ("500",),
         with_row(cell("Height (m)", "500"))),
    Case("negative wattage", "value-out-of-range", ("-20",), with_row(cell("Wattage", "-20"))),
    Case("height in words", "unreadable-value", ("'tall'",), with_row(cell("Height (m)", "tall"))),
    Case("impossible date", "unreadable-value", ("31/02/2019",),
         with_row(cell("Installed", "31/02/2019"))),
    Case("text too long", "unreadable-value", ("2000",), with_row(cell("Street", "x" * 3_000))),
    Case("duplicate ref", "duplicate-ref", ("'N-1'", "Row 2"),
         with_row(cell("Asset Ref", "N-1")), 2),
    Case("duplicate row", "duplicate-row", ("repeats row 2",), with_row(GOOD[0])),
    Case("row too long", "row-too-long", (f"Line {BAD_ROW}",), with_row(OK + ",extra")),
    Case("unclosed quote", "unclosed-quote", (f"Line {BAD_ROW}",),
         with_row(cell("Street", '"Mill') + "\n" + "\n".join(GOOD).replace("N-", "M-"))),
    Case("cut short in a row", "cut-short", (f"Line {BAD_ROW}",),
         lambda f: text_file(f, "new.csv", "\n".join([HEADINGS, *GOOD, "N-9,43045"]))),
    Case("bytes in no encoding", "bad-encoding", (f"Line {BAD_ROW}", "Street"),
         with_bytes(cell("Street", "@").encode().replace(b"@", b"Caf\x81"))),
    Case("pairs that disagree", "coordinates-disagree", ("m apart",),
         lambda f: text_file(f, "new.csv", _two_pairs("-1.0,51.0"))),
    Case("row of a wrong kind of shape", "wrong-geometry-type", ("lamppost", "Polygon"),
         with_shape(polygon(SQUARE)), 1),
    Case("feature without geometry", "missing-geometry", ("no geometry",),
         with_shape(None), 3, "building"),
    Case("empty polygon", "empty-geometry", ("Polygon",),
         with_shape({"type": "MultiPolygon", "coordinates": []}), 3, "building"),
    Case("polygon without area", "degenerate-geometry", ("extent",),
         with_shape(polygon([[430000, 280000], [430100, 280100], [430000, 280000],
                             [430000, 280000]])), 3, "building"),
    Case("polygon of two corners", "bad-geometry", ("Feature 3",),
         with_shape(polygon([[430000, 280000], [430100, 280100]])), 3, "building"),
    Case("coordinate in words", "bad-geometry", ("Feature 3",),
         with_shape({"type": "Point", "coordinates": ["here", "there"]}), 3, "building"),
    Case("null coordinate", "bad-geometry", ("Feature 3",),
         with_shape({"type": "Point", "coordinates": [None, 280000]}), 3, "building"),
    Case("geometry of no kind", "bad-geometry", ("Feature 3",),
         with_shape({"type": "Blob", "coordinates": []}), 3, "building"),
    Case("shape out of the area", "out-of-area", ("EPSG:27700",),
         with_shape(polygon([[x + 3_000_000, y] for x, y in SQUARE])), 3, "building"),
    Case("shape at 0, 0", "zero-coordinates", ("0, 0",),
         with_shape({"type": "Point", "coordinates": [0, 0]}), 3, "building"),
    Case("shape exchanged", "swapped-coordinates", ("exchanged",),
         with_shape({"type": "Point", "coordinates": [280000, 430000]}, good=CROWD), CROWD + 1,
         "building"),
    Case("Excel text in a number", "unreadable-value", ("'eight'",),
         sheet(*[line.split(",") for line in GOOD], cell("Height (m)", "eight").split(","))),
    Case("word the mapping does not know", "value-not-allowed", ("'bamboo'",),
         with_row(cell("Material", "bamboo")), options=mapped(
             'kind = "lamppost"\n[columns]\nref = "Asset Ref"\nmaterial = "Material"\n[geometry]\n'
             'x = "Easting"\ny = "Northing"\ncrs = "EPSG:27700"\n')),
    Case("kind the mapping does not know", "unknown-kind", ("'Concrete'",),
         with_rows(*GOOD), 4, options=mapped(
             '[kind]\ncolumn = "Material"\n[kind.values]\nSteel = "lamppost"\n[columns]\n'
             'ref = "Asset Ref"\n[geometry]\nx = "Easting"\ny = "Northing"\ncrs = "EPSG:27700"\n')),
    Case("WKT that is none", "unreadable-geometry", ("POINT(",),
         with_rows("W1,POINT(430000 280000)", "W2,POINT(430010 280000)", "W3,POINT(430020 280000)",
                   "W4,POINT(430030 280000)", "W5,POINT(here", headings="ref,wkt"), 6,
         options=(("crs", "EPSG:27700"),)),
]  # fmt: skip


def _two_pairs(odd: str) -> str:
    """Lampposts with eastings and longitudes that agree, and one row whose do not."""
    east, north = 430_300.5 + 30.0 * np.arange(5), 280_300.25 + 5.0 * np.arange(5)
    lon, lat = transformer("EPSG:27700", "EPSG:4326").xy(east, north)
    rows = [
        f"P-{i},{e},{n},{x:.8f},{y:.8f}"
        for i, (e, n, x, y) in enumerate(zip(east, north, lon, lat, strict=True), start=1)
    ]
    headings = "ref,easting,northing,longitude,latitude"
    return "\n".join([headings, *rows, f"P-9,430450.5,280325.25,{odd}"]) + "\n"


CONSTANT = tuple(",".join([f"N-{i}", "430300", "280300", *line.split(",")[3:]])
                 for i, line in enumerate(GOOD * 5))  # fmt: skip
FILES = [
    Case("all rows in one place", "", ("same",), with_rows(*CONSTANT), None),
    Case("no column with a position", "", ("new.csv", "position"),
         with_rows("a,b", headings="ref,street"), None),
    Case("kind that nothing tells", "", ("kind",),
         lambda f: text_file(f, "new.csv", "ref,easting,northing\nA,430300,280300\n"), None, ""),
    Case("kind that does not exist", "", ("lampost", "lamppost"), with_rows(*GOOD), None,
         "lampost"),
    Case("mapping of another file", "", ("Eastings",), with_rows(*GOOD), None, options=mapped(
        'kind = "lamppost"\n[columns]\nref = "Asset Ref"\n[geometry]\nx = "Eastings"\n'
        'y = "Northings"\ncrs = "EPSG:27700"\n')),
    Case("mapping that is no TOML", "", ("mapping.toml",), with_rows(*GOOD), None,
         options=mapped("kind = lamppost")),
    Case("mapping to what no kind has", "", ("bores",), with_rows(*GOOD), None, options=mapped(
        'kind = "lamppost"\n[columns]\nbores = "Wattage"\n[geometry]\nx = "Easting"\n'
        'y = "Northing"\ncrs = "EPSG:27700"\n')),
    Case("CRS that does not exist", "", ("EPSG:999999",), with_rows(*GOOD), None,
         options=(("crs", "EPSG:999999"),)),
    Case("layer that is not there", "", ("new.csv", "'roads'"), with_rows(*GOOD), None,
         options=(("layer", "roads"),)),
    Case("encoding that does not exist", "", ("klingon",), with_rows(*GOOD), None,
         options=(("encoding", "klingon"),)),
    Case("header only", "", ("new.csv", "position"), with_rows(), None),
    Case("every row rejected", "", ("new.csv", "All 2 rows"),
         with_rows("A,0,0,5,20,Steel,A,NW6,,", "B,0,0,5,20,Steel,A,NW6,,"), None,
         options=(("accept_valid", True),)),
    Case("larger than the limit", "", ("new.csv", "limit"), with_rows(*GOOD), None,
         options=(("max_bytes", 100),)),
    Case("a folder", "", ("folder.csv",), lambda f: _made(f / "folder.csv"), None),
    Case("no such file", "", ("gone.csv",), lambda f: f / "gone.csv", None),
    Case("several sheets without a choice", "", ("book.xlsx", "--layer"),
         lambda f: _two_sheets(f), None),
]  # fmt: skip


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _two_sheets(folder: Path) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for name, other in (("Lamps", book.active), ("More", book.create_sheet())):
        other.title = name
        other.append(["ref", "easting", "northing"])
        other.append([name, 430300, 280300])
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


WARNED = [
    Case("lost leading zeros of a UPRN", "repaired-uprn", ("UPRN",),
         with_row(cell("UPRN", "12345683"))),
    Case("no UPRN", "bad-uprn", ("UPRN",), with_row(cell("UPRN", "1234567890123"))),
    Case("no postcode", "bad-postcode", ("Postcode",), with_row(cell("Postcode", "NOWHERE"))),
    Case("spreadsheet's null date", "null-date", ("Installed",),
         with_row(cell("Installed", "00/01/1900"))),
    Case("duplicate point", "duplicate-point", (f"Row {BAD_ROW}",),
         with_row("N-9," + GOOD[0].partition(",")[2])),
    Case("far from the rest", "far-from-the-rest", ("km from the middle",),
         with_crowd("N-9,130450.5,880325.25,5,20,Concrete,A,NW6,,27/03/2019"), CROWD + 2),
    Case("blank trailer rows", "blank-rows", ("line",),
         with_row(OK + "\n,,,,,,,,,\n,,,,,,,,,"), BAD_ROW + 1),
    Case("row too short", "row-too-short", (f"Line {BAD_ROW}",), with_row(OK.rpartition(",")[0])),
    Case("surplus delimiters", "trailing-delimiters", ("line",), with_row(OK + ",,,")),
    Case("mojibake", "mojibake", ("Café Row",), with_row(cell("Street", "CafÃ© Row"))),
    Case("Windows-1252", "not-utf-8", ("1252",),
         with_bytes(cell("Street", "Café").encode("cp1252")), None),
    Case("characters lost before", "lost-characters", ("Street",),
         with_row(cell("Street", "Caf\ufffd"))),
    Case("repeated header", "repeated-header", (f"Line {BAD_ROW}",),
         with_row(HEADINGS + "\n" + OK)),
    Case("zeros for unknown heights", "zero-means-unknown", ("Height",),
         with_row(cell("Height (m)", "0")), None),
    Case("words not understood", "words-not-understood", ("'bamboo'",),
         with_row(cell("Material", "bamboo")), None),
    Case("column of wards", "derived-column", ("Ward",),
         with_rows(*[f"{line},Mill" for line in GOOD], headings=HEADINGS + ",Ward"), None),
    Case("polygon that crosses itself", "repaired-geometry", ("repaired",),
         with_shape(polygon([[430500, 280000], [430600, 280100], [430600, 280000],
                             [430500, 280100], [430500, 280000]])), 3, "building"),
    Case("heights on points", "dropped-z", ("third",),
         with_shape({"type": "Point", "coordinates": [430500, 280000, 12.5]}), 3, "building"),
    Case("eastings and northings exchanged", "swapped-columns", ("exchanged",),
         with_rows(*[",".join([p[0], p[2], p[1], *p[3:]]) for p in
                     (line.split(",") for line in GOOD)]), None),
    Case("Excel error cell", "cell-error", ("#REF!",),
         sheet(*[line.split(",") for line in GOOD], cell("Street", "#REF!").split(","))),
]  # fmt: skip

PORTABLE = (
    "zero position", "out of the area", "height in words", "duplicate ref", "duplicate row",
    "row too long", "bytes in no encoding", "cut short in a row", "feature without geometry",
    "polygon without area", "all rows in one place", "every row rejected",
)  # fmt: skip
"""Cases also tried on PostGIS."""


def run(database: Database, case: Case, folder: Path, **options: object) -> ImportReport:
    """The case's file through the importer."""
    given = dict(case.options)
    text = given.pop("mapping_text", None)
    if text is not None:
        given["mapping"] = text_file(folder, "mapping.toml", str(text))
    chosen = {"source": "lighting", "author": "officer", "kind": case.kind or None}
    request = ImportRequest(path=case.make(folder), **{**chosen, **given, **options})  # type: ignore[arg-type]
    return run_import(database, request)


def told(database: Database, case: Case, folder: Path) -> str:
    """What a refusal says: the error, or the report's refusals and the row's message."""
    try:
        report = run(database, case, folder)
    except CanopyError as error:
        if case.row is not None:
            raise
        return error.detail
    assert report.state == "refused"
    assert (report.created, report.updated, report.withdrawn, report.change_id) == (0, 0, 0, None)
    if case.row is None:
        return " ".join(report.refusals)
    assert {issue.row: issue.code for issue in report.rejects}.get(case.row) == case.code
    assert report.file in report.refusals[0]
    return next(issue.message for issue in report.rejects if issue.row == case.row)


def refuses(database: Database, case: Case, folder: Path) -> None:
    """The case is refused in so many words, and the catalogue is exactly as before."""
    before = everything(database)
    message = told(database, case, folder)
    assert [word for word in case.words if word not in message] == [], message
    assert everything(database) == before


@pytest.mark.parametrize("case", [*REFUSED, *FILES], ids=lambda case: case.name)
def test_bad_file_is_refused_and_nothing_written(
    stocked: Database, case: Case, tmp_path: Path
) -> None:
    """The refusal names row or file and the trouble; the catalogue is as it was."""
    refuses(stocked, case, tmp_path)


@pytest.mark.postgis
@pytest.mark.parametrize(
    "case", [c for c in (*REFUSED, *FILES) if c.name in PORTABLE], ids=lambda case: case.name
)
def test_bad_file_is_refused_by_postgis_too(
    stocked_postgis: Database, case: Case, tmp_path: Path
) -> None:
    """The same on PostGIS."""
    refuses(stocked_postgis, case, tmp_path)


@pytest.mark.parametrize(
    "bad",
    [bad for bad in UNREADABLE if bad.place in ("refused", "limit")],
    ids=lambda bad: bad.name,
)
def test_unreadable_file_is_refused_and_nothing_written(
    stocked: Database, bad: Unreadable, tmp_path: Path
) -> None:
    """A file that no reader takes ends in an error that names it, and changes nothing."""
    before = everything(stocked)
    folder = tmp_path / "folder"
    folder.mkdir()
    request = ImportRequest(
        path=bad.make(folder), source="lighting", author="officer", kind="lamppost"
    )
    with pytest.raises(CanopyError) as caught:
        run_import(stocked, request)
    assert request.path.name in caught.value.detail
    assert everything(stocked) == before


@pytest.mark.parametrize("case", WARNED, ids=lambda case: case.name)
def test_doubtful_file_is_imported_with_its_warning(
    stocked: Database, case: Case, tmp_path: Path
) -> None:
    """What can be read or repaired goes in, and the report says what was doubtful and where."""
    report = run(stocked, case, tmp_path, source="new")
    assert (report.state, report.refusals) == ("done", [])
    assert report.created == report.read - report.rejected > 0
    (warned,) = [each for each in report.warnings if each.code == case.code]
    assert [word for word in case.words if word not in warned.message] == []
    if case.row is not None:
        assert case.row in warned.rows or str(case.row) in warned.message


@pytest.mark.parametrize(
    "case",
    [c for c in REFUSED if c.name not in ("row of a wrong kind of shape", "duplicate ref")],
    ids=lambda case: case.name,
)
def test_good_rows_are_imported_when_that_was_asked_for(
    stocked: Database, case: Case, tmp_path: Path
) -> None:
    """With accept_valid the bad row alone is left out."""
    report = run(stocked, case, tmp_path, source="new", accept_valid=True)
    assert report.state == "done"
    assert report.created == report.read - report.rejected > 0
    assert case.code in report.reject_codes


def test_dry_run_writes_nothing_into_a_stocked_catalogue(stocked: Database, tmp_path: Path) -> None:
    """A dry run of a good file leaves every table as it was."""
    before = everything(stocked)
    good = Case("good", "", (), with_rows(*GOOD))
    assert outcome(run(stocked, good, tmp_path, dry_run=True))["created"] == len(GOOD)
    assert everything(stocked) == before


def test_the_kinds_of_bad_files_are_many() -> None:
    """At least the sixty that were promised, each once."""
    refused = [c.name for c in (*REFUSED, *FILES)]
    unreadable = [bad.name for bad in UNREADABLE if bad.place in ("refused", "limit")]
    assert len(set(refused)) == len(refused) >= 50
    assert len(refused) + len(unreadable) >= 100
    assert set(PORTABLE) <= set(refused)
