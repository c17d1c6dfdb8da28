"""Reading CQL2: the standard's own examples, what is refused, and every limit."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import orjson
import pytest
import shapely

from canopy import geo
from canopy.access.rules import Principal, Role
from canopy.assets.filtering import FieldFinder, Filter, limits, parse_filter
from canopy.assets.filtering.tree import Call, Interval, Items, Literal, Property, Shape
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.errors import BadFilter, UnknownCrs

GRID = "EPSG:27700"
HERE = "POINT(-1.5 52.4)"


def read(text: str) -> Filter:
    """A filter in CQL2 text, geometries in the National Grid."""
    return parse_filter(text, "cql2-text", GRID, GRID)


def read_json(node: object) -> Filter:
    """A filter in CQL2 JSON."""
    return parse_filter(orjson.dumps(node), "cql2-json", GRID, GRID)


def prop(name: str) -> dict[str, str]:
    """A property in JSON."""
    return {"property": name}


STANDARD = [
    # OGC 21-065r2, 6.5: standard comparison predicates
    ("city='Toronto'", {"op": "=", "args": [prop("city"), "Toronto"]}),
    (
        "balance-150.0 > 0",
        {"op": ">", "args": [{"op": "-", "args": [prop("balance"), 150.0]}, 0]},
    ),
    (
        "updated >= date('1970-01-01')",
        {"op": ">=", "args": [prop("updated"), {"date": "1970-01-01"}]},
    ),
    ("geometry IS NOT NULL", {"op": "not", "args": [{"op": "isNull", "args": [prop("geometry")]}]}),
    # 7.2: advanced comparison
    ("name LIKE 'Smith%'", {"op": "like", "args": [prop("name"), "Smith%"]}),
    ("depth BETWEEN 100.0 and 150.0", {"op": "between", "args": [prop("depth"), 100.0, 150.0]}),
    (
        "cityName IN ('Toronto','Frankfurt','Tokyo','New York')",
        {"op": "in", "args": [prop("cityName"), ["Toronto", "Frankfurt", "Tokyo", "New York"]]},
    ),
    (
        "category NOT IN (1,2,3,4)",
        {"op": "not", "args": [{"op": "in", "args": [prop("category"), [1, 2, 3, 4]]}]},
    ),
    # 7.3, 7.4: case and accents
    (
        "CASEI(road_class) IN (CASEI('Οδος'),CASEI('Straße'))",
        {
            "op": "in",
            "args": [
                {"op": "casei", "args": [prop("road_class")]},
                [{"op": "casei", "args": ["Οδος"]}, {"op": "casei", "args": ["Straße"]}],
            ],
        },
    ),
    (
        "ACCENTI(etat_vol) = ACCENTI('débárquér')",
        {
            "op": "=",
            "args": [
                {"op": "accenti", "args": [prop("etat_vol")]},
                {"op": "accenti", "args": ["débárquér"]},
            ],
        },
    ),
    # 7.5: basic spatial functions
    (
        "S_INTERSECTS(geometry,POINT(36.319836 32.288087))",
        {
            "op": "s_intersects",
            "args": [
                prop("geometry"),
                {"type": "Point", "coordinates": [36.319836, 32.288087]},
            ],
        },
    ),
    # 7.6: further geometries and relations
    (
        "S_CROSSES(road,POLYGON((43.7286 -79.2986, 43.7311 -79.2996, 43.7343 -79.2933, "
        "43.7286 -79.2986)))",
        {
            "op": "s_crosses",
            "args": [
                prop("road"),
                {
                    "type": "Polygon",
                    "coordinates": [
                        [[43.7286, -79.2986], [43.7311, -79.2996], [43.7343, -79.2933],
                         [43.7286, -79.2986]]
                    ],
                },
            ],
        },
    ),
    # 7.8: temporal functions
    (
        "T_INTERSECTS(event_time, INTERVAL('1969-07-16T05:32:00Z', '1969-07-24T16:50:35Z'))",
        {
            "op": "t_intersects",
            "args": [
                prop("event_time"),
                {"interval": ["1969-07-16T05:32:00Z", "1969-07-24T16:50:35Z"]},
            ],
        },
    ),
    (
        "T_DURING(INTERVAL(touchdown, liftOff), "
        "INTERVAL('1969-07-16T13:32:00Z', '1969-07-24T16:50:35Z'))",
        {
            "op": "t_during",
            "args": [
                {"interval": [prop("touchdown"), prop("liftOff")]},
                {"interval": ["1969-07-16T13:32:00Z", "1969-07-24T16:50:35Z"]},
            ],
        },
    ),
    # 7.9: array functions
    (
        "A_CONTAINS(layer:ids, ('layers-ca','layers-us'))",
        {"op": "a_contains", "args": [prop("layer:ids"), ["layers-ca", "layers-us"]]},
    ),
    # 7.12: arithmetic
    (
        "vehicle_height > (bridge_clearance-1)",
        {
            "op": ">",
            "args": [prop("vehicle_height"), {"op": "-", "args": [prop("bridge_clearance"), 1]}],
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "node"), STANDARD, ids=[text[:24] for text, _ in STANDARD])
def test_examples_of_the_standard(text: str, node: object) -> None:
    """Each example of OGC 21-065r2 reads the same as text and as JSON."""
    assert read(text).root == read_json(node).root


def test_groups_bind_first() -> None:
    """Parentheses decide what belongs together; without them NOT, AND, OR do, in that order."""
    a, b, c = (Call("=", (Property(name), Literal(1.0))) for name in "abc")
    assert read("a=1 OR b=1 AND NOT c=1").root == Call(
        "or", (a, Call("and", (b, Call("not", (c,)))))
    )
    assert read("(a=1 OR b=1) AND NOT (c=1)").root == Call(
        "and", (Call("or", (a, b)), Call("not", (c,)))
    )
    assert read("((a=1))").root == a


def test_literals() -> None:
    """Texts, numbers, dates, times and open intervals are read as what they are."""
    assert read("a = 'it''s'").root == Call("=", (Property("a"), Literal("it's")))
    assert read('"a" < -1.5e3').root == Call("<", (Property("a"), Literal(-1500.0)))
    assert read("a = DATE('2024-02-29')").root == Call(
        "=", (Property("a"), Literal(date(2024, 2, 29)))
    )
    at = datetime(2024, 1, 1, 11, 30, 0, 123_000, tzinfo=UTC)
    assert read("a > TIMESTAMP('2024-01-01T12:30:00.1239+01:00')").root == Call(
        ">", (Property("a"), Literal(at))
    )
    assert read("T_AFTER(a, INTERVAL('..', '2024-01-01'))").root == Call(
        "t_after", (Property("a"), Interval(None, Literal(date(2024, 1, 1))))
    )
    assert read("A_EQUALS(a, ('x', 'y'))").root == Call(
        "a_equals", (Property("a"), Items((Literal("x"), Literal("y"))))
    )


@pytest.mark.parametrize(
    "written",
    [
        "POINT(1 2)", "POINT Z (1 2 3)", "LINESTRING(0 0, 1 1)", "MULTIPOINT((0 0), (1 1))",
        "MULTILINESTRING((0 0, 1 1), (2 2, 3 3))", "POLYGON((0 0, 2 0, 2 2, 0 0))",
        "POLYGON((0 0, 9 0, 9 9, 0 0), (4 1, 5 1, 5 2, 4 1))",
        "MULTIPOLYGON(((0 0, 2 0, 2 2, 0 0)))", "GEOMETRYCOLLECTION(POINT(1 1), POINT(2 2))",
        "POINT EMPTY",
    ],
)  # fmt: skip
def test_geometries_of_every_type(written: str) -> None:
    """Every geometry of the standard is read, flat, in the storage CRS."""
    found = read(f"S_INTERSECTS(geometry, {written})").root
    assert found == Call(
        "s_intersects",
        (Property("geometry"), Shape(shapely.force_2d(shapely.from_wkt(written)))),
    )


@pytest.mark.parametrize(
    "text",
    [
        "pg_sleep(10) = 1", "sleep(1)", "load_extension('x') = 1", "Buffer(geometry, 10) = 1",
        "CAST(a, 'text') = 'x'", "a = (SELECT 1)", "a = 1; DROP TABLE asset", "a = 1 --",
        "a = 'x' UNION SELECT 1", '"a\' OR 1=1" = 1', '"(0)" = 1', "a = $1", "a = :x", "a = `b`",
        "a /* x */ = 1", "a = ?", "a = 'x", "a =", "= 1", "", "()", "a b", "a = 1)",
        "(a = 1", "a = null", "a IN ()", "a IN (1, (2, 3))", "POINT(1 2)x", "POINT = 1",
        "S_INTERSECTS(geometry, POINT)", "S_INTERSECTS(geometry, POINT(1))",
        "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", "S_INTERSECTS(geometry, BBOX(1, 2, 3))",
        "S_INTERSECTS(geometry, BBOX(1, 2, 3, 'x'))", "S_INTERSECTS(geometry, BBOX(1, 3, 2, 2))",
        "S_INTERSECTS(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))",
        "a = DATE('2024-13-01')", "a = DATE('20240101')", "a = TIMESTAMP('2024-01-01')",
        "a = DATE(1)", "T_AFTER(a, INTERVAL('2024-01-01'))", "a = 1e400", "a LIKE",
        "casei(a, b) = 1",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(text: str) -> None:
    """Functions that are not listed, SQL, and what cannot be read never get past the reader."""
    with pytest.raises(BadFilter):
        read(text)


@pytest.mark.parametrize(
    "node",
    [
        {"op": "pg_sleep", "args": [10]}, {"op": "=", "args": [prop("a")]}, {"op": "=", "args": 1},
        {"op": ["="], "args": [1, 2]}, {"op": "=", "args": [{"property": 1}, 1]}, {"x": 1},
        {"op": "=", "args": [prop("a"), {"type": "Polygon"}]}, {"type": "Nothing"},
        {"op": "=", "args": [prop("a"), None]}, {"op": "=", "args": [prop("a"), "x\u0000y"]},
        {"op": "=", "args": [prop("a"), {"timestamp": "2024-01-01T00:00:00"}]},
        {"op": "s_intersects", "args": [prop("geometry"), {"bbox": [1, 2, None, 4]}]}, None,
        {"op": "=", "args": [prop("a"), 10**18]}, {"function": {"name": "avg", "args": []}},
    ],
)  # fmt: skip
def test_json_that_is_no_filter_is_refused(node: object) -> None:
    """So is JSON that is none."""
    with pytest.raises(BadFilter):
        read_json(node)


def test_text_that_is_no_json_is_refused() -> None:
    """What is no JSON is told as such; nor is there a third language."""
    for broken in ('{"op": ', "[" * 100_00, b"\xff"):
        with pytest.raises(BadFilter):
            parse_filter(broken, "cql2-json", GRID)
    with pytest.raises(BadFilter, match="cql-text"):
        parse_filter("a = 1", "cql-text", GRID)


def nested_not(levels: int) -> object:
    """NOT in NOT."""
    node: object = True
    for _ in range(levels):
        node = {"op": "not", "args": [node]}
    return node


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("a = '" + "x" * limits.MAX_CHARS + "'", "50,000 characters"),
        ("a = '" + "x" * 2_001 + "'", "2,000 characters"),
        ("(" * 33 + "a = 1" + ")" * 33, "32 parentheses"),
        ("a = 1" + " + 1" * 33, "32 expressions"),
        ("a = 1" + " AND a = 1" * 300, "1,000"),
        ("a IN (" + ", ".join("1" * 201) + ")", "200 entries"),
        ("NOT " * 9 + "a", "8 signs"),
        ("a = " + "-" * 9 + "1", "8 signs"),
        ("a = 1e16", "1e\\+15"),
        (" OR ".join(["S_INTERSECTS(geometry, POINT(1 1))"] * 11), "10 geometries"),
        (
            "S_INTERSECTS(geometry, LINESTRING(" + ",".join(f"{i} 0" for i in range(1001)) + "))",
            "1,000 vertices",
        ),
    ],
)
def test_limits_are_named(text: str, limit: str) -> None:
    """A filter beyond a limit is refused with the limit."""
    with pytest.raises(BadFilter, match=limit):
        read(text)


def test_json_has_the_same_limits() -> None:
    """Depth and size are bounded in JSON as they are in text."""
    assert read_json(nested_not(limits.MAX_DEPTH - 1))
    with pytest.raises(BadFilter, match="32 expressions"):
        read_json(nested_not(limits.MAX_DEPTH))
    with pytest.raises(BadFilter, match="1,000 operators"):
        read_json({"op": "and", "args": [True] * 1_000})


def test_limits_are_reached() -> None:
    """What lies within the limits is read."""
    assert read("(" * 31 + "a = 1" + ")" * 31).root == read("a = 1").root
    assert read(" AND ".join(["a = 1"] * 250))
    ring = ",".join(f"{i} {i % 2}" for i in range(1_000))
    assert read(f"S_INTERSECTS(geometry, LINESTRING({ring}))")


@pytest.mark.parametrize(
    "text",
    [
        "a = (" * 20, "(" * 2_000 + "a=1" + ")" * 2_000, "NOT " * 20_000 + "a", "-" * 20_000,
        "a = (" * 20 + "a" + ")" * 20 + " $", "f(" * 20_000, "(a, (" * 12, "a IN (" * 20,
        "a = (b = (" * 15 + "1 1" + "))" * 15, "a=1" + "+1" * 20_000, "POINT(" * 5_000,
    ],
)  # fmt: skip
def test_what_stops_the_parser_is_stopped_before_it(text: str) -> None:
    """Texts that take cql2 minutes, or end its process, are refused at once."""
    begun = time.perf_counter()
    with pytest.raises(BadFilter):
        read(text)
    assert time.perf_counter() - begun < 1.0


@pytest.mark.parametrize(
    ("crs", "written"),
    [
        ("OGC:CRS84", "POINT(-1.5 52.4)"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "POINT(-1.5 52.4)"),
        ("EPSG:4326", "POINT(52.4 -1.5)"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "POINT(52.4 -1.5)"),
        ("urn:ogc:def:crs:EPSG::4326", "POINT(52.4 -1.5)"),
        ("http://www.opengis.net/def/crs/EPSG/0/27700", "POINT(434115.774828 278114.071312)"),
    ],
)
def test_axis_order_is_the_crs_s(crs: str, written: str) -> None:
    """Coordinates are read in the order that the filter's CRS declares."""
    root = parse_filter(f"S_INTERSECTS(geometry, {written})", "cql2-text", GRID, crs).root
    assert isinstance(root, Call)
    shape = root.arguments[1]
    assert isinstance(shape, Shape)
    x, y = geo.transformer("OGC:CRS84", GRID).xy([-1.5], [52.4])  # type: ignore[arg-type]
    assert (shape.geometry.x, shape.geometry.y) == pytest.approx((x[0], y[0]), abs=1e-5)


@pytest.mark.parametrize(
    "written",
    [
        "BBOX(-180,-90,180,90)", "BBOX(-180,-90,0,180,90,9)", "BBOX(170,-90,169,90)",
        "POLYGON((-20 40, 10 40, 10 65, -20 65, -20 40))",
    ],
)  # fmt: skip
def test_geometries_beyond_the_storage_crs_are_cut_to_it(written: str) -> None:
    """A shape around the country, or the globe, holds every place of the National Grid."""
    root = parse_filter(f"S_INTERSECTS(geometry, {written})", "cql2-text", GRID).root
    assert isinstance(root, Call)
    shape = root.arguments[1]
    assert isinstance(shape, Shape)
    corners = [(91_000, 10_000), (430_000, 280_000), (655_000, 310_000), (440_000, 1_150_000)]
    assert all(shape.geometry.intersects(shapely.Point(corner)) for corner in corners)


def test_shape_elsewhere_is_empty() -> None:
    """A shape far from the storage CRS's area finds nothing, and is no error."""
    found = parse_filter("S_INTERSECTS(geometry, BBOX(100,10,101,11))", "cql2-text", GRID).root
    assert isinstance(found, Call)
    shape = found.arguments[1]
    assert isinstance(shape, Shape)
    assert shape.geometry.is_empty


def test_unknown_crs_is_refused() -> None:
    """A CRS that does not exist is told as such."""
    with pytest.raises(UnknownCrs):
        parse_filter(f"S_INTERSECTS(geometry, {HERE})", "cql2-text", GRID, "EPSG:999999")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("height_m = 'tall'", "height_m cannot be used as text: it holds a number"),
        ("'tall' = height_m", "height_m cannot be used as text"),
        ("street > 5", "street cannot be used as number: it holds a text"),
        ("heritage = 1", "heritage .* true or false"),
        ("observed_on > '2024-01-01'", r"observed_on .* DATE\('"),
        ("created_at > '2024-01-01'", r"created_at .* TIMESTAMP\('"),
        ("observed_on > TIMESTAMP('2024-01-01T00:00:00Z')", "observed_on holds a date"),
        ("height_m LIKE '6%'", "height_m cannot be used as text"),
        ("height_m IN (1, 'x')", "height_m"),
        ("street + 1 = 2", "street cannot be used as number"),
        ("designations = 'sssi'", "A_CONTAINS"),
        ("geometry = 1", "S_INTERSECTS"),
        ("height_m", "height_m cannot be used as boolean"),
        ("height_m + 1", "gives a value"),
        ("1", "value alone"),
        ("heritage > false", "no order"),
        ("S_INTERSECTS(street, POINT(1 1))", "street"),
        ("S_INTERSECTS(POINT(1 1), POINT(1 1))", "field geometry"),
        ("S_DWITHIN(geometry, POINT(1 1), -5)", "0 to 1e\\+06 m"),
        ("T_AFTER(street, DATE('2024-01-01'))", "street is no date"),
        ("A_CONTAINS(street, ('x'))", "street"),
        ("A_CONTAINS(designations, (1))", "texts"),
        ("street LIKE name", "pattern in quotes"),
        ("street LIKE 'a\\'", "backslash"),
        ("(height_m = 1) = (height_m = 2)", "where a value is needed"),
        ("nosuch = 1", "'nosuch' is no field"),
    ],
)
def test_types_are_checked(text: str, words: str) -> None:
    """A value of the wrong type is refused with the field and what it holds."""
    finder = FieldFinder(tuple(KINDS), Principal(Role.admin, "a"), SensitivityPolicy())
    with pytest.raises(BadFilter, match=words):
        read(text).resolved(finder)
