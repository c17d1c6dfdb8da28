"""Which of the JSON layouts a file has, from its outermost members."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from canopy.assets.importers.detect import wrong_kind
from canopy.assets.importers.encoding import TextEncoding, require_lines
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.json_stream import JsonCursor

GEOMETRY_TYPES = frozenset(
    {
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    }
)
_FIRST_LINE_CHARS = 1 << 22
_TAIL_BYTES = 1024


class Layout(StrEnum):
    """How features or records are laid out in the file."""

    COLLECTION = "collection"
    SEQUENCE = "sequence"
    LINES = "lines"
    ARRAY = "array"
    OFDS = "ofds"


@dataclass(frozen=True, slots=True)
class JsonShape:
    """The layout, and the collection's own members that come before its features."""

    layout: Layout
    members: dict[str, object]


def json_shape(path: Path, encoding: TextEncoding) -> JsonShape:
    """The shape of a JSON file; BadSource when nothing in it can be imported."""
    _require_closed(path, encoding)
    with path.open(encoding=encoding.name, errors=encoding.errors) as stream:
        cursor = JsonCursor(stream, path)
        if cursor.peek() == "[":
            return JsonShape(Layout.ARRAY, {})
        members: dict[str, object] = {}
        for key in cursor.members():
            is_array = cursor.peek() == "["
            if key == "features" and is_array:
                return JsonShape(Layout.COLLECTION, members)
            if key in ("networks", "nodes", "spans") and is_array:
                return JsonShape(Layout.OFDS, members)
            members[key] = cursor.value()
        more = bool(cursor.peek())
    if str(members.get("type")) in {"Feature", *GEOMETRY_TYPES}:
        return JsonShape(
            Layout.LINES if more and _is_by_line(path, encoding) else Layout.SEQUENCE, {}
        )
    if more and _is_by_line(path, encoding):
        return JsonShape(Layout.LINES, {})
    raise _refusal(path, members)


def _require_closed(path: Path, encoding: TextEncoding) -> None:
    """BadSource when the last character cannot end a JSON document."""
    if encoding.name.startswith(("utf-16", "utf-32")):
        return
    with path.open("rb") as stream:
        stream.seek(0, 2)
        size = stream.tell()
        stream.seek(max(0, size - _TAIL_BYTES))
        tail = stream.read().rstrip(b" \t\r\n\x1e\0")
    if tail and tail[-1:] not in b"}]":
        raise bad_source(
            path,
            "cut-short",
            f"was cut short: JSON ends with a closing bracket, this file ends at byte {size:,} "
            f"with {tail[-20:].decode('utf-8', 'replace')!r}; get the complete file.",
        )


def _is_by_line(path: Path, encoding: TextEncoding) -> bool:
    require_lines(path, encoding)
    with path.open(encoding=encoding.name, errors=encoding.errors) as stream:
        for line in iter(lambda: stream.readline(_FIRST_LINE_CHARS), ""):
            text = line.strip(" \t\r\n\x1e\ufeff")
            if text:
                return _is_object(text)
    return False


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text, strict=False), dict)
    except ValueError:
        return False


def _refusal(path: Path, members: dict[str, object]) -> Exception:
    kind = members.get("type")
    if kind == "FeatureCollection":
        return bad_source(
            path, "bad-json", "is a FeatureCollection without a 'features' array; export it again."
        )
    if kind == "Topology":
        return wrong_kind(path, "TopoJSON", "open it in QGIS and export it as GeoJSON")
    if "error" in members:
        return bad_source(
            path,
            "error-answer",
            f"holds a web service's error instead of data: {str(members['error'])[:120]}.",
        )
    keys = ", ".join(list(members)[:8]) or "none"
    return wrong_kind(
        path,
        f"a JSON object with the members {keys}",
        "GeoJSON (a FeatureCollection), OFDS, or an array of records can be",
    )
