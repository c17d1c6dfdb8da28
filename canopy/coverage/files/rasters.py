"""Cloud Optimized GeoTIFF: a file a layer, tiles of 512, overviews, provenance inside.

Source: OGC 21-026, *Cloud Optimized GeoTIFF* 1.0; layout as GDAL's COG driver writes it
(all directories first, then the tiles, the coarsest copy first).

The provenance is plain text in the GDAL metadata of the file (TIFF tag 42112): one item a
fact, and all of it as JSON under `JSON_KEY`. There is no XMP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError
from rasterio.transform import Affine
from rasterio.windows import Window

from canopy.coverage.files.layers import LayerKind, RasterLayer
from canopy.coverage.files.provenance import JSON_KEY, Provenance
from canopy.coverage.files.replacing import whole_file
from canopy.coverage.grid import Grid
from canopy.errors import BadSource, Refused

BLOCK_PX = 512
SUFFIX = ".tif"

_DTYPES = ("uint8", "uint16", "int16", "int32", "float32")


@dataclass(frozen=True, slots=True, eq=False)
class ReadLayer:
    """A layer as a file holds it.

    Attributes:
        grid: its frame.
        bands: (bands, rows, columns).
        band_names: one a band.
        unit: of the values.
        nodata: what stands for "not known", None where nothing does.
        provenance: `Provenance.document` as it was written; empty in a file of another maker.
    """

    grid: Grid
    bands: NDArray[np.generic]
    band_names: tuple[str, ...]
    unit: str
    nodata: float | None
    provenance: dict[str, object]


def write_cog(layer: RasterLayer, grid: Grid, path: Path, provenance: Provenance) -> None:
    """Write a layer; the same layer and provenance give the same bytes.

    It is written as a plain GeoTIFF beside, some rows at a time, and copied from there, since
    GDAL would hold all of it in memory otherwise. GDAL works on one thread, so that tiles
    come in one order.
    """
    dtype = _require_fitting(layer, grid)
    with whole_file(path) as unfinished:
        plain = unfinished.with_name("plain.tif")
        with _created(plain, layer, grid, dtype) as out:
            _fill(out, layer)
            out.update_tags(**_tags(layer.kind, provenance))
        rasterio.shutil.copy(
            plain,
            unfinished,
            driver="COG",
            blocksize=BLOCK_PX,
            compress="DEFLATE",  # every reader has it; not all builds of libtiff have ZSTD
            level=6,
            predictor="YES",
            overview_resampling=layer.kind.overviews,
            bigtiff="IF_SAFER",
            num_threads="1",
        )


def _fill(out: rasterio.io.DatasetWriter, layer: RasterLayer) -> None:
    for number, (values, name) in enumerate(zip(layer.bands, layer.band_names, strict=True), 1):
        for row in range(0, values.shape[0], BLOCK_PX):
            rows = values[row : row + BLOCK_PX]
            out.write(rows, number, window=Window(0, row, rows.shape[1], rows.shape[0]))
        out.set_band_description(number, name)
    out.units = (layer.kind.unit,) * len(layer.bands)


def read_cog(path: Path) -> ReadLayer:
    """Read a layer back. BadSource for what is no raster in square cells of a projected CRS."""
    try:
        with rasterio.open(path) as source:
            grid = grid_of(source, path.name)
            tags = source.tags()
            return ReadLayer(
                grid,
                source.read(),
                tuple(name or "" for name in source.descriptions),
                source.units[0] or "",
                source.nodata,
                json.loads(tags.get(JSON_KEY, "{}")),
            )
    except RasterioIOError as error:
        raise BadSource(f"{path.name} cannot be read as a raster: {error}") from error


def grid_of(source: rasterio.io.DatasetReader, name: str) -> Grid:
    """The cells of an open raster. BadSource for cells that are no run's."""
    epsg = source.crs.to_epsg() if source.crs else None
    cell = source.transform
    if epsg is None or cell.b or cell.d or cell.a != -cell.e:
        raise BadSource(f"{name} has no EPSG code or no square cells: it is no layer of a run")
    return Grid(epsg, cell.c, cell.f, cell.a, source.width, source.height)


def transform_of(grid: Grid) -> Affine:
    """From (column, row) to (easting, northing) [m], corners at whole numbers."""
    return Affine(grid.cell_m, 0.0, grid.west_m, 0.0, -grid.cell_m, grid.north_m)


def _created(path: Path, layer: RasterLayer, grid: Grid, dtype: str) -> rasterio.io.DatasetWriter:
    return rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=grid.columns,
        height=grid.rows,
        count=len(layer.bands),
        dtype=dtype,
        nodata=layer.kind.nodata,
        crs=f"EPSG:{grid.epsg}",
        transform=transform_of(grid),
        interleave="band",
        bigtiff="IF_SAFER",
    )


def _tags(kind: LayerKind, provenance: Provenance) -> dict[str, str]:
    return {
        "TIFFTAG_IMAGEDESCRIPTION": kind.description,
        "TIFFTAG_SOFTWARE": f"Canopy {provenance.canopy_version}",
        "TIFFTAG_COPYRIGHT": provenance.credit,
        "TIFFTAG_DATETIME": provenance.utc.strftime("%Y:%m:%d %H:%M:%S"),
        **provenance.flat(),
        JSON_KEY: provenance.json_text(),
    }


def _require_fitting(layer: RasterLayer, grid: Grid) -> str:
    name = layer.kind.name
    if not layer.bands or len(layer.bands) != len(layer.band_names):
        raise Refused(f"{name} has {len(layer.bands)} bands and {len(layer.band_names)} names")
    if any(values.shape != grid.shape for values in layer.bands):
        raise Refused(f"a band of {name} has not the grid's shape {grid.shape}")
    dtypes = {values.dtype.name for values in layer.bands}
    if len(dtypes) != 1 or not dtypes <= set(_DTYPES):
        raise Refused(
            f"{name} holds {', '.join(sorted(dtypes))}; all bands must be of one of "
            f"{', '.join(_DTYPES)}"
        )
    return dtypes.pop()
