"""CQL2 filters against both databases: nothing lost in SQL, nothing shown that is hidden."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from catalogue import ADMIN, all_assets
from filter_oracle import holds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_filters import assets, filters
from sqlalchemy import delete, insert, text

from canopy.access.rules import PUBLIC, Principal, Role
from canopy.assets.filtering import FieldFinder, parse_filter
from canopy.assets.filtering.queries import ConditionWriter
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import count_selected
from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.errors import BadFilter

GRID = "EPSG:27700"
OPERATOR = Principal(Role.operator, "acme")


def fill(database: Database, found: list[dict[str, Any]]) -> None:
    """Put these assets, and no others, into the catalogue."""
    rows = []
    for each in found:
        row = {name: value for name, value in each.items() if name != "geometry"}
        row["designations"] = list(each["designations"]) or None
        row["geom"] = shapely.set_srid(each["geometry"], database.srid)
        rows.append(row)
    with database.writing() as session:
        session.execute(delete(Asset))
        if rows:
            session.execute(insert(Asset), rows)


def chosen(database: Database, node: Any, principal: Principal, **more: Any) -> list[object]:
    """The ids of the assets that a filter finds."""
    language = "cql2-text" if isinstance(node, str) else "cql2-json"
    selection = Selection(filter=parse_filter(node, language, GRID, GRID), **more)
    return [asset["asset_id"] for asset in all_assets(database, selection, principal)]


def expected_ids(database: Database, node: Any, principal: Principal) -> list[object]:
    """Those the oracle finds among everything that the principal may see."""
    seen = all_assets(database, principal=principal)
    return [
        asset["asset_id"] for asset in seen if holds(node, {**asset["attributes"], **asset}) is True
    ]


def sql_ids(
    database: Database, node: Any, principal: Principal, precise: bool
) -> tuple[set[object], bool]:
    """What SQL finds on its own, and whether that is said to be exact."""
    policy = SensitivityPolicy()
    predicate = parse_filter(node, "cql2-json", GRID, GRID).resolved(
        FieldFinder(tuple(KINDS), principal, policy)
    )
    margin_m = max(policy.search_margin_m(kind, principal) for kind in KINDS)
    writer = ConditionWriter(database.is_gpkg, database.srid, margin_m, precise)
    condition = writer.condition(predicate)
    with database.reading() as session:
        where = condition.sql or "1 = 1"
        sql = text(f"SELECT asset_id FROM asset WHERE {where}")
        return {str(row[0]) for row in session.execute(sql, writer.parameters)}, condition.exact


@pytest.mark.parametrize("principal", [PUBLIC, OPERATOR, ADMIN], ids=lambda p: p.name)
def test_sql_loses_nothing(database: Database, principal: Principal) -> None:
    """SQL finds all that the filter is true of; no more where it says that it is exact; and
    what is streamed and counted is what the oracle finds."""

    @settings(
        max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(
        found=assets(),
        nodes=st.lists(filters(hidden=principal is not PUBLIC), min_size=4, max_size=8),
    )
    def try_out(found: list[dict[str, Any]], nodes: list[Any]) -> None:
        fill(database, found)
        visible = {asset["asset_id"] for asset in all_assets(database, principal=principal)}
        for node in nodes:
            expected = expected_ids(database, node, principal)
            assert chosen(database, node, principal) == expected
            for precise in (False, True):
                ids, exact = sql_ids(database, node, principal, precise)
                assert ids >= set(expected)
                if exact:
                    assert ids & visible == set(expected)
            selection = Selection(filter=parse_filter(node, "cql2-json", GRID, GRID))
            with database.reading() as session:
                policy = SensitivityPolicy()
                counted = count_selected(session, selection, principal, policy, database.srid)
            assert counted == len(expected)

    try_out()


@pytest.fixture
def town(database: Database) -> Database:
    """A lamppost, a camera with what the public may not know of it, and a hidden lamppost."""
    blank = {column.name: None for column in Asset.__table__.columns if column.name != "fid"}
    del blank["geom"]
    common = {**blank, "source": "made", "version": 1, "designations": (), "attributes": {}}

    def asset(number: int, x: float, y: float, **known: Any) -> dict[str, Any]:
        identity = f"00000000-0000-4000-8000-{number:012d}"
        return {**common, "asset_id": identity, "geometry": shapely.Point(x, y), **known}

    fill(
        database,
        [
            asset(0, 430100, 280100, kind="lamppost", height_m=8.0, street="High Street",
                  attributes={"lamp_w": 36.0, "mpan": "1200012345678"}),
            asset(1, 430123, 280177, kind="cctv", height_m=6.0, street="Low Road",
                  backhaul_type="fibre", attributes={"camera_type": "ptz", "fov_deg": 90.0}),
            asset(2, 430110, 280110, kind="lamppost", height_m=9.0, sensitivity="estates"),
        ],
    )  # fmt: skip
    return database


def numbers(ids: list[object]) -> list[int]:
    """The numbers by which `town` knows its assets."""
    return [int(str(each)[-12:]) for each in ids]


@pytest.mark.parametrize(
    ("filter_text", "public", "operator"),
    [
        ("height_m >= 6", [0], [0, 1]),
        ("height_m <> 100", [0], [0, 1]),
        ("NOT height_m = 100", [0], [0, 1]),
        ("height_m IS NULL", [1], []),
        ("street LIKE 'L%'", [], [1]),
        ("backhaul_type = 'fibre'", [], []),  # of a camera for admins only
        ("backhaul_type IS NULL", [0, 1], [0, 1]),
        ("S_INTERSECTS(geometry, BBOX(430122,280176,430124,280178))", [], [1]),
        ("S_INTERSECTS(geometry, BBOX(430149,280149,430151,280151))", [1], []),
        ("NOT S_INTERSECTS(geometry, BBOX(430122,280176,430124,280178))", [0, 1], [0]),
        ("S_DISJOINT(geometry, BBOX(430122,280176,430124,280178))", [0, 1], [0]),
        ("S_DWITHIN(geometry, POINT(430150 280150), 1)", [1], []),
        ("S_EQUALS(geometry, POINT(430123 280177))", [], [1]),
        ("height_m > 5 OR kind = 'cctv'", [0, 1], [0, 1]),
    ],
)
def test_filters_tell_the_public_nothing_hidden(
    town: Database, filter_text: str, public: list[int], operator: list[int]
) -> None:
    """A camera's height, street and true place are no way to find it for the public."""
    assert numbers(chosen(town, filter_text, PUBLIC)) == public
    assert numbers(chosen(town, filter_text, OPERATOR)) == operator


def test_hidden_field_is_refused_like_one_that_is_not_there(town: Database) -> None:
    """The words for a field the principal may not see are those for none at all."""
    details = []
    for name in ("fov_deg", "mpan", "camera_type", "nosuch"):
        with pytest.raises(BadFilter) as refused:
            chosen(town, f"{name} = 1 OR height_m > 1", PUBLIC)
        details.append(refused.value.detail.replace(name, "…"))
    assert len(set(details)) == 1
    with pytest.raises(BadFilter, match="mpan"):
        chosen(town, "mpan = '1'", OPERATOR)
    assert numbers(chosen(town, "camera_type = 'ptz'", OPERATOR)) == [1]


def test_hidden_type_is_not_told(town: Database) -> None:
    """Nor does a value of the wrong type bring out that a hidden field exists."""
    for value in ("1", "'x'", "true", "DATE('2024-01-01')"):
        with pytest.raises(BadFilter, match="no field that can be filtered on"):
            chosen(town, f"fov_deg = {value}", PUBLIC)


def test_kinds_bound_what_can_be_filtered_on(town: Database) -> None:
    """A field of another kind is no field of the kinds that are selected."""
    assert numbers(chosen(town, "lamp_w > 30", PUBLIC, kinds=("lamppost",))) == [0]
    with pytest.raises(BadFilter, match="lamp_w"):
        chosen(town, "lamp_w > 30", PUBLIC, kinds=("cctv",))


@pytest.mark.parametrize(
    ("filter_text", "counted_in_sql"),
    [
        ("height_m >= 6 AND street = 'High Street'", True),
        ("lamp_w > 30 OR backhaul_type IS NULL", True),
        ("CASEI(street) = CASEI('HIGH STREET')", False),
        ("height_m ^ 2 > 4", False),
    ],
)
def test_exact_filters_are_counted_by_the_database(
    town: Database, monkeypatch: pytest.MonkeyPatch, filter_text: str, counted_in_sql: bool
) -> None:
    """A filter that SQL can tell exactly is counted without a row being read."""
    selection = Selection(filter=parse_filter(filter_text, "cql2-text", GRID, GRID))
    streamed: list[bool] = []
    monkeypatch.setattr(
        "canopy.assets.reading.streaming.stream", lambda *_: streamed.append(True) or iter(())
    )
    with town.reading() as session:
        count_selected(session, selection, PUBLIC, SensitivityPolicy(), town.srid)
    assert (not streamed) is counted_in_sql


@pytest.mark.parametrize(
    ("area", "principal", "count"),
    [
        (shapely.box(430120, 280170, 430130, 280180), OPERATOR, 1),
        (shapely.box(430120, 280170, 430130, 280180), PUBLIC, 0),
        (shapely.box(430000, 280000, 430200, 280200), PUBLIC, 2),
        (shapely.box(430000, 280000, 430200, 280200), ADMIN, 3),
        (shapely.Polygon([(430000, 280000), (430200, 280000), (430000, 280150)]), ADMIN, 0),
    ],
)
def test_areas_are_counted_as_they_are_seen(
    town: Database, area: shapely.Geometry, principal: Principal, count: int
) -> None:
    """An area is counted on shown positions, hidden assets left out."""
    with town.reading() as session:
        counted = count_selected(
            session, Selection(area=area), principal, SensitivityPolicy(), town.srid
        )
    assert counted == count


@pytest.mark.parametrize(
    "filter_text",
    [
        "street = 'x'' OR 1=1 --'",
        "street LIKE '%''; DROP TABLE asset; --'",
        "street IN ('a', ''' OR ''''=''')",
        "CASEI(street) = ':filter_0'",
        "A_CONTAINS(designations, ('\"] OR true --'))",
        "lamp_tech = '$.lamp_w'') OR 1=1 --'",
    ],
)
def test_texts_stay_texts(town: Database, filter_text: str) -> None:
    """What looks like SQL in a literal is looked for as it is, and the catalogue stays."""
    assert chosen(town, filter_text, ADMIN) == []
    assert len(all_assets(town)) == 3
