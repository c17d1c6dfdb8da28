"""From a filter's tree to predicates: fields are found, and types checked."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from canopy.assets.filtering.fields import FieldFinder, ValueType
from canopy.assets.filtering.patterns import read_pattern
from canopy.assets.filtering.predicates import (
    Arithmetic,
    Comparison,
    Constant,
    Every,
    FieldValue,
    Fixed,
    Folded,
    Like,
    Listed,
    Negated,
    OneOf,
    Predicate,
    Some,
    Spatial,
    Unknown,
    Value,
)
from canopy.assets.filtering.syntax import ARITHMETIC, ARRAY, COMPARISONS, SPATIAL, TEMPORAL
from canopy.assets.filtering.temporal import Period, relation
from canopy.assets.filtering.tree import (
    Call,
    Expression,
    Interval,
    Items,
    Literal,
    Property,
    Scalar,
    Shape,
)
from canopy.errors import BadFilter

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EXPECTED: Mapping[ValueType, str] = {
    "text": "a text, as 'operational'",
    "number": "a number, as 6.5",
    "boolean": "true or false",
    "date": "a date, as DATE('2026-01-31')",
    "timestamp": "a time, as TIMESTAMP('2026-01-31T12:00:00Z')",
    "list": "a list; ask with A_CONTAINS or A_OVERLAPS",
    "geometry": "a geometry; ask with S_INTERSECTS or another spatial function",
}
_SWAPPED: Mapping[str, str] = {
    "s_within": "s_contains",
    "s_contains": "s_within",
    "a_contains": "a_containedby",
    "a_containedby": "a_contains",
}
MAX_DISTANCE_M = 1e6
"""Farthest that S_DWITHIN looks [m]."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves filters against what one principal sees of some kinds."""

    fields: FieldFinder

    def predicate(self, node: Expression) -> Predicate:
        """The predicate of a tree. Raises BadFilter naming the field and what it holds."""
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return Fixed(node.value)
        if isinstance(node, Property):
            return self._flag(node)
        if not isinstance(node, Call):
            raise BadFilter("A filter is made of conditions, and a value alone is none.")
        op, arguments = node.op, node.arguments
        if op in ("and", "or"):
            parts = tuple(self.predicate(each) for each in arguments)
            return Every(parts) if op == "and" else Some(parts)
        if op == "not":
            return Negated(self.predicate(arguments[0]))
        if op in COMPARISONS:
            return self._comparison(op, *arguments)
        if op in TEMPORAL:
            return relation(op, self._period(arguments[0]), self._period(arguments[1]))
        if op in (*SPATIAL, "s_dwithin"):
            return self._spatial(node)
        if op in ARRAY:
            return self._listed(op, *arguments)
        return self._of_values(node)

    def _of_values(self, node: Call) -> Predicate:
        first, *others = node.arguments
        if node.op == "isnull":
            asked = self._value(first, any_type=True)
            return Fixed(False) if isinstance(asked, Constant) else Unknown(asked)
        if node.op == "between":
            low = self._comparison(">=", first, others[0])
            return Every((low, self._comparison("<=", first, others[1])))
        if node.op == "like":
            return self._like(first, others[0])
        if node.op == "in":
            return self._one_of(first, others[0])
        raise BadFilter(f"{node.op} gives a value and is no condition; compare it with one.")

    def _flag(self, node: Property) -> Predicate:
        value = FieldValue(self.fields.find(node.name))
        _require(value, "boolean")
        return Comparison("=", value, Constant(True, "boolean"))

    def _comparison(self, op: str, first: Expression, second: Expression) -> Predicate:
        left, right = self._value(first), self._value(second)
        if {left.type, right.type} == {"date", "timestamp"}:
            left_period, right_period = Period(left, left), Period(right, right)
            if op == "<>":
                return Negated(relation("=", left_period, right_period))
            return relation(op, left_period, right_period)
        if left.type != right.type:
            _require(*((left, right.type) if isinstance(left, FieldValue) else (right, left.type)))
        if left.type == "boolean" and op not in ("=", "<>"):
            raise BadFilter("True and false have no order; compare them with = or <>.")
        if isinstance(left, Constant) and isinstance(right, Constant):
            return Fixed(_SIGNS[op](left.value, right.value))
        return Comparison(op, left, right)

    def _like(self, first: Expression, second: Expression) -> Predicate:
        operand, pattern = self._value(first), self._value(second)
        _require(operand, "text")
        if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
            raise BadFilter("LIKE needs a pattern in quotes, as 'High%'.")
        read = read_pattern(pattern.value)
        if isinstance(operand, Constant):
            return Fixed(read.matches(str(operand.value)))
        return Like(operand, read)

    def _one_of(self, first: Expression, second: Expression) -> Predicate:
        operand = self._value(first)
        listed = second.values if isinstance(second, Items) else (second,)
        values = [self._value(each) for each in listed]
        if not all(isinstance(value, Constant) and value.type == operand.type for value in values):
            if isinstance(operand, Constant) or any(not isinstance(v, Constant) for v in values):
                return Some(tuple(self._comparison("=", first, each) for each in listed))
            wrong = next(value for value in values if value.type != operand.type)
            _require(operand, wrong.type)
        constants = tuple(value.value for value in values if isinstance(value, Constant))
        if isinstance(operand, Constant):
            return Fixed(operand.value in constants)
        return OneOf(operand, constants)

    def _value(self, node: Expression, any_type: bool = False) -> Value:
        if isinstance(node, Literal):
            return _constant(node.value)
        if isinstance(node, Property):
            found = FieldValue(self.fields.find(node.name))
            if found.type in ("list", "geometry") and not any_type:
                raise BadFilter(f"{node.name} holds {_EXPECTED[found.type]}.", field=node.name)
            return found
        if isinstance(node, Call) and node.op in ARITHMETIC:
            return self._arithmetic(node)
        if isinstance(node, Call) and node.op in ("casei", "accenti"):
            return self._folded(node)
        raise BadFilter("A condition stands, in the filter, where a value is needed.")

    def _arithmetic(self, node: Call) -> Value:
        left, right = (self._value(each) for each in node.arguments)
        for each in (left, right):
            if each.type != "number":
                _require(each, "number")
        return Arithmetic(node.op, left, right)

    def _folded(self, node: Call) -> Value:
        operand = self._value(node.arguments[0])
        _require(operand, "text")
        case, accents = node.op == "casei", node.op == "accenti"
        if isinstance(operand, Folded):
            case, accents = case or operand.case, accents or operand.accents
            operand = operand.operand
        if isinstance(operand, Constant):
            return Constant(fold(str(operand.value), case, accents), "text")
        return Folded(operand, case, accents)

    def _period(self, node: Expression) -> Period:
        if isinstance(node, Interval):
            ends = [None if end is None else self._instant(end) for end in (node.start, node.end)]
            return Period(*ends)
        instant = self._instant(node)
        return Period(instant, instant)

    def _instant(self, node: Expression) -> Value:
        value = self._value(node)
        if value.type not in ("date", "timestamp"):
            raise BadFilter(f"{_called(value)} is no date or time, and a T_ function needs one.")
        return value

    def _spatial(self, node: Call) -> Predicate:
        op, (first, second, *rest) = node.op, node.arguments
        if isinstance(first, Shape):
            first, second, op = second, first, _SWAPPED.get(op, op)
        if not isinstance(first, Property) or not isinstance(second, Shape):
            raise BadFilter(f"{op} needs the field geometry and one geometry, as POINT(-1.5 52.4).")
        found = FieldValue(self.fields.find(first.name))
        _require(found, "geometry")
        distance_m = _distance(rest[0]) if rest else 0.0
        return Spatial(op, second.geometry, distance_m)

    def _listed(self, op: str, first: Expression, second: Expression) -> Predicate:
        if not isinstance(first, Property):
            first, second, op = second, first, _SWAPPED.get(op, op)
        if not isinstance(first, Property):
            raise BadFilter(f"{op} needs a field that holds a list.")
        found = self.fields.find(first.name)
        _require(FieldValue(found), "list")
        listed = second.values if isinstance(second, Items) else (second,)
        items = [each.value for each in listed if isinstance(each, Literal)]
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) != len(listed):
            raise BadFilter(f"{first.name} is a list of texts; give texts in quotes.")
        return Listed(op, found, texts)


def fold(text: str, case: bool, accents: bool) -> str:
    """A text without its case (full Unicode folding), its accents, or both."""
    if accents:
        apart = unicodedata.normalize("NFD", text)
        text = unicodedata.normalize("NFC", "".join(c for c in apart if not _is_accent(c)))
    return text.casefold() if case else text


def _is_accent(letter: str) -> bool:
    return unicodedata.category(letter) == "Mn"


def _constant(value: Scalar) -> Constant:
    if isinstance(value, bool):
        return Constant(value, "boolean")
    if isinstance(value, float):
        return Constant(value, "number")
    if isinstance(value, str):
        return Constant(value, "text")
    if isinstance(value, datetime):
        return Constant(value, "timestamp")
    assert isinstance(value, date)
    return Constant(value, "date")


def _distance(node: Expression) -> float:
    value = node.value if isinstance(node, Literal) else None
    if not isinstance(value, float) or not 0 <= value <= MAX_DISTANCE_M:
        raise BadFilter(f"S_DWITHIN needs a distance from 0 to {MAX_DISTANCE_M:g} m.")
    return value


def _called(value: Value) -> str:
    if isinstance(value, FieldValue):
        return value.field.name
    return repr(value.value) if isinstance(value, Constant) else "what is reckoned"


def _require(value: Value, wanted: ValueType) -> None:
    """Refuse a value of another type than is wanted of it."""
    if value.type == wanted:
        return
    if isinstance(value, FieldValue):
        name = value.field.name
        raise BadFilter(
            f"{name} cannot be used as {wanted}: it holds {_EXPECTED[value.type]}.", field=name
        )
    raise BadFilter(f"{_called(value)} is not {_EXPECTED[wanted]}.")
