"""Layers that GDAL reads, handed over as Arrow batches.

Only files that exist on this machine are opened, by their absolute path: a name can
never send GDAL to the network. What GDAL warns of becomes a notice.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from canopy.assets.importers.arrow_rows import arrow_batch
from canopy.assets.importers.base import BATCH_ROWS, RawBatch, RowIssue, SourceTable
from canopy.assets.importers.crs_text import declared_crs
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.stated import Stated, stated, stated_in

_GDAL_FAULTS = (
    DataSourceError,
    DataLayerError,
    pa.ArrowException,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
)
_ENDED = re.compile(
    r"(EOF|end of file|truncat|short read|malformed|fread|VerifyBuffer|IO error)", re.I
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a file; `format` is the name that people use for the file's format.

    `count_is_exact` is False where the number of rows includes deleted ones (dBase).
    """

    path: Path
    name: str
    format: str
    encoding: str | None = None
    whole_floats_to_int: bool = False
    count_is_exact: bool = True


def layer_names(path: Path) -> list[str]:
    """Names of the layers in a file."""
    try:
        with _warnings_kept():
            return [str(name) for name, _ in pyogrio.list_layers(path.absolute())]
    except _GDAL_FAULTS as error:
        raise gdal_fault(path, error) from error


@contextmanager
def _warnings_kept() -> Iterator[list[str]]:
    """What GDAL warns of, collected instead of printed."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield said
    said += [
        str(w.message) for w in caught if issubclass(w.category, (RuntimeWarning, UserWarning))
    ]


def gdal_fault(path: Path, error: Exception, row: int | None = None) -> Exception:
    """GDAL's complaint as a BadSource."""
    text = " ".join(str(error).split()).replace(str(path.absolute()), path.name)[:300]
    if row is not None or _ENDED.search(text):
        where = f"after row {row:,}" if row else "before its first row"
        return bad_source(
            path,
            "cut-short",
            f"cannot be read on {where}: it is damaged or was cut short ({text}); "
            "get the complete file.",
            row=row,
        )
    return bad_source(path, "damaged", f"cannot be opened: it is damaged ({text}).")


def open_layer(layer: Layer, notices: tuple[RowIssue, ...] = ()) -> SourceTable:
    """The table of one layer."""
    try:
        with _warnings_kept() as warned:
            info = pyogrio.read_info(
                layer.path.absolute(), layer=layer.name, encoding=layer.encoding
            )
    except _GDAL_FAULTS as error:
        raise gdal_fault(layer.path, error) from error
    said = [
        RowIssue(None, "gdal-warning", f"{layer.path.name}, {layer.name}: {text}")
        for text in warned
    ]
    columns = tuple(str(name) for name in info["fields"])
    count = int(info["features"])
    if count == 0:
        said.append(RowIssue(None, "no-rows", f"{layer.path.name}, {layer.name}: has no rows."))

    def batches() -> Iterator[RawBatch]:
        return _batches(layer, columns, count if layer.count_is_exact else 0)

    table = SourceTable(
        path=layer.path,
        name=layer.name,
        format=layer.format,
        columns=columns,
        batches=batches,
        declared_crs=declared_crs(info["crs"]),
        encoding=layer.encoding or info["encoding"],
        row_count=None if count < 0 else count,
        row_count_exact=layer.count_is_exact and count >= 0,
        has_geometry=info["geometry_type"] is not None,
        notices=(*notices, *said),
    )
    for each in _stated(info):
        table = each.of(table)
    return table


def _stated(info: dict[str, object]) -> Iterator[Stated]:
    """What the layer says of itself, then what the whole file says."""
    for key in ("layer_metadata", "dataset_metadata"):
        items = info.get(key)
        if isinstance(items, dict):
            yield stated(items)
            described = {str(name).casefold(): value for name, value in items.items()}
            yield stated_in(str(described.get("description") or ""))


def _batches(layer: Layer, columns: tuple[str, ...], count: int) -> Iterator[RawBatch]:
    done = 0
    try:
        with ExitStack() as stack:
            with _warnings_kept():  # said already when the layer was opened
                meta, reader = stack.enter_context(
                    pyogrio.open_arrow(
                        layer.path.absolute(),
                        layer=layer.name,
                        encoding=layer.encoding,
                        batch_size=BATCH_ROWS,
                        use_pyarrow=True,
                    )
                )
            name = str(meta.get("geometry_name") or "wkb_geometry")
            for batch in reader:
                yield arrow_batch(
                    batch,
                    columns,
                    name if name in batch.schema.names else None,
                    first_row=done + 1,
                    whole_floats_to_int=layer.whole_floats_to_int,
                )
                done += batch.num_rows
    except _GDAL_FAULTS as error:
        raise gdal_fault(layer.path, error, done) from error
    if done < count:  # some drivers take a broken page for the end of the layer
        raise bad_source(
            layer.path,
            "cut-short",
            f"gives {done:,} of the {count:,} rows that layer {layer.name!r} should have: it is "
            "damaged or was cut short; get the complete file.",
            row=done,
        )
