"""KML placemarks, parsed as a stream by expat.

Columns are the placemark's own elements (name, description, address), the folders it
lies in, and its ExtendedData, with the fields that the file's schemas declare; a table in
the description stands for ExtendedData. Document types, entities and links to other files
are never followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from xml.parsers import expat

import numpy as np
import shapely
from shapely.errors import ShapelyError

from canopy.assets.importers.base import BATCH_ROWS, RawBatch, RawValue, RowIssue, SourceTable
from canopy.assets.importers.detect import wrong_kind
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.geojson import columns_of
from canopy.assets.importers.kml_description import columns_in
from canopy.assets.importers.mojibake import repair_columns
from canopy.assets.importers.own_export import is_own_export
from canopy.assets.importers.stated import stated_in

SAMPLE_PLACEMARKS = 20_000
"""Placemarks looked at to list the columns; a column first seen later is a warning."""

MAX_DEPTH = 100
"""Nesting of elements beyond which a file is refused."""

_CHUNK_BYTES = 1 << 18
_OWN = frozenset({"name", "description", "address", "phoneNumber"})
_GEOMETRIES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"})
_UNSUPPORTED = frozenset({"Model", "Track", "MultiTrack"})
_CUT = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    }
)


@dataclass(slots=True)
class Placemark:
    """One placemark: its position in the file, its columns and its geometry."""

    number: int
    values: dict[str, RawValue]
    geometry: shapely.Geometry | None = None
    fault: str | None = None


@dataclass(slots=True)
class _Shape:
    """A geometry element that is being read."""

    tag: str
    parts: list[shapely.Geometry] = field(default_factory=list)
    rings: list[list[tuple[float, ...]]] = field(default_factory=list)


class _Handler:
    """Collects placemarks from expat's events."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done: list[Placemark] = []
        self.links = 0
        self.described = ""
        self.declared: dict[str, None] = {}
        self.root: str | None = None
        self._tags: list[str] = []
        self._folders: list[str] = []
        self._text: list[str] = []
        self._data_name: str | None = None
        self._placemark: Placemark | None = None
        self._shapes: list[_Shape] = []
        self._count = 0

    def refuse_doctype(self, *_: object) -> None:
        raise bad_source(
            self._path,
            "unsafe-content",
            "declares a document type, which data files need not and attackers do; remove the "
            "DOCTYPE or export the file again.",
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if self.root is None:
            self.root = tag
        if len(self._tags) >= MAX_DEPTH:
            raise bad_source(self._path, "bad-xml", f"is nested more than {MAX_DEPTH} deep.")
        self._tags.append(tag)
        self._text.clear()
        if tag == "Placemark":
            self._count += 1
            self._placemark = Placemark(self._count, {})
            if "id" in attributes:
                self._placemark.values["id"] = attributes["id"]
        elif tag in ("Folder", "Document"):
            self._folders.append("")
        elif tag == "NetworkLink":
            self.links += 1
        elif tag == "SimpleField" and attributes.get("name"):
            self.declared[attributes["name"]] = None
        elif self._placemark is None:
            return
        elif tag in ("Data", "SimpleData"):
            self._data_name = attributes.get("name", tag)
        elif tag in _GEOMETRIES:
            self._shapes.append(_Shape(tag))
        elif tag in _UNSUPPORTED:
            self._placemark.fault = f"a {tag} is no geometry that can be imported"

    def characters(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self._tags.pop()
        parent = self._tags[-1] if self._tags else ""
        text = "".join(self._text).strip()
        self._text.clear()
        if tag in ("Folder", "Document"):
            self._folders.pop()
        elif tag == "name" and parent in ("Folder", "Document"):
            self._folders[-1] = text
        elif tag == "description" and self._tags == ["kml", "Document"]:
            self.described = text
        elif self._placemark is not None:
            self._end_inside(self._placemark, tag, parent, text)

    def _end_inside(self, placemark: Placemark, tag: str, parent: str, text: str) -> None:
        if tag == "Placemark":
            folders = " / ".join(name for name in self._folders if name)
            if folders:
                placemark.values["folder"] = folders
            self.done.append(placemark)
            self._placemark = None
        elif parent == "Placemark" and tag == "description":
            for name, value in (columns_in(text) or {tag: text}).items():
                placemark.values.setdefault(name, value)
        elif parent == "Placemark" and tag in _OWN:
            if tag != "name" or not is_own_export(self.declared):  # there, a mere title
                placemark.values[tag] = text
        elif (tag == "value" and parent == "Data") or tag == "SimpleData":
            placemark.values[self._data_name or tag] = text
        elif tag == "coordinates" and self._shapes:
            self._coordinates(placemark, text)
        elif tag in _GEOMETRIES and self._shapes:
            self._end_shape(placemark)

    def _coordinates(self, placemark: Placemark, text: str) -> None:
        try:
            self._shapes[-1].rings.append(_positions(text))
        except ValueError:
            placemark.fault = f"unreadable coordinates {text[:60]!r}"

    def _end_shape(self, placemark: Placemark) -> None:
        shape = self._shapes.pop()
        outer = self._shapes[-1] if self._shapes else None
        if shape.tag == "LinearRing" and outer is not None and outer.tag == "Polygon":
            outer.rings.extend(shape.rings)
            return
        if placemark.fault is not None:
            return
        try:
            geometry = _built(shape)
        except (ValueError, IndexError, ShapelyError) as error:
            reason = " ".join(str(error).split())[:100]
            placemark.fault = f"{shape.tag} with unusable coordinates ({reason})"
            return
        if outer is not None:
            outer.parts.append(geometry)
        else:
            placemark.geometry = geometry


def _positions(text: str) -> list[tuple[float, ...]]:
    """``lon,lat[,height]`` tuples; the height is kept only where all have one."""
    positions = [tuple(float(part) for part in item.split(",") if part) for item in text.split()]
    shortest = min((len(position) for position in positions), default=2)
    if shortest < 2:
        raise ValueError(text)
    return [position[: min(shortest, 3)] for position in positions]


def _built(shape: _Shape) -> shapely.Geometry:
    if shape.tag == "MultiGeometry":
        return _gathered(shape.parts)
    rings = shape.rings
    if shape.tag == "Point":
        return shapely.Point(rings[0][0])
    if shape.tag == "Polygon":
        return shapely.Polygon(rings[0], rings[1:])
    return shapely.LineString(rings[0])


def _gathered(parts: list[shapely.Geometry]) -> shapely.Geometry:
    """The narrowest multi-geometry that holds all parts."""
    kinds = {part.geom_type for part in parts}
    one_part = np.array(parts, dtype=object)
    if kinds == {"Point"}:
        return shapely.multipoints(one_part)
    if kinds == {"LineString"}:
        return shapely.multilinestrings(one_part)
    if kinds == {"Polygon"}:
        return shapely.multipolygons(one_part)
    return shapely.geometrycollections(one_part)


@dataclass(slots=True)
class KmlFile:
    """A KML file, parsed again by each call of `placemarks`."""

    path: Path
    links: int = 0
    described: str = ""
    declared: dict[str, None] = field(default_factory=dict)

    def placemarks(self) -> Iterator[Placemark]:
        """Every placemark; BadSource where the XML ends early or is not well formed."""
        handler = _Handler(self.path)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = handler.start
        parser.EndElementHandler = handler.end
        parser.CharacterDataHandler = handler.characters
        parser.StartDoctypeDeclHandler = handler.refuse_doctype
        with self.path.open("rb") as stream:
            while True:
                block = stream.read(_CHUNK_BYTES)
                try:
                    parser.Parse(block, not block)
                except expat.ExpatError as error:
                    raise self._fault(error) from error
                except (LookupError, ValueError) as error:
                    raise bad_source(
                        self.path, "bad-xml", f"declares an encoding that cannot be read: {error}."
                    ) from error
                if handler.root is not None and handler.root != "kml":
                    self._refuse_root(handler.root)
                self.described, self.declared = handler.described, handler.declared
                yield from handler.done
                handler.done.clear()
                if not block:
                    self.links = handler.links
                    return

    def _fault(self, error: expat.ExpatError) -> Exception:
        if error.code in _CUT:
            return bad_source(
                self.path,
                "cut-short",
                f"was cut short at line {error.lineno:,}; get the complete file.",
                row=error.lineno,
            )
        return bad_source(
            self.path, "bad-xml", f"is not well-formed XML: {error}.", row=error.lineno
        )

    def _refuse_root(self, root: str) -> None:
        if root in ("Workbook", "gpx", "FeatureCollection", "osm", "html"):
            what = {
                "Workbook": "an Excel 2003 XML spreadsheet",
                "gpx": "a GPX track file",
                "FeatureCollection": "GML",
                "osm": "an OpenStreetMap file",
                "html": "a web page (HTML)",
            }[root]
        else:
            what = f"an XML file with the root element {root!r}"
        way = (
            "open it in Excel and save it as XLSX"
            if root == "Workbook"
            else "open it in QGIS and export it as GeoPackage"
        )
        raise wrong_kind(self.path, what, way)


def open_kml(path: Path) -> list[SourceTable]:
    """The one table of a KML file, in longitude and latitude as KML requires."""
    file = KmlFile(path)
    sample = list(islice(file.placemarks(), SAMPLE_PLACEMARKS))
    found = dict.fromkeys(name for mark in sample for name in mark.values)
    columns = tuple(found | file.declared)
    notices = []
    if file.links:
        message = f"{path.name} links to {file.links} other file(s), which were not followed."
        notices.append(RowIssue(None, "network-link", message))
    if not sample:
        notices.append(RowIssue(None, "no-rows", f"{path.name} holds no placemarks."))

    def batches() -> Iterator[RawBatch]:
        return _batches(file, columns)

    is_whole = len(sample) < SAMPLE_PLACEMARKS
    table = SourceTable(
        path=path,
        name=path.stem,
        format="KML",
        columns=columns,
        batches=batches,
        declared_crs="EPSG:4326",
        row_count=len(sample) if is_whole else None,
        row_count_exact=is_whole,
        has_geometry=True,
        notices=tuple(notices),
    )
    return [stated_in(file.described).of(table)]


def _batches(file: KmlFile, columns: tuple[str, ...]) -> Iterator[RawBatch]:
    known = dict.fromkeys(columns)
    marks = file.placemarks()
    while chunk := list(islice(marks, BATCH_ROWS)):
        yield _batch(chunk, known)


def _batch(marks: list[Placemark], known: dict[str, None]) -> RawBatch:
    rejects = [
        RowIssue(mark.number, "bad-geometry", f"Placemark {mark.number}: {mark.fault}.")
        for mark in marks
        if mark.fault is not None
    ]
    kept = [mark for mark in marks if mark.fault is None]
    warnings = [
        RowIssue(mark.number, "late-column", _late(name, mark.number), name)
        for mark in kept
        for name in mark.values
        if name not in known and not known.update({name: None})
    ]
    numbers = [mark.number for mark in kept]
    shapes = np.empty(len(kept), dtype=object)
    shapes[:] = [mark.geometry for mark in kept]
    columns = columns_of([mark.values for mark in kept], tuple(known))
    warnings += repair_columns(columns, numbers)
    return RawBatch(numbers, columns, shapes, rejects, warnings)


def _late(name: str, number: int) -> str:
    return (
        f"Column {name!r} first occurs at placemark {number}, after the {SAMPLE_PLACEMARKS:,} "
        "looked at to propose a mapping; map it by hand if wanted."
    )
