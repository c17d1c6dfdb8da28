"""GeoJSON in all its layouts, and plain JSON records.

A FeatureCollection, a single Feature or geometry, features one to a line (RFC 8142 or
newline-delimited), an array of features, an array of records. Only one batch is in
memory at a time. GeoJSON means WGS 84 unless the 2008 `crs` member says otherwise
(RFC 7946 section 4), but councils do export National Grid metres without saying: then
the file contradicts the standard and its CRS counts as undeclared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import shapely

from canopy.assets.importers.base import BATCH_ROWS, RawBatch, RawValue, RowIssue, SourceTable
from canopy.assets.importers.collector import collector_paused
from canopy.assets.importers.crs_text import declared_crs
from canopy.assets.importers.detect import wrong_kind
from canopy.assets.importers.encoding import TextEncoding
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.json_geometry import Geometries, geometries
from canopy.assets.importers.json_shape import GEOMETRY_TYPES, JsonShape, Layout
from canopy.assets.importers.json_stream import JsonCursor
from canopy.assets.importers.mojibake import repair_columns
from canopy.assets.importers.own_export import is_own_export
from canopy.assets.importers.stated import stated

SAMPLE_FEATURES = 20_000
"""Features looked at to list the columns; a column first seen later is a warning."""

WGS84 = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class Numbered:
    """One value of the file and the number a person would give it.

    That is the 1-based position of a feature, or the line where there is one to a line.
    """

    number: int
    value: object


@dataclass(frozen=True, slots=True)
class GeoJsonFile:
    """A JSON file of features or records, read again by each call of `values`."""

    path: Path
    encoding: TextEncoding
    layout: Layout
    late_members: dict[str, object] = field(default_factory=dict)

    def values(self) -> Iterator[Numbered | RowIssue]:
        """Every feature or record, or what is wrong with its line."""
        if self.layout is Layout.LINES:
            yield from self._lines()
            return
        with self.path.open(encoding=self.encoding.name, errors=self.encoding.errors) as stream:
            cursor = JsonCursor(stream, self.path)
            if self.layout is Layout.SEQUENCE:
                position = 0
                while cursor.peek():
                    position += 1
                    yield Numbered(position, cursor.value())
                return
            if self.layout is Layout.ARRAY:
                for position in cursor.items():
                    yield Numbered(position, cursor.value())
            else:
                yield from self._collection(cursor)
            if cursor.peek():
                raise bad_source(
                    self.path,
                    "bad-json",
                    f"goes on after its end at line {cursor.line}; remove what follows.",
                    row=cursor.line,
                )

    def _collection(self, cursor: JsonCursor) -> Iterator[Numbered]:
        for key in cursor.members():
            if key == "features" and cursor.peek() == "[":
                for position in cursor.items():
                    yield Numbered(position, cursor.value())
            else:
                self.late_members[key] = cursor.value()

    def _lines(self) -> Iterator[Numbered | RowIssue]:
        with self.path.open(encoding=self.encoding.name, errors=self.encoding.errors) as stream:
            for number, line in enumerate(stream, 1):
                text = line.strip(" \t\r\n\x1e\ufeff")
                if not text:
                    continue
                try:
                    value = json.loads(text, strict=False, parse_constant=lambda _name: None)
                except (ValueError, RecursionError) as error:
                    yield self._bad_line(number, line, error)
                    continue
                yield Numbered(number, value)

    def _bad_line(self, number: int, line: str, error: Exception) -> RowIssue:
        if not line.endswith("\n"):
            message = f"Line {number}, the last, was cut short; get the complete file."
            return RowIssue(number, "cut-short", message)
        return RowIssue(number, "bad-json", f"Line {number} is not valid JSON: {error}.")


@dataclass(slots=True)
class _Parts:
    """Some features taken apart."""

    numbers: list[int] = field(default_factory=list)
    properties: list[dict[str, RawValue]] = field(default_factory=list)
    shapes: list[object] = field(default_factory=list)
    rejects: list[RowIssue] = field(default_factory=list)


def open_geojson(path: Path, encoding: TextEncoding, shape: JsonShape) -> list[SourceTable]:
    """The one table of a GeoJSON or JSON records file."""
    source = GeoJsonFile(path, encoding, shape.layout)
    sample = _parts(islice(source.values(), SAMPLE_FEATURES))
    _refuse_esri(path, sample.properties)
    columns = _columns(shape.members, sample)
    has_geometry = any(value is not None for value in sample.shapes)
    members = {**shape.members, **source.late_members, **_tail_members(path)}
    metadata = members.get("metadata")
    said = stated({**(metadata if isinstance(metadata, dict) else {}), **members})
    crs, notices = _crs(path, members, sample) if has_geometry else (None, [])
    if names_next_page(members.get("links")):
        notices.append(more_pages(path))
    if not sample.numbers:
        if sample.rejects:
            raise bad_source(
                path, "bad-json", f"has no readable feature: {sample.rejects[0].message}"
            )
        notices.append(RowIssue(None, "no-rows", f"{path.name} holds no features."))

    def batches() -> Iterator[RawBatch]:
        return _batches(source, columns, has_geometry=has_geometry)

    is_whole = len(sample.numbers) + len(sample.rejects) < SAMPLE_FEATURES
    return [
        SourceTable(
            path=path,
            name=str(members.get("name") or path.stem),
            format="GeoJSON" if has_geometry or shape.layout is not Layout.ARRAY else "JSON",
            columns=columns,
            batches=batches,
            declared_crs=crs,
            encoding=encoding.name,
            row_count=len(sample.numbers) if is_whole else _estimate(path, sample),
            row_count_exact=is_whole,
            has_geometry=has_geometry,
            licence=said.licence,
            attribution=said.attribution,
            notices=(*encoding.notices, *notices),
        )
    ]


def _columns(members: dict[str, object], sample: _Parts) -> tuple[str, ...]:
    """The properties of the sampled features, and those that a Canopy export says it has."""
    found = dict.fromkeys(key for row in sample.properties for key in row)
    metadata = members.get("metadata")
    told = metadata.get("columns") if isinstance(metadata, dict) else None
    if is_own_export(found) and isinstance(told, list):
        found |= dict.fromkeys(str(name) for name in told)
    return tuple(found)


def names_next_page(links: object) -> bool:
    """Whether the links of a web service's answer name a next page."""
    if isinstance(links, dict):
        return bool(links.get("next"))
    if isinstance(links, list):
        return any(isinstance(link, dict) and link.get("rel") == "next" for link in links)
    return False


def more_pages(path: Path) -> RowIssue:
    """The notice that a file holds one page of several."""
    message = (
        f"{path.name} is one page of a web service's answer and names a next one; download all "
        "pages, or features will be missing."
    )
    return RowIssue(None, "more-pages", message)


def _batches(
    source: GeoJsonFile, columns: tuple[str, ...], *, has_geometry: bool
) -> Iterator[RawBatch]:
    known = dict.fromkeys(columns)
    values = source.values()
    while True:
        with collector_paused():
            chunk = list(islice(values, BATCH_ROWS))
            batch = _batch(_parts(iter(chunk)), known, has_geometry=has_geometry)
        if not chunk:
            return
        yield batch


def _batch(parts: _Parts, known: dict[str, None], *, has_geometry: bool) -> RawBatch:
    rejects = parts.rejects
    shapes: Geometries | None = None
    if has_geometry:
        shapes, faults = geometries(parts.shapes)
        for index, reason in faults:
            number = parts.numbers[index]
            rejects.append(RowIssue(number, "bad-geometry", f"Feature {number}: {reason}."))
        if faults:
            bad = {index for index, _ in faults}
            kept = [index for index in range(len(parts.numbers)) if index not in bad]
            shapes = shapes[kept]
            parts.numbers = [parts.numbers[index] for index in kept]
            parts.properties = [parts.properties[index] for index in kept]
    warnings = _late_columns(parts, known)
    columns = columns_of(parts.properties, tuple(known))
    warnings += repair_columns(columns, parts.numbers)
    return RawBatch(parts.numbers, columns, shapes, sorted(rejects, key=_row), warnings)


def columns_of(
    rows: list[dict[str, RawValue]], names: tuple[str, ...]
) -> dict[str, list[RawValue]]:
    """Rows of named values as columns, None where a row does not have the name."""
    if rows and all(tuple(row) == names for row in rows):
        values = zip(*(row.values() for row in rows), strict=True)
        return {name: list(column) for name, column in zip(names, values, strict=True)}
    return {name: [row.get(name) for row in rows] for name in names}


def _row(issue: RowIssue) -> int:
    return issue.row or 0


def _late_columns(parts: _Parts, known: dict[str, None]) -> list[RowIssue]:
    warnings = []
    for number, row in zip(parts.numbers, parts.properties, strict=True):
        if row.keys() <= known.keys():
            continue
        for name in row:
            if name not in known:
                known[name] = None
                message = (
                    f"Column {name!r} first occurs at feature {number}, after the "
                    f"{SAMPLE_FEATURES:,} looked at to propose a mapping; map it by hand if wanted."
                )
                warnings.append(RowIssue(number, "late-column", message, name))
    return warnings


def _parts(values: Iterator[Numbered | RowIssue]) -> _Parts:
    parts = _Parts()
    for item in values:
        if isinstance(item, RowIssue):
            parts.rejects.append(item)
            continue
        value = item.value
        if not isinstance(value, dict):
            parts.rejects.append(_no_feature(item, "it is no JSON object"))
            continue
        kind = str(value.get("type"))
        if kind == "Feature":
            properties = value.get("properties") or {}
            if not isinstance(properties, dict):
                parts.rejects.append(_no_feature(item, "its properties are no JSON object"))
                continue
            if "id" in value:
                properties = _with_id(properties, value["id"])
            geometry = value.get("geometry")
        elif kind in GEOMETRY_TYPES and ("coordinates" in value or "geometries" in value):
            properties, geometry = {}, value
        else:
            properties, geometry = value, None
        parts.numbers.append(item.number)
        parts.properties.append(properties)
        parts.shapes.append(geometry)
    return parts


def _with_id(properties: dict[str, RawValue], identity: object) -> dict[str, RawValue]:
    """The feature's own id as a column, `@id` where the properties have an id as well."""
    if "id" not in properties:
        return {"id": identity, **properties}
    return {**properties, "@id": identity}


def _no_feature(item: Numbered, reason: str) -> RowIssue:
    return RowIssue(item.number, "bad-feature", f"Feature {item.number} is unusable: {reason}.")


def _refuse_esri(path: Path, rows: list[dict[str, RawValue]]) -> None:
    if rows and set(rows[0]) <= {"attributes", "geometry"} and "attributes" in rows[0]:
        raise wrong_kind(
            path,
            "Esri JSON, not GeoJSON",
            "ask the service for f=geojson, or open it in QGIS and export it as GeoPackage",
        )


def _estimate(path: Path, sample: _Parts) -> int:
    """Features in the file, from the size of those sampled."""
    chars = sum(len(str(row)) for row in sample.properties[:200])
    chars += sum(len(str(shape)) for shape in sample.shapes[:200])
    each = max(1, (chars + 40 * 200) // 200)
    return max(len(sample.numbers), path.stat().st_size // each)


def _tail_members(path: Path) -> dict[str, object]:
    """A `crs` member written after the features, where GDAL never but others do put it."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 1024))
        tail = stream.read().decode("utf-8", "replace")
    at = tail.rfind('"crs"')
    if at < 0:
        return {}
    try:
        value, _ = json.JSONDecoder().raw_decode(tail[at + 5 :].lstrip(" \t\r\n:"))
    except ValueError:
        return {}
    return {"crs": value} if isinstance(value, dict) else {}


def _crs(
    path: Path, members: dict[str, object], sample: _Parts
) -> tuple[str | None, list[RowIssue]]:
    named = _named_crs(members)
    if named is not None:
        crs = declared_crs(named)
        if crs is not None:
            return crs, []
        message = f"{path.name} declares the CRS {named[:80]!r}, which is not known; give --crs."
        return None, [RowIssue(None, "unknown-crs", message)]
    shapes, _ = geometries(sample.shapes)
    bounds = shapely.total_bounds(shapes)
    if np.isfinite(bounds).all() and (
        bounds[0] < -180.5 or bounds[2] > 360.5 or bounds[1] < -90.5 or bounds[3] > 90.5
    ):
        message = (
            f"{path.name} declares no CRS, which in GeoJSON means longitude and latitude, but "
            "its coordinates are no degrees; they are taken as undeclared."
        )
        return None, [RowIssue(None, "crs-contradicted", message)]
    return WGS84, []


def _named_crs(members: dict[str, object]) -> str | None:
    """The name in the 2008 `crs` member or in JSON-FG's `coordRefSys`."""
    crs = members.get("crs", members.get("coordRefSys"))
    if isinstance(crs, str):
        return crs
    if isinstance(crs, dict):
        properties = cast("dict[str, object]", crs.get("properties") or {})
        if isinstance(properties, dict):
            name = properties.get("name") or properties.get("code")
            return None if name is None else str(name)
    return None
