"""OGC API – Features Part 2: coordinate reference systems by their URIs.

Covered of OGC 18-058r1, Annex A: /conf/crs/crs-uri, fc-md-crs-list, fc-md-storageCrs,
fc-md-storageCrs-valid-value, fc-bbox-crs-definition, -valid-value, -action,
fc-crs-definition, -valid-value, -default-value, -action, geojson, ogc-crs-header,
ogc-crs-header-value.
"""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from ogc_catalogue import CRS84, EPSG, features, refs, seen_by

from canopy import geo
from canopy.access.rules import Role
from canopy.db.engine import Database

CODES = (27700, 4326, 4258, 3857)
COLLECTIONS = ("lamppost", "building", "rooftop", "duct", "open_space")


def test_offered_systems_are_listed(service: TestClient) -> None:
    """Each collection lists the same CRSs, CRS84 first, and says which it is stored in."""
    document = service.get("/collections").json()
    wanted = [CRS84, *(f"{EPSG}{code}" for code in CODES)]
    assert document["crs"] == wanted
    assert {tuple(each["crs"]) for each in document["collections"]} == {tuple(wanted)}
    assert {each["storageCrs"] for each in document["collections"]} == {f"{EPSG}27700"}


@pytest.mark.parametrize("code", [None, *CODES])
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_positions_in_each_system(
    service: TestClient, mixed: Database, collection: str, code: int | None
) -> None:
    """Positions are the stored ones moved exactly, in the axis order that the CRS declares."""
    query = "" if code is None else f"?crs={EPSG}{code}"
    answer = service.get(f"/collections/{collection}/items{query}")
    uri = CRS84 if code is None else f"{EPSG}{code}"
    assert answer.headers["content-crs"] == f"<{uri}>"
    stored = seen_by(mixed, Role.public, collection)
    mover = geo.transformer("EPSG:27700", "OGC:CRS84" if code is None else f"EPSG:{code}")
    found = answer.json()["features"]
    assert found
    for each in found:
        shown = shapely.from_geojson(shapely.to_geojson(shapely.geometry.shape(each["geometry"])))
        if code in (4326, 4258):
            shown = shapely.transform(shown, lambda xy: xy[:, ::-1])
        (wanted,) = mover.geometries(np.array([stored[each["id"]]["geometry"]]))
        tolerance = {None: 1e-9, 4326: 1e-9, 4258: 1e-9, 3857: 1e-4, 27700: 0.0}[code]
        assert shown.normalize().equals_exact(wanted.normalize(), tolerance)


def test_stored_coordinates_are_not_rounded(service: TestClient) -> None:
    """In the storage CRS a position is given to the last bit."""
    (first, second, *_) = features(service, f"/collections/lamppost/items?crs={EPSG}27700")
    assert first["geometry"]["coordinates"] == [430_000.0, 280_040.7]
    assert second["geometry"]["coordinates"] == [430_025.123, 280_040.7]


@pytest.mark.parametrize(
    ("code", "box"),
    [
        (27700, "430000,280040,430026,280041"), (4326, "52.41755,-1.5604,52.4176,-1.5599"),
        (4258, "52.41755,-1.5604,52.4176,-1.5599"), (None, "-1.5604,52.41755,-1.5599,52.4176"),
        (3857, "-173694,6875979,-173652,6875981"),
    ],
)  # fmt: skip
def test_box_in_each_system(service: TestClient, code: int | None, box: str) -> None:
    """A box is read in the axis order of its own CRS, whatever that of the answer."""
    named = "" if code is None else f"&bbox-crs={EPSG}{code}"
    for out in ("", f"&crs={EPSG}27700"):
        path = f"/collections/lamppost/items?bbox={box}{named}{out}"
        assert refs(features(service, path)) == ["LC-000", "LC-001"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("bbox=-500,-500,500,500", 22), ("bbox=-180,-90,180,90", 22),
        ("bbox=430000,280000,431000,281000", 0), ("bbox=-2,49,-2,49", 0),
        (f"bbox=-20037508,-20048966,20037508,20048966&bbox-crs={EPSG}3857", 22),
        (f"bbox=-1e9,-1e9,1e9,1e9&bbox-crs={EPSG}3857", 22),
        (f"bbox=-1e9,-1e9,1e9,1e9&bbox-crs={EPSG}27700", 22),
        (f"bbox=-90,-180,90,180&bbox-crs={EPSG}4326", 22),
        (f"bbox=52,170,53,-170&bbox-crs={EPSG}4258", 0),
        ("bbox=100,-40,101,-39", 0),
    ],
)  # fmt: skip
def test_box_of_any_size_and_place(service: TestClient, query: str, count: int) -> None:
    """Boxes larger than the world, far away, or of one point are answered like others."""
    assert len(features(service, f"/collections/lamppost/items?{query}&limit=9")) == count


def test_box_follows_its_own_sides(service: TestClient, mixed: Database) -> None:
    """A box in degrees is one in degrees: each lamppost is inside just where its numbers are."""
    found = features(service, "/collections/lamppost/items")
    middle = sorted(each["geometry"]["coordinates"][0] for each in found)[10]
    inside = {e["id"] for e in found if e["geometry"]["coordinates"][0] <= middle}
    west = f"/collections/lamppost/items?bbox=-2,52,{middle!r},53&limit=4"
    assert {each["id"] for each in features(service, west)} == inside
    assert len(inside) == 11
    counted = service.get(f"{west}&count=true").json()
    assert (counted["numberReturned"], counted["numberMatched"]) == (4, 11)


def test_one_feature_in_another_system(service: TestClient) -> None:
    """A single feature takes `crs` too, and says in which it is."""
    (first, *_) = features(service, "/collections/lamppost/items")
    answer = service.get(f"/collections/lamppost/items/{first['id']}?crs={EPSG}27700")
    assert answer.headers["content-crs"] == f"<{EPSG}27700>"
    assert answer.json()["geometry"]["coordinates"] == [430_000.0, 280_040.7]


@pytest.mark.parametrize("crs", ["EPSG:27700", f"{EPSG}9999", "", "foo"])
def test_system_that_is_not_offered_is_refused(service: TestClient, crs: str) -> None:
    """What is not on the list is 400, with the list."""
    for name in ("crs", "bbox-crs", "filter-crs"):
        answer = service.get("/collections/lamppost/items", params={name: crs})
        assert answer.status_code == 400
        assert f"{EPSG}27700" in answer.json()["detail"]


def test_filter_in_another_system(service: TestClient) -> None:
    """`filter-crs` gives the axis order of the filter's geometries."""
    box = "S_INTERSECTS(geometry,BBOX(430000,280040,430026,280041))"
    params = {"filter": box, "filter-crs": f"{EPSG}27700"}
    found = service.get("/collections/lamppost/items", params=params).json()["features"]
    assert refs(found) == ["LC-000", "LC-001"]


def test_polygons_turn_as_geojson_asks(service: TestClient) -> None:
    """Outer rings run anticlockwise in longitude and latitude (RFC 7946, 3.1.6)."""
    (found,) = features(service, "/collections/open_space/items")
    assert shapely.geometry.shape(found["geometry"]).exterior.is_ccw
