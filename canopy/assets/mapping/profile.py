"""The first rows of a file, column by column, as evidence for a mapping."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from canopy.assets.importers.base import SourceTable
from canopy.assets.mapping.arrays import NumberColumn, number_column
from canopy.assets.mapping.dates import parse_date
from canopy.assets.mapping.positions import parse_grid_reference, parse_pair
from canopy.assets.mapping.values import DecimalMark, Unreadable, as_text, is_unknown

SAMPLE_ROWS = 10_000
"""Rows from which a mapping is proposed."""

CHECKED_VALUES = 500
"""Values per column looked at one by one."""

BELIEVED_SHARE = 0.8
"""Share of a column's values that must fit the target's form."""

MAX_WORDS = 200
"""Different words of an enum column that are looked up."""

_WKT = re.compile(
    r"\s*(?:SRID\s*=\s*\d+\s*;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)"
    r"\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)",
    re.IGNORECASE,
)
_COMMA = re.compile(r"[+-]?\d+,\d+")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")


@dataclass
class Column:
    """One column of the sample. Shares are of the values that are not unknown."""

    name: str
    values: Sequence[object]

    @cached_property
    def known(self) -> list[object]:
        return [value for value in self.values if not is_unknown(value)]

    @cached_property
    def some(self) -> list[object]:
        """At most `CHECKED_VALUES` known values, spread over the sample."""
        step = max(1, len(self.known) // CHECKED_VALUES)
        return self.known[::step][:CHECKED_VALUES]

    @cached_property
    def texts(self) -> list[str]:
        return [as_text(value) for value in self.some]

    @cached_property
    def decimal(self) -> DecimalMark | None:
        """comma when the column has decimal commas and no decimal points."""
        commas = sum(bool(_COMMA.fullmatch(t)) and not _GROUPED.fullmatch(t) for t in self.texts)
        return "comma" if commas and not any("." in text for text in self.texts) else None

    @cached_property
    def numbers(self) -> NumberColumn:
        return number_column(self.values, self.decimal)

    @cached_property
    def numeric_share(self) -> float:
        if not self.known:
            return 0.0
        return float(np.isfinite(self.numbers.numbers).sum()) / len(self.known)

    @cached_property
    def wkt_share(self) -> float:
        return _share(bool(_WKT.match(text)) for text in self.texts)

    @cached_property
    def pair_share(self) -> float:
        return _share(isinstance(parse_pair(value), tuple) for value in self.some)

    @cached_property
    def grid_share(self) -> float:
        return _share(isinstance(parse_grid_reference(value), tuple) for value in self.some)

    @cached_property
    def date_share(self) -> float:
        return _share(not isinstance(parse_date(value), Unreadable) or
                      not isinstance(parse_date(value, "mdy"), Unreadable)
                      for value in self.some)  # fmt: skip

    @cached_property
    def distinct(self) -> Counter[str]:
        return Counter(as_text(value) for value in self.known)

    @cached_property
    def distinct_share(self) -> float:
        return len(self.distinct) / len(self.known) if self.known else 0.0


def _share(found: Iterable[bool]) -> float:
    answers = list(found)
    return sum(answers) / len(answers) if answers else 0.0


@dataclass
class Profile:
    """The sampled rows of a table: its columns and, if it has them, its geometries."""

    table: SourceTable
    columns: dict[str, Column]
    rows: int
    geometries: NDArray[np.object_] | None = None

    def words(self) -> str:
        """File, layer and column names, for guessing the kind."""
        return " ".join((self.table.path.stem, self.table.name, *self.columns))


def read_profile(table: SourceTable, rows: int = SAMPLE_ROWS) -> Profile:
    """The first `rows` rows of `table`."""
    values: dict[str, list[object]] = {name: [] for name in table.columns}
    geometries: list[NDArray[np.object_]] = []
    count = 0
    for batch in table.batches():
        take = min(len(batch), rows - count)
        for name in values:
            values[name].extend(batch.columns[name][:take])
        if batch.geometries is not None:
            geometries.append(batch.geometries[:take])
        count += take
        if count >= rows:
            break
    return Profile(
        table,
        {name: Column(name, column) for name, column in values.items()},
        count,
        np.concatenate(geometries) if geometries else None,
    )
