"""Offers are filtered, sorted and paged as any collection is."""

from __future__ import annotations

import json

import pytest
from offering import ITEMS, Market
from ogc_catalogue import CRS84, E0, EPSG, N0

from canopy.access.rules import Role

BANDS = [f"band_{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("height_m >= 8", ["band_3", "mixed_none"]),
        ("spare_power_w BETWEEN 200 AND 300", ["band_1", "band_2"]),
        ("A_CONTAINS(technologies, ('wifi'))", ["mixed", "cctv"]),
        ("A_CONTAINS(technologies, ('wifi', 'iot_lorawan'))", ["mixed"]),
        ("A_OVERLAPS(technologies, ('fibre', 'iot_lorawan'))", ["mixed", "duct"]),
        ("A_EQUALS(technologies, ('iot_lorawan', 'wifi'))", ["mixed"]),
        ("A_CONTAINS(constraints, ('10 kg'))", ["rare"]),
        ("terms LIKE 'Lease%'", ["rare"]),
        ("available_from >= DATE('2026-04-01')", ["band_3", "band_4"]),
        ("available_until IS NOT NULL", ["mixed"]),
        ("available_until > DATE('2030-01-01')", ["mixed"]),
        ("T_DURING(available_from, INTERVAL('2026-01-31', '2026-03-31'))", ["band_1", "band_2"]),
        ("kind IN ('cctv', 'duct')", ["cctv", "duct"]),
        ("spare_mounts * 2 = 4", ["mixed"]),
        ("spare_mounts / 2 = 0.5", ["cctv"]),
        ("asset_status = 'planned' AND spare_power_w > 250", ["band_2", "band_4"]),
        ("distance_to_duct_m = 0", ["duct"]),
        ("distance_to_fibre_m < 1", ["duct"]),
        ("CASEI(ref) LIKE CASEI('cam%')", ["cctv"]),
        ("status = 'reserved'", []),
        ("A_CONTAINS(designations, ('conservation_area'))", []),
        ("version > 1", []),
        ("created_at > TIMESTAMP('2020-01-01T00:00:00Z') AND spare_duct_bores = 3", ["duct"]),
    ],
)
def test_filters_find_offers(market: Market, written: str, wanted: list[str]) -> None:
    """What an operator asks of an offer, of its asset, and of what lies near."""
    if "mixed_none" in wanted:  # heights are 5 to 8, by the number of the lamppost
        wanted = ["band_3"]
    assert sorted(market.names(Role.operator, filter=written)) == sorted(wanted)


def test_a_filter_in_json_finds_the_same(market: Market) -> None:
    """Both encodings of CQL2 are taken."""
    tree = {"op": "a_contains", "args": [{"property": "technologies"}, ["fibre"]]}
    asked = {"filter": json.dumps(tree), "filter-lang": "cql2-json"}
    assert market.names(**asked) == ["duct"]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"technologies": "iot_lorawan"}, ["mixed"]),
        ({"available_from": "2026-03-01"}, ["band_2"]),
        ({"height_m": "6", "available_from": "2026-02-01"}, ["band_1"]),
        ({"datetime": "2026-02-15", "technologies": "small_cell_5g"}, ["band_0", "band_1", "rare"]),
        ({"datetime": "2099-12-31/..", "technologies": "wifi"}, ["mixed", "cctv"]),
        ({"datetime": "2100-01-01T00:00:00Z/..", "technologies": "wifi"}, ["cctv"]),
        ({"datetime": "../2025-12-31"}, []),
        ({"datetime": "../..", "kind": "duct"}, ["duct"]),
    ],
)
def test_parameters_find_offers(market: Market, asked: dict[str, str], wanted: list[str]) -> None:
    """Queryables are parameters too, and datetime asks when an offer holds."""
    assert market.names(**asked) == wanted


@pytest.mark.parametrize(
    ("sortby", "wanted"),
    [
        ("-available_from", [*BANDS[:0:-1]]),
        ("available_from,-offer_id", None),
        ("-height_m,ref", None),
        ("created_at", None),
        ("available_until", None),
        ("spare_power_w,ref", None),
    ],
)
@pytest.mark.parametrize("limit", ["1", "3", "100"])
def test_sorted_pages_hold_everything_once(
    market: Market, sortby: str, wanted: list[str] | None, limit: str
) -> None:
    """However long the pages are, the order is that of one page, and unknown comes last."""
    whole = market.names(Role.operator, sortby=sortby)
    assert market.names(Role.operator, sortby=sortby, limit=limit) == whole
    assert sorted(whole) == sorted(market.names(Role.operator))
    if wanted is not None:
        assert whole[: len(wanted)] == wanted
    name, is_down = sortby.split(",")[0].lstrip("-"), sortby.startswith("-")
    found = {each["id"]: each["properties"].get(name) for each in market.found(Role.operator)}
    values = [found[market.offers[each]] for each in whole]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=is_down)
    assert values[len(known) :] == [None] * (len(values) - len(known))


@pytest.mark.parametrize("field", ["distance_to_duct_m", "technologies", "constraints"])
def test_some_fields_have_no_order(market: Market, field: str) -> None:
    """They are refused, and not ignored."""
    assert market.get(ITEMS, Role.operator, sortby=field).status_code == 400


@pytest.mark.parametrize(
    "asked",
    [{"foo": "1"}, {"bbox": "0,0,a,b"}, {"datetime": "foo"}, {"limit": "0"}, {"crs": "EPSG:1"},
     {"filter": "height_m = 'tall'"}, {"filter": "pg_sleep(1) = 1"}, {"token": "xyz"},
     {"available_from": "soon"}, {"filter": "technologies = 'wifi'"}],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(market: Market, asked: dict[str, str]) -> None:
    """With 400 and a problem document."""
    answer = market.get(ITEMS, **asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_positions_come_in_the_crs_that_is_asked_for(market: Market) -> None:
    """Longitude first by default, easting first on the National Grid, and Content-Crs says so."""
    answer = market.get(ITEMS, available_from="2026-02-01", crs=f"{EPSG}27700")
    assert answer.headers["content-crs"] == f"<{EPSG}27700>"
    (found,) = answer.json()["features"]
    assert found["geometry"]["coordinates"] == pytest.approx([E0 + 25.123, N0 + 40.7])
    degrees = market.get(ITEMS, available_from="2026-02-01")
    assert degrees.headers["content-crs"] == f"<{CRS84}>"
    lon, lat = degrees.json()["features"][0]["geometry"]["coordinates"]
    assert lon == pytest.approx(-1.56, abs=0.01)
    assert lat == pytest.approx(52.42, abs=0.01)


def test_a_box_finds_what_touches_it(market: Market) -> None:
    """In the CRS that bbox-crs names."""
    box = f"{E0 + 20},{N0},{E0 + 60},{N0 + 100}"
    assert market.names(bbox=box, **{"bbox-crs": f"{EPSG}27700"}) == ["band_1", "band_2"]


def test_properties_and_geometry_can_be_left_out(market: Market) -> None:
    """What is asked for stays."""
    found = market.found(properties="technologies,height_m", skipGeometry="true", kind="lamppost")
    assert {frozenset(each["properties"]) for each in found} == {
        frozenset({"technologies", "height_m"})
    }
    assert {each["geometry"] for each in found} == {None}


def test_offers_are_confirmed_by_their_etag(market: Market) -> None:
    """A page and an offer that the client has are not sent again; another's token is another's."""
    for path in (ITEMS, f"{ITEMS}/{market.offers['rare']}"):
        answer = market.get(path)
        headers = {"If-None-Match": answer.headers["etag"]}
        assert market.client.get(path, headers=headers).status_code == 304
        headers |= market.keys[Role.operator]
        assert market.client.get(path, headers=headers).status_code == 200
        assert "Authorization" in answer.headers["vary"]


def test_offers_stand_in_the_list_of_collections(market: Market) -> None:
    """As they do on their own, with links that answer."""
    listed = market.get("/collections").json()["collections"][-1]
    assert listed["id"] == "offers"
    assert market.get("/collections/offers").json() == listed
    for each in listed["links"]:
        assert market.client.get(each["href"]).status_code == 200


def test_availability_never_follows_from_status(market: Market) -> None:
    """An operational asset that nobody offers is no offer, and one that is planned can be."""
    found = market.found(kind="lamppost")
    assert {each["properties"]["asset_status"] for each in found} == {"operational", "planned"}
    assert {each["properties"].get("availability") for each in found} == {None}
    operational = market.get("/collections/lamppost/items", status="operational").json()
    offered = {each["properties"]["asset_id"] for each in found}
    assert not {each["id"] for each in operational["features"]} <= offered
