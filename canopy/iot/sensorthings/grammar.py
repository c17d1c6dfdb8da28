"""Reading a `$filter` into a typed tree.

Precedence, loosest first: or, and, not, comparison, add and sub, mul and div and mod.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from canopy.iot.sensorthings.lexing import Word, unreadable, words

MAX_DEPTH = 30
MAX_WORDS = 500
_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_CONSTANTS = {"true": True, "false": False, "null": None}
_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)

Value: TypeAlias = bool | float | str | datetime | timedelta | BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Value
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """A property, perhaps of a linked entity: ``Datastream/id``."""

    names: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    name: str
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Operation:
    """``add``, ``sub``, ``mul``, ``div`` or ``mod``, or a comparison."""

    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or``."""

    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    operand: Node
    at: int


Node: TypeAlias = Literal | Path | Call | Operation | Logic | Not


def parse(written: str, now: datetime) -> Node:
    """The tree of a filter; `now()` is a constant of it. Raises BadQuery with the place."""
    found = words(written)
    if len(found) > MAX_WORDS:
        raise unreadable(f"more than {MAX_WORDS} words", found[MAX_WORDS].at)
    reader = _Reader(found, now)
    tree = reader.disjunction(0)
    if reader.word.kind != "end":
        raise unreadable(f"{reader.word.written!r} is not expected here", reader.word.at)
    return tree


class _Reader:
    def __init__(self, found: list[Word], now: datetime) -> None:
        self._words, self._next, self._now = found, 0, now

    @property
    def word(self) -> Word:
        return self._words[self._next]

    def _take(self) -> Word:
        self._next += 1
        return self._words[self._next - 1]

    def _is(self, *written: str) -> bool:
        return self.word.kind in ("name", "sign") and self.word.written in written

    def _expect(self, written: str) -> None:
        if not self._is(written):
            raise unreadable(f"{written!r} is expected", self.word.at)
        self._take()

    def disjunction(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise unreadable(f"brackets are nested more than {MAX_DEPTH} deep", self.word.at)
        left = self._conjunction(depth)
        while self._is("or"):
            at = self._take().at
            left = Logic("or", left, self._conjunction(depth), at)
        return left

    def _conjunction(self, depth: int) -> Node:
        left = self._negation(depth)
        while self._is("and"):
            at = self._take().at
            left = Logic("and", left, self._negation(depth), at)
        return left

    def _negation(self, depth: int) -> Node:
        if self._is("not"):
            at = self._take().at
            if depth >= MAX_DEPTH:
                raise unreadable(f"nested more than {MAX_DEPTH} deep", at)
            return Not(self._negation(depth + 1), at)
        left = self._sum(depth)
        if self.word.kind == "name" and self.word.written in _COMPARISONS:
            word = self._take()
            return Operation(word.written, left, self._sum(depth), word.at)
        return left

    def _sum(self, depth: int) -> Node:
        left = self._product(depth)
        while self._is("add", "sub"):
            word = self._take()
            left = _folded(Operation(word.written, left, self._product(depth), word.at))
        return left

    def _product(self, depth: int) -> Node:
        left = self._primary(depth)
        while self._is("mul", "div", "mod"):
            word = self._take()
            left = Operation(word.written, left, self._primary(depth), word.at)
        return left

    def _primary(self, depth: int) -> Node:
        word = self._take()
        if word.kind == "sign" and word.written == "(":
            inner = self.disjunction(depth + 1)
            self._expect(")")
            return inner
        if word.kind == "name":
            return self._named(word, depth)
        if word.kind in ("end", "sign"):
            raise unreadable("a value is expected", word.at)
        return Literal(_constant(word), word.at)

    def _named(self, word: Word, depth: int) -> Node:
        if self._is("("):
            return self._call(word, depth)
        if word.written in _CONSTANTS:
            return Literal(_CONSTANTS[word.written], word.at)
        return Path(tuple(word.written.split("/")), word.at)

    def _call(self, word: Word, depth: int) -> Node:
        self._take()
        arguments: list[Node] = []
        while not self._is(")"):
            if arguments:
                self._expect(",")
            arguments.append(self.disjunction(depth + 1))
        self._take()
        if word.written == "now" and not arguments:
            return Literal(self._now, word.at)
        return Call(word.written, tuple(arguments), word.at)


def _constant(word: Word) -> Value:
    if word.kind == "text":
        return word.written[1:-1].replace("''", "'")
    if word.kind == "number":
        return float(word.written)
    if word.kind == "time":
        return _time(word)
    if word.kind == "duration":
        return _duration(word)
    return _geography(word)


def _time(word: Word) -> datetime:
    try:
        at = datetime.fromisoformat(word.written)
    except ValueError as error:
        raise unreadable(f"{word.written} is no time ({error})", word.at) from error
    if at.tzinfo is None:
        raise unreadable(f"{word.written} has no offset; end it with Z", word.at)
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise unreadable(f"{word.written} is out of range", word.at) from error


def _duration(word: Word) -> timedelta:
    written = word.written[len("duration'") : -1]
    match = _DURATION.fullmatch(written)
    if match is None or written.strip("-") in ("P", "PT") or written.endswith("T"):
        raise unreadable(f"{written!r} is no duration such as P1DT2H", word.at)
    parts = {
        name: float(part) for name, part in match.groupdict("").items() if name != "sign" and part
    }
    try:
        length = timedelta(**parts)
    except OverflowError as error:
        raise unreadable(f"{written!r} is too long", word.at) from error
    return -length if match["sign"] else length


def _geography(word: Word) -> BaseGeometry:
    written = word.written[len("geography'") : -1]
    try:
        shape: BaseGeometry = shapely.from_wkt(written)
    except GEOSException as error:
        raise unreadable(f"the geography is no WKT ({error})", word.at) from error
    west, south, east, north = shape.bounds if not shape.is_empty else (999.0,) * 4
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise unreadable("the geography is empty or beyond longitude and latitude", word.at)
    return shape


def _folded(node: Operation) -> Node:
    """A time and a duration are one constant."""
    left, right = node.left, node.right
    if not (isinstance(right, Literal) and isinstance(right.value, timedelta)):
        return node
    if not (isinstance(left, Literal) and isinstance(left.value, datetime)):
        raise unreadable("a duration is added to a time that is written out, or now()", node.at)
    try:
        moved = left.value + (right.value if node.operator == "add" else -right.value)
    except OverflowError as error:
        raise unreadable("the time is out of range", node.at) from error
    return Literal(moved, left.at)
