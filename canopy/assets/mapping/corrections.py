"""Corrections a person has written down, applied to the raw rows before anything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from canopy.assets.importers.base import RawBatch, RawValue, RowIssue
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.model import Correction, Scalar
from canopy.assets.mapping.values import as_text

GEOMETRY = "geometry"
"""In `set`: a new geometry as WKT, in the CRS of the file."""


@dataclass(slots=True)
class Corrected:
    """The batch's columns after correction, and values given straight to targets."""

    columns: dict[str, list[RawValue]]
    targets: dict[str, dict[int, Scalar]] = field(default_factory=dict)


class Corrections:
    """Finds the rows each correction speaks of; remembers which found none."""

    def __init__(self, corrections: Sequence[Correction]) -> None:
        self._corrections = corrections
        self._hits = [0] * len(corrections)
        self._by_row: dict[int, list[int]] = defaultdict(list)
        self._by_columns: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}
        for number, correction in enumerate(corrections):
            if correction.row is not None:
                self._by_row[correction.row].append(number)
                continue
            names = tuple(sorted(correction.where))
            key = tuple(as_text(correction.where[name]) for name in names)
            self._by_columns.setdefault(names, {}).setdefault(key, []).append(number)

    def apply(self, raw: RawBatch, faults: Faults) -> Corrected:
        """The columns with corrections made; dropped rows are rejected in `faults`."""
        if not self._corrections:
            return Corrected(raw.columns)
        corrected = Corrected({name: list(values) for name, values in raw.columns.items()})
        for index, number in self._matches(raw):
            self._hits[number] += 1
            correction = self._corrections[number]
            if correction.drop:
                faults.reject(
                    index, "dropped-by-correction", f"Left out by a correction: {correction.reason}"
                )
                continue
            for name, value in correction.set.items():
                if name in corrected.columns:
                    corrected.columns[name][index] = value
                else:
                    corrected.targets.setdefault(name, {})[index] = value
        return corrected

    def _matches(self, raw: RawBatch) -> list[tuple[int, int]]:
        """(row position, correction) in the order of the mapping file."""
        found: list[tuple[int, int]] = []
        if self._by_row:
            for index, row in enumerate(raw.row_numbers):
                for number in self._by_row.get(row, ()):
                    if self._also_matches(raw, index, self._corrections[number]):
                        found.append((index, number))
        for names, wanted in self._by_columns.items():
            columns = [raw.columns[name] for name in names]
            for index, values in enumerate(zip(*columns, strict=True)):
                for number in wanted.get(tuple(map(as_text, values)), ()):
                    found.append((index, number))
        return sorted(found, key=lambda match: match[1])

    @staticmethod
    def _also_matches(raw: RawBatch, index: int, correction: Correction) -> bool:
        return all(
            as_text(raw.columns[name][index]) == as_text(value)
            for name, value in correction.where.items()
        )

    def unused(self) -> list[RowIssue]:
        """Corrections that matched no row: the file may have been put right."""
        return [
            RowIssue(
                None,
                "correction-unused",
                f"Correction {number} ({correction.reason}) matched no row; if the file has been "
                "put right, remove it from the mapping.",
            )
            for number, (correction, hits) in enumerate(
                zip(self._corrections, self._hits, strict=True), start=1
            )
            if not hits
        ]
