"""One published value and what is computed for it."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    """A published value and ours.

    Attributes:
        published_db: the loss [dB]; None where the source refuses the inputs.
        computed_db: ours [dB]; NaN where it is refused.
    """

    published_db: float | None
    computed_db: float

    @property
    def off_db(self) -> float:
        """How far apart they are [dB]: 0 where both refuse, infinite where one does."""
        if self.published_db is None or math.isnan(self.computed_db):
            return 0.0 if self.published_db is None and math.isnan(self.computed_db) else math.inf
        return abs(self.computed_db - self.published_db)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All published values of one source for one method.

    Attributes:
        method: the document, with its edition.
        source: who published the values.
        bar_db: how far a computed value may lie from them [dB].
    """

    method: str
    source: str
    bar_db: float
    cases: Sequence[Case]

    @property
    def worst_db(self) -> float:
        """The largest difference [dB]."""
        return max(case.off_db for case in self.cases)

    @property
    def refusals(self) -> int:
        """How many of the published rows are refusals."""
        return sum(case.published_db is None for case in self.cases)

    @property
    def is_met(self) -> bool:
        """Whether every case lies within the bar; sums of decimals are given a rounding."""
        return self.worst_db <= self.bar_db + 1e-9


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file by their column names."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
