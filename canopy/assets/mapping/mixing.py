"""Kinds that a file draws in two ways: most as points, say, and some as areas."""

from __future__ import annotations

import numpy as np
import shapely

from canopy.assets.batches import CandidateBatch
from canopy.assets.importers.base import RowIssue

ROWS_TOLD = 20
"""Rows that are named of each way in which a kind is drawn."""

_DRAWN = ("points", "lines", "areas")


class GeometryMix:
    """Counts the rows of each kind by dimension, in memory that does not grow."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._rows: dict[tuple[str, int], list[int]] = {}

    def add(self, candidates: CandidateBatch) -> None:
        """Count a batch."""
        if not len(candidates):
            return
        dimensions = shapely.get_dimensions(candidates.geometries)
        names = set(candidates.kinds)
        kinds = np.array(candidates.kinds, dtype=object) if len(names) > 1 else None
        for kind in sorted(names):
            for dimension in np.unique(dimensions).tolist():
                mask = dimensions == dimension
                if kinds is not None:
                    mask &= kinds == kind
                found = np.flatnonzero(mask)
                if len(found):
                    self._count(kind, dimension, len(found), candidates, found[:ROWS_TOLD].tolist())

    def _count(
        self, kind: str, dimension: int, count: int, batch: CandidateBatch, first: list[int]
    ) -> None:
        key = kind, dimension
        self._counts[key] = self._counts.get(key, 0) + count
        rows = self._rows.setdefault(key, [])
        rows += [batch.row_numbers[index] for index in first[: ROWS_TOLD - len(rows)]]

    def issues(self) -> list[RowIssue]:
        """One for each kind that is drawn in several ways, naming rows of all but the usual."""
        return [
            self._issue(kind, ways)
            for kind in sorted({kind for kind, _ in self._counts})
            if len(ways := self._ways(kind)) > 1
        ]

    def _ways(self, kind: str) -> list[int]:
        ways = [dimension for each, dimension in self._counts if each == kind]
        return sorted(ways, key=lambda dimension: -self._counts[kind, dimension])

    def _issue(self, kind: str, ways: list[int]) -> RowIssue:
        told = [f"{self._counts[kind, way]:,} as {_DRAWN[way]}" for way in ways]
        rare = [self._named(kind, way) for way in ways[1:]]
        return RowIssue(
            None,
            "mixed-geometry",
            f"The file draws {kind} in several ways: {', '.join(told)}; {'; '.join(rare)}. All "
            "were kept; check that these rows are of that kind.",
        )

    def _named(self, kind: str, way: int) -> str:
        rows = ", ".join(str(row) for row in self._rows[kind, way])
        more = " and more" if self._counts[kind, way] > ROWS_TOLD else ""
        return f"{_DRAWN[way]} in row {rows}{more}"
