"""A layer as a PNG that a GIS can place, one pixel a cell, with its legend beside it.

Beside ``name.png``: ``name.pgw`` (the world file: pixel size, rotation and the centre of the
first pixel), ``name.prj`` (the CRS as ESRI's WKT), ``name-legend.svg`` and
``name-legend.png``. The provenance is in the PNG's own text.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
from numpy.typing import NDArray

from canopy.coverage.files.legend import legend_png, legend_svg
from canopy.coverage.files.png import indexed_png
from canopy.coverage.files.provenance import JSON_KEY, Provenance
from canopy.coverage.files.replacing import whole_file
from canopy.coverage.files.style import Style
from canopy.coverage.grid import Grid
from canopy.errors import Refused


def write_picture(
    values: NDArray[np.generic], grid: Grid, style: Style, path: Path, provenance: Provenance
) -> tuple[Path, ...]:
    """Write the picture and what belongs to it; all paths are given back, the PNG last."""
    if values.shape != grid.shape:
        raise Refused(f"values of shape {values.shape} do not fit a grid of {grid.shape}")
    if path.suffix != ".png":
        raise Refused(f"{path.name} must end in .png, as its world file ends in .pgw")
    notes = (*provenance.attributions, *provenance.notes())
    contents = {
        path.with_suffix(".pgw"): world_file(grid).encode(),
        path.with_suffix(".prj"): pyproj.CRS.from_epsg(grid.epsg).to_wkt("WKT1_ESRI").encode(),
        path.with_name(f"{path.stem}-legend.svg"): legend_svg(style, notes).encode(),
        path.with_name(f"{path.stem}-legend.png"): legend_png(style, notes),
        path: indexed_png(style.indices(values), style.palette, _texts(style, provenance)),
    }
    for place, content in contents.items():
        with whole_file(place) as unfinished:
            unfinished.write_bytes(content)
    return tuple(contents)


def world_file(grid: Grid) -> str:
    """Six lines: pixel width, two rotations, negative height, centre of the first pixel."""
    half = grid.cell_m / 2
    numbers = (grid.cell_m, 0.0, 0.0, -grid.cell_m, grid.west_m + half, grid.north_m - half)
    return "".join(f"{float(number)!r}\n" for number in numbers)


def _texts(style: Style, provenance: Provenance) -> dict[str, str]:
    """By the keywords that PNG registers, and all of it as JSON."""
    return {
        "Title": style.title,
        "Description": provenance.lines(),
        "Copyright": provenance.credit,
        "Software": f"Canopy {provenance.canopy_version}",
        JSON_KEY: provenance.json_text(),
    }
