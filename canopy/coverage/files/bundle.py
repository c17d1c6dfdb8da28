"""All files of a run in one folder, which appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.files.archives import write_raster_archive, write_vector_archive
from canopy.coverage.files.columns import Table, integer, text
from canopy.coverage.files.kmz import write_kmz
from canopy.coverage.files.layers import RasterLayer, run_layers
from canopy.coverage.files.picture import write_picture
from canopy.coverage.files.polygons import PolygonLayer, write_geojson, write_geopackage
from canopy.coverage.files.provenance import Provenance
from canopy.coverage.files.rasters import write_cog
from canopy.coverage.files.replacing import whole_folder
from canopy.coverage.files.style import Style
from canopy.coverage.files.tables import write_csv
from canopy.coverage.grid import Grid
from canopy.coverage.result import CoverageResult
from canopy.errors import Refused

Format = Literal["cog", "geopackage", "geojson", "kmz", "png", "pmtiles", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1
_HASH_BYTES = 1 << 20
_FILE_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file: its name in the folder, its size [bytes] and SHA-256."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder holds; `notes` say what was asked for and has no file, and why."""

    folder: Path
    files: tuple[WrittenFile, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A layer that is to be drawn, and how; `name` is that of its files."""

    name: str
    values: NDArray[np.generic]
    style: Style


@dataclass(frozen=True, slots=True, eq=False)
class PlacedLayer:
    """A layer and the grid that it lies on."""

    layer: RasterLayer
    grid: Grid


def write_run(
    result: CoverageResult,
    out_dir: Path,
    *,
    provenance: Provenance,
    polygons: Sequence[PolygonLayer] = (),
    tables: Sequence[Table] = (),
    rasters: Sequence[PlacedLayer] = (),
    styles: Mapping[str, Style] | None = None,
    formats: Sequence[Format] = ("cog", "geopackage", "geojson", "csv"),
) -> Manifest:
    """Write a run's files to the new (or empty) folder `out_dir`.

    rasters: further layers, each on its own grid.

    styles: of the layers to be drawn as PNG, KMZ and PMTiles, by the layer's name; a layer by
    operator is drawn once an operator. provenance: `result.provenance` is added to its
    parameters, and it is indicative if the result is.

    ``manifest.json`` has every file's SHA-256. The same run gives the same bytes.
    """
    _require_formats(formats, styles)
    full = provenance.with_parameters({**_identity(result), **result.provenance})
    full = replace(full, indicative=provenance.indicative or result.indicative)
    layers = run_layers(result)
    pictures = _pictures(layers, styles or {})
    with whole_folder(out_dir) as folder:
        if "cog" in formats:
            for layer in layers:
                write_cog(layer, result.grid, folder / f"{layer.kind.name}.tif", full)
            for placed in rasters:
                path = folder / f"{placed.layer.kind.name}.tif"
                write_cog(placed.layer, placed.grid, path, _on_grid(full, placed.grid, result.grid))
        for picture in pictures:
            _draw(picture, result.grid, folder, full, formats)
        notes = _write_polygons(polygons, result.grid, folder, full, formats)
        if "csv" in formats:
            for table in (server_table(result), *tables):
                write_csv(table, folder / f"{table.name}.csv", full)
        written = _hashed(folder)
        _write_manifest(folder / MANIFEST, written, notes, full)
    return Manifest(out_dir, written, notes)


def server_table(result: CoverageResult) -> Table:
    """Which site an index in the layers of servers means."""
    return Table(
        "servers",
        "Sites by their index in the layers of servers",
        (
            integer("server", list(range(len(result.site_ids))), description="index"),
            text("site_id", list(result.site_ids)),
        ),
    )


def _identity(result: CoverageResult) -> dict[str, str]:
    grid = result.grid
    return {
        "technology": result.technology,
        "threshold_dbm": f"{result.threshold_dbm:g}",
        "operators": ", ".join(result.operators),
        "crs": f"EPSG:{grid.epsg}",
        "cell_m": f"{grid.cell_m:g}",
        "bounds_m": ", ".join(f"{edge:g}" for edge in grid.bounds_m),
    }


def _on_grid(provenance: Provenance, grid: Grid, runs: Grid) -> Provenance:
    """The run's provenance, with the cells that a layer of other cells has."""
    if grid == runs:
        return provenance
    return provenance.with_parameters(
        {
            "layer_cell_m": f"{grid.cell_m:g}",
            "layer_bounds_m": ", ".join(f"{edge:g}" for edge in grid.bounds_m),
        }
    )


def _require_formats(formats: Sequence[Format], styles: Mapping[str, Style] | None) -> None:
    strange = [each for each in formats if each not in FORMATS]
    if strange or not formats:
        raise Refused(f"{strange or 'no format'}: choose among {', '.join(FORMATS)}")
    drawn = sorted({"png", "kmz", "pmtiles"} & set(formats))
    if not styles and {"png", "kmz"} & set(drawn):
        raise Refused(f"{', '.join(drawn)} need a style for a layer at least: none was given")


def _pictures(layers: Sequence[RasterLayer], styles: Mapping[str, Style]) -> list[Picture]:
    for name in (band for layer in layers for band in layer.band_names):
        if not _FILE_NAME.fullmatch(name):
            raise Refused(
                f"the operator {name!r} cannot be part of a file's name: use a slug of lower-case "
                "letters, digits, - and _"
            )
    unknown = set(styles) - {layer.kind.name for layer in layers}
    if unknown:
        raise Refused(f"the run has no layer {', '.join(sorted(unknown))} to draw")
    return [
        Picture(
            layer.kind.name if band == layer.kind.name else f"{layer.kind.name}-{band}",
            values,
            styles[layer.kind.name],
        )
        for layer in layers
        if layer.kind.name in styles
        for band, values in zip(layer.band_names, layer.bands, strict=True)
    ]


def _draw(
    picture: Picture,
    grid: Grid,
    folder: Path,
    provenance: Provenance,
    formats: Sequence[Format],
) -> None:
    values, style = picture.values, picture.style
    if "png" in formats:
        write_picture(values, grid, style, folder / f"{picture.name}.png", provenance)
    if "kmz" in formats:
        write_kmz(values, grid, style, folder / f"{picture.name}.kmz", provenance)
    if "pmtiles" in formats:
        path = folder / f"{picture.name}.pmtiles"
        write_raster_archive(values, grid, style, path, provenance)


def _write_polygons(
    layers: Sequence[PolygonLayer],
    grid: Grid,
    folder: Path,
    provenance: Provenance,
    formats: Sequence[Format],
) -> tuple[str, ...]:
    notes = []
    if layers and "geopackage" in formats:
        write_geopackage(layers, folder / "polygons.gpkg", provenance)
    for layer in layers:
        name = layer.table.name
        if "geojson" in formats:
            write_geojson(layer, folder / f"{name}.geojson", provenance)
        if "pmtiles" in formats and layer.table.rows:
            write_vector_archive(layer, grid, folder / f"{name}.pmtiles", provenance)
        elif "pmtiles" in formats:
            notes.append(f"{name} has no polygon, so there is no {name}.pmtiles.")
    return tuple(notes)


def _hashed(folder: Path) -> tuple[WrittenFile, ...]:
    return tuple(
        WrittenFile(path.name, path.stat().st_size, _sha256(path))
        for path in sorted(folder.iterdir())
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_HASH_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _write_manifest(
    path: Path,
    written: Sequence[WrittenFile],
    notes: Sequence[str],
    provenance: Provenance,
) -> None:
    document = {
        "version": MANIFEST_VERSION,
        "provenance": provenance.document(),
        "notes": list(notes),
        "files": [
            {"name": each.name, "size_bytes": each.size_bytes, "sha256": each.sha256}
            for each in written
        ],
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
