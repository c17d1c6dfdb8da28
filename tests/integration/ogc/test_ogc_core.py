"""OGC API – Features Part 1, as its abstract tests check it.

Covered of OGC 17-069r4, Annex A: /conf/core/http, root-op, root-success, api-definition-op,
api-definition-success, conformance-op, conformance-success, fc-md-op, fc-md-success,
fc-md-links, fc-md-items, fc-md-items-links, sfc-md-op, sfc-md-success, fc-op, fc-bbox-*,
fc-limit-*, fc-time-*, query-param-invalid, query-param-unknown, fc-response, fc-links,
fc-rel-type, fc-timeStamp, fc-numberMatched, fc-numberReturned, f-op, f-success, f-links;
/conf/geojson/definition, content; /conf/html/definition, content.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from ogc_catalogue import LAMPPOSTS, ROLES, features, pages, refs, seen_by

from canopy.access.rules import Role
from canopy.assets.kinds import KINDS
from canopy.db.engine import Database

ITEMS = "/collections/lamppost/items"


def rels(document: dict[str, Any]) -> set[str]:
    """The relations of a document's links."""
    return {each["rel"] for each in document["links"]}


def test_landing_page_leads_everywhere(service: TestClient) -> None:
    """For programs the front page has the links that Part 1 asks for, and each answers."""
    answer = service.get("/", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    landing = answer.json()
    assert rels(landing) >= {"self", "alternate", "service-desc", "conformance", "data"}
    links = [each for each in landing["links"] if not each.get("templated")]
    found = {each["href"]: service.get(each["href"]) for each in links}
    assert {href: each.status_code for href, each in found.items()} == dict.fromkeys(found, 200)
    types = {each["href"]: each["type"] for each in links}
    assert {
        h: found[h].headers["content-type"].replace("; charset=utf-8", "") for h in found
    } == types
    (near,) = [each["href"] for each in landing["links"] if "/nearest" in each["href"]]
    assert service.get(near.format(lon=-1.5, lat=52.4)).status_code == 200


def test_browsers_get_the_front_page(service: TestClient) -> None:
    """Who asks for HTML is shown the page for people; who asks for anything is a program."""
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert "<h1>" in service.get("/", headers=browser).text
    assert service.get("/").json()["links"]
    assert service.get("/?f=json", headers=browser).json()["links"]


def test_conformance_names_the_classes(service: TestClient) -> None:
    """Core, GeoJSON, HTML and CRS are declared."""
    declared = service.get("/conformance").json()["conformsTo"]
    base = "http://www.opengis.net/spec/ogcapi-features-"
    wanted = {f"{base}1/1.0/conf/{name}" for name in ("core", "geojson", "html")}
    assert wanted | {f"{base}2/1.0/conf/crs"} <= set(declared)


def test_api_description_has_every_collection(service: TestClient) -> None:
    """OpenAPI 3.1 with one address per collection, its parameters, and FastAPI's routes."""
    answer = service.get("/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.1"
    older = {"Accept": "application/vnd.oai.openapi+json;version=3.0, application/json"}
    oldest = service.get("/api", headers=older)
    assert oldest.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert oldest.json()["openapi"] == "3.0.3"
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert {f"/collections/{kind}/items" for kind in (*KINDS, "assets")} <= set(document["paths"])
    assert "/assets/{reference}/history" in document["paths"]
    operations = [op["get"]["operationId"] for op in document["paths"].values() if "get" in op]
    assert len(operations) == len(set(operations))
    parameters = document["paths"][ITEMS]["get"]["parameters"]
    named = {each["name"] for each in parameters}
    assert {"bbox", "limit", "datetime", "filter", "height_m", "status", "lamp_w"} <= named
    limit = next(each for each in parameters if each["name"] == "limit")["schema"]
    assert (limit["default"], limit["maximum"]) == (100, 10_000)


def test_collections_are_the_kinds_and_all(service: TestClient) -> None:
    """Each collection stands in the list as it does on its own, with an extent and links."""
    document = service.get("/collections").json()
    assert rels(document) >= {"self", "alternate"}
    assert [each["id"] for each in document["collections"]] == [
        "assets",
        *map(str, KINDS),
        "offers",
    ]
    for each in document["collections"]:
        assert service.get(f"/collections/{each['id']}").json() == each
        assert {"self", "alternate", "items", "describedby"} <= rels(each)
        assert each["itemType"] == "feature"
        ((west, south, east, north),) = each["extent"]["spatial"]["bbox"]
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


def test_page_of_features_is_complete(service: TestClient) -> None:
    """A collection of GeoJSON features, stamped, counted and linked."""
    answer = service.get(ITEMS)
    assert answer.headers["content-type"] == "application/geo+json"
    page = answer.json()
    assert page["type"] == "FeatureCollection"
    assert page["numberReturned"] == len(page["features"]) == LAMPPOSTS - 1
    assert page["numberMatched"] == page["numberReturned"]
    stamped = datetime.fromisoformat(page["timeStamp"])
    assert abs(datetime.now(UTC) - stamped) < timedelta(minutes=1)
    assert rels(page) == {"self", "alternate", "collection"}
    assert {each["type"] for each in page["features"]} == {"Feature"}
    assert len({each["id"] for each in page["features"]}) == LAMPPOSTS - 1


def test_next_links_lead_through_all_features_once(service: TestClient) -> None:
    """Pages follow one another until one has no next link, and nothing comes twice."""
    found = list(pages(service, f"{ITEMS}?limit=5", {}))
    assert [page["numberReturned"] for page in found] == [5, 5, 5, 5, 2]
    ids = [each["id"] for page in found for each in page["features"]]
    assert len(set(ids)) == len(ids) == LAMPPOSTS - 1
    assert ids == [each["id"] for each in features(service, ITEMS)]


def test_a_last_page_that_is_full_has_no_next(service: TestClient) -> None:
    """There is a next link only where there is a next feature."""
    page = service.get(f"{ITEMS}?limit={LAMPPOSTS - 1}").json()
    assert page["numberReturned"] == LAMPPOSTS - 1
    assert "next" not in rels(page)


def test_limit_above_the_maximum_is_brought_down(service: TestClient) -> None:
    """A larger limit than 10,000 is no error."""
    assert service.get(f"{ITEMS}?limit=1000000").json()["numberReturned"] == LAMPPOSTS - 1


@pytest.mark.parametrize(
    ("query", "total"),
    [("", LAMPPOSTS - 1), ("&height_m=8", 6), ("&bbox=-1.56,52.40,-1.55,52.45&sortby=ref", None)],
)
def test_total_is_told_when_asked_for(service: TestClient, query: str, total: int | None) -> None:
    """numberMatched is the number of features of all pages together."""
    page = service.get(f"{ITEMS}?limit=2&count=true{query}").json()
    walked = len(features(service, f"{ITEMS}?limit=3{query}"))
    assert page["numberMatched"] == walked
    assert total in (None, walked)


@pytest.mark.parametrize(
    "query",
    [
        "foo=1", "bbox=0,0,a,b", "bbox=0,0,1", "bbox=0,0,1,1,1", "bbox=1,2,0,1", "bbox=nan,0,1,1",
        "bbox=", "datetime=foo", "datetime=2024-13-01", "datetime=2024-02-01/2024-01-01",
        "datetime=a/b/c", "datetime=", "limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=",
        "limit=%D9%A1", "f=xml", "count=yes", "crs=EPSG:27700", "bbox-crs=foo", "height_m=tall",
        "heritage=maybe", "sortby=nothing", "sortby=designations", "sortby=", "properties=nothing",
        "filter=height_m>", "filter=nothing=1", "filter-lang=sql", "filter-crs=foo", "token=abc",
        "token=%5B%5D", "limit=1&limit=2", "sensitivity=public", "mpan=1", "ref=%00",
        "token=WyIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDk5OTkiXQ",
    ],
)  # fmt: skip
def test_wrong_parameter_is_a_problem(service: TestClient, query: str) -> None:
    """Unknown parameters and values that cannot be read are 400, with what would be right."""
    answer = service.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 20


@pytest.mark.parametrize(
    "path", ["/conformance", "/collections", "/collections/duct", "/collections/duct/queryables",
             "/collections/duct/schema", "/api", "/?f=json"],
)  # fmt: skip
def test_unknown_parameter_is_refused_everywhere(service: TestClient, path: str) -> None:
    """No address passes over a parameter it does not have."""
    sign = "&" if "?" in path else "?"
    assert service.get(f"{path}{sign}foo=1").status_code == 400


def test_box_finds_what_touches_it(service: TestClient) -> None:
    """A box of exactly a feature's own position finds it, and one beside it does not."""
    (first, second, *_) = features(service, ITEMS)
    x, y = first["geometry"]["coordinates"]
    assert refs(features(service, f"{ITEMS}?bbox={x!r},{y!r},{x!r},{y!r}")) == ["LC-000"]
    nudged = x + 2e-9
    assert features(service, f"{ITEMS}?bbox={nudged!r},{y!r},{nudged + 1e-6!r},{y + 1e-6!r}") == []
    far = second["geometry"]["coordinates"][0]
    found = refs(features(service, f"{ITEMS}?bbox={x!r},{y - 1e-5!r},{far!r},{y + 1e-5!r}"))
    assert found == ["LC-000", "LC-001"]


def test_box_may_have_heights_and_cross_the_antimeridian(service: TestClient) -> None:
    """Six numbers ignore the heights; west above east goes round the back of the globe."""
    everything = refs(features(service, ITEMS))
    assert refs(features(service, f"{ITEMS}?bbox=-180,-90,-100,180,90,100")) == everything
    assert refs(features(service, f"{ITEMS}?bbox=-10,50,-20,60")) == everything
    assert features(service, f"{ITEMS}?bbox=170,50,-170,60") == []
    assert features(service, f"{ITEMS}?bbox=10,50,-10,60") == []


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2024-01-05", {5}), ("2024-01-05T12:00:00Z", {5}), ("2024-01-03/2024-01-05", {3, 4, 5}),
        ("../2024-01-02", {1, 2}), ("/2024-01-02", {1, 2}), ("2024-01-19/..", {19, 20}),
        ("2024-01-19/", {19, 20}), ("2030-01-01/..", set()),
    ],
)  # fmt: skip
def test_time_is_that_of_the_survey(service: TestClient, moment: str, days: set[int]) -> None:
    """`datetime` finds what was observed then; what nobody has observed is not found."""
    found = features(service, f"{ITEMS}?datetime={moment}")
    assert {int(each["properties"]["observed_on"][-2:]) for each in found} == days


def test_time_open_at_both_ends_is_any_time(service: TestClient) -> None:
    """``../..`` leaves nothing out."""
    assert len(features(service, f"{ITEMS}?datetime=../..")) == LAMPPOSTS - 1


def test_one_feature_is_the_one_of_the_page(service: TestClient) -> None:
    """A feature on its own is as on its page, with links to itself and its collection."""
    (wanted, *_) = features(service, ITEMS)
    answer = service.get(f"{ITEMS}/{wanted['id']}")
    assert answer.headers["content-type"] == "application/geo+json"
    found = answer.json()
    assert rels(found) == {"self", "alternate", "collection"}
    del found["links"]
    assert found == wanted
    assert service.get(f"/collections/assets/items/{wanted['id']}").status_code == 200


def test_fields_as_parameters(service: TestClient) -> None:
    """Each field finds equal values; several together find what has all of them."""
    assert set(refs(features(service, f"{ITEMS}?height_m=8&status=operational"))) == {
        "LC-003", "LC-007", "LC-011", "LC-015", "LC-019",
    }  # fmt: skip
    assert refs(features(service, f"{ITEMS}?heritage=true")) == ["LC-att"]
    assert refs(features(service, f"{ITEMS}?ref=LC-004&limit=1")) == ["LC-004"]


def test_pages_sorted_by_a_field(service: TestClient) -> None:
    """Sorting holds over pages, unknown values are last, equal ones keep a fixed order."""
    found = features(service, f"{ITEMS}?sortby=-height_m,ref&limit=4")
    heights = [each["properties"]["height_m"] for each in found]
    assert heights == [*sorted([h for h in heights if h is not None], reverse=True), None]
    assert len({each["id"] for each in found}) == LAMPPOSTS - 1
    tallest = [each["properties"]["ref"] for each in found if each["properties"]["height_m"] == 8]
    assert tallest == sorted(tallest)
    rising = refs(features(service, f"{ITEMS}?sortby=lamp_w,-ref&limit=7"))
    assert rising[0] == "LC-020"
    assert rising[-1] == "LC-att"
    when = features(service, f"{ITEMS}?sortby=-created_at,%2Bobserved_on&limit=3")
    assert len({each["id"] for each in when}) == LAMPPOSTS - 1


def test_only_the_properties_that_are_asked_for(service: TestClient) -> None:
    """`properties` leaves out the others, `skipGeometry` the positions."""
    page = service.get(f"{ITEMS}?properties=ref,lamp_w&skipGeometry=true&limit=1").json()
    (found,) = page["features"]
    assert found["properties"] == {"ref": "LC-000", "lamp_w": 35.0}
    assert found["geometry"] is None


def test_unchanged_page_is_only_confirmed(service: TestClient) -> None:
    """A client that has a page is told so, whatever the time stamp; another page differs."""
    first = service.get(ITEMS)
    known = {"If-None-Match": first.headers["etag"]}
    again = service.get(ITEMS, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert service.get(f"{ITEMS}?limit=3", headers=known).status_code == 200
    assert "Authorization" in first.headers["vary"]


def test_page_is_compressed_where_the_client_can(service: TestClient) -> None:
    """A page travels compressed, as the same features."""
    answer = service.get(ITEMS, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()["features"]) == LAMPPOSTS - 1


PAGES = [
    "/collections", "/collections/lamppost", "/collections/lamppost/queryables", "/conformance",
    "/collections/lamppost/items", "/api", "/collections/assets/items",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_for_people(service: TestClient, path: str) -> None:
    """Each document is a page too: a language, one heading, no script, nothing from elsewhere."""
    answer = service.get(f"{path}?f=html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    page = answer.text
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1
    assert "<script" not in page
    assert service.get(path, headers={"Accept": "text/html"}).text == page


def test_feature_as_a_page(service: TestClient) -> None:
    """One feature for people, with what is not known said to be so."""
    (first, *_) = features(service, ITEMS)
    page = service.get(f"{ITEMS}/{first['id']}?f=html").text
    assert "<h1>LC-000</h1>" in page
    assert "<dt>uprn</dt><dd>unknown</dd>" in page


def test_addresses_answer_head(service: TestClient) -> None:
    """What can be got can be asked for its headers alone."""
    answer = service.head(ITEMS)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/collections/nothing", "/collections/nothing/items", "/collections/Lamppost",
        f"{ITEMS}/x", f"{ITEMS}/00000000-0000-0000-0000-000000009999",
        "/collections/nothing/queryables",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(service: TestClient, path: str) -> None:
    """Unknown collections and features are 404 problems."""
    answer = service.get(path)
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("#not-found")


@pytest.mark.parametrize("role", ROLES)
def test_the_total_is_told_where_it_is_known(
    service: TestClient, mixed: Database, keys: dict[Role, dict[str, str]], role: Role
) -> None:
    """Of a whole collection on every page, as the role sees it; else where it was asked for."""
    expected = len(seen_by(mixed, role, "lamppost"))
    first = service.get(f"{ITEMS}?limit=5", headers=keys[role]).json()
    assert first["numberMatched"] == expected
    (following,) = [each["href"] for each in first["links"] if each["rel"] == "next"]
    assert service.get(following, headers=keys[role]).json()["numberMatched"] == expected
    narrowed = f"{ITEMS}?limit=5&filter=height_m>5"
    assert "numberMatched" not in service.get(narrowed, headers=keys[role]).json()
    assert service.get(f"{narrowed}&count=true", headers=keys[role]).json()["numberMatched"] > 5
