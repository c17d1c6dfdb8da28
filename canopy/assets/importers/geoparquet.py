"""Parquet, with GeoParquet's geometry where there is one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from canopy.assets.importers.arrow_rows import arrow_batch
from canopy.assets.importers.base import BATCH_ROWS, RawBatch, RowIssue, SourceTable
from canopy.assets.importers.crs_text import declared_crs
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.stated import stated

_END_MARK = b"PAR1"
_ENCRYPTED_MARK = b"PARE"
_FAULTS = (pa.ArrowException, OSError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True)
class _Geometry:
    column: str
    crs: str | None
    encoding: str


def open_geoparquet(path: Path) -> list[SourceTable]:
    """The one table of a Parquet file.

    The CRS follows GeoParquet 1.1: WGS 84 when the metadata has no `crs`, unknown when
    it is null. Geometry must be WKB.
    """
    _require_complete(path)
    try:
        with pq.ParquetFile(path) as file:
            schema, count = file.schema_arrow, file.metadata.num_rows
    except _FAULTS as error:
        raise bad_source(
            path, "damaged", f"is a damaged Parquet file ({' '.join(str(error).split())[:200]})."
        ) from error
    metadata = {
        key.decode(errors="replace"): value for key, value in (schema.metadata or {}).items()
    }
    said = stated({name: text.decode("utf-8", "replace") for name, text in metadata.items()})
    geometry = _geometry(path, metadata)
    if geometry is not None and geometry.column not in schema.names:
        raise bad_source(
            path, "damaged", f"lacks its geometry column {geometry.column!r}; write it again."
        )
    binary = [
        name
        for name, kind in zip(schema.names, schema.types, strict=True)
        if _is_binary(kind) and not (geometry and name == geometry.column)
    ]
    notices = [
        RowIssue(None, "binary-column", f"{path.name}: column {name!r} is binary and is left out.")
        for name in binary
    ]
    left_out = {*binary, geometry.column if geometry else ""}
    columns = tuple(name for name in schema.names if name not in left_out)
    if not count:
        notices.append(RowIssue(None, "no-rows", f"{path.name} has columns but no rows."))
    if geometry is not None and geometry.crs is None:
        notices.append(RowIssue(None, "unknown-crs", f"{path.name} declares no CRS; give --crs."))

    def batches() -> Iterator[RawBatch]:
        return _batches(path, columns, geometry.column if geometry else None)

    return [
        SourceTable(
            path=path,
            name=path.stem,
            format="GeoParquet" if geometry else "Parquet",
            columns=columns,
            batches=batches,
            declared_crs=geometry.crs if geometry else None,
            row_count=count,
            row_count_exact=True,
            has_geometry=geometry is not None,
            licence=said.licence,
            attribution=said.attribution,
            notices=tuple(notices),
        )
    ]


def _require_complete(path: Path) -> None:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 4))
        end = stream.read()
    if end == _ENCRYPTED_MARK:
        raise bad_source(
            path, "password-protected", "is an encrypted Parquet file; write it unencrypted."
        )
    if end != _END_MARK or path.stat().st_size < 12:
        raise bad_source(
            path,
            "cut-short",
            f"was cut short at byte {path.stat().st_size:,}: the table of contents that ends a "
            "Parquet file is missing; get the complete file.",
        )


def _geometry(path: Path, metadata: dict[str, bytes]) -> _Geometry | None:
    if "geo" not in metadata:
        return None
    try:
        geo = json.loads(metadata["geo"])
        name = geo["primary_column"]
        column = geo["columns"][name]
        encoding = str(column.get("encoding", "WKB"))
        crs = column.get("crs")
        names_crs = "crs" in column
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise bad_source(
            path, "damaged", "has GeoParquet metadata that cannot be read; write it again."
        ) from error
    if encoding != "WKB":
        raise bad_source(
            path,
            "wrong-kind",
            f"stores its geometry as {encoding!r}; write it again with encoding WKB.",
        )
    if not names_crs:
        return _Geometry(name, "EPSG:4326", encoding)
    text = None if crs is None else crs if isinstance(crs, str) else json.dumps(crs)
    return _Geometry(name, declared_crs(text), encoding)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _batches(path: Path, columns: tuple[str, ...], geometry: str | None) -> Iterator[RawBatch]:
    done = 0
    wanted = [*columns, *([geometry] if geometry else [])]
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
                yield arrow_batch(batch, columns, geometry, first_row=done + 1)
                done += batch.num_rows
    except _FAULTS as error:
        raise bad_source(
            path,
            "damaged",
            f"cannot be read on after row {done:,}: it is damaged "
            f"({' '.join(str(error).split())[:200]}).",
            row=done,
        ) from error
