"""A filter as it was written: operators, properties and literals, not yet given types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

import shapely

Scalar: TypeAlias = float | str | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Property:
    """A field, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A number (always a float), text, truth value, date, or time in UTC to the millisecond."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to `end`, both included; None where it is open."""

    start: Expression | None
    end: Expression | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry in the storage CRS."""

    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function with its arguments; both are known to exist, in lower case."""

    op: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Property | Literal | Interval | Shape | Items | Call
