"""What is refused of a write, in words that name the field or the limit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ogc_catalogue import CRS84
from writing_desk import E0, GRID, MERGE_PATCH, N0, Desk, feature, point

from canopy.access import tokens
from canopy.access.rules import Role
from canopy.api.ogc import limits
from canopy.assets.mapping.shapes import MAX_VERTICES
from canopy.assets.queries import now_utc

ITEMS = "/collections/lamppost/items"
WRITES = ["POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture
def path(desk: Desk) -> str:
    """The address of a lamppost."""
    return desk.made(height_m=8.0)


def of(method: str, path: str) -> tuple[str, object]:
    """Where a method goes, and a body that it takes."""
    if method == "POST":
        return ITEMS, feature()
    return path, {"PUT": feature(), "PATCH": {"properties": {"height_m": 9}}}.get(method)


@pytest.mark.parametrize("method", WRITES)
def test_who_may_not_write_is_told_so(desk: Desk, path: str, method: str) -> None:
    """401 without a token and with a wrong one, 403 for every role below estates."""
    address, body = of(method, path)
    nobody = desk.send(method, address, body, role=Role.public, etag="*")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    wrong = desk.send(method, address, body, etag="*", Authorization="Bearer canopy_wrong")
    assert wrong.status_code == 401
    for role in (Role.operator, Role.planner):
        assert desk.send(method, address, body, role=role, etag="*").status_code == 403
    assert [each["action"] for each in desk.history(path)] == ["created"]


@pytest.mark.parametrize("method", WRITES)
def test_who_may_not_write_learns_nothing_of_what_there_is(desk: Desk, method: str) -> None:
    """An address that leads nowhere is answered to them as one that leads somewhere."""
    address = f"{ITEMS}/00000000-0000-0000-0000-000000000000"
    target, body = of(method, address)
    assert desk.send(method, target, body, role=Role.public, etag="*").status_code == 401


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_hidden_assets_are_not_there(desk: Desk, method: str) -> None:
    """404 in the words of an asset that does not exist, whatever If-Match says."""
    hidden = desk.made(sensitivity="admin")
    unknown = f"{ITEMS}/00000000-0000-0000-0000-000000000000"
    told = []
    for address in (hidden, unknown):
        answer = desk.send(method, *of(method, address), etag='"1-00000000-0"')
        assert answer.status_code == 404
        told.append(answer.json()["detail"].replace(address.rpartition("/")[2], "it"))
    assert told[0] == told[1]
    assert [each["action"] for each in desk.history(hidden)] == ["created"]


def test_a_revoked_token_writes_nothing(desk: Desk, path: str) -> None:
    """Reads trust a token for some seconds, writes do not."""
    with desk.database.writing() as session:
        secret = tokens.create_token(
            session, "leaver", Role.estates, created_by="test", now=now_utc()
        )
    key = f"Bearer {secret}"
    assert desk.send("PATCH", *of("PATCH", path), etag="*", Authorization=key).status_code == 200
    with desk.database.writing() as session:
        tokens.revoke_token(session, "leaver", now_utc())
    assert desk.send("DELETE", path, etag="*", Authorization=key).status_code == 401


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        ({"height_m": 500}, "height_m"),
        ({"height_m": "8"}, "height_m"),
        ({"height_m": True}, "height_m"),
        ({"street": 12}, "street"),
        ({"street": ["Mill Road"]}, "street"),
        ({"street": "Mill\x00Road"}, "street"),
        ({"status": "standing"}, "status"),
        ({"uprn": "12x"}, "uprn"),
        ({"observed_on": "31/01/2026"}, "observed_on"),
        ({"observed_on": 20260131}, "observed_on"),
        ({"lamp_w": -1}, "lamp_w"),
        ({"lamp_w": {"value": 40}}, "lamp_w"),
        ({"attributes": {"lamp_w": 40}}, "attributes"),
        ({"colour": "green"}, "colour"),
        ({"kind": "mast"}, "kind"),
        ({"kind": "tree"}, "kind"),
        ({"kind": ["mast"]}, "kind"),
        ({"position_generalised_m": 100}, "position_generalised_m"),
        ({"version": 7}, "version"),
        ({"ward": "Abbey"}, "ward"),
        ({"designations": ["green_belt"]}, "designations"),
        ({"source": "lighting"}, "source"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "created_at"),
        ({"asset_id": "00000000-0000-0000-0000-000000000000"}, "asset_id"),
        ({"withdrawn_at": "2020-01-01T00:00:00Z"}, "withdrawn_at"),
    ],
)
def test_a_broken_property_is_named(
    desk: Desk, path: str, properties: dict[str, Any], field: str
) -> None:
    """422 with the field's name, from every way to write, and nothing is written."""
    for method, body in (
        ("POST", feature(**properties)),
        ("PUT", feature(**properties)),
        ("PATCH", {"properties": properties}),
    ):
        address = ITEMS if method == "POST" else path
        answer = desk.send(method, address, body, etag=None if method == "POST" else "*")
        assert (answer.status_code, answer.json()["field"]) == (422, field), method
        assert field in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"
    assert [each["action"] for each in desk.history(path)] == ["created"]


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        [],
        "POINT (1 2)",
        {"type": "Point"},
        {"coordinates": [E0, N0]},
        {"type": "Point", "coordinates": None},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [E0]},
        {"type": "Point", "coordinates": [str(E0), str(N0)]},
        {"type": "Point", "coordinates": [True, N0]},
        {"type": "Point", "coordinates": [E0, None]},
        {"type": "Point", "coordinates": {"x": E0, "y": N0}},
        {"type": "Pint", "coordinates": [E0, N0]},
        {"type": 3, "coordinates": [E0, N0]},
        {"type": "LineString", "coordinates": [[E0, N0], [E0 + 1, N0]]},
        {"type": "GeometryCollection", "geometries": [point()]},
        {"type": "GeometryCollection", "geometries": 3},
        {"type": "Point", "coordinates": [N0 * 10, E0 * 10]},
        {"type": "Point", "coordinates": [1e300, 1e300]},
    ],
    ids=str,
)
def test_a_broken_position_is_named(desk: Desk, path: str, geometry: object) -> None:
    """422 for `geometry`: absent, of no or another type, no numbers, outside the area."""
    for method, address in (("POST", ITEMS), ("PUT", path), ("PATCH", path)):
        body: Any = {"type": "Feature", "geometry": geometry, "properties": {}}
        answer = desk.send(method, address, body, etag="*")
        assert (answer.status_code, answer.json()["field"]) == (422, "geometry"), method
    assert [each["action"] for each in desk.history(path)] == ["created"]


def test_a_crossed_area_is_refused(desk: Desk) -> None:
    """A polygon that crosses itself is no area."""
    ring = [[E0, N0], [E0 + 9, N0 + 9], [E0 + 9, N0], [E0, N0 + 9], [E0, N0]]
    sent = feature({"type": "Polygon", "coordinates": [ring]})
    answer = desk.send("POST", "/collections/open_space/items", sent)
    assert (answer.status_code, answer.json()["field"]) == (422, "geometry")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("crs", {"type": "name", "properties": {"name": "EPSG:27700"}}),
        ("coordRefSys", "EPSG:27700"),
        ("height_m", 8),
        ("id", "00000000-0000-0000-0000-000000000000"),
        ("properties", []),
    ],
)
def test_a_member_that_would_be_passed_over_is_named(
    desk: Desk, path: str, member: str, value: object
) -> None:
    """What stands in the wrong place does not get lost in silence."""
    for method, address in (("POST", ITEMS), ("PUT", path), ("PATCH", path)):
        answer = desk.send(method, address, {**feature(), member: value}, etag="*")
        assert (answer.status_code, answer.json()["field"]) == (422, member), method


def test_all_kinds_need_a_kind(desk: Desk) -> None:
    """In `assets` the kind has to be said; it is never taken away."""
    answer = desk.send("POST", "/collections/assets/items", feature())
    assert (answer.status_code, answer.json()["field"]) == (422, "kind")
    path = desk.made()
    answer = desk.send("PATCH", path, {"properties": {"kind": None}}, etag="*")
    assert (answer.status_code, answer.json()["field"]) == (422, "kind")


def test_derived_fields_come_back_as_they_were(desk: Desk, path: str) -> None:
    """Sent back unchanged they are taken, in another way of writing a time too."""
    properties = desk.read(path).json()["properties"]
    same = {name: properties[name] for name in ("asset_id", "source", "version", "created_at")}
    same["created_at"] = same["created_at"].replace("Z", "+00:00")
    body = {"properties": {**same, "height_m": 9}}
    assert desk.send("PATCH", path, body, etag="*").status_code == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"type": "Feature",\n "geometry": nope}', (2, 14)),
        (b'{"type": "Feature", "properties": {"height_m": NaN}}', (1, 48)),
        (b'{"type": "Feature", "properties": {"height_m": Infinity}}', (1, 48)),
        (b'{"type": "Feature", "properties": {"height_m": -Infinity}}', (1, 48)),
        (b'{"type": "Feature", "properties": {"name": "\\ud800"}}', None),
        (b'{"type": "Feature", "properties": {"name": "\xff"}}', None),
    ],
)
def test_what_is_no_json_is_told_where(
    desk: Desk, path: str, body: bytes, place: tuple[int, int] | None
) -> None:
    """400 with line and column; NaN and Infinity are no JSON."""
    for method, address in (("POST", ITEMS), ("PUT", path), ("PATCH", path)):
        answer = desk.send(method, address, body, etag="*")
        problem = answer.json()
        assert answer.status_code == 400
        assert f"line {problem['line']}, column {problem['column']}" in problem["detail"]
        assert place is None or abs(problem["column"] - place[1]) <= 2
        assert place is None or problem["line"] == place[0]


@pytest.mark.parametrize("body", [b"", b"  ", b"[]", b"null", b"3", b'"x"', b'{"type": "Point"}'])
def test_what_is_no_feature_is_refused(desk: Desk, body: bytes) -> None:
    """400 for JSON that is no feature, and for no body."""
    assert desk.send("POST", ITEMS, body).status_code == 400


def test_a_number_too_large_for_a_float_is_refused(desk: Desk) -> None:
    """No infinity gets in by a number with a large exponent."""
    body = b'{"type":"Feature","geometry":null,"properties":{"height_m":1e999}}'
    assert desk.send("POST", ITEMS, body).status_code in (400, 422)


@pytest.mark.parametrize(
    ("method", "media_type", "told"),
    [
        ("POST", "text/plain", "accept"),
        ("POST", MERGE_PATCH, "accept"),
        ("POST", "application/geo+json; charset=latin-1", "accept"),
        ("POST", "", "accept"),
        ("PUT", "application/x-www-form-urlencoded", "accept"),
        ("PATCH", "application/geo+json", "accept-patch"),
        ("PATCH", "application/json-patch+json", "accept-patch"),
    ],
)
def test_other_types_are_refused(
    desk: Desk, path: str, method: str, media_type: str, told: str
) -> None:
    """415, and a header says what is taken."""
    address, body = of(method, path)
    answer = desk.send(method, address, body, etag="*", Content_Type=media_type)
    assert answer.status_code == 415
    wanted = MERGE_PATCH if method == "PATCH" else "application/geo+json, application/json"
    assert answer.headers[told] == wanted


def test_utf8_is_taken_by_name_and_packed_bodies_are_not(desk: Desk) -> None:
    """A charset of UTF-8 is no other type; gzip is."""
    named = "application/geo+json; charset=UTF-8"
    assert desk.send("POST", ITEMS, feature(), Content_Type=named).status_code == 201
    assert desk.send("POST", ITEMS, feature(), Content_Encoding="gzip").status_code == 415


def test_an_unknown_crs_is_refused(desk: Desk) -> None:
    """400 naming the header and what is offered."""
    answer = desk.send("POST", ITEMS, feature(), Content_Crs="<EPSG:99999>")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "Content-Crs")


def padded(size: int) -> bytes:
    """A feature of that many bytes."""
    made = json.dumps(feature()).encode()
    return made[:-1] + b" " * (size - len(made)) + b"}"


def test_a_large_body_is_refused(desk: Desk) -> None:
    """413 naming the limit one byte above it, whether its size was announced or not."""
    most = limits.MAX_BODY_BYTES
    assert desk.send("POST", ITEMS, padded(most)).status_code == 201
    answer = desk.send("POST", ITEMS, padded(most + 1))
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, most)
    assert f"{most:,}" in answer.json()["detail"]


def test_a_body_without_a_length_is_counted(desk: Desk) -> None:
    """Sent in chunks, it is refused as soon as it is too large; the rest is not read."""
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b" " * 100_000

    headers = {**desk.keys[Role.estates], "Content-Type": "application/geo+json", **GRID}
    answer = desk.client.post(ITEMS, content=chunks(), headers=headers)
    assert answer.status_code == 413


def test_a_length_that_is_a_lie_does_not_help(desk: Desk) -> None:
    """A small Content-Length before a large body changes nothing."""
    body = padded(limits.MAX_BODY_BYTES + 1)
    assert desk.send("POST", ITEMS, body, Content_Length="10").status_code == 413


def test_many_vertices_are_refused(desk: Desk) -> None:
    """413 naming the limit, before anything is computed with them."""
    count = MAX_VERTICES + 1
    line = [[E0 + i / 10_000, N0] for i in range(count)]
    sent = feature({"type": "LineString", "coordinates": line})
    answer = desk.send("POST", "/collections/duct/items", sent)
    assert (answer.status_code, answer.json()["limit_vertices"]) == (413, MAX_VERTICES)


@pytest.mark.parametrize("depth", [limits.MAX_JSON_DEPTH + 1, 900, 100_000])
def test_deep_json_is_refused(desk: Desk, depth: int) -> None:
    """Arrays in arrays beyond the limit are refused, however deep, and nothing breaks."""
    body = b'{"type":"Feature","geometry":' + b"[" * depth + b"]" * depth + b"}"
    answer = desk.send("POST", ITEMS, body)
    assert answer.status_code in (400, 413)
    assert depth > 900 or answer.json()["limit_depth"] == limits.MAX_JSON_DEPTH


def test_unknown_parameters_are_refused(desk: Desk, path: str) -> None:
    """A reason is taken and has a limit; `crs` and others are not for writes."""
    long = "x" * (limits.MAX_REASON_CHARS + 1)
    for method in WRITES:
        address, body = of(method, path)
        for query in ("foo=1", f"crs={CRS84}", f"reason={long}", "reason=a&reason=b"):
            answer = desk.send(method, f"{address}?{query}", body, etag="*")
            assert answer.status_code == 400
    assert [each["action"] for each in desk.history(path)] == ["created"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "POST"])
def test_wrong_methods_tell_the_right_ones(desk: Desk, path: str, method: str) -> None:
    """405 with Allow for what an address does not do."""
    address = path if method == "POST" else ITEMS
    answer = desk.send(method, address, etag="*")
    allowed = "GET, HEAD, OPTIONS, " + ("PUT, PATCH, DELETE" if method == "POST" else "POST")
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["type"].endswith("#method-not-allowed")


def test_an_unknown_collection_is_not_found(desk: Desk) -> None:
    """404 for every write to a collection that does not exist."""
    assert desk.send("POST", "/collections/tree/items", feature()).status_code == 404
