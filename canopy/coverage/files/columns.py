"""Named columns of one type each: what tables and polygons carry."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.errors import LimitExceeded, Refused

Kind = Literal["text", "integer", "real", "truth"]
Cell = str | int | float | bool | None

MAX_ROWS = 5_000_000
MAX_COLUMNS = 500

_NAME = re.compile("[a-z][a-z0-9_]{0,62}")
_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its values are all of one kind or None, which is "not known".

    Attributes:
        name: lower-case letters, digits and underscores, beginning with a letter.
        kind: of its values; a real may be infinite, and NaN is taken as None.
        values: one a row.
        unit: as shown, such as "m²", or "" for a number without one.
        description: what a reader of the file must know.
    """

    name: str
    kind: Kind
    values: tuple[Cell, ...]
    unit: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Refused(
                f"{self.name!r} is no name for a column: lower-case letters, digits and "
                "underscores, 63 at most, the first a letter"
            )
        for row, value in enumerate(self.values):
            if not _fits(value, self.kind):
                raise Refused(f"{self.name}, row {row}: {value!r} is no {self.kind}")

    @property
    def heading(self) -> str:
        """The name with its unit, ``area [m²]``."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def known(self) -> tuple[Cell, ...]:
        """The values with NaN as None."""
        return tuple(
            None if isinstance(value, float) and math.isnan(value) else value
            for value in self.values
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length. `name` is also that of its file or layer."""

    name: str
    title: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Refused(
                f"{self.name!r} is no name for a table: lower-case letters, digits and "
                "underscores, 63 at most, the first a letter"
            )
        if not 1 <= len(self.columns) <= MAX_COLUMNS:
            raise Refused(f"{self.name} needs 1 to {MAX_COLUMNS} columns, not {len(self.columns)}")
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise Refused(f"{self.name} has two columns of one name: rename one")
        for column in self.columns:
            if len(column.values) != self.rows:
                raise Refused(
                    f"{self.name}: {column.name} has {len(column.values)} values where "
                    f"{names[0]} has {self.rows}"
                )
        if self.rows > MAX_ROWS:
            raise LimitExceeded(f"{self.name} has {self.rows:,} rows; {MAX_ROWS:,} are the most")

    @property
    def rows(self) -> int:
        return len(self.columns[0].values)


def text(name: str, values: Sequence[str | None], description: str = "") -> Column:
    """A column of texts."""
    return Column(name, "text", tuple(values), "", description)


def real(
    name: str,
    values: Sequence[float | None] | NDArray[np.floating],
    unit: str = "",
    description: str = "",
) -> Column:
    """A column of numbers; NaN and None are "not known"."""
    given = values.tolist() if isinstance(values, np.ndarray) else values
    cells = tuple(None if value is None else float(value) for value in given)
    return Column(name, "real", cells, unit, description)


def integer(
    name: str,
    values: Sequence[int | None] | NDArray[np.integer],
    unit: str = "",
    description: str = "",
) -> Column:
    """A column of whole numbers."""
    cells = tuple(values.tolist()) if isinstance(values, np.ndarray) else tuple(values)
    return Column(name, "integer", cells, unit, description)


def truth(name: str, values: Sequence[bool | None], description: str = "") -> Column:
    """A column of yes and no."""
    return Column(name, "truth", tuple(values), "", description)


def _fits(value: Cell, kind: Kind) -> bool:
    if value is None:
        return True
    if kind == "integer":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and -_LARGEST <= int(value) < _LARGEST
    if kind == "real":
        return isinstance(value, float)
    return isinstance(value, str if kind == "text" else bool)
