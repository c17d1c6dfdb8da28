"""Relations in time, written as comparisons of where two things begin and end.

Source: OGC 21-065r2, 7.8, after the W3C/OGC Time Ontology. An instant begins and ends at
once. Those relations that the standard keeps for intervals hold of instants too, by
the same comparisons. A date beside a time is the whole day, in UTC.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from canopy.assets.filtering import moments
from canopy.assets.filtering.predicates import (
    Comparison,
    Constant,
    Every,
    FieldValue,
    Fixed,
    Negated,
    Predicate,
    Some,
    Value,
)
from canopy.errors import BadFilter

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`, both included; None where it is open."""

    start: Value | None
    end: Value | None


def relation(op: str, left: Period, right: Period) -> Predicate:
    """``t_before`` and the others of two periods. Raises BadFilter where dates meet times."""
    left, right = _alike(left, right)
    if op == "t_disjoint":
        return Some((_relation("t_before", left, right), _relation("t_after", left, right)))
    return _relation(op, left, right)


_RELATIONS: Mapping[str, tuple[str, ...]] = {
    "t_after": ("s>e",),
    "t_before": ("e<s",),
    "t_contains": ("s<s", "e>e"),
    "t_during": ("s>s", "e<e"),
    "t_equals": ("s=s", "e=e"),
    "t_finishedby": ("s<s", "e=e"),
    "t_finishes": ("s>s", "e=e"),
    "t_intersects": ("e>=s", "s<=e"),
    "t_meets": ("e=s",),
    "t_metby": ("s=e",),
    "t_overlappedby": ("s>s", "s<e", "e>e"),
    "t_overlaps": ("s<s", "e>s", "e<e"),
    "t_startedby": ("s=s", "e>e"),
    "t_starts": ("s=s", "e<e"),
    "=": ("s>=s", "e<=e"),
    "<": ("e<s",),
    "<=": ("e<=e",),
    ">": ("s>e",),
    ">=": ("s>=s",),
}
"""Conditions on the first's (s)tart or (e)nd and the second's. The signs are for comparing a
time with a date: it is equal while it lies in that day."""


def _relation(op: str, left: Period, right: Period) -> Predicate:
    parts = []
    for written in _RELATIONS[op]:
        first, sign, second = written[0], written[1:-1], written[-1]
        a = left.start if first == "s" else left.end
        b = right.start if second == "s" else right.end
        parts.append(_compared(sign, a, first, b, second))
    return Every(tuple(parts))


def _compared(op: str, a: Value | None, side_a: str, b: Value | None, side_b: str) -> Predicate:
    if a is not None and b is not None:
        if isinstance(a, Constant) and isinstance(b, Constant):
            return Fixed(_OPERATORS[op](a.value, b.value))
        return Comparison(op, a, b)
    # An open end lies before, or after, everything but another such end.
    place_a = 0 if a is not None else -1 if side_a == "s" else 1
    place_b = 0 if b is not None else -1 if side_b == "s" else 1
    truth = Fixed(_OPERATORS[op](place_a, place_b))
    known = next((each for each in (a, b) if isinstance(each, FieldValue)), None)
    if known is None:
        return truth
    is_known = Comparison("=", known, known)  # true, or unknown where the field is
    return is_known if truth.truth else Negated(is_known)


def _alike(left: Period, right: Period) -> tuple[Period, Period]:
    values = [v for p in (left, right) for v in (p.start, p.end) if v is not None]
    if all(value.type == values[0].type for value in values):
        return left, right
    for value in values:
        if isinstance(value, FieldValue) and value.type == "date":
            raise BadFilter(
                f"{value.field.name} holds a date; compare it with DATE('2026-01-31').",
                field=value.field.name,
            )
    return _as_times(left), _as_times(right)


def _as_times(period: Period) -> Period:
    return Period(
        _as_time(period.start, moments.first_moment), _as_time(period.end, moments.last_moment)
    )


def _as_time(value: Value | None, moment: Callable[[date], datetime]) -> Value | None:
    if isinstance(value, Constant) and value.type == "date" and isinstance(value.value, date):
        return Constant(moment(value.value), "timestamp")
    return value
