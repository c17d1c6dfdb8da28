"""Every role sees of offers what the policy allows, on every path, and no more."""

from __future__ import annotations

import pytest
import shapely
from offering import ITEMS, Market, a_uuid
from ogc_catalogue import E0, EPSG, N0, ROLES, seen_by

from canopy.access.rules import Role
from canopy.assets.offers.fields import ASSET_COLUMNS, OFFER_FIELDS

PUBLIC = {"band_0", "band_1", "band_2", "band_3", "band_4", "rare", "mixed", "cctv", "duct"}
SEEN = {
    Role.public: PUBLIC,
    Role.operator: PUBLIC | {"of_operator"},
    Role.planner: PUBLIC | {"of_operator", "reserved"},
    Role.estates: PUBLIC | {"of_operator", "of_estates", "reserved", "draft", "ended"},
    Role.admin: PUBLIC | {"of_operator", "of_estates", "reserved", "draft", "ended"},
}
FIELDS = sorted({*OFFER_FIELDS, *ASSET_COLUMNS})
FOR_OPERATORS = sorted(name for name, each in OFFER_FIELDS.items() if each.level == "operator")
GRID = f"{EPSG}27700"


@pytest.mark.parametrize("role", ROLES)
def test_offers_are_those_that_the_role_may_see(market: Market, role: Role) -> None:
    """By status, by their last day, and by whether their asset is seen."""
    assert set(market.names(role)) == SEEN[role]
    assert set(market.names(role, limit="2")) == SEEN[role]


@pytest.mark.parametrize("role", ROLES)
def test_each_offer_on_its_own(market: Market, role: Role) -> None:
    """What is not seen is answered in the words for what is not there."""
    unknown = a_uuid()
    told = market.get(f"{ITEMS}/{unknown}", role).json()["detail"]
    for name, offer_id in market.offers.items():
        answer = market.get(f"{ITEMS}/{offer_id}", role)
        assert answer.status_code == (200 if name in SEEN[role] else 404)
        if name not in SEEN[role]:
            assert answer.json()["detail"] == told.replace(unknown, offer_id)


@pytest.mark.parametrize("role", ROLES)
def test_an_offer_shows_of_its_asset_what_the_policy_shows(market: Market, role: Role) -> None:
    """Columns and position are those of the one way out of the catalogue."""
    assets = seen_by(market.database, role)
    for each in market.found(role, crs=GRID):
        asset = assets[each["properties"]["asset_id"]]
        for name, column in ASSET_COLUMNS.items():
            value = asset.get(column)
            wanted = list(value) if isinstance(value, tuple) else value
            assert each["properties"].get(name) == wanted
        assert shapely.equals(shapely.geometry.shape(each["geometry"]), asset["geometry"])


def test_public_sees_a_camera_on_offer_as_a_cell(market: Market) -> None:
    """Not the point, not its street or height; and it is found at the cell only."""
    (offered,) = market.found(crs=GRID, kind="cctv")
    assert offered["geometry"]["coordinates"] == [E0 + 350, N0 + 450]
    assert offered["properties"]["position_generalised_m"] == 100
    assert not {"street", "ref", "height_m", "ward"} & set(offered["properties"])
    true = {"bbox": f"{E0 + 333},{N0 + 444},{E0 + 334},{N0 + 445}", "bbox-crs": GRID}
    cell = {"bbox": f"{E0 + 349},{N0 + 449},{E0 + 351},{N0 + 451}", "bbox-crs": GRID}
    assert [market.names(**box) for box in (true, cell)] == [[], ["cctv"]]
    assert [market.names(Role.operator, **box) for box in (true, cell)] == [["cctv"], []]
    near = {"filter": f"S_INTERSECTS(geometry,BBOX({true['bbox']}))", "filter-crs": GRID}
    assert market.names(**near) == []


def test_public_sees_no_capacity_price_terms_or_distance(market: Market) -> None:
    """What is for operators is absent, not null."""
    for each in market.found():
        assert not set(FOR_OPERATORS) & set(each["properties"])


@pytest.mark.parametrize("field", [*FOR_OPERATORS, "mpan", "sensitivity", "asset_fid", "fid"])
def test_fields_that_are_not_seen_do_not_exist(market: Market, field: str) -> None:
    """A parameter, filter, sort or property of one is refused as a made-up one is."""
    asked = [{field: "1"}, {"filter": f"{field} = 1"}, {"filter": f"{field} IS NULL"},
             {"sortby": field}, {"properties": field}]  # fmt: skip
    for params in asked:
        answer = market.get(ITEMS, **params)
        made_up = market.get(
            ITEMS, **{n.replace(field, "xxxx"): v.replace(field, "xxxx") for n, v in params.items()}
        )
        assert (answer.status_code, made_up.status_code) == (400, 400)
        assert answer.json()["detail"].replace(field, "xxxx") == made_up.json()["detail"]


@pytest.mark.parametrize("role", ROLES)
def test_queryables_schema_and_description_name_what_is_seen(market: Market, role: Role) -> None:
    """All three agree, and no feature has a property beside them."""
    named = set(market.get("/collections/offers/queryables", role).json()["properties"])
    schema = set(market.get("/collections/offers/schema", role).json()["properties"])
    assert named == schema - {"position_generalised_m"}
    document = market.get("/api", role).json()
    parameters = document["paths"]["/collections/offers/items"]["get"]["parameters"]
    assert named - {"geometry"} <= {each["name"] for each in parameters}
    hidden = set(FIELDS) - named
    assert not hidden & {each["name"] for each in parameters}
    assert bool(hidden) == (role is Role.public)
    for each in market.found(role):
        assert set(each["properties"]) <= schema


@pytest.mark.parametrize("role", [Role.operator, Role.planner])
def test_price_bands_are_shown_where_five_assets_share_them(market: Market, role: Role) -> None:
    """A band that stands alone is withheld, from filters too."""
    priced = {
        each["id"]: each["properties"]["price_max_pence_per_year"]
        for each in market.found(role)
        if "price_max_pence_per_year" in each["properties"]
    }
    assert priced == {market.offers[f"band_{n}"]: 50_000 for n in range(5)}
    assert market.names(role, filter="price_min_pence_per_year > 50000") == []
    assert "rare" in market.names(role, filter="price_min_pence_per_year IS NULL")
    assert market.names(role, price_min_pence_per_year="77700") == []
    assert market.get(ITEMS, role, sortby="price_min_pence_per_year").status_code == 400


def test_estates_see_every_price(market: Market) -> None:
    """And may filter and sort by them."""
    assert market.names(Role.estates, price_min_pence_per_year="77700") == ["rare"]
    assert market.names(Role.estates, sortby="-price_min_pence_per_year")[0] == "rare"


def test_a_hidden_duct_is_near_nobody_who_does_not_see_it(market: Market) -> None:
    """The distance of an operator leads to the duct it sees, that of a planner to the other."""
    far, near = (
        next(each for each in market.found(role) if each["id"] == market.offers["band_1"])
        for role in (Role.operator, Role.planner)
    )
    assert near["properties"]["distance_to_duct_m"] == pytest.approx(14.4, abs=0.11)
    assert far["properties"]["distance_to_duct_m"] > 200
    asked = {"filter": "distance_to_duct_m < 30 AND kind = 'lamppost'"}
    assert set(market.names(Role.planner, **asked)) >= {"band_1"}
    assert market.names(Role.operator, **asked) == []


def test_totals_count_what_is_seen(market: Market) -> None:
    """numberMatched is what the same role is shown."""
    for role in ROLES:
        page = market.get(ITEMS, role, limit="1", count="true").json()
        assert page["numberMatched"] == len(SEEN[role])
        for written in ("height_m > 5", "NOT height_m > 5", "available_until IS NULL",
                        "A_CONTAINS(technologies, ('wifi'))", "S_INTERSECTS(geometry, "
                        "BBOX(-2,52,-1.56,53))", "kind <> 'lamppost' OR height_m = 8"):  # fmt: skip
            asked = {"filter": written, "limit": "1", "count": "true"}
            wanted = len(market.found(role, filter=written))
            assert market.get(ITEMS, role, **asked).json()["numberMatched"] == wanted


def test_token_of_a_draft_leads_nowhere(market: Market) -> None:
    """A next link that ends at an offer that was never seen is no link."""
    place = market.names(Role.admin).index("draft")
    page = market.get(ITEMS, Role.admin, limit=str(place + 1)).json()
    following = next(each["href"] for each in page["links"] if each["rel"] == "next")
    assert market.client.get(following, headers=market.keys[Role.admin]).status_code == 200
    assert market.client.get(following).status_code == 400


@pytest.mark.parametrize("role", ROLES)
def test_pages_for_people_show_no_more(market: Market, role: Role) -> None:
    """The HTML of a single offer has the properties that its JSON has."""
    for each in market.found(role):
        html = market.get(f"{ITEMS}/{each['id']}", role, f="html").text
        for name in FIELDS:
            assert (f"<dt>{name}</dt>" in html) == (name in each["properties"])


@pytest.mark.parametrize("role", ROLES)
def test_order_and_filters_follow_from_what_is_shown(market: Market, role: Role) -> None:
    """Of every field: the order is that of the values shown, unknown last and then as entered;
    and each value finds the offers that show it, IS NULL those that show none."""
    shown = market.found(role)
    schema = market.get("/collections/offers/queryables", role).json()["properties"]
    entered = [each["id"] for each in shown]
    for name, described in schema.items():
        values = {each["id"]: each["properties"].get(name) for each in shown}
        unknown = [each for each in entered if values[each] in (None, [])]
        if name != "geometry":
            written = {"filter": f"{name} IS NULL"}
            assert [each["id"] for each in market.found(role, **written)] == unknown
        known = [each for each in entered if each not in unknown]
        if name == "geometry" or described["type"] == "array":
            continue
        if known:
            value = values[known[0]]
            wanted = [each for each in known if values[each] == value]
            assert [each["id"] for each in market.found(role, **{name: str(value)})] == wanted
        answer = market.get(ITEMS, role, sortby=name)
        if answer.status_code == 400:
            assert name.startswith(("distance_", "price_"))
            continue
        ordered = sorted(known, key=lambda each, values=values: values[each])  # type: ignore[misc]
        assert [each["id"] for each in answer.json()["features"]] == [*ordered, *unknown]
