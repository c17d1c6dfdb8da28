"""Small source tables made by hand, and what the normaliser makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from canopy.assets.importers.base import RawBatch, RowIssue, SourceTable
from canopy.assets.mapping import Mapping, NormalisedBatch, Normaliser, Proposal, loads, propose
from canopy.geo import transformer

BNG = "EPSG:27700"
FIRST_ROW = 2

LAMPPOSTS = """
kind = "lamppost"
[columns]
{columns}
[geometry]
x = "Easting"
y = "Northing"
crs = "EPSG:27700"
"""


def table(
    columns: MappingOf[str, Sequence[object]],
    *,
    geometries: Sequence[shapely.Geometry | None] | None = None,
    name: str = "register.csv",
    crs: str | None = None,
    batch_rows: int = 10_000,
    kind: str | None = None,
) -> SourceTable:
    """A table of these columns; rows are numbered from 2, as below a heading."""
    given = list(geometries) if geometries is not None else None
    count = len(given) if given is not None else len(next(iter(columns.values())))
    shapes = None
    if given is not None:
        shapes = np.empty(count, dtype=object)
        shapes[:] = given

    def batches() -> Iterator[RawBatch]:
        for start in range(0, count, batch_rows):
            rows = slice(start, min(start + batch_rows, count))
            yield RawBatch(
                list(range(rows.start + FIRST_ROW, rows.stop + FIRST_ROW)),
                {key: list(values[rows]) for key, values in columns.items()},
                None if shapes is None else shapes[rows],
            )

    return SourceTable(
        path=Path(name),
        name=Path(name).stem,
        format="CSV",
        columns=tuple(columns),
        batches=batches,
        declared_crs=crs,
        has_geometry=shapes is not None,
        suggested_kind=kind,
    )


@dataclass
class Result:
    """A whole table, normalised."""

    batches: list[NormalisedBatch]
    finish: list[RowIssue]
    normaliser: Normaliser

    @property
    def rejects(self) -> list[RowIssue]:
        return [issue for batch in self.batches for issue in batch.rejects]

    @property
    def warnings(self) -> list[RowIssue]:
        return [issue for batch in self.batches for issue in batch.warnings]

    @property
    def rejected(self) -> dict[int | None, str]:
        """Code by row."""
        return {issue.row: issue.code for issue in self.rejects}

    @property
    def warned(self) -> dict[int | None, str]:
        return {issue.row: issue.code for issue in self.warnings}

    @property
    def count(self) -> int:
        return sum(len(batch.candidates) for batch in self.batches)

    def column(self, name: str) -> list[object]:
        """A common column of the candidates."""
        return [value for b in self.batches for value in b.candidates.columns[name]]

    def attribute(self, name: str) -> list[object]:
        return [row.get(name) for b in self.batches for row in b.candidates.attributes]

    @property
    def geometries(self) -> list[shapely.Geometry]:
        return [geometry for b in self.batches for geometry in b.candidates.geometries]


def normalise(
    source: SourceTable, mapping: Mapping | str, storage_crs: str = BNG, crs: str | None = None
) -> Result:
    """`source` through the normaliser; the mapping may be TOML text."""
    fitted = loads(mapping) if isinstance(mapping, str) else mapping
    normaliser = Normaliser(fitted, source, storage_crs, crs)
    batches = [normaliser.batch(raw) for raw in source.batches()]
    return Result(batches, normaliser.finish(), normaliser)


def lampposts(
    columns: MappingOf[str, Sequence[object]], rules: str = "", extra: str = ""
) -> Result:
    """Columns beside good eastings and northings, read as lampposts; `rules` are lines of
    ``[columns]``, `extra` further sections."""
    count = len(next(iter(columns.values())))
    east, north = street(count)
    source = table({"Easting": east, "Northing": north, **columns})
    return normalise(source, LAMPPOSTS.format(columns=rules) + extra)


def street(count: int) -> tuple[list[str], list[str]]:
    """Eastings and northings [m] of different places in Camden, as text."""
    east = [f"{524_000 + 137 * (i % 40) + 0.25 * (i // 40):.2f}" for i in range(count)]
    north = [f"{183_000 + 71 * (i % 40) + 3.5 * (i // 40):.2f}" for i in range(count)]
    return east, north


def lonlat(count: int, crs: str = "EPSG:4326") -> tuple[np.ndarray, np.ndarray]:
    """The same places in another CRS."""
    east, north = (np.array(part, dtype=float) for part in street(count))
    return transformer(BNG, crs).xy(east, north)


def proposed(
    columns: MappingOf[str, Sequence[object]], kind: str | None = "lamppost", storage_crs: str = BNG
) -> Proposal:
    """What is proposed for these columns beside good eastings and northings."""
    count = len(next(iter(columns.values())))
    east, north = street(count)
    source = table({"Easting": east, "Northing": north, **columns})
    return propose(source, kind, storage_crs)


def codes(issues: Sequence[RowIssue]) -> set[str]:
    return {issue.code for issue in issues}
