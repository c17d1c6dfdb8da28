"""Filters tested on what a principal may see: whole columns at a time, in three values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.batches import AssetBatch
from canopy.assets.filtering.fields import FilterField, ValueType
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
from canopy.assets.filtering.resolving import fold

Mask = NDArray[np.bool_]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_RECKON: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda a, b: np.trunc(np.divide(a, b)),
    "^": np.power,
}
_RELATE: Mapping[str, Callable[[Any, Any], Any]] = {
    # The filter's shape comes first: it is the one that is prepared.
    "s_intersects": shapely.intersects,
    "s_disjoint": shapely.disjoint,
    "s_touches": shapely.touches,
    "s_overlaps": shapely.overlaps,
    "s_equals": shapely.equals,
    "s_within": shapely.contains,
    "s_contains": shapely.within,
    "s_crosses": shapely.crosses,
}


@dataclass(frozen=True, slots=True)
class Truths:
    """Of which assets something is true and of which it is false; of the rest it is unknown."""

    true: Mask
    false: Mask


@dataclass(frozen=True, slots=True)
class _Column:
    """Values with what is known of them; `values` hold anything where `known` is false."""

    values: NDArray[Any]
    known: Mask


def evaluate(predicate: Predicate, batch: AssetBatch) -> Truths:
    """Of which assets of a redacted batch a predicate is true and false."""
    if isinstance(predicate, Fixed):
        everywhere = np.full(len(batch), predicate.truth)
        return Truths(everywhere, ~everywhere)
    if isinstance(predicate, Negated):
        part = evaluate(predicate.part, batch)
        return Truths(part.false, part.true)
    if isinstance(predicate, (Every, Some)):
        return _joined(predicate, batch)
    if isinstance(predicate, Comparison):
        return _compared(predicate, batch)
    if isinstance(predicate, Unknown):
        known = _known(predicate.operand, batch)
        return Truths(~known, known)
    if isinstance(predicate, Spatial):
        return _related(predicate, batch)
    if isinstance(predicate, Listed):
        return _listed(predicate, batch)
    return _looked_up(predicate, batch)


def _joined(predicate: Every | Some, batch: AssetBatch) -> Truths:
    parts = [evaluate(part, batch) for part in predicate.parts]
    true, false = [part.true for part in parts], [part.false for part in parts]
    if isinstance(predicate, Every):
        return Truths(np.logical_and.reduce(true), np.logical_or.reduce(false))
    return Truths(np.logical_or.reduce(true), np.logical_and.reduce(false))


def _told(holds: Mask, known: Mask) -> Truths:
    return Truths(holds & known, ~holds & known)


def _compared(predicate: Comparison, batch: AssetBatch) -> Truths:
    left, right = _column(predicate.left, batch), _column(predicate.right, batch)
    holds = _COMPARE[predicate.op](left.values, right.values).astype(bool)
    return _told(holds, left.known & right.known)


def _looked_up(predicate: Like | OneOf, batch: AssetBatch) -> Truths:
    column = _column(predicate.operand, batch)
    if isinstance(predicate, Like):
        fits = predicate.pattern.matches
        holds = np.fromiter((fits(each) for each in column.values), dtype=bool, count=len(batch))
        return _told(holds, column.known)
    wanted = {_plain(constant, predicate.operand.type) for constant in predicate.constants}
    found = (each in wanted for each in column.values.tolist())
    return _told(np.fromiter(found, dtype=bool, count=len(batch)), column.known)


def _related(predicate: Spatial, batch: AssetBatch) -> Truths:
    shape = predicate.shape
    known = ~shapely.is_missing(batch.geometries)
    if not shapely.is_prepared(shape):
        shapely.prepare(shape)
    if predicate.op == "s_dwithin":
        holds = shapely.dwithin(shape, batch.geometries, predicate.distance_m)
    else:
        holds = _RELATE[predicate.op](shape, batch.geometries)
    return _told(holds, known)


def _listed(predicate: Listed, batch: AssetBatch) -> Truths:
    raw = _raw(predicate.field, batch)
    known = np.fromiter((isinstance(v, (list, tuple)) for v in raw), dtype=bool, count=len(batch))
    asked = frozenset(predicate.items)
    holds = [_has(predicate.op, v, asked) if isinstance(v, (list, tuple)) else False for v in raw]
    return _told(np.array(holds, dtype=bool), known)


def _has(op: str, held: list[object] | tuple[object, ...], asked: frozenset[str]) -> bool:
    texts = {each for each in held if isinstance(each, str)}
    if op == "a_contains":
        return asked <= texts
    if op == "a_overlaps":
        return bool(asked & texts)
    whole = len(texts) == len(set(map(str, held)))  # something else is in no list of texts
    return whole and (texts == asked if op == "a_equals" else texts <= asked)


def _known(value: Value, batch: AssetBatch) -> Mask:
    if isinstance(value, FieldValue) and value.type == "geometry":
        known: Mask = ~shapely.is_missing(batch.geometries)
        return known
    if isinstance(value, FieldValue) and value.type in ("list", "date"):
        raw = _raw(value.field, batch)
        return np.fromiter((each not in _NOTHING for each in raw), dtype=bool, count=len(batch))
    return _column(value, batch).known


_NOTHING: tuple[object, ...] = (None, (), [])
"""What is unknown of a date or a list: assets in no designated area have an empty list."""


def _raw(field: FilterField, batch: AssetBatch) -> list[object]:
    if field.is_attribute:
        name = field.name
        return [each.get(name) for each in batch.attributes]
    return batch.columns.get(field.name) or [None] * len(batch)


def _column(value: Value, batch: AssetBatch) -> _Column:
    if isinstance(value, Constant):
        values: NDArray[Any] = np.empty(len(batch), dtype=_DTYPES[value.type])
        values[:] = _plain(value.value, value.type)
        return _Column(values, np.ones(len(batch), dtype=bool))
    if isinstance(value, Arithmetic):
        return _reckoned(value, batch)
    if isinstance(value, Folded):
        inner = _column(value.operand, batch)
        values = np.empty(len(batch), dtype=object)
        values[:] = [fold(each, value.case, value.accents) for each in inner.values]
        return _Column(values, inner.known)
    return _of_field(value.field, batch)


def _reckoned(value: Arithmetic, batch: AssetBatch) -> _Column:
    left, right = _column(value.left, batch), _column(value.right, batch)
    with np.errstate(all="ignore"):
        values = _RECKON[value.op](left.values, right.values)
    return _Column(values, left.known & right.known & np.isfinite(values))


def _of_field(field: FilterField, batch: AssetBatch) -> _Column:
    raw = _raw(field, batch)
    plain = [None if each is None else _plain(each, field.type) for each in raw]
    known = np.fromiter((each is not None for each in plain), dtype=bool, count=len(batch))
    blank = _BLANK[field.type]
    values: NDArray[Any] = np.empty(len(batch), dtype=_DTYPES[field.type])
    values[:] = [blank if each is None else each for each in plain]
    return _Column(values, known)


_DTYPES: Mapping[ValueType, type] = {
    "text": object,
    "number": np.float64,
    "boolean": np.bool_,
    "date": np.int64,
    "timestamp": np.int64,
}
_BLANK: Mapping[ValueType, object] = {
    "text": "",
    "number": 0.0,
    "boolean": False,
    "date": 0,
    "timestamp": 0,
}


def _plain(value: object, kind: ValueType) -> Any:
    """A value as it is compared: days and microseconds are counted; None for a wrong type."""
    if kind == "text":
        return value if isinstance(value, str) else None
    if kind == "number":
        return float(value) if type(value) in (float, int) else None  # type: ignore[arg-type]
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind == "timestamp":
        return (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else None
    return _day_number(value)


def _day_number(value: object) -> int | None:
    if isinstance(value, date):
        return value.toordinal()
    try:
        return date.fromisoformat(value).toordinal() if isinstance(value, str) else None
    except ValueError:
        return None
