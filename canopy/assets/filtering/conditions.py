"""Short conditions, as people type them: ``height_m>=6``, ``street~high``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from canopy.assets.filtering import moments
from canopy.assets.filtering.fields import FieldFinder, FilterField
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.filtering.resolving import Resolver
from canopy.assets.filtering.tree import Call, Expression, Literal, Property, Scalar
from canopy.errors import BadFilter

CONTAINS = "~"
MAX_CONDITION_CHARS = 500

_CONDITION = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|!=|=|<|>|~)\s*(.+?)\s*", re.DOTALL)
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_SPECIAL = re.compile(r"([%_\\])")


@dataclass(frozen=True, slots=True)
class Condition:
    """``field operator value``; `value` is text as the user wrote it.

    `~` asks whether a text contains the value, in any case; ``=`` of a list, whether the
    value is in it. A field that is unknown or withheld satisfies no condition, ``!=`` included.
    """

    field: str
    operator: str
    value: str

    def resolved(self, fields: FieldFinder) -> Predicate:
        """The condition, its value read by the type of its field; as `Filter.resolved`."""
        return Resolver(fields).predicate(self._expression(fields))

    def _expression(self, fields: FieldFinder) -> Expression:
        found = fields.find(self.field)
        asked = Property(self.field)
        if self.operator == CONTAINS:
            if found.type != "text":
                raise BadFilter(f"{self.field} is no text; ~ asks what a text contains.")
            pattern = "%" + _SPECIAL.sub(r"\\\1", self.value) + "%"
            return Call("like", (Call("casei", (asked,)), Call("casei", (Literal(pattern),))))
        if found.type == "list":
            return self._of_list(asked)
        op = "<>" if self.operator == "!=" else self.operator
        return Call(op, (asked, Literal(self._read(found))))

    def _of_list(self, asked: Property) -> Expression:
        if self.operator not in ("=", "!="):
            raise BadFilter(f"{self.field} is a list; use = or != with one of its values.")
        holds = Call("a_contains", (asked, Literal(self.value)))
        return holds if self.operator == "=" else Call("not", (holds,))

    def _read(self, found: FilterField) -> Scalar:
        try:
            if found.type == "boolean":
                return _TRUTHS[self.value.casefold()]
            if found.type == "number":
                return _finite(self.value)
            if found.type in ("date", "timestamp"):
                return moments.read_instant(self.value)
        except (KeyError, ValueError, BadFilter) as error:
            raise BadFilter(
                f"{self.field} {self.operator} {self.value!r}: {self.field} holds a {found.type}, "
                f"and {self.value!r} is none.",
                field=self.field,
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


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
