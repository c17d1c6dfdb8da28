"""What a zip archive is: a workbook, a KMZ, shapefiles, or other data files packed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from canopy.assets.importers.archive import Unpacked, members, opened
from canopy.assets.importers.base import SourceTable
from canopy.assets.importers.detect import wrong_kind
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.own_export import named_for_kind
from canopy.assets.importers.own_shapefiles import COLUMNS_FILE, full_names, restored
from canopy.assets.importers.stated import Stated, stated_in
from canopy.errors import BadSource

_DATA_SUFFIXES = frozenset(
    {
        ".csv",
        ".tsv",
        ".tab",
        ".psv",
        ".json",
        ".geojson",
        ".geojsonl",
        ".ndjson",
        ".gpkg",
        ".parquet",
        ".geoparquet",
        ".fgb",
        ".kml",
        ".shp",
        ".xlsx",
    }
)
_SHAPE_SUFFIXES = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})
_README = "readme.txt"
_README_BYTES = 64 * 1024
_WORKBOOK_MARK = "[Content_Types].xml"


def is_workbook(path: Path) -> bool:
    """Whether the archive is an XLSX workbook; BadSource for its unreadable relatives."""
    with opened(path) as archive:
        names = set(archive.namelist())
        _refuse_relatives(path, archive, names)
    return "xl/workbook.xml" in names


def _refuse_relatives(path: Path, archive: zipfile.ZipFile, names: set[str]) -> None:
    save_as = "open it and save it as 'Excel Workbook (.xlsx)' or CSV"
    if "xl/workbook.bin" in names:
        raise wrong_kind(path, "a binary Excel workbook (XLSB)", save_as)
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        kind = archive.read("mimetype").decode("ascii", "replace")
        if "opendocument" in kind:
            raise wrong_kind(path, f"an OpenDocument file ({kind.rsplit('.', 1)[-1]})", save_as)
    if any(name.startswith(("word/", "ppt/")) for name in names) and _WORKBOOK_MARK in names:
        raise wrong_kind(path, "a Word or PowerPoint document", "copy its table into a workbook")
    if any(".gdb/" in name for name in names):
        raise wrong_kind(
            path, "a file geodatabase", "open it in QGIS and export its layers as GeoPackage"
        )


def open_zipped(path: Path, open_file: Callable[[Path], list[SourceTable]]) -> list[SourceTable]:
    """The tables of all data files in the archive; `open_file` reads one unpacked file.

    Documents packed beside them (licences, metadata, pictures) are left out.
    """
    with opened(path) as archive:
        infos = members(archive)
        data = [info for info in infos if _suffix(info.filename) in _DATA_SUFFIXES]
        wanted = [
            info
            for info in infos
            if _suffix(info.filename) in _DATA_SUFFIXES | _SHAPE_SUFFIXES
            or info.filename.casefold() in (_README, COLUMNS_FILE)
        ]
        if not data:
            _refuse_without_data(path, infos)
        unpacked = Unpacked(path, archive, wanted)
    readme = _readme(unpacked)
    named = {info.filename: unpacked.files.get(info.filename) for info in data}
    found = [
        (name, table)
        for name, file in named.items()
        if file is not None
        for table in _opened_member(path, file, open_file)
    ]
    tables = [replace(table, name=_table_name(name, table, found)) for name, table in found]
    if len(tables) > 1:
        tables = [named_for_kind(table) for table in tables]
    columns = _beside(unpacked, COLUMNS_FILE)
    names = full_names(columns) if columns is not None else {}
    tables = [restored(table, names) for table in tables]
    return unpacked.tables(path, [readme.of(table) for table in tables])


def _opened_member(
    path: Path, file: Path, open_file: Callable[[Path], list[SourceTable]]
) -> list[SourceTable]:
    try:
        return open_file(file)
    except BadSource as error:
        members_of_problem = {**error.members, "file": path.name, "member": file.name}
        raise BadSource(f"{path.name}: {error.detail}", **members_of_problem) from error


def _beside(unpacked: Unpacked, name: str) -> Path | None:
    """The unpacked document of this name at the top of the archive."""
    return next((file for path, file in unpacked.files.items() if path.casefold() == name), None)


def _readme(unpacked: Unpacked) -> Stated:
    """What a README.txt beside the data says of licence and attribution."""
    file = _beside(unpacked, _README)
    if file is None or file.stat().st_size > _README_BYTES:
        return Stated()
    return stated_in(file.read_text(encoding="utf-8", errors="replace"))


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _table_name(member: str, table: SourceTable, found: list[tuple[str, SourceTable]]) -> str:
    """The table's own name, with the member before it where two would be called the same."""
    same = sum(other.name == table.name for _, other in found)
    return table.name if same == 1 else f"{member}: {table.name}"


def _refuse_without_data(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    if not infos:
        raise bad_source(path, "empty-file", "is an empty zip archive.")
    suffixes = {_suffix(info.filename) for info in infos}
    if suffixes & {".dbf", ".shx"}:
        raise bad_source(
            path,
            "missing-part",
            "holds parts of a shapefile but not the .shp itself; ask for all parts.",
        )
    names = ", ".join(info.filename for info in infos[:6])
    raise wrong_kind(path, f"a zip archive without any data file ({names})", "pack the data itself")
