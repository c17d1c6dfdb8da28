"""Offers are written by estates and admin, each change with its author, time and reason."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from offering import ITEMS, Json, Market, a_uuid, asset_id, said
from ogc_catalogue import E0, EPSG, N0, add, lamppost, point, record, withdraw

from canopy.access.rules import Role
from canopy.assets.offers.writing.queries import past_of_offer

GEOJSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
_numbers = iter(range(1_000, 2_000))


def a_lamppost(stall: Market, **columns: Any) -> str:
    """The id of a new lamppost that nothing is offered of."""
    number = next(_numbers)
    add(stall.database, [lamppost(0, ref=f"N-{number}", **columns)], first=number)
    return asset_id(stall.database, f"N-{number}")


def send(
    stall: Market, method: str, path: str, content: object = None, *,
    role: Role = Role.estates, etag: str | None = None, reason: str = "asked for", **headers: str,
) -> Any:  # fmt: skip
    """A request with a body."""
    kind = MERGE_PATCH if method == "PATCH" else GEOJSON
    sent = {**stall.keys[role], "Content-Type": kind, **headers}
    if etag is not None:
        sent["If-Match"] = etag
    body = None if content is None else json.dumps(content).encode()
    return stall.client.request(method, path, params={"reason": reason}, content=body, headers=sent)


def feature(geometry: object = None, **properties: object) -> Json:
    """A feature as it is sent."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def made(stall: Market, asset: str | None = None, **changed: object) -> Any:
    """A new offer as it was answered."""
    asset = asset or a_lamppost(stall)
    answer = send(stall, "POST", ITEMS, feature(asset_id=asset, **said(**changed)))
    assert answer.status_code == 201, answer.text
    return answer


def path_of(answer: Any) -> str:
    """Where a new offer is found."""
    return str(answer.headers["location"]).removeprefix("http://testserver")


def test_a_new_offer_is_answered_as_it_is_read(stall: Market) -> None:
    """201 with its address and its ETag, and a GET gives the same."""
    answer = made(stall, spare_power_w=300, constraints=["10 kg"])
    read = stall.get(path_of(answer), Role.estates)
    assert read.json() == answer.json()
    assert read.headers["etag"] == answer.headers["etag"]
    found = read.json()["properties"]
    assert (found["version"], found["status"], found["spare_power_w"]) == (1, "open", 300.0)
    assert stall.get(path_of(answer)).status_code == 200


def test_an_offer_is_a_draft_unless_said_otherwise(stall: Market) -> None:
    """And the public does not see it before it is opened."""
    told = said()
    del told["status"]
    answer = send(stall, "POST", ITEMS, feature(asset_id=a_lamppost(stall), **told))
    assert answer.json()["properties"]["status"] == "draft"
    path = path_of(answer)
    assert [stall.get(path, role).status_code for role in (Role.public, Role.planner)] == [404, 404]
    opened = send(stall, "PATCH", path, {"properties": {"status": "open"}},
                  etag=answer.headers["etag"])  # fmt: skip
    assert opened.json()["properties"]["version"] == 2
    assert stall.get(path).status_code == 200


def test_a_patch_changes_what_it_names(stall: Market) -> None:
    """And null makes it unknown."""
    answer = made(stall, spare_mounts=2, terms="As agreed")
    patched = send(stall, "PATCH", path_of(answer), {"properties": {"spare_mounts": None,
                   "spare_power_w": 50}}, etag=answer.headers["etag"])  # fmt: skip
    found = patched.json()["properties"]
    assert "spare_mounts" not in found
    assert (found["terms"], found["spare_power_w"]) == ("As agreed", 50.0)


def test_a_replacement_leaves_nothing_of_before(stall: Market) -> None:
    """What is not sent becomes unknown."""
    answer = made(stall, spare_mounts=2, terms="As agreed")
    replaced = send(stall, "PUT", path_of(answer), feature(**said(spare_fibres=None)),
                    etag=answer.headers["etag"])  # fmt: skip
    assert replaced.status_code == 200
    assert not {"spare_mounts", "terms"} & set(replaced.json()["properties"])


@pytest.mark.parametrize("crs", [None, f"{EPSG}27700", f"{EPSG}4326"])
def test_a_feature_sent_back_as_it_was_read_changes_nothing(stall: Market, crs: str | None) -> None:
    """Its place, its asset's fields and its distances come back too, and are no change."""
    answer = made(stall, spare_power_w=300, constraints=["10 kg"])
    path = path_of(answer)
    query = {} if crs is None else {"crs": crs}
    read = stall.get(path, Role.estates, **query)
    headers = {} if crs is None else {"Content-Crs": f"<{crs}>"}
    back = send(stall, "PUT", path, read.json(), etag=read.headers["etag"], **headers)
    assert back.status_code == 200, back.text
    assert back.json()["properties"] == read.json()["properties"]


def test_a_stale_etag_is_refused(stall: Market) -> None:
    """412, and nothing is changed."""
    answer = made(stall)
    path, etag = path_of(answer), answer.headers["etag"]
    assert send(stall, "PATCH", path, {"properties": {"terms": "x"}}, etag=etag).status_code == 200
    for method, content in (("PATCH", {"properties": {"terms": "y"}}),
                            ("PUT", feature(**said())), ("DELETE", None)):  # fmt: skip
        refused = send(stall, method, path, content, etag=etag)
        assert (refused.status_code, refused.json()["version"]) == (412, 2)
    assert stall.get(path, Role.estates).json()["properties"]["terms"] == "x"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_without_if_match_is_refused(stall: Market, method: str) -> None:
    """428."""
    path = path_of(made(stall))
    content = None if method == "DELETE" else feature(**said())
    assert send(stall, method, path, content).status_code == 428


def test_a_withdrawn_offer_is_gone_and_its_history_stays(stall: Market) -> None:
    """Who, when and why stand with every change."""
    answer = made(stall, terms="first")
    path, etag = path_of(answer), answer.headers["etag"]
    changed = send(stall, "PATCH", path, {"properties": {"terms": "second"}}, etag=etag,
                   reason="typing error", role=Role.admin)  # fmt: skip
    gone = send(stall, "DELETE", path, etag=changed.headers["etag"], reason="let to another")
    assert gone.status_code == 204
    assert stall.get(path, Role.admin).status_code == 404
    assert send(stall, "PUT", path, feature(**said()), etag="*").status_code == 404
    with stall.database.reading() as session:
        past = past_of_offer(session, path.rpartition("/")[2])
    assert [(each.version, each.action, each.author, each.reason) for each in past] == [
        (1, "created", "test-estates", "asked for"),
        (2, "updated", "test-admin", "typing error"),
        (3, "withdrawn", "test-estates", "let to another"),
    ]
    assert past[1].delta.before == {"terms": "first"}
    assert past[1].delta.after == {"terms": "second"}
    assert past[2].delta.after == {"status": "withdrawn"}
    assert past[0].delta.after["terms"] == "first"
    assert "asset_id" in past[0].delta.after


@pytest.mark.parametrize("role", [Role.public, Role.operator, Role.planner])
def test_only_officers_write(stall: Market, role: Role) -> None:
    """401 without a token, 403 with another's, on every method and before the body is read."""
    path = f"{ITEMS}/{stall.offers['mixed']}"
    wanted = 401 if role is Role.public else 403
    for method, place in (("POST", ITEMS), ("PUT", path), ("PATCH", path), ("DELETE", path),
                          ("PATCH", f"{ITEMS}/{a_uuid()}")):  # fmt: skip
        assert send(stall, method, place, {"x": 1}, role=role, etag="*").status_code == wanted


def test_options_tell_what_one_may(stall: Market) -> None:
    """An officer may write, an operator may read; other methods are 405."""
    path = f"{ITEMS}/{stall.offers['mixed']}"
    told = {
        role: stall.client.options(path, headers=stall.keys[role]).headers["allow"]
        for role in (Role.operator, Role.estates)
    }
    assert told == {
        Role.operator: "GET, HEAD, OPTIONS",
        Role.estates: "GET, HEAD, OPTIONS, PUT, PATCH, DELETE",
    }
    assert send(stall, "POST", path, {}).status_code == 405
    assert send(stall, "DELETE", ITEMS).status_code == 405


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"technologies": []}, "technologies"),
        ({"technologies": ["6g"]}, "technologies"),
        ({"technologies": "wifi"}, "technologies"),
        ({"available_from": None}, "available_from"),
        ({"available_from": "soon"}, "available_from"),
        ({"available_from": "20260101"}, "available_from"),
        ({"available_until": "2025-12-31"}, "available_until"),
        ({"spare_mounts": 1.5}, "spare_mounts"),
        ({"spare_mounts": -1}, "spare_mounts"),
        ({"spare_mounts": True}, "spare_mounts"),
        ({"spare_power_w": "300"}, "spare_power_w"),
        ({"spare_duct_bores": 2}, "spare_duct_bores"),
        ({"spare_fibres": 2}, "spare_fibres"),
        ({"price_min_pence_per_year": 100}, "price_max_pence_per_year"),
        ({"price_min_pence_per_year": 2, "price_max_pence_per_year": 1},
         "price_min_pence_per_year"),
        ({"price_max_pence_per_year": 1e12, "price_min_pence_per_year": 1},
         "price_max_pence_per_year"),
        ({"status": "withdrawn"}, "status"),
        ({"status": "free"}, "status"),
        ({"terms": 7}, "terms"),
        ({"terms": "x" * 2_001}, "terms"),
        ({"terms": "a\x00b"}, "terms"),
        ({"constraints": ["x"] * 21}, "constraints"),
        ({"colour": "red"}, "colour"),
        ({"height_m": 8}, "height_m"),
        ({"offer_id": "x"}, "offer_id"),
    ],
)  # fmt: skip
def test_a_broken_field_is_named(stall: Market, changed: Json, field: str) -> None:
    """422 with the field, whether the offer is new or changed, and nothing is written."""
    asset = a_lamppost(stall)
    refused = send(stall, "POST", ITEMS, feature(asset_id=asset, **said(**changed)))
    assert refused.status_code == 422, refused.text
    assert field in refused.json().get("fields", [refused.json().get("field")])
    assert field in refused.json()["detail"]
    assert stall.names(Role.admin, filter=f"asset_id = '{asset}'") == []
    answer = made(stall, asset)
    again = send(stall, "PATCH", path_of(answer), {"properties": changed},
                 etag=answer.headers["etag"])  # fmt: skip
    assert again.status_code == 422, again.text
    assert field in again.json().get("fields", [again.json().get("field")])


def test_an_offer_stands_where_its_asset_stands(stall: Market) -> None:
    """A moved position is refused, and so is another asset."""
    answer = made(stall)
    path, etag = path_of(answer), answer.headers["etag"]
    moved = {"type": "Point", "coordinates": [E0 + 1, N0 + 1]}
    refused = send(stall, "PATCH", path, {"geometry": moved}, etag=etag,
                   **{"Content-Crs": f"<{EPSG}27700>"})  # fmt: skip
    assert (refused.status_code, refused.json()["field"]) == (422, "geometry")
    other = send(stall, "PATCH", path, {"properties": {"asset_id": a_lamppost(stall)}}, etag=etag)
    assert (other.status_code, other.json()["field"]) == (422, "asset_id")


def test_an_asset_that_is_not_there_cannot_be_offered(stall: Market) -> None:
    """Nor one that is withdrawn, nor one above the writer's role; all in the same words."""
    gone = a_lamppost(stall)
    withdraw(stall.database, f"N-{int(gone.replace('-', ''), 16)}")
    above = a_lamppost(stall, sensitivity="admin")
    told = set()
    for asset in (a_uuid(), gone, above):
        refused = send(stall, "POST", ITEMS, feature(asset_id=asset, **said()))
        assert (refused.status_code, refused.json()["field"]) == (422, "asset_id")
        told.add(refused.json()["detail"].replace(asset, "…"))
    assert len(told) == 1
    for asset in ("x", 7, None):
        refused = send(stall, "POST", ITEMS, feature(asset_id=asset, **said()))
        assert (refused.status_code, refused.json()["field"]) == (422, "asset_id")


def test_the_offer_of_a_withdrawn_asset_is_hidden(stall: Market) -> None:
    """From everybody, and it cannot be changed."""
    asset = a_lamppost(stall)
    answer = made(stall, asset)
    withdraw(stall.database, f"N-{int(asset.replace('-', ''), 16)}")
    assert stall.get(path_of(answer), Role.admin).status_code == 404
    patched = send(stall, "PATCH", path_of(answer), {"properties": {"terms": "x"}}, etag="*")
    assert patched.status_code == 404


def test_two_open_offers_of_one_technology_do_not_overlap(stall: Market) -> None:
    """A second is refused with 409 naming the first; another technology or time is not."""
    asset = a_lamppost(stall)
    first = made(stall, asset, available_until="2027-12-31")
    both = said(technologies=["wifi", "small_cell_5g"], available_from="2027-12-31")
    refused = send(stall, "POST", ITEMS, feature(asset_id=asset, **both))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("offer-overlaps")
    assert refused.json()["offer_id"] == first.json()["id"]
    made(stall, asset, technologies=["wifi"])
    later = made(stall, asset, available_from="2028-01-01")
    draft = made(stall, asset, status="draft")
    opened = send(stall, "PATCH", path_of(draft), {"properties": {"status": "reserved"}},
                  etag=draft.headers["etag"])  # fmt: skip
    assert opened.status_code == 409
    longer = send(stall, "PATCH", path_of(first), {"properties": {"available_until": None}},
                  etag=first.headers["etag"])  # fmt: skip
    assert longer.status_code == 409
    assert longer.json()["offer_id"] == later.json()["id"]


def test_of_simultaneous_offers_one_is_taken(stall: Market) -> None:
    """Writers that come together do not both find the asset free."""
    asset = a_lamppost(stall)

    def try_it(_: int) -> int:
        told = feature(asset_id=asset, **said())
        return int(send(stall, "POST", ITEMS, told).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_it, range(4))) == [201, 409, 409, 409]


def test_a_duct_can_offer_bores(stall: Market) -> None:
    """What only some kinds have is taken of them."""
    number = next(_numbers)
    shape = point(5_000, 5_000).buffer(3).exterior
    add(stall.database, [record("duct", shape, ref=f"N-{number}")], first=number)
    answer = made(stall, asset_id(stall.database, f"N-{number}"), technologies=["duct"],
                  spare_duct_bores=2)  # fmt: skip
    assert answer.json()["properties"]["spare_duct_bores"] == 2
    assert stall.get(path_of(answer)).json()["properties"]["position_generalised_m"] == 500


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b'{"type":"Point"}', 400),
     (b'{"type":"Feature","colour":1}', 422), (b'{"type":"Feature","properties":7}', 422)],
)  # fmt: skip
def test_a_body_that_is_no_feature_is_refused(stall: Market, body: bytes, status: int) -> None:
    """With a problem document."""
    headers = {**stall.keys[Role.estates], "Content-Type": GEOJSON}
    answer = stall.client.post(ITEMS, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    form = {**headers, "Content-Type": "text/plain"}
    assert stall.client.post(ITEMS, content=body, headers=form).status_code == 415
