"""`/search`: what is found, in which order, and that nothing withheld is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from addresses import bearer, token_for
from databases import BOTH, MAKERS
from fastapi.testclient import TestClient
from ogc_catalogue import (
    EPSG,
    ROLES,
    add,
    features,
    lamppost,
    point,
    record,
    refs,
    seen_by,
    withdraw,
)
from sqlalchemy import text

from canopy.access.rules import Role
from canopy.assets.reading.finding.words import SEARCHED_FIELDS
from canopy.db.engine import Database

Keys = dict[Role, dict[str, str]]


def found(
    client: TestClient, q: str, headers: dict[str, str] | None = None, **params: object
) -> list[dict[str, Any]]:
    """The features that a text finds."""
    answer = client.get("/search", params={"q": q, **params}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    assert answer.json()["numberReturned"] == len(answer.json()["features"])
    listed: list[dict[str, Any]] = answer.json()["features"]
    return listed


def matched(listed: list[dict[str, Any]]) -> list[tuple[str | None, str]]:
    """Refs, and the fields the text was found in."""
    return [(each["properties"].get("ref"), each["properties"]["matched_field"]) for each in listed]


@pytest.fixture(scope="module", params=BOTH)
def named(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Assets with everything that is searched, of kinds that show it and that do not."""
    databases = request.getfixturevalue(MAKERS[request.param])
    made = databases.new()
    everything = {
        "name": "Town Hall", "street": "Wharf Road", "postcode": "NW6 1AA", "uprn": "000100012345",
        "usrn": "04401234",
    }  # fmt: skip
    kinds = ("building", "mast", "cctv", "chamber")
    add(made, [
        *(record(kind, point(100 * n, 50), ref=f"{kind[:2].upper()} {n}", **everything)
          for n, kind in enumerate(kinds)),
        record("mast", point(5, 5), ref="SECRET-1", sensitivity="estates", **everything),
        record("mast", point(6, 6), ref="GONE-1", **everything),
        lamppost(1, ref="LC001", street="High Street", postcode="NW6 1AB"),
        lamppost(2, ref="lc-001A", street="HIGH STREET NORTH", postcode="NW61 2XY"),
        lamppost(3, ref="High Street", street="Abbey Road", postcode="NW6"),
        lamppost(4, ref="50%_x", street="Heol Tŷ Gwyn", postcode="NW10 1AA"),
        lamppost(5, ref="000100012345", street="Zoar Street"),
    ])  # fmt: skip
    withdraw(made, "GONE-1")
    yield made
    databases.drop(made)


@pytest.fixture(scope="module")
def names(named: Database) -> dict[Role, dict[str, str]]:
    """Headers with a token of each role."""
    made = {role: bearer(token_for(named, role)) for role in ROLES if role is not Role.public}
    return {Role.public: {}, **made}


@pytest.fixture
def desk(named: Database, serve_over: Callable[[Database], TestClient]) -> TestClient:
    """A service over those assets."""
    return serve_over(named)


@pytest.mark.parametrize(
    ("q", "wanted"),
    [
        ("lc001", [("LC001", "ref")]),
        ("LC 001", [("LC001", "ref")]),
        ("Lc-001", [("lc-001A", "ref")]),
        ("bu 0", [("BU 0", "ref")]),
        ("high street", [("High Street", "ref"), ("LC001", "street"), ("lc-001A", "street")]),
        ("  HIGH   STREET ", [("High Street", "ref"), ("LC001", "street"), ("lc-001A", "street")]),
        ("heol tŷ", [("50%_x", "street")]), ("HEOL TŶ G", [("50%_x", "street")]),
        ("nw61ab", [("LC001", "postcode")]),
        ("NW6 1", [("BU 0", "postcode"), ("MA 1", "postcode"), ("LC001", "postcode")]),
        ("nw6", [("High Street", "postcode"), ("BU 0", "postcode"), ("MA 1", "postcode"),
                 ("LC001", "postcode")]),
        ("nw61 2xy", [("lc-001A", "postcode")]),
        ("100012345", [("BU 0", "uprn"), ("MA 1", "uprn")]),
        ("000100012345", [("000100012345", "ref"), ("BU 0", "uprn"), ("MA 1", "uprn")]),
        ("4401234", [("BU 0", "usrn"), ("MA 1", "usrn"), (None, "usrn")]),
        ("town hall", [("BU 0", "name"), ("MA 1", "name")]),
        ("wharf", [("BU 0", "street"), ("MA 1", "street"), (None, "street")]),
        ("50%", [("50%_x", "ref")]), ("5_", []), ("%", []), ("road", []), ("'; --", []),
    ],
)  # fmt: skip
def test_what_a_text_finds(desk: TestClient, q: str, wanted: list[tuple[str, str]]) -> None:
    """Whole texts before begun ones, refs before numbers, postcodes, names and streets.

    The public finds a chamber by its street, but no camera and no withdrawn or hidden mast.
    """
    assert matched(found(desk, q)) == wanted


def test_an_id_finds_its_asset(desk: TestClient) -> None:
    """In any case of letters."""
    (first, *_) = features(desk, "/collections/lamppost/items")
    (alone,) = found(desk, first["id"].upper())
    assert (alone["id"], alone["properties"]["matched_field"]) == (first["id"], "asset_id")
    assert alone["properties"].items() >= first["properties"].items()


def begins(shown: str, value: str, field: str) -> bool:
    """Whether a shown value has a text, or begins with it; a postcode with whole parts."""
    if field == "postcode":
        return shown == value or shown.startswith(f"{value} ")
    return shown.lower().startswith(value.lower())


@pytest.mark.parametrize("role", ROLES)
def test_nothing_withheld_is_found(
    desk: TestClient, named: Database, names: Keys, role: Role
) -> None:
    """Each value of each asset finds just those assets that show it to the role."""
    seen = seen_by(named, role)
    for asset in seen_by(named, Role.admin).values():
        for field in SEARCHED_FIELDS:
            if asset[field] is None:
                continue
            value = str(asset[field])
            listed = found(desk, value, names[role], limit=50)
            wanted = {
                asset_id for asset_id, each in seen.items()
                if any(begins(str(each.get(f) or ""), value, f) for f in SEARCHED_FIELDS)
            }  # fmt: skip
            assert {each["id"] for each in listed} >= wanted
            for each in listed:
                shown = seen[each["id"]]
                assert shown[each["properties"]["matched_field"]] is not None


@pytest.mark.parametrize("role", ROLES)
def test_found_features_are_those_of_the_collections(
    desk: TestClient, names: Keys, role: Role
) -> None:
    """Properties and positions are what `items` shows the role, and the matched field."""
    path = f"/collections/assets/items?crs={EPSG}27700"
    by_id = {each["id"]: each for each in features(desk, path, names[role])}
    for q in ("wharf road", "nw6", "lc", "04401234"):
        listed = found(desk, q, names[role], limit=50, crs=f"{EPSG}27700")
        assert listed
        for each in listed:
            assert each["properties"].pop("matched_field") in SEARCHED_FIELDS
            assert each == by_id[each["id"]]


def test_hidden_assets_are_neither_found_nor_missed(desk: TestClient, names: Keys) -> None:
    """A text that only hidden assets have finds as much as one that nothing has; a limit is
    filled with what is seen."""
    for q, role, refs_found in (
        ("secret-1", Role.operator, []), ("secret-1", Role.estates, ["SECRET-1"]),
        ("gone-1", Role.admin, []), ("cc 2", Role.public, []), ("cc 2", Role.operator, ["CC 2"]),
    ):  # fmt: skip
        assert refs(found(desk, q, names[role])) == refs_found
    assert refs(found(desk, "wharf road", {}, limit=3)) == ["BU 0", "MA 1", None]


def test_limit(database: Database, serve_over: Callable[[Database], TestClient]) -> None:
    """Ten where nothing is said, at most fifty, in one order whatever the limit."""
    add(database, [lamppost(n, ref=f"A{n}", street=f"High Street {n % 7}") for n in range(60)])
    service = serve_over(database)
    fifty = refs(found(service, "high", limit=1_000))
    assert len(fifty) == 50
    assert refs(found(service, "high")) == fifty[:10]
    assert [int(str(ref)[1:]) % 7 for ref in fifty] == sorted(
        int(str(ref)[1:]) % 7 for ref in fifty
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "q is what"), ("q=", "q is what"), ("q=+++", "q is what"),
        ("q=" + "a" * 201, "1 to 200"), ("q=a&limit=0", "limit is a whole number"),
        ("q=a&foo=1", "no parameter 'foo'"), ("q=a&q=b", "twice"), ("q=a%00b", "NUL"),
        ("q=a&crs=nowhere", "no CRS"), ("q=a&f=html", "json only"),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(service: TestClient, query: str, said: str) -> None:
    """A parameter that is missing, unknown or wrong is a 400 that says so."""
    answer = service.get(f"/search?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_both_addresses_are_described_and_linked(service: TestClient) -> None:
    """The landing page names both as templates, the description their parameters."""
    links = service.get("/?f=json").json()["links"]
    templates = [each["href"] for each in links if each.get("templated")]
    assert [each.partition("?")[0].rpartition("/")[2] for each in templates] == [
        "search",
        "nearest",
    ]
    for document in ("/api", "/api?openapi=3.0"):
        paths = service.get(document).json()["paths"]
        named = {each["name"]: each["required"] for each in paths["/search"]["get"]["parameters"]}
        assert named == {"q": True, "limit": False, "crs": False, "f": False}
        assert "radius_m" in {each["name"] for each in paths["/nearest"]["get"]["parameters"]}


@pytest.mark.parametrize("field", SEARCHED_FIELDS)
def test_each_field_has_its_index(database: Database, field: str) -> None:
    """The fields are looked up in an index of their own, or in that of the ids."""
    with database.reading() as session:
        sql = (
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'asset'"
            if database.is_gpkg
            else "SELECT indexname FROM pg_indexes WHERE tablename = 'asset'"
        )
        indexes = set(session.scalars(text(sql)))
    wanted = "uq_asset_asset_id" if field == "asset_id" else f"ix_asset_search_{field}"
    assert wanted in indexes or (field == "asset_id" and any("autoindex" in i for i in indexes))
