"""What to read: kinds, place, sources, conditions on fields, and a point in time."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely

from canopy.assets.filtering import Filter
from canopy.errors import BadFilter

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
CONTAINS = "~"
MAX_CONDITIONS = 20
MAX_CONDITION_CHARS = 500

_CONDITION = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|!=|=|<|>|~)\s*(.+?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """``field operator value``; `value` is text as the user wrote it.

    `~` asks whether the field's text contains the value, in any case. A field that is
    unknown or withheld satisfies no condition, ``!=`` included.
    """

    field: str
    operator: str
    value: str

    def holds(self, value: object) -> bool:
        """Whether a field's value satisfies this. Raises BadFilter for values of the wrong type."""
        if value is None:
            return False
        if self.operator == CONTAINS:
            return self.value.casefold() in str(value).casefold()
        if isinstance(value, (tuple, list)):
            found = self.value in value
            if self.operator not in ("=", "!="):
                raise BadFilter(f"{self.field} is a list; use = or != with one of its values.")
            return found is (self.operator == "=")
        return bool(OPERATORS[self.operator](value, self._like(value)))

    def _like(self, value: object) -> object:
        try:
            if isinstance(value, bool):
                return {"true": True, "yes": True, "false": False, "no": False}[
                    self.value.casefold()
                ]
            if isinstance(value, (int, float)):
                return float(self.value)
            if isinstance(value, datetime):
                at = datetime.fromisoformat(self.value)
                if at.tzinfo is None:
                    raise ValueError("a time needs its offset, for example 2026-01-31T12:00:00Z")
                return at
            if isinstance(value, date):
                return date.fromisoformat(self.value)
        except (KeyError, ValueError) as error:
            expected = type(value).__name__
            raise BadFilter(
                f"{self.field} {self.operator} {self.value!r}: {self.field} holds a {expected}, "
                f"and {self.value!r} is none."
            ) from error
        return self.value


def parse_condition(text: str) -> Condition:
    """Read ``height_m>=6``, ``status=operational``, ``street~high``.

    Raises BadFilter for anything else, and beyond `MAX_CONDITION_CHARS`.
    """
    if len(text) > MAX_CONDITION_CHARS:
        raise BadFilter(f"A condition may have at most {MAX_CONDITION_CHARS} characters.")
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise BadFilter(
            f"{text!r} is no condition; write field, operator, value: height_m>=6, "
            "status=operational, street~high. Operators: = != < <= > >= ~."
        )
    field, sign, value = found.groups()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return Condition(field, sign, value)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which assets. Empty means all; `area` is a shape in the storage CRS.

    `conditions` and the CQL2 `filter` are tested on what the principal may see.
    `as_of` reads the catalogue as it was at that time. Withdrawn assets are left out
    unless `with_withdrawn`.
    """

    kinds: tuple[str, ...] = ()
    area: shapely.Geometry | None = None
    sources: tuple[str, ...] = ()
    authority: str | None = None
    conditions: tuple[Condition, ...] = ()
    as_of: datetime | None = None
    with_withdrawn: bool = False
    filter: Filter | None = None

    def __post_init__(self) -> None:
        if len(self.conditions) > MAX_CONDITIONS:
            raise BadFilter(f"At most {MAX_CONDITIONS} conditions may be given.")
        if self.as_of is not None and self.as_of.tzinfo is None:
            raise BadFilter("as_of needs its offset, for example 2026-01-31T12:00:00Z.")

    def sentence(self) -> str:
        """In words, for stamps."""
        parts = []
        if self.kinds:
            parts.append("kinds " + ", ".join(self.kinds))
        if self.sources:
            parts.append("sources " + ", ".join(self.sources))
        if self.authority:
            parts.append(f"authority {self.authority}")
        parts += [f"{c.field} {c.operator} {c.value}" for c in self.conditions]
        if self.filter is not None:
            parts.append(f"the filter {_shortened(self.filter.written)}")
        if self.area is not None:
            parts.append("an area of {:.0f} × {:.0f} m".format(*_size(self.area)))
        if self.as_of is not None:
            parts.append(f"as of {self.as_of.isoformat()}")
        return "; ".join(parts) or "all assets"


def _size(area: shapely.Geometry) -> tuple[float, float]:
    min_x, min_y, max_x, max_y = area.bounds
    return max_x - min_x, max_y - min_y


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_CONDITION_CHARS else f"{flat[:MAX_CONDITION_CHARS]}…"
