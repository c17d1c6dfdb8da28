"""Handing Arrow batches to GDAL, for the formats that GDAL writes best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyogrio


def write_layer(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    path: Path,
    *,
    driver: str,
    layer: str,
    geometry: str,
    geometry_type: str,
    crs: str,
    layer_options: Mapping[str, str] | None = None,
    dataset_options: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write one layer batch by batch; a file that exists gets it as a further layer.

    `geometry` is the name of the WKB column in `schema`; `crs` as PROJ reads it.
    """
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, batches),
        path,
        layer=layer,
        driver=driver,
        geometry_name=geometry,
        geometry_type=geometry_type,
        crs=crs,
        encoding="UTF-8",
        layer_options=dict(layer_options or {}),
        dataset_options=dict(dataset_options or {}),
        dataset_metadata=dict(metadata) if metadata else None,
    )


def geometry_type(types: tuple[str, ...]) -> str:
    """GDAL's type for a layer that holds `types`: theirs when there is one, else any."""
    return types[0] if len(types) == 1 else "Unknown"
