"""KML 2.2: a folder per kind, typed ExtendedData, one light style per kind.

Always in EPSG:4326. Attribution and licence are the document's description.

Source: OGC 12-007r2, *KML 2.3* §§ 9, 10, 12 (the 2.2 subset).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from canopy.assets.exporters.cells import empty_texts
from canopy.assets.exporters.columns import iso_text
from canopy.assets.exporters.layout import GEOMETRY, Field
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.rings import oriented
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import SpooledKind
from canopy.assets.exporters.stamp import ExportStamp

_COLOURS = ("e69f00", "56b4e9", "009e73", "f0e442", "0072b2", "d55e00", "cc79a7", "999999")
"""The colour-blind safe set of Okabe and Ito (2008), as RRGGBB."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 §2.2 cannot hold, escaped or not."""

_REMOVED = "Texts from which control characters were removed, as XML cannot hold them: {count}."
_EMPTY = "Empty texts that look like unknown values: {count}."
_AS_TEXT = "Dates and times held as text, as KML has no type for them: {count}."
_TITLED = (
    "Assets without a name titled by their ref, which some programs then read as the name: {count}."
)
_TURNED = (
    "Polygons whose rings were turned to the direction KML asks for (the same area, its "
    "corners in another order): {count}."
)


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write one document; `selection` must be in EPSG:4326."""
    selection = selection.without_empty_attributes(tally)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write('<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n')
        out.write(f"<name>{_xml(stamp.title)}</name>\n")
        out.write(f"<description>{_xml(stamp.text())}</description>\n")
        for number, table in enumerate(selection.tables):
            out.write(_style(table.name, _COLOURS[number % len(_COLOURS)]))
            out.write(_schema(table))
        for table in selection.tables:
            out.write(f"<Folder><name>{_xml(table.name)}</name>\n")
            for batch in table.batches():
                out.writelines(_placemarks(batch, table, tally))
            out.write("</Folder>\n")
        out.write("</Document>\n</kml>\n")
    return [
        Layer(table.name, table.rows, tuple(field.label for field in table.fields))
        for table in selection.tables
    ]


def _style(kind: str, colour: str) -> str:
    bgr = colour[4:] + colour[2:4] + colour[:2]
    return (
        f'<Style id="style_{kind}"><IconStyle><color>ff{bgr}</color><scale>0.8</scale></IconStyle>'
        f"<LabelStyle><scale>0</scale></LabelStyle>"
        f"<LineStyle><color>ff{bgr}</color><width>2</width></LineStyle>"
        f"<PolyStyle><color>66{bgr}</color></PolyStyle></Style>\n"
    )


def _schema(table: SpooledKind) -> str:
    lines = [
        f'<SimpleField type="{_type(field)}" name="{field.label}"/>\n' for field in table.fields
    ]
    return f'<Schema name="{table.name}" id="{table.name}">\n{"".join(lines)}</Schema>\n'


def _type(field: Field) -> str:
    if pa.types.is_floating(field.type):
        return "double"
    if pa.types.is_integer(field.type):
        return "int"
    return "bool" if pa.types.is_boolean(field.type) else "string"


def _placemarks(batch: pa.RecordBatch, table: SpooledKind, tally: Tally) -> Iterator[str]:
    geometries = shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False))
    geometries, turned = oriented(geometries, exterior_cw=False)
    tally.lose(_TURNED, turned)
    columns = {field.label: _texts(batch.column(field.label), tally) for field in table.fields}
    held = [(label, texts) for label, texts in columns.items() if any(t is not None for t in texts)]
    titles = [columns[label] for label in ("name", "ref", "asset_id") if label in columns]
    tally.lose(_TITLED, sum(1 for name in titles[0] if not name) if "name" in columns else 0)
    for row, geometry in enumerate(geometries.tolist()):
        title = next((texts[row] for texts in titles if texts[row]), "")
        data = "".join(
            f'<SimpleData name="{label}">{texts[row]}</SimpleData>'
            for label, texts in held
            if texts[row] is not None
        )
        yield (
            f"<Placemark><name>{title}</name><styleUrl>#style_{table.name}</styleUrl>"
            f'<ExtendedData><SchemaData schemaUrl="#{table.name}">{data}</SchemaData>'
            f"</ExtendedData>{'' if geometry is None else shape(geometry)}</Placemark>\n"
        )


def _texts(array: pa.Array, tally: Tally) -> list[str | None]:
    """Values as XML text."""
    if pa.types.is_string(array.type):
        tally.lose(_EMPTY, empty_texts(array))
        texts = array.to_pylist()
        dirty = sum(1 for text in texts if text is not None and _NOT_XML.search(text))
        tally.lose(_REMOVED, dirty)
        return [None if text is None else _xml(text) for text in texts]
    if pa.types.is_temporal(array.type):
        tally.lose(_AS_TEXT, len(array) - array.null_count)
        texts = iso_text(array).to_pylist()
        return list(texts)
    if pa.types.is_boolean(array.type):
        return list(pc.if_else(array, "1", "0").to_pylist())
    return [None if value is None else repr(value) for value in array.to_pylist()]


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text), {"\r": "&#13;"})


def shape(geometry: shapely.Geometry) -> str:
    """A geometry as KML, longitude and latitude [degrees] with every digit."""
    match geometry.geom_type:
        case "Point":
            return f"<Point>{_coordinates(geometry)}</Point>"
        case "LineString" | "LinearRing":
            return f"<LineString>{_coordinates(geometry)}</LineString>"
        case "Polygon":
            holes = "".join(
                f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in geometry.interiors
            )
            outer = f"<outerBoundaryIs>{_ring(geometry.exterior)}</outerBoundaryIs>"
            return f"<Polygon>{outer}{holes}</Polygon>"
        case _:
            parts = "".join(shape(part) for part in geometry.geoms)
            return f"<MultiGeometry>{parts}</MultiGeometry>"


def _ring(ring: shapely.LinearRing) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(geometry: shapely.Geometry) -> str:
    pairs = " ".join(f"{x!r},{y!r}" for x, y in shapely.get_coordinates(geometry).tolist())
    return f"<coordinates>{pairs}</coordinates>"
