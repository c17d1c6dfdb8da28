"""A filter's tree as a condition of the database: known properties and functions, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    ColumnElement,
    Double,
    Integer,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    not_,
    or_,
    true,
    type_coerce,
)
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import Session, aliased

from canopy.db import spatial
from canopy.db.types import Instant
from canopy.geo.crs import WGS84
from canopy.geo.transforming import transformer
from canopy.iot.flags import FLAGS
from canopy.iot.sensorthings import ids, queries
from canopy.iot.sensorthings.audience import Audience
from canopy.iot.sensorthings.grammar import Call, Literal, Logic, Node, Not, Operation, Path
from canopy.iot.sensorthings.lexing import unreadable
from canopy.iot.sensorthings.model import SETS, EntitySet, singular
from canopy.iot.store.tables import Observation

Condition = ColumnElement[bool]
_TIME_PARTS = ("year", "month", "day", "hour", "minute", "second")
_AREAS = {"st_within": spatial.within, "st_intersects": spatial.intersects}
_ARGUMENTS = {
    "startswith": 2, "endswith": 2, "substringof": 2, "contains": 2, "length": 1, "tolower": 1,
    "toupper": 1, "trim": 1, "concat": 2, "geo.distance": 2, "st_within": 2, "st_intersects": 2,
    "geo.intersects": 2, "st_distance": 2, **dict.fromkeys(_TIME_PARTS, 1),
}  # fmt: skip
FUNCTIONS = tuple(sorted([*_ARGUMENTS, "now"]))


@dataclass(frozen=True, slots=True)
class Term:
    """An expression and what it is: number, text, time, truth, geometry, result, null."""

    value: Any
    type: str
    at: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What translating needs to know. `session` is the catalogue's."""

    session: Session
    audience: Audience
    srid: int
    storage_crs: str

    @property
    def dialect(self) -> str:
        return self.session.get_bind().dialect.name


def condition_of(scope: Scope, node: Node, of: EntitySet, entity: Any) -> Condition:
    """The condition that a tree sets on an entity of a set. Raises BadQuery."""
    if isinstance(node, Logic):
        both = (condition_of(scope, each, of, entity) for each in (node.left, node.right))
        return and_(*both) if node.operator == "and" else or_(*both)
    if isinstance(node, Not):
        return not_(condition_of(scope, node.operand, of, entity))
    return _leaf(scope, node, of, entity)


def _leaf(scope: Scope, node: Node, of: EntitySet, entity: Any) -> Condition:
    """A comparison or a function: of this entity, or of one that is linked."""
    steps = {path.names[0] if path.names[0] in of.links else None for path in _paths(node)}
    if steps in (set(), {None}):
        return _Leaf(scope, of, entity).truth(node)
    if len(steps) > 1 or None in steps:
        raise unreadable("one comparison is about one entity; compare each apart", node.at)
    step = str(steps.pop())
    inner, target = _without_step(node), SETS[of.links[step].target]
    if of.name == "Observations":
        return _of_stream(scope, step, inner, node.at)
    if target.name == "Observations":
        raise unreadable("Observations are filtered in their own set, /Observations", node.at)
    other = aliased(target.table)
    return queries.linked(
        other,
        queries.link(of.name, step, entity, other),
        queries.visible(target.name, other, scope.audience),
        condition_of(scope, inner, target, other),
    )


def _of_stream(scope: Scope, step: str, inner: Node, at: int) -> Condition:
    """Observations may lie in a database of their own: datastreams are found first."""
    if step != "Datastream":
        raise unreadable(f"Observations are not filtered by {step}", at)
    stream = aliased(SETS["Datastreams"].table)
    condition = and_(
        queries.visible("Datastreams", stream, scope.audience),
        condition_of(scope, inner, SETS["Datastreams"], stream),
    )
    found = queries.stream_ids(scope.session, condition, stream)
    return queries.one_of(Observation.datastream_id, found, scope.dialect)


def _paths(node: Node) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    elif isinstance(node, Call):
        for each in node.arguments:
            yield from _paths(each)
    elif isinstance(node, (Operation, Logic)):
        yield from _paths(node.left)
        yield from _paths(node.right)
    elif isinstance(node, Not):
        yield from _paths(node.operand)


def _without_step(node: Node) -> Node:
    if isinstance(node, Path):
        if len(node.names) < 2:
            raise unreadable(f"{node.names[0]} is a link; name a property of it", node.at)
        return Path(node.names[1:], node.at)
    if isinstance(node, Call):
        return Call(node.name, tuple(_without_step(each) for each in node.arguments), node.at)
    if isinstance(node, (Operation, Logic)):
        left, right = _without_step(node.left), _without_step(node.right)
        return type(node)(node.operator, left, right, node.at)
    return Not(_without_step(node.operand), node.at) if isinstance(node, Not) else node


def property_of(scope: Scope, of: EntitySet, entity: Any, name: str, at: int) -> Term:
    """A property as this audience sees it. Raises BadQuery for one that is not there."""
    name = "id" if name == "@iot.id" else name
    if name not in of.properties:
        known = ", ".join(sorted(of.properties))
        raise unreadable(
            f"{of.name} have no {name[:60]!r} to filter or sort by; known: {known}", at
        )
    attribute, kind = of.properties[name]
    column: Any = getattr(entity, attribute) if attribute else None
    if name in of.words:
        stand_in = f"{singular(of.name)} " if name == "name" else ""
        column = queries.withheld_words(of.name, entity, scope.audience, column, stand_in)
    if name == "unitOfMeasurement/definition":
        is_code = func.replace(column, "://", "") == column
        column = case((is_code, literal("ucum:") + column), else_=column)
    return Term(column, kind, at)


class _Leaf:
    """Translates what is about one entity alone."""

    def __init__(self, scope: Scope, of: EntitySet, entity: Any) -> None:
        self._scope, self._of, self._entity = scope, of, entity

    def truth(self, node: Node) -> Condition:
        if isinstance(node, Operation):
            return self._comparison(node)
        if isinstance(node, (Logic, Not)):
            return condition_of(self._scope, node, self._of, self._entity)
        if isinstance(node, Literal) and isinstance(node.value, bool):
            return true() if node.value else false()
        found = self._term(node)
        if found.type != "truth":
            raise unreadable(f"a {found.type} is no condition", node.at)
        condition: Condition = found.value
        return condition

    def _comparison(self, node: Operation) -> Condition:
        if node.operator not in _COMPARISONS:
            raise unreadable("a sum is no condition", node.at)
        if _is_distance(node.left):
            return self._distance(node)
        left, right = self._term(node.left), self._term(node.right)
        if right.type == "null" or left.type == "null":
            return self._null(node, right if left.type == "null" else left)
        if "observation-id" in (left.type, right.type):
            return self._observation_id(node, left, right)
        left, right = _with_result(left, right), _with_result(right, left)
        if left.type != right.type:
            raise unreadable(f"a {left.type} is compared with a {right.type}", node.at)
        if left.type == "geometry":
            raise unreadable("places are compared by st_within or geo.distance", node.at)
        condition = _COMPARISONS[node.operator](left.value, right.value)
        if isinstance(condition, bool):  # two times that are written out
            return true() if condition else false()
        found: Condition = condition
        return found

    def _null(self, node: Operation, other: Term) -> Condition:
        if node.operator not in ("eq", "ne"):
            raise unreadable("null is compared by eq and ne alone", node.at)
        value = other.value
        if other.type == "result":
            value = func.coalesce(cast(value, SqlText), self._entity.result_text)
        if other.type in ("null", "observation-id"):
            return false() if node.operator == "ne" else true()
        condition: Condition = value.is_(None) if node.operator == "eq" else value.is_not(None)
        return condition

    def _observation_id(self, node: Operation, left: Term, right: Term) -> Condition:
        given = right if left.type == "observation-id" else left
        if node.operator not in ("eq", "ne") or not isinstance(node.right, Literal):
            raise unreadable("ids of Observations are compared by eq and ne with a text", node.at)
        if given.type != "text":
            raise unreadable("ids of Observations are texts: 'datastream~time~key'", given.at)
        named = ids.read(str(node.right.value))
        found = false() if named is None else is_observation(named)
        return found if node.operator == "eq" else not_(found)

    def _distance(self, node: Operation) -> Condition:
        """`geo.distance(location, geography'POINT(…)') lt metres`."""
        call, limit = node.left, node.right
        assert isinstance(call, Call)
        if not (isinstance(limit, Literal) and isinstance(limit.value, float)):
            raise unreadable("geo.distance is compared with a number of metres", limit.at)
        shape = self._place(call)
        near = and_(
            self._may_search(),
            spatial.dwithin(self._entity, shape, limit.value, self._scope.srid),
        )
        if node.operator in ("lt", "le"):
            return near
        if node.operator in ("gt", "ge"):
            return and_(self._may_search(), self._entity.geom.is_not(None), not_(near))
        raise unreadable("geo.distance is compared by lt, le, gt or ge", node.at)

    def _may_search(self) -> Condition:
        """Places that are shown coarsely are found by no spatial condition."""
        return not_(queries.restricted_location(self._entity, self._scope.audience))

    def _place(self, call: Call) -> BaseGeometry:
        """The constant of a spatial function, in the storage CRS; the other is the place."""
        self._check_arguments(call)
        constants = [
            each.value for each in call.arguments
            if isinstance(each, Literal) and isinstance(each.value, BaseGeometry)
        ]  # fmt: skip
        places = [self._term(each) for each in call.arguments if isinstance(each, Path)]
        if len(constants) != 1 or [each.type for each in places] != ["geometry"]:
            raise unreadable(f"{call.name} takes a place and a geography'…'", call.at)
        return stored_shape(constants[0], self._scope.storage_crs, call.at)

    def _check_arguments(self, call: Call) -> None:
        wanted = _ARGUMENTS.get(call.name)
        if wanted is None:
            raise unreadable(
                f"there is no function {call.name[:40]!r}; there are {', '.join(FUNCTIONS)}",
                call.at,
            )
        if len(call.arguments) != wanted:
            raise unreadable(f"{call.name} takes {wanted} arguments", call.at)

    def _term(self, node: Node) -> Term:
        if isinstance(node, Literal):
            return _constant(node)
        if isinstance(node, Path):
            return property_of(self._scope, self._of, self._entity, "/".join(node.names), node.at)
        if isinstance(node, Call):
            return self._call(node)
        if isinstance(node, Operation) and node.operator in _ARITHMETIC:
            return self._arithmetic(node)
        return Term(self.truth(node), "truth", node.at)

    def _arithmetic(self, node: Operation) -> Term:
        sides = [self._typed(each, "number") for each in (node.left, node.right)]
        left, right = (cast(each, Double) for each in sides)
        return Term(_ARITHMETIC[node.operator](left, right), "number", node.at)

    def _typed(self, node: Node, wanted: str) -> Any:
        found = self._term(node)
        found = _with_result(found, Term(None, wanted, node.at))
        if found.type != wanted:
            raise unreadable(f"a {wanted} is expected, and this is a {found.type}", node.at)
        return found.value

    def _call(self, call: Call) -> Term:
        if call.name in ("st_within", "st_intersects", "geo.intersects"):
            search = _AREAS.get(call.name, spatial.intersects)
            shape = self._place(call)
            found = search(self._entity, shape, self._scope.srid)
            return Term(and_(self._may_search(), found), "truth", call.at)
        self._check_arguments(call)
        if call.name in _TIME_PARTS:
            at = _calendar(self._typed(call.arguments[0], "time"), self._scope.dialect)
            return Term(cast(extract(call.name, at), Integer), "number", call.at)
        if _is_distance(call):
            raise unreadable("geo.distance stands left of lt, le, gt or ge", call.at)
        texts = [self._typed(each, "text") for each in call.arguments]
        value, kind = _TEXTS[call.name](*texts)
        return Term(value, kind, call.at)


_WHOLE = 2.0**53


def _is_distance(node: Node) -> bool:
    return isinstance(node, Call) and node.name in ("geo.distance", "st_distance")


def _constant(node: Literal) -> Term:
    value = node.value
    if value is None:
        return Term(None, "null", node.at)
    if isinstance(value, bool):
        return Term(literal(value), "truth", node.at)
    if isinstance(value, float):
        is_whole = value.is_integer() and abs(value) < _WHOLE  # so that an index of ids serves
        return Term(literal(int(value) if is_whole else value), "number", node.at)
    if isinstance(value, str):
        return Term(literal(value), "text", node.at)
    if isinstance(value, datetime):
        return Term(value, "time", node.at)
    return Term(value, "geometry" if isinstance(value, BaseGeometry) else "duration", node.at)


def _with_result(term: Term, other: Term) -> Term:
    """A result is a number, a text or a truth, as what it is compared with is."""
    if term.type != "result":
        return term
    is_truth = Observation.flags.op("&")(FLAGS["truth"]) != 0
    if other.type == "text":
        return Term(Observation.result_text, "text", term.at)
    if other.type == "truth":
        return Term(and_(is_truth, Observation.result == 1.0), "truth", term.at)
    return Term(term.value, "number", term.at)


def _calendar(at: Any, dialect: str) -> Any:
    """A time as the database's functions of the calendar take it."""
    if isinstance(at, datetime):
        return literal(at.replace(tzinfo=None)) if dialect != "sqlite" else literal(at.isoformat())
    if dialect == "sqlite" and isinstance(at.type, Instant):
        return func.datetime(type_coerce(at, Integer).op("/")(1_000_000), "unixepoch")
    return at


def is_observation(named: ids.ObservationId) -> Condition:
    """The condition that finds one Observation."""
    return and_(
        Observation.datastream_id == named.datastream_id,
        Observation.phenomenon_time == named.phenomenon_time,
        Observation.source_key == named.source_key,
    )


def stored_shape(shape: BaseGeometry, storage_crs: str, at: int) -> BaseGeometry:
    """A shape in longitude and latitude, in the storage CRS. Raises BadQuery."""
    moved = transformer(WGS84, storage_crs).geometries(np.array([shape], dtype=object))[0]
    if moved is None or not np.isfinite(shapely.get_coordinates(moved)).all():
        raise unreadable("the geography lies outside what this catalogue covers", at)
    found: BaseGeometry = moved
    return found


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "div": lambda left, right: left / func.nullif(right, 0.0),
}


def _starts(text: Any, start: Any) -> Condition:
    condition: Condition = func.substr(text, 1, func.length(start)) == start
    return condition


def _ends(text: Any, end: Any) -> Condition:
    begins = func.length(text) - func.length(end) + 1
    return and_(begins >= 1, func.substr(text, begins) == end)


def _contains(text: Any, part: Any) -> Condition:
    return or_(part == "", func.replace(text, part, "") != text)


_TEXTS: dict[str, Callable[..., tuple[Any, str]]] = {
    "startswith": lambda text, start: (_starts(text, start), "truth"),
    "endswith": lambda text, end: (_ends(text, end), "truth"),
    "contains": lambda text, part: (_contains(text, part), "truth"),
    "substringof": lambda part, text: (_contains(text, part), "truth"),
    "length": lambda text: (func.length(text), "number"),
    "tolower": lambda text: (func.lower(text), "text"),
    "toupper": lambda text: (func.upper(text), "text"),
    "trim": lambda text: (func.trim(text), "text"),
    "concat": lambda left, right: (left + right, "text"),
}
