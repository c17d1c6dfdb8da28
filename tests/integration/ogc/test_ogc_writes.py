"""Features are created, replaced, patched and withdrawn over HTTP, each as a revision."""

from __future__ import annotations

import uuid

import pytest
import shapely
from ogc_catalogue import CRS84, EPSG
from writing_desk import E0, GRID, N0, Desk, a_ref, feature, point

from canopy.access.rules import Role
from canopy.assets import queries
from canopy.assets.ready import queries as ready

ITEMS = "/collections/lamppost/items"


def test_a_created_feature_is_where_it_is_said_to_be(desk: Desk) -> None:
    """201 tells the address and the ETag that a GET of it has, and the feature itself."""
    ref = a_ref()
    sent = feature(ref=ref, height_m=8, material="steel", observed_on="2026-01-31")
    answer = desk.send("POST", ITEMS, sent)
    assert answer.status_code == 201
    place = answer.headers["location"]
    assert place == f"http://testserver{ITEMS}/{answer.json()['id']}"
    found = desk.read(place)
    assert found.headers["etag"] == answer.headers["etag"]
    assert found.json() == answer.json()
    properties = found.json()["properties"]
    assert (properties["kind"], properties["version"]) == ("lamppost", 1)
    assert (properties["ref"], properties["height_m"], properties["material"]) == (
        ref, 8.0, "steel",
    )  # fmt: skip


def test_a_created_feature_is_in_the_collections_at_once(desk: Desk) -> None:
    """The page that follows has it, its properties after each change and nothing after the last."""
    ref = a_ref()
    path = desk.made(ref=ref)
    asked = {"ref": ref}
    pages = ["/collections/assets/items", ITEMS]
    assert [len(desk.read(each, Role.public, **asked).json()["features"]) for each in pages] == [
        1, 1,
    ]  # fmt: skip
    desk.send("PATCH", path, {"properties": {"height_m": 9}}, etag="*")
    (shown,) = desk.read(ITEMS, Role.public, **asked).json()["features"]
    assert shown["properties"]["height_m"] == 9
    desk.send("DELETE", path, etag="*")
    assert [len(desk.read(each, Role.public, **asked).json()["features"]) for each in pages] == [
        0, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("crs", "coordinates"),
    [
        (None, [-1.5603204, 52.4171939]),
        (CRS84, [-1.5603204, 52.4171939]),
        (f"<{EPSG}4326>", [52.4171939, -1.5603204]),
        (f"{EPSG}27700", [E0, N0]),
    ],
)
def test_positions_are_read_in_the_crs_that_is_named(
    desk: Desk, crs: str | None, coordinates: list[float]
) -> None:
    """Longitude first in CRS84, latitude first in EPSG:4326, easting first on the grid."""
    headers = {**desk.keys[Role.estates], "Content-Type": "application/geo+json"}
    if crs is not None:
        headers["Content-Crs"] = crs
    sent = feature({"type": "Point", "coordinates": coordinates})
    answer = desk.client.post(ITEMS, json=sent, headers=headers)
    assert answer.status_code == 201, answer.text
    made = desk.read(answer.headers["location"], crs=f"{EPSG}27700").json()["geometry"]
    assert made["coordinates"] == pytest.approx([E0, N0], abs=0.1)


def test_kind_comes_from_the_properties_in_the_collection_of_all(desk: Desk) -> None:
    """A mast that is sent to `assets` is found among the masts."""
    answer = desk.send("POST", "/collections/assets/items", feature(kind="mast", height_m=30))
    assert answer.status_code == 201
    assert desk.read(f"/collections/mast/items/{answer.json()['id']}")


def test_a_put_replaces_the_whole_feature(desk: Desk) -> None:
    """What is left out becomes unknown; the position moves; the version counts on."""
    ref = a_ref()
    path = desk.made(ref=ref, height_m=8.0, street="Mill Road", material="steel")
    sent = feature(point(E0 + 5), ref=ref, height_m=9.5)
    answer = desk.send("PUT", path, sent, etag=desk.etag(path))
    assert answer.status_code == 200
    found = desk.read(path, crs=f"{EPSG}27700").json()
    properties = {name: each for name, each in found["properties"].items() if each is not None}
    assert properties["height_m"] == 9.5
    assert properties["version"] == 2
    assert not {"street", "material"} & set(properties)
    assert found["geometry"]["coordinates"] == [E0 + 5, N0]
    assert answer.headers["etag"] == desk.etag(path)


@pytest.mark.parametrize("crs", [CRS84, f"{EPSG}4326", f"{EPSG}27700", f"{EPSG}3857"])
@pytest.mark.parametrize("role", [Role.estates, Role.admin])
@pytest.mark.parametrize(
    "geometry",
    [
        shapely.Point(E0 + 1.2345, N0 + 6.789),
        shapely.box(E0, N0, E0 + 30.1, N0 + 20.7),  # clockwise, which GeoJSON turns round
    ],
    ids=["point", "area"],
)
def test_what_was_read_can_be_sent_back(
    desk: Desk, crs: str, role: Role, geometry: shapely.Geometry
) -> None:
    """GET and PUT of the same feature, in any CRS, is no change: no revision, no new version."""
    shape = shapely.geometry.mapping(geometry)
    kind = "lamppost" if geometry.geom_type == "Point" else "open_space"
    answer = desk.send("POST", f"/collections/{kind}/items", feature(shape, name="Fen"))
    path = answer.headers["location"].removeprefix("http://testserver")
    found = desk.read(path, role, crs=crs)
    again = desk.send(
        "PUT", path, found.json(), role=role, etag=found.headers["etag"], Content_Crs=f"<{crs}>"
    )
    assert again.status_code == 200, again.text
    assert again.json()["properties"]["version"] == 1
    assert [each["action"] for each in desk.history(path)] == ["created"]


def test_a_change_of_one_field_leaves_the_position_as_it_was(desk: Desk) -> None:
    """A position that comes back rounded is not written again."""
    path = desk.made()
    found = desk.read(path)
    sent = found.json()
    sent["properties"]["height_m"] = 7.5
    desk.send("PUT", path, sent, etag=found.headers["etag"], Content_Crs=CRS84)
    _, changed = desk.history(path)
    assert (changed["before"], changed["after"]) == ({}, {"height_m": 7.5})
    assert desk.read(path, crs=f"{EPSG}27700").json()["geometry"]["coordinates"] == [E0, N0]


def test_a_patch_changes_what_it_names(desk: Desk) -> None:
    """Null makes a property unknown, all others stay, and so does the position."""
    path = desk.made(height_m=8.0, street="Mill Road", material="steel")
    body = {"properties": {"height_m": 10, "street": None, "lamp_w": 40}}
    answer = desk.send("PATCH", path, body, etag=desk.etag(path))
    assert answer.status_code == 200, answer.text
    properties = answer.json()["properties"]
    assert (properties["height_m"], properties["material"], properties["lamp_w"]) == (
        10, "steel", 40,
    )  # fmt: skip
    assert properties.get("street") is None
    _, changed = desk.history(path)
    assert changed["before"] == {"height_m": 8.0, "street": "Mill Road"}
    assert changed["after"] == {"attributes.lamp_w": 40, "height_m": 10}


def test_a_patch_moves_a_feature(desk: Desk) -> None:
    """A geometry alone leaves every property."""
    path = desk.made(street="Mill Road")
    answer = desk.send("PATCH", path, {"geometry": point(E0 + 7, N0 + 8)}, etag=desk.etag(path))
    assert answer.status_code == 200
    found = desk.read(path, crs=f"{EPSG}27700").json()
    assert found["geometry"]["coordinates"] == [E0 + 7, N0 + 8]
    assert found["properties"]["street"] == "Mill Road"


def test_a_withdrawn_feature_is_gone_and_its_history_stays(desk: Desk) -> None:
    """204, then 404 from every method but PUT; the last revision is the withdrawal."""
    path = desk.made()
    etag = desk.etag(path)
    assert desk.send("DELETE", path, etag=etag).status_code == 204
    assert desk.client.get(path, headers=desk.keys[Role.admin]).status_code == 404
    assert desk.send("DELETE", path, etag="*").status_code == 404
    assert desk.send("PATCH", path, {"properties": {}}, etag="*").status_code == 404
    assert [each["action"] for each in desk.history(path)] == ["created", "withdrawn"]


def test_a_put_brings_a_withdrawn_feature_back(desk: Desk) -> None:
    """With what was read before the withdrawal, and its ETag; a revision of its own kind."""
    path = desk.made(street="Mill Road")
    read = desk.read(path)
    desk.send("PATCH", path, {"properties": {"height_m": 6}}, etag=read.headers["etag"])
    last = desk.read(path)
    desk.send("DELETE", path, etag=last.headers["etag"])
    stale = desk.send("PUT", path, read.json(), etag=read.headers["etag"], Content_Crs=CRS84)
    assert stale.status_code == 412
    answer = desk.send("PUT", path, last.json(), etag=last.headers["etag"], Content_Crs=CRS84)
    assert answer.status_code == 200, answer.text
    assert answer.json()["properties"]["version"] == 4
    assert answer.json()["properties"]["height_m"] == 6
    *_, back = desk.history(path)
    assert (back["version"], back["action"]) == (4, "reinstated")
    assert set(back["before"]) == {"withdrawn_at"}
    assert desk.etag(path) == answer.headers["etag"]


def test_history_names_who_changed_it_and_why(desk: Desk) -> None:
    """The author is the token's name, the reason the parameter; every write is an edit."""
    created = desk.send("POST", f"{ITEMS}?reason=new%20column", feature())
    path = created.headers["location"].removeprefix("http://testserver")
    body = {"properties": {"height_m": 9}}
    desk.send("PATCH", f"{path}?reason=measured", body, role=Role.admin, etag="*")
    desk.send("DELETE", path, etag="*")
    told = [(each["author"], each["reason"], each["origin"]) for each in desk.history(path)]
    assert told == [
        ("test-estates", "new column", "edit"),
        ("test-admin", "measured", "edit"),
        ("test-estates", "", "edit"),
    ]


def test_fields_that_an_editor_does_not_see_survive_a_replacement(desk: Desk) -> None:
    """A camera's link is for admins: an officer's PUT leaves it, and cannot name it."""
    path = desk.made("cctv", link="fibre", camera_type="ptz", backhaul_type="fibre")
    found = desk.read(path)
    assert not {"link", "backhaul_type"} & set(found.json()["properties"])
    sent = found.json()
    sent["properties"] = {"camera_type": "dome"}
    assert desk.send("PUT", path, sent, etag="*", Content_Crs=CRS84).status_code == 200
    kept = desk.read(path, Role.admin).json()["properties"]
    assert (kept["link"], kept["backhaul_type"], kept["camera_type"]) == ("fibre", "fibre", "dome")
    body = {"properties": {"link": "radio"}}
    named = desk.send("PATCH", path, body, etag="*")
    made_up = desk.send("PATCH", path, {"properties": {"xxxx": "radio"}}, etag="*")
    assert (named.status_code, made_up.status_code) == (422, 422)
    assert named.json()["detail"] == made_up.json()["detail"].replace("xxxx", "link")


def test_an_asset_can_become_another_kind(desk: Desk) -> None:
    """Through `assets`; properties of the former kind have to be taken away."""
    path = desk.made(height_m=8, lamp_w=40).replace("lamppost", "assets")
    body = {"properties": {"kind": "street_furniture"}}
    refused = desk.send("PATCH", path, body, role=Role.admin, etag="*")
    assert (refused.status_code, refused.json()["field"]) == (422, "lamp_w")
    body["properties"]["lamp_w"] = None
    answer = desk.send("PATCH", path, body, role=Role.admin, etag="*")
    assert answer.status_code == 200, answer.text
    asset_id = path.rpartition("/")[2]
    assert desk.read(f"/collections/street_furniture/items/{asset_id}")
    assert desk.client.get(f"{ITEMS}/{asset_id}").status_code == 404


def test_what_is_raised_above_the_writer_is_not_shown_to_it(desk: Desk) -> None:
    """An officer may hide an asset from itself; the answer has no body then."""
    path = desk.made()
    answer = desk.send("PATCH", path, {"properties": {"sensitivity": "admin"}}, etag="*")
    assert (answer.status_code, answer.content) == (204, b"")
    assert desk.send("PATCH", path, {"properties": {}}, etag="*").status_code == 404
    assert desk.read(path, Role.admin).json()["properties"]["sensitivity"] == "admin"


def test_a_known_authority_is_taken_and_another_is_named(desk: Desk) -> None:
    """An authority is an organisation of the catalogue."""
    with desk.database.writing() as session:
        queries.ensure_organisation(session, "warwick", "Warwick")
    assert desk.send("POST", ITEMS, feature(authority="warwick")).status_code == 201
    for unknown in ("nowhere", "war\x00wick"):
        answer = desk.send("POST", ITEMS, feature(authority=unknown))
        assert (answer.status_code, answer.json()["field"]) == (422, "authority")


def test_a_ref_is_there_once(desk: Desk) -> None:
    """Two features of one source with the same ref: the second is told which field it is."""
    ref = a_ref()
    desk.made(ref=ref)
    twice = desk.send("POST", ITEMS, feature(ref=ref))
    assert (twice.status_code, twice.json()["field"]) == (422, "ref")
    other = desk.made()
    clash = desk.send("PATCH", other, {"properties": {"ref": ref}}, etag="*")
    assert (clash.status_code, clash.json()["field"]) == (422, "ref")
    assert desk.read(other).json()["properties"]["version"] == 1


def test_a_write_takes_what_is_ready_with_it(desk: Desk) -> None:
    """The very next page shows it; on PostGIS nothing is left to be made ready for that."""
    path = desk.made(street="Mill Road")
    page = f"{ITEMS}?bbox=-8,49,2,61&limit=1000"
    for method, body, streets in (
        ("PATCH", {"properties": {"street": "Fen"}}, ["Fen"]),
        ("DELETE", None, []),
    ):
        desk.send(method, path, body, etag="*")
        found = desk.client.get(page).json()["features"]
        assert [
            each["properties"]["street"] for each in found if path.endswith(each["id"])
        ] == streets
        if not desk.database.is_gpkg:
            with desk.database.reading() as session:
                assert ready.count_pending(session) == 0


def test_options_tells_each_role_what_it_may_do(desk: Desk) -> None:
    """GIS programs look there before they offer editing."""
    path = desk.made()
    told = {
        (address, role): desk.client.options(address, headers=desk.keys[role]).headers["allow"]
        for address in (ITEMS, path)
        for role in (Role.public, Role.estates)
    }
    assert told == {
        (ITEMS, Role.public): "GET, HEAD, OPTIONS",
        (ITEMS, Role.estates): "GET, HEAD, OPTIONS, POST",
        (path, Role.public): "GET, HEAD, OPTIONS",
        (path, Role.estates): "GET, HEAD, OPTIONS, PUT, PATCH, DELETE",
    }


def test_writes_of_an_unknown_asset_are_not_found(desk: Desk) -> None:
    """No PUT creates; an id that is no UUID is no id."""
    for name in (str(uuid.uuid4()), "-" * 36, "x"):
        answer = desk.send("PUT", f"{ITEMS}/{name}", feature(), etag="*", **GRID)
        assert answer.status_code == 404
