"""A filter whose types are known: what is evaluated, and what becomes SQL.

Every predicate is true, false or unknown of an asset; an unknown or withheld field makes
a comparison unknown, and the negation of unknown is unknown (OGC 21-065r2, 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import shapely

from canopy.assets.filtering.fields import FilterField, ValueType
from canopy.assets.filtering.patterns import Pattern
from canopy.assets.filtering.tree import Scalar


@dataclass(frozen=True, slots=True)
class FieldValue:
    field: FilterField

    @property
    def type(self) -> ValueType:
        return self.field.type


@dataclass(frozen=True, slots=True)
class Constant:
    value: Scalar
    type: ValueType


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`op` of two numbers. What is not finite, such as a division by zero, is unknown."""

    op: str
    left: Value
    right: Value
    type: ValueType = "number"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text with its case, its accents or both taken away."""

    operand: Value
    case: bool
    accents: bool
    type: ValueType = "text"


Value: TypeAlias = FieldValue | Constant | Arithmetic | Folded


@dataclass(frozen=True, slots=True)
class Fixed:
    """True or false of every asset."""

    truth: bool


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    part: Predicate


@dataclass(frozen=True, slots=True)
class Comparison:
    op: str
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Like:
    operand: Value
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether a value is one of some constants of its type."""

    operand: Value
    constants: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Whether a value, list or geometry is unknown or withheld; never unknown itself."""

    operand: Value


@dataclass(frozen=True, slots=True)
class Spatial:
    """`op` of an asset's geometry and `shape`; `distance_m` for ``s_dwithin`` only."""

    op: str
    shape: shapely.Geometry
    distance_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Listed:
    """`op` (``a_contains`` and its like) of a list of texts and `items`, taken as sets."""

    op: str
    field: FilterField
    items: tuple[str, ...]


Predicate: TypeAlias = (
    Fixed | Every | Some | Negated | Comparison | Like | OneOf | Unknown | Spatial | Listed
)
