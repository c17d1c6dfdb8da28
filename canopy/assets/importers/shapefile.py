"""Shapefiles: several files with one name, of which some are often missing."""

from __future__ import annotations

from pathlib import Path

from canopy.assets.importers.base import RowIssue, SourceTable
from canopy.assets.importers.encoding import text_encoding
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.fingerprint import shapefile_part
from canopy.assets.importers.vector import Layer, open_layer

_HEADER_BYTES = 100


def open_shapefile(path: Path, encoding: str | None = None) -> list[SourceTable]:
    """The table of a shapefile.

    A missing .prj leaves the CRS undeclared and a missing .dbf leaves no attributes; both
    are said. Without its .shx the file is refused. Attribute text is decoded as the .cpg
    says, else as UTF-8 if it is that, else as Windows-1252.
    """
    _require_complete_shapes(path)
    if shapefile_part(path, ".shx") is None:
        raise bad_source(
            path,
            "missing-part",
            f"lacks its index {path.stem}.shx; ask for all parts (.shp, .shx, .dbf, .prj).",
        )
    notices = []
    table_part = shapefile_part(path, ".dbf")
    if table_part is None:
        notices.append(_missing(path, ".dbf", "it has shapes but no attributes"))
    else:
        _require_complete_table(path, table_part)
    if shapefile_part(path, ".prj") is None:
        consequence = "its CRS is told by its coordinates alone; give --crs if that is wrong"
        notices.append(_missing(path, ".prj", consequence))
    chosen = encoding
    if encoding is None and table_part is not None and shapefile_part(path, ".cpg") is None:
        guess = text_encoding(table_part)
        if not guess.is_ascii:
            chosen = "CP1252" if guess.name == "cp1252" else "UTF-8"
    layer = Layer(
        path, path.stem, "Shapefile", chosen, whole_floats_to_int=True, count_is_exact=False
    )
    return [open_layer(layer, tuple(notices))]


def _missing(path: Path, suffix: str, consequence: str) -> RowIssue:
    message = f"{path.name} came without {path.stem}{suffix}: {consequence}."
    return RowIssue(None, "missing-part", message)


def _require_complete_shapes(path: Path) -> None:
    """Compare the length in the header (16-bit words, big-endian at byte 24) with the size."""
    with path.open("rb") as stream:
        header = stream.read(_HEADER_BYTES)
    size = path.stat().st_size
    said = 2 * int.from_bytes(header[24:28], "big")
    if len(header) < _HEADER_BYTES or size < said:
        raise bad_source(
            path,
            "cut-short",
            f"was cut short at byte {size:,} of {said:,}; get the complete file.",
        )


def _require_complete_table(path: Path, table: Path) -> None:
    """Compare dBase's record count, header and record length with the size."""
    with table.open("rb") as stream:
        header = stream.read(32)
    size = table.stat().st_size
    records = int.from_bytes(header[4:8], "little")
    start = int.from_bytes(header[8:10], "little")
    length = int.from_bytes(header[10:12], "little")
    if len(header) < 32 or size < start + records * length:
        whole = max(0, size - start) // length if length else 0
        raise bad_source(
            path,
            "cut-short",
            f"has its attributes cut short: {table.name} ends after row {whole:,} of "
            f"{records:,}; get the complete file.",
            row=whole,
        )
