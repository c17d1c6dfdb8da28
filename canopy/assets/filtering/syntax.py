"""The tree of a filter from CQL2 JSON: only what is listed here passes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from canopy.assets.filtering import moments
from canopy.assets.filtering.grammar import Part, WrittenShape
from canopy.assets.filtering.limits import (
    MAX_DEPTH,
    MAX_LIST,
    MAX_NODES,
    MAX_NUMBER,
    MAX_TEXT_CHARS,
)
from canopy.assets.filtering.shapes import ShapeReader
from canopy.assets.filtering.tree import (
    Call,
    Expression,
    Interval,
    Items,
    Literal,
    Property,
    Shape,
)
from canopy.errors import BadFilter

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/", "%", "div", "^")
SPATIAL = tuple(
    "s_intersects s_within s_contains s_disjoint s_touches s_crosses s_overlaps s_equals".split()
)
TEMPORAL = tuple(
    "t_after t_before t_contains t_disjoint t_during t_equals t_finishedby t_finishes "
    "t_intersects t_meets t_metby t_overlappedby t_overlaps t_startedby t_starts".split()
)
ARRAY = ("a_contains", "a_containedby", "a_equals", "a_overlaps")

_MANY = MAX_NODES
_ARGUMENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "and": (1, _MANY),
        "or": (1, _MANY),
        "not": (1, 1),
        **dict.fromkeys((*COMPARISONS, *ARITHMETIC), (2, 2)),
        **dict.fromkeys((*SPATIAL, *TEMPORAL, *ARRAY), (2, 2)),
        "s_dwithin": (3, 3),
        "like": (2, 2),
        "in": (2, 2),
        "between": (3, 3),
        "isnull": (1, 1),
        "casei": (1, 1),
        "accenti": (1, 1),
    }
)
"""Every operator and function that filters, with how many arguments it takes."""

_PLACEHOLDER = re.compile(r"\((\d+)\)")


@dataclass(slots=True)
class SyntaxReader:
    """Reads one filter. `parts` are what placeholders of a text stand for."""

    shapes: ShapeReader
    parts: Sequence[Part] = ()
    nodes: int = field(default=0, init=False)

    def read(self, node: object, depth: int = 1) -> Expression:
        """The tree of a JSON node. Raises BadFilter for what is not allowed, and past a limit."""
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise BadFilter(f"A filter may have at most {MAX_DEPTH} expressions in another.")
        if self.nodes > MAX_NODES:
            raise BadFilter(f"A filter may have at most {MAX_NODES:,} operators and values.")
        if isinstance(node, dict):
            return self._object(node, depth)
        if isinstance(node, list):
            return self._items(node, depth)
        return Literal(_scalar(node))

    def _object(self, node: dict[str, object], depth: int) -> Expression:
        if "op" in node:
            return self._call(node, depth)
        if "property" in node:
            return self._property(node["property"], depth)
        if "date" in node:
            return Literal(moments.read_day(node["date"]))
        if "timestamp" in node:
            return Literal(moments.read_moment(node["timestamp"]))
        if "interval" in node:
            return self._interval(node["interval"], depth)
        if "bbox" in node and "type" not in node:
            return Shape(self.shapes.from_box(node["bbox"]))
        if "type" in node:
            return Shape(self.shapes.from_json(node))
        raise BadFilter(f"A filter cannot have an object with {', '.join(map(repr, node))[:80]}.")

    def _property(self, name: object, depth: int) -> Expression:
        if not isinstance(name, str):
            raise BadFilter("A property's name is a text.")
        placeholder = _PLACEHOLDER.fullmatch(name)
        if placeholder is None or int(placeholder[1]) >= len(self.parts):
            return Property(name)
        part = self.parts[int(placeholder[1])]
        if isinstance(part, WrittenShape):
            return Shape(self.shapes.from_text(part.text))
        return self.read(part, depth)

    def _call(self, node: dict[str, object], depth: int) -> Call:
        op, arguments = node["op"], node.get("args")
        name = op.lower() if isinstance(op, str) else str(op)
        if name not in _ARGUMENTS:
            raise BadFilter(
                f"{name[:40]!r} is no operator or function of filters; there are "
                f"{', '.join(_ARGUMENTS)}."
            )
        least, most = _ARGUMENTS[name]
        if not isinstance(arguments, list) or not least <= len(arguments) <= most:
            wanted = f"{least}" if least == most else f"{least} or more"
            raise BadFilter(f"{name} takes {wanted} argument{'s' * (wanted != '1')}.")
        return Call(name, tuple(self.read(each, depth + 1) for each in arguments))

    def _items(self, values: list[object], depth: int) -> Items:
        if len(values) > MAX_LIST:
            raise BadFilter(f"A list in a filter may have at most {MAX_LIST} entries.")
        return Items(tuple(self.read(each, depth + 1) for each in values))

    def _interval(self, ends: object, depth: int) -> Interval:
        if not isinstance(ends, list) or len(ends) != 2:
            raise BadFilter("INTERVAL takes two dates or times; '..' where it is open.")
        start, end = (self._end(each, depth) for each in ends)
        return Interval(start, end)

    def _end(self, end: object, depth: int) -> Expression | None:
        if end in ("..", ""):
            return None
        return Literal(moments.read_instant(end)) if isinstance(end, str) else self.read(end, depth)


def _scalar(value: object) -> float | str | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        if not abs(value) <= MAX_NUMBER:  # nor NaN
            raise BadFilter(f"A number in a filter lies between ±{MAX_NUMBER:g}.")
        return float(value)
    if isinstance(value, str):
        if len(value) > MAX_TEXT_CHARS:
            raise BadFilter(f"A text in a filter may have at most {MAX_TEXT_CHARS:,} characters.")
        if "\x00" in value:
            raise BadFilter("A text in a filter cannot hold a null character.")
        return value
    raise BadFilter("A filter cannot compare with null; ask with IS NULL.")
