"""SQL that finds every asset of which a filter is true, and perhaps some more.

A predicate becomes a condition that holds wherever the predicate is true (`want`), or
wherever it is false: negation only changes which of the two is asked for, so a part that
cannot be written in SQL is left out on either side of a NOT. Where nothing had to be
left out or widened the condition is exact: it holds of those assets and of no others.
Every value of a filter is bound; what is spelled out are names from the kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

import orjson
import shapely

from canopy.assets.filtering.fields import FilterField
from canopy.assets.filtering.patterns import ANY, ONE, Pattern
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
    OneOf,
    Predicate,
    Some,
    Spatial,
    Unknown,
    Value,
)
from canopy.assets.filtering.predicates import Negated as Not
from canopy.assets.filtering.tree import Scalar
from canopy.db import gpkg_geometry
from canopy.db.types import utc_text

_OPPOSITE: Mapping[str, str] = MappingProxyType(
    {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
)
_LARGEST_RESULT = 1e100
_SMALLEST_FACTOR = 1e-15
_JSON_TYPES = {  # of the GeoPackage's and PostgreSQL's JSON functions
    "number": ("'integer', 'real'", "number"),
    "text": ("'text'", "string"),
    "date": ("'text'", "string"),
    "boolean": ("'true', 'false'", "boolean"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on rows of ``asset``. `sql` is None where it would hold of every row."""

    sql: str | None
    exact: bool


EVERYTHING = Condition(None, False)


@dataclass(slots=True)
class ConditionWriter:
    """Writes conditions for one statement and collects its `parameters`.

    `margin_m` is how far a shown position may lie from the stored one [m]; `precise` asks
    for exact spatial tests in place of boxes, for statements whose rows are not tested again.
    """

    gpkg: bool
    srid: int
    margin_m: float
    precise: bool = False
    parameters: dict[str, object] = field(default_factory=dict)

    def condition(self, predicate: Predicate, want: bool = True) -> Condition:
        """What holds wherever `predicate` is `want`."""
        if isinstance(predicate, Fixed):
            return Condition("1 = 1" if predicate.truth is want else "1 = 0", True)
        if isinstance(predicate, Not):
            return self.condition(predicate.part, not want)
        if isinstance(predicate, (Every, Some)):
            parts = [self.condition(part, want) for part in predicate.parts]
            return _all_of(parts) if isinstance(predicate, Every) is want else _any_of(parts)
        if isinstance(predicate, Spatial):
            return self._spatial(predicate, want)
        if isinstance(predicate, Listed):
            return self._listed(predicate, want)
        if isinstance(predicate, Comparison):
            return self._comparison(predicate, want)
        return self._of_value(predicate, want)

    def _of_value(self, predicate: Like | OneOf | Unknown, want: bool) -> Condition:
        operand = predicate.operand
        if isinstance(predicate, Like) and isinstance(operand, Folded):
            return self._folded_like(operand, predicate.pattern, want)
        written = self._value(operand)
        if written is None:
            return EVERYTHING
        if isinstance(predicate, Unknown):
            return Condition(f"{written} IS {'' if want else 'NOT '}NULL", True)
        sign = "" if want else "NOT "
        if isinstance(predicate, Like):
            return Condition(self._like(written, predicate.pattern, sign), True)
        names = ", ".join(self._bound(each) for each in predicate.constants)
        return Condition(f"{written} {sign}IN ({names})", True)

    def _comparison(self, predicate: Comparison, want: bool) -> Condition:
        op = predicate.op if want else _OPPOSITE[predicate.op]
        left, right = predicate.left, predicate.right
        if isinstance(left, Folded) and isinstance(right, Constant) and op in ("=", "<>"):
            return self._folded_equal(left, str(right.value), op)
        a, b = self._value(left), self._value(right)
        if a is None or b is None:
            return EVERYTHING
        # Text is ordered by code points here and in Python, not by some language's rules.
        ordered = not self.gpkg and left.type in ("text", "date") and op not in ("=", "<>")
        return Condition(f'{a} {op} {b} COLLATE "C"' if ordered else f"{a} {op} {b}", True)

    def _folded_equal(self, left: Folded, text: str, op: str) -> Condition:
        written = self._lowered(left, text)
        if written is None:
            return EVERYTHING
        return Condition(f"({written[0]} {op} {self._bound(text)} OR {written[1]})", False)

    def _folded_like(self, operand: Folded, pattern: Pattern, want: bool) -> Condition:
        written = self._lowered(operand, pattern.letters)
        if written is None:
            return EVERYTHING
        like = self._like(written[0], pattern, "" if want else "NOT ")
        return Condition(f"({like} OR {written[1]})", False)

    def _lowered(self, value: Folded, text: str) -> tuple[str, str] | None:
        """A text in lower case, and whether it has letters whose case SQL does not know."""
        written = self._value(value.operand)
        if written is None or value.accents or not text.isascii():
            return None
        if self.gpkg:
            beyond = f"length(CAST({written} AS BLOB)) <> length({written})"
            return f"lower({written})", beyond
        return f'lower({written} COLLATE "C")', f"octet_length({written}) <> length({written})"

    def _like(self, written: str, pattern: Pattern, sign: str) -> str:
        if self.gpkg:  # its LIKE takes no account of case
            return f"{written} {sign}GLOB {self._bound(_glob(pattern))}"
        return f"{written} {sign}LIKE {self._bound(_escaped(pattern))}"

    def _value(self, value: Value) -> str | None:
        if isinstance(value, Constant):
            return self._bound(value.value)
        if isinstance(value, FieldValue):
            return self._field(value.field)
        if isinstance(value, Arithmetic) and _largest(value) is not None:
            left, right = self._value(value.left), self._value(value.right)
            return f"({left} {value.op} {right})" if left and right else None
        return None

    def _field(self, found: FilterField) -> str | None:
        if found.type in ("list", "geometry"):
            return None
        written = self._attribute(found) if found.is_attribute else self._column(found)
        if not found.withheld:
            return written
        return f"CASE WHEN kind IN ({_quoted(found.withheld)}) THEN NULL ELSE {written} END"

    def _column(self, found: FilterField) -> str:
        if found.name == "asset_id" and not self.gpkg:
            return "CAST(asset_id AS text)"
        if found.name == "version" and not self.gpkg:
            return "CAST(version AS double precision)"
        if found.type == "date":
            return (
                f"substr({found.name}, 1, 10)"
                if self.gpkg
                else f"to_char({found.name}, 'YYYY-MM-DD')"
            )
        return found.name

    def _attribute(self, found: FilterField) -> str:
        gpkg_types, postgis_type = _JSON_TYPES[found.type]
        if self.gpkg:
            place = f"attributes, '$.{found.name}'"
            return f"CASE WHEN json_type({place}) IN ({gpkg_types}) THEN json_extract({place}) END"
        text = f"attributes ->> '{found.name}'"
        cast = {"number": "double precision", "boolean": "boolean"}.get(found.type)
        value = f"CAST({text} AS {cast})" if cast else f"({text})"
        test = f"jsonb_typeof(attributes -> '{found.name}') = '{postgis_type}'"
        return f"CASE WHEN {test} THEN {value} END"

    def _bound(self, value: object) -> str:
        name = f"filter_{len(self.parameters)}"
        self.parameters[name] = self._stored(value)
        return f":{name}"

    def _stored(self, value: object) -> object:
        if isinstance(value, datetime):
            return utc_text(value) if self.gpkg else value
        if isinstance(value, date):
            return value.isoformat()
        return value

    def _listed(self, predicate: Listed, want: bool) -> Condition:
        found, op = predicate.field, predicate.op
        if op not in ("a_contains", "a_overlaps") or not predicate.items:
            return EVERYTHING
        tests = [self._holding(found, item) for item in predicate.items]
        joined = (" AND " if op == "a_contains" else " OR ").join(tests)
        if want:
            hidden = f"kind NOT IN ({_quoted(found.withheld)}) AND " if found.withheld else ""
            return Condition(f"({hidden}({joined}))", True)
        # False of an empty list, and unknown of an unknown one: not told apart here.
        return Condition(f"NOT ({joined})", False)

    def _holding(self, found: FilterField, item: str) -> str:
        if self.gpkg:
            place = f"attributes, '$.{found.name}'" if found.is_attribute else found.name
            item_sql = f"value = {self._bound(item)} AND type = 'text'"
            return f"EXISTS (SELECT 1 FROM json_each({place}) WHERE {item_sql})"
        place = f"attributes -> '{found.name}'" if found.is_attribute else found.name
        wanted = self._bound(orjson.dumps([item]).decode())
        return f"COALESCE(({place}) @> CAST({wanted} AS jsonb), false)"

    def _spatial(self, predicate: Spatial, want: bool) -> Condition:
        op, shape = predicate.op, predicate.shape
        if op == "s_disjoint":
            op, want = "s_intersects", not want
        if shape.is_empty or not (want or self.precise):
            return EVERYTHING
        reach = self.margin_m + predicate.distance_m
        function = self._exact_function(op, shape)
        if function is None or not self.precise:
            return Condition(self._box(shape, reach), False) if want else EVERYTHING
        exact = self._exact(function, predicate)
        if want:
            return Condition(f"({self._box(shape, reach)} AND {exact})", True)
        return Condition(f"(geom IS NOT NULL AND NOT {exact})", True)

    def _exact_function(self, op: str, shape: shapely.Geometry) -> str | None:
        if self.margin_m or shape.geom_type == "GeometryCollection":
            return None
        names = {"s_intersects": "Intersects", "s_within": "Within", "s_dwithin": "DWithin"}
        name = names.get(op)
        if name is None:
            return None
        return f"canopy_{name.lower()}" if self.gpkg else f"ST_{name}"

    def _exact(self, function: str, predicate: Spatial) -> str:
        shape = shapely.set_srid(predicate.shape, self.srid)
        if self.gpkg:
            area = self._bound(gpkg_geometry.encode_one(shape, self.srid))
            written = f"(SELECT canopy_area({area}))"
        else:
            area = self._bound(shapely.to_wkb(shape, hex=True, include_srid=True))
            written = f"CAST({area} AS geometry)"
        distance = f", {self._bound(predicate.distance_m)}" if predicate.op == "s_dwithin" else ""
        return f"{function}(geom, {written}{distance})"

    def _box(self, shape: shapely.Geometry, reach_m: float) -> str:
        min_x, min_y, max_x, max_y = shape.bounds
        # A micrometre more, for what the databases round.
        sides = (min_x - reach_m, min_y - reach_m, max_x + reach_m, max_y + reach_m)
        grown = (sides[0] - 1e-6, sides[1] - 1e-6, sides[2] + 1e-6, sides[3] + 1e-6)
        left, low, right, high = (self._bound(side) for side in grown)
        if self.gpkg:
            return (
                f"fid IN (SELECT id FROM rtree_asset_geom WHERE maxx >= {left} "
                f"AND minx <= {right} AND maxy >= {low} AND miny <= {high})"
            )
        return f"geom && ST_MakeEnvelope({left}, {low}, {right}, {high}, {self.srid:d})"


def _all_of(parts: list[Condition]) -> Condition:
    exact = all(part.exact for part in parts)
    written = [part.sql for part in parts if part.sql is not None]
    return Condition(f"({' AND '.join(written)})" if written else None, exact)


def _any_of(parts: list[Condition]) -> Condition:
    written = [part.sql for part in parts if part.sql is not None]
    if len(written) < len(parts):
        return EVERYTHING
    return Condition(f"({' OR '.join(written)})", all(part.exact for part in parts))


def _quoted(kinds: frozenset[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in sorted(kinds))


def _glob(pattern: Pattern) -> str:
    wildcards = {ANY: "*", ONE: "?"}
    return "".join(
        wildcards.get(wildcard, f"[{letter}]" if letter in "[*?" and letter else letter)
        for wildcard, letter in pattern.tokens
    )


def _escaped(pattern: Pattern) -> str:
    return "".join(
        wildcard or (f"\\{letter}" if letter in "\\%_" else letter)
        for wildcard, letter in pattern.tokens
    )


def _largest(value: Value) -> float | None:
    """A bound on the size of a number; None where PostgreSQL might refuse to reckon it.

    It ends the statement where a result overflows or a divisor is zero, and its %, ^ and
    DIV are not Python's: such parts are left to `evaluate`.
    """
    if isinstance(value, FieldValue):
        return value.field.largest
    if isinstance(value, Constant):
        return _size(value.value)
    if not isinstance(value, Arithmetic):
        return None
    left, right = _largest(value.left), _largest(value.right)
    if left is None or right is None:
        return None
    found = {"+": left + right, "-": left + right, "*": left * right}.get(value.op)
    if value.op == "/" and isinstance(value.right, Constant) and right >= _SMALLEST_FACTOR:
        found = left / right
    return found if found is not None and found <= _LARGEST_RESULT else None


def _size(value: Scalar) -> float | None:
    if not isinstance(value, float):
        return None
    return abs(value) if value == 0 or abs(value) >= _SMALLEST_FACTOR else None
