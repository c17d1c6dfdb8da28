"""The difference of two scenarios as layers of a GeoPackage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from canopy.assets.exporters import ogr
from canopy.plan.scenarios.difference import Difference, site_properties

_WORDS = ("change", "asset_id", "source", "ref", "name", "kind", "ward", "phase_before",
          "phase_after")  # fmt: skip
_NUMBERS = ("score_before", "score_after", "added_before", "added_after")


def write_geopackage(found: Difference, path: Path, storage_crs: str) -> None:
    """Layers `sites` and `in_reach`, in the storage CRS; the file is replaced once complete."""
    part = path.with_name(f".{path.stem}.part.gpkg")
    part.unlink(missing_ok=True)
    told = f"From {found.before} to {found.after}"
    rows = [site_properties(each) for each in found.sites]
    places = [
        None if each.told.get("x_m") is None else shapely.Point(each.told["x_m"], each.told["y_m"])
        for each in found.sites
    ]
    words = {name: pa.array([row[name] for row in rows], pa.string()) for name in _WORDS}
    numbers = {name: pa.array([row[name] for row in rows], pa.float64()) for name in _NUMBERS}
    _write(part, "sites", {**words, **numbers}, places, ("Point", storage_crs, told))
    change = {"change": pa.array(list(found.areas), pa.string())}
    _write(part, "in_reach", change, list(found.areas.values()), ("Unknown", storage_crs, told))
    part.replace(path)


def _write(
    path: Path, layer: str, columns: dict[str, pa.Array], shapes: list[shapely.Geometry | None],
    of: tuple[str, str, str],
) -> None:  # fmt: skip
    geometry_type, crs, told = of
    wkb = pa.array(shapely.to_wkb(np.array(shapes, dtype=object)).tolist(), pa.binary())
    batch = pa.RecordBatch.from_pydict({**columns, "geom": wkb})
    ogr.write_layer(
        [batch], batch.schema, path, driver="GPKG", layer=layer, geometry="geom",
        geometry_type=geometry_type, crs=crs,
        layer_options={"DESCRIPTION": told, "SPATIAL_INDEX": "YES"},
    )  # fmt: skip
