"""Making source files and reading them whole, for the tests of the readers."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from openpyxl import Workbook

from canopy.assets.importers import open_tables
from canopy.assets.importers.base import RowIssue, SourceTable


@dataclass
class Read:
    """Everything that reading a table gave."""

    table: SourceTable
    numbers: list[int] = field(default_factory=list)
    columns: dict[str, list[object]] = field(default_factory=dict)
    geometries: list[object] = field(default_factory=list)
    rejects: list[RowIssue] = field(default_factory=list)
    warnings: list[RowIssue] = field(default_factory=list)

    @property
    def codes(self) -> dict[str, set[str]]:
        said = {
            "reject": self.rejects,
            "warning": self.warnings,
            "notice": self.table.notices,
        }
        return {place: {issue.code for issue in issues} for place, issues in said.items()}

    def rows(self) -> list[tuple[object, ...]]:
        return list(zip(*self.columns.values(), strict=True))


def read_table(table: SourceTable) -> Read:
    read = Read(table, columns={name: [] for name in table.columns})
    for batch in table.batches():
        assert all(len(values) == len(batch) for values in batch.columns.values())
        assert set(table.columns) <= set(batch.columns)
        read.numbers += batch.row_numbers
        for name, values in batch.columns.items():
            read.columns.setdefault(name, []).extend(values)
        if batch.geometries is not None:
            assert len(batch.geometries) == len(batch)
            read.geometries += list(batch.geometries)
        read.rejects += batch.rejects
        read.warnings += batch.warnings
    return read


def read_all(path: Path, **options: object) -> list[Read]:
    return [read_table(table) for table in open_tables(path, **options)]  # type: ignore[arg-type]


def read_one(path: Path, **options: object) -> Read:
    (read,) = read_all(path, **options)
    return read


def text_file(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    return bytes_file(folder, name, text.encode(encoding))


def bytes_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def feature(properties: object, geometry: object, **members: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry, **members}


def point(x: object = -0.1, y: object = 51.5) -> dict[str, object]:
    return {"type": "Point", "coordinates": [x, y]}


def collection(features: Sequence[object], **members: object) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)})


def lamps(count: int = 3, crs: str | None = "EPSG:27700") -> gpd.GeoDataFrame:
    """Lamp columns on a line in the National Grid, with text, numbers and gaps."""
    points = shapely.points(
        np.column_stack([np.arange(count) + 524_800.25, np.full(count, 185_110.5)])
    )
    data = {
        "ref": [f"LC{i:04d}" for i in range(count)],
        "height_m": [None if i == 1 else 5.0 + i for i in range(count)],
        "uprn": np.arange(count) + 10_000_480_247,
        "street": ["Café Row" if i == 0 else "Mill Lane" for i in range(count)],
    }
    return gpd.GeoDataFrame(data, geometry=points, crs=crs)


def shapefile(folder: Path, name: str = "lamps", **options: object) -> Path:
    path = folder / f"{name}.shp"
    lamps().to_file(path, engine="pyogrio", **options)
    return path


def geopackage(folder: Path, name: str = "lamps.gpkg") -> Path:
    path = folder / name
    lamps().to_file(path, layer="lamps", engine="pyogrio")
    return path


def zipped(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def workbook(folder: Path, rows: Sequence[Sequence[object]], name: str = "lamps.xlsx") -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    path = folder / name
    book.save(path)
    return path


def kml(placemarks: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}\n'
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Map</name>\n{placemarks}\n'
        "</Document></kml>\n"
    )


def truncated(path: Path, share: float) -> Path:
    """The same file with only the first `share` of its bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path
