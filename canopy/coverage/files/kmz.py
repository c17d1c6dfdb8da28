"""KMZ for Google Earth: the layer as a ground overlay, its legend on the screen.

The picture is in longitude and latitude, as KML asks for; the value of a pixel is that of the
cell under its centre. It has at most 4,096 pixels to a side, so that it draws on modest
machines: a larger grid loses resolution, and the description then says so.

Source: OGC 07-147r2, *KML* 2.2, §§ 9.11 (overlays), annex B (KMZ is a ZIP with one KML).
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.files.legend import legend_png
from canopy.coverage.files.png import indexed_png
from canopy.coverage.files.provenance import JSON_KEY, Provenance
from canopy.coverage.files.replacing import whole_file
from canopy.coverage.files.style import NOTHING, Style
from canopy.coverage.files.tiles import Frame, frame_of
from canopy.coverage.files.warping import Floats, cells_under
from canopy.coverage.grid import Grid
from canopy.errors import Refused
from canopy.geo import WGS84, transformer

MAX_SIDE_PX = 4_096
DEGREE_M = 111_320.0
"""Of latitude, and of longitude at the equator, nearly [m]."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 §2.2 cannot hold, escaped or not."""

_EARLIEST_YEAR = 1980  # of a member of a ZIP


def write_kmz(
    values: NDArray[np.generic], grid: Grid, style: Style, path: Path, provenance: Provenance
) -> None:
    """Write the archive; the same layer and provenance give the same bytes."""
    if values.shape != grid.shape:
        raise Refused(f"values of shape {values.shape} do not fit a grid of {grid.shape}")
    frame = frame_of(grid)
    picture = _in_degrees(values, grid, style, frame)
    notes = (*provenance.attributions, *provenance.notes())
    members = {
        "doc.kml": _document(style, frame, _lost(picture, grid, frame), provenance).encode(),
        "layer.png": indexed_png(picture, style.palette),
        "legend.png": legend_png(style, notes),
        "provenance.json": provenance.json_text().encode(),
    }
    with whole_file(path) as unfinished:
        unfinished.write_bytes(_zipped(members, provenance))


def _in_degrees(
    values: NDArray[np.generic], grid: Grid, style: Style, frame: Frame
) -> NDArray[np.uint8]:
    columns, rows = _size(grid, frame)
    wide, high = (frame.east - frame.west) / columns, (frame.north - frame.south) / rows
    back = transformer(WGS84, f"EPSG:{grid.epsg}")

    def to_grid(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return back.xy(frame.west + x * wide, frame.north - y * high)

    flat, inside = cells_under(grid, to_grid, (0, 0, columns, rows), high * DEGREE_M)
    return np.where(inside, style.indices(values.ravel()[flat]), np.uint8(NOTHING))


def _size(grid: Grid, frame: Frame) -> tuple[int, int]:
    """Columns and rows: pixels no larger than cells, unless the side would grow too long."""
    latitude = math.radians((frame.south + frame.north) / 2)
    wide_m = (frame.east - frame.west) * DEGREE_M * math.cos(latitude)
    high_m = (frame.north - frame.south) * DEGREE_M
    pixel_m = max(grid.cell_m, max(wide_m, high_m) / MAX_SIDE_PX)
    columns, rows = math.ceil(wide_m / pixel_m), math.ceil(high_m / pixel_m)
    return min(columns, MAX_SIDE_PX), min(rows, MAX_SIDE_PX)


def _lost(picture: NDArray[np.uint8], grid: Grid, frame: Frame) -> str:
    pixel_m = (frame.north - frame.south) * DEGREE_M / picture.shape[0]
    if pixel_m <= 1.05 * grid.cell_m:
        return ""
    return (
        f"Shown in pixels of about {pixel_m:.0f} m; the run has cells of {grid.cell_m:g} m, of "
        "which the one under a pixel's centre is seen."
    )


def _document(style: Style, frame: Frame, lost: str, provenance: Provenance) -> str:
    described = "\n".join(filter(None, (provenance.lines(), lost)))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2">
<Document>
<name>{_xml(provenance.title)}</name>
<description>{_xml(described)}</description>
<ExtendedData><Data name="{JSON_KEY}">
<value>{_xml(provenance.json_text())}</value>
</Data></ExtendedData>
<GroundOverlay id="layer">
<name>{_xml(style.title)}</name>
<Icon><href>layer.png</href></Icon>
<LatLonBox>
<north>{frame.north!r}</north>
<south>{frame.south!r}</south>
<east>{frame.east!r}</east>
<west>{frame.west!r}</west>
</LatLonBox>
</GroundOverlay>
<ScreenOverlay id="legend">
<name>Legend</name>
<Icon><href>legend.png</href></Icon>
<overlayXY x="0" y="0" xunits="fraction" yunits="fraction"/>
<screenXY x="12" y="36" xunits="pixels" yunits="pixels"/>
<size x="-1" y="-1" xunits="pixels" yunits="pixels"/>
</ScreenOverlay>
</Document>
</kml>
"""


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text), {"\r": "&#13;"})


def _zipped(members: dict[str, bytes], provenance: Provenance) -> bytes:
    """Members in the given order (the KML first), their time that of the run."""
    at = provenance.utc
    time = (max(at.year, _EARLIEST_YEAR), at.month, at.day, at.hour, at.minute, at.second)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, time)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # the same on every system
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return out.getvalue()
