"""Nobody's change is lost: If-Match, and what happens when two write at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import pytest
import shapely
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from ogc_catalogue import CRS84, EPSG
from sqlalchemy import text
from writing_desk import E0, N0, Desk, feature, point

from canopy.access.rules import Role
from canopy.assets import queries
from canopy.assets.places import NamedArea
from canopy.db.engine import Database
from canopy.db.gpkg import register_functions

CHANGE = {"properties": {"height_m": 9}}


@pytest.fixture
def path(desk: Desk) -> str:
    """The address of a lamppost."""
    return desk.made(height_m=8.0)


@pytest.mark.parametrize(("method", "body"), [("PUT", feature()), ("PATCH", CHANGE),
                                              ("DELETE", None)])  # fmt: skip
def test_a_write_needs_the_version_it_began_from(
    desk: Desk, path: str, method: str, body: object
) -> None:
    """428 without If-Match, 412 with one that is not the latest."""
    answer = desk.send(method, path, body)
    assert (answer.status_code, answer.json()["title"]) == (428, "Say which version you began from")
    old = desk.etag(path)
    assert desk.send("PATCH", path, {"properties": {"name": "x"}}, etag=old).status_code == 200
    stale = desk.send(method, path, body, etag=old)
    assert stale.status_code == 412
    assert stale.json()["version"] == 2
    assert [each["action"] for each in desk.history(path)] == ["created", "updated"]


@pytest.mark.parametrize("query", [{}, {"f": "json"}, {"crs": f"{EPSG}27700"}])
@pytest.mark.parametrize("role", [Role.estates, Role.admin, Role.public])
@pytest.mark.parametrize("collection", ["lamppost", "assets"])
def test_the_etag_of_any_reading_will_do(
    desk: Desk, path: str, query: dict[str, str], role: Role, collection: str
) -> None:
    """Whichever CRS, role or collection it was read by, it names the version."""
    etag = desk.read(path.replace("lamppost", collection), role, **query).headers["etag"]
    assert desk.send("PATCH", path, CHANGE, etag=etag).status_code == 200


def test_etags_differ_where_answers_do(desk: Desk, path: str) -> None:
    """Strong ones, of one version: another for another CRS or another role's eyes."""
    camera = desk.made("cctv", link="fibre")
    for address, first, second in (
        (path, (Role.estates, CRS84), (Role.estates, f"{EPSG}27700")),
        (camera, (Role.admin, CRS84), (Role.estates, CRS84)),
    ):
        tags = [desk.read(address, role, crs=crs).headers["etag"] for role, crs in (first, second)]
        assert tags[0] != tags[1]
        assert all(each.startswith('"1-') for each in tags)


@pytest.mark.parametrize(
    "mark",
    ["{}", '"other", {}', '"x",{} , "y"', "{gzip}", "{semicolon}", "*", " * "],
)
def test_if_match_takes_lists_and_what_proxies_append(desk: Desk, path: str, mark: str) -> None:
    """One of several, any, and an ETag that a proxy marked for having packed the answer."""
    etag = desk.etag(path)
    forms = {"{gzip}": f'{etag[:-1]}-gzip"', "{semicolon}": f'{etag[:-1]};br"'}
    asked = forms.get(mark) or mark.replace("{}", etag)
    assert desk.send("PATCH", path, CHANGE, etag=asked).status_code == 200


def test_weak_and_foreign_etags_never_match(desk: Desk, path: str) -> None:
    """Weak, unquoted, cut short, of another asset at the same version, made up."""
    etag = desk.etag(path)
    other = desk.etag(desk.made())
    assert other.startswith('"1-')
    wrong = [f"W/{etag}", etag.strip('"'), etag[:10] + '"', '"1"', other, '"*"', "W/*",
             '"1-00000000-000000000000000000000000"', f"W/{etag}, {other}"]  # fmt: skip
    answers = [desk.send("PATCH", path, CHANGE, etag=each).status_code for each in wrong]
    assert answers == [412] * len(wrong)


def test_a_read_with_the_etag_is_not_sent_again(desk: Desk, path: str) -> None:
    """304 while nothing changed, 200 after a write."""
    known = {"If-None-Match": desk.etag(path)}
    asked = {**desk.keys[Role.estates], **known}
    assert desk.client.get(path, headers=asked).status_code == 304
    desk.send("PATCH", path, CHANGE, etag="*")
    assert desk.client.get(path, headers=asked).status_code == 200


def test_a_change_that_changes_nothing_keeps_the_version(desk: Desk, path: str) -> None:
    """Its ETag stays good, and no revision is made."""
    etag = desk.etag(path)
    answer = desk.send("PATCH", path, {"properties": {"height_m": 8}}, etag=etag)
    assert (answer.status_code, answer.headers["etag"]) == (200, etag)
    assert len(desk.history(path)) == 1


def test_a_refused_write_leaves_no_trace(desk: Desk, path: str) -> None:
    """Neither a version nor a change stays of what was refused."""
    with desk.database.reading() as session:
        before = session.scalar(text("SELECT count(*) FROM change"))
    etag = desk.etag(path)
    assert desk.send("PATCH", path, {"properties": {"height_m": -1}}, etag=etag).status_code == 422
    assert desk.etag(path) == etag
    with desk.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM change")) == before


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """The answers of acts that begin together."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_of_writes_with_one_etag_one_wins(desk: Desk, method: str) -> None:
    """All others are told 412, and what the winner wrote is what is there."""
    for _ in range(5):
        path = desk.made()
        etag = desk.etag(path)

        def write(street: str, path: str = path, etag: str = etag) -> Any:
            body = feature(street=street) if method == "PUT" else {"properties": {"street": street}}
            return desk.send(method, path, body, etag=etag)

        names = [f"Street {number}" for number in range(4)]
        answers = at_once([lambda name=name: write(name) for name in names])  # type: ignore[misc]
        codes = [each.status_code for each in answers]
        assert sorted(codes) == [200, 412, 412, 412]
        found = desk.read(path).json()["properties"]
        assert (found["street"], found["version"]) == (names[codes.index(200)], 2)
        assert [each["action"] for each in desk.history(path)] == ["created", "updated"]


def test_unconditional_writes_at_once_all_count(desk: Desk) -> None:
    """With `*` each is a version of its own, on the one before it: no field is lost."""
    path = desk.made()
    fields = {"street": "Mill Road", "height_m": 9, "name": "North", "locality": "Fen"}
    acts = [
        lambda each=each: desk.send("PATCH", path, {"properties": dict([each])}, etag="*")
        for each in fields.items()
    ]  # type: ignore[misc]
    assert [each.status_code for each in at_once(acts)] == [200] * len(fields)
    found = desk.read(path).json()["properties"]
    assert {name: found[name] for name in fields} == fields
    assert found["version"] == 1 + len(fields)


def test_changing_and_withdrawing_at_once(desk: Desk) -> None:
    """Whichever comes first, the other is refused."""
    for _ in range(5):
        path = desk.made()
        etag = desk.etag(path)
        acts = [
            lambda path=path, etag=etag: desk.send("PATCH", path, CHANGE, etag=etag),
            lambda path=path, etag=etag: desk.send("DELETE", path, etag=etag),
        ]  # type: ignore[misc]
        changed, withdrawn = (each.status_code for each in at_once(acts))
        assert (changed, withdrawn) in [(200, 412), (412, 204), (404, 204)]
        assert len(desk.history(path)) == 2


def test_one_ref_for_two_at_once(desk: Desk) -> None:
    """Of two new features with one ref, one is made."""
    send = lambda: desk.send("POST", "/collections/lamppost/items", feature(ref="both"))  # noqa: E731
    codes = sorted(each.status_code for each in at_once([send, send]))
    assert codes == [201, 422]


def test_what_gis_wrote_to_the_file_is_a_version(
    gpkg_database: Database, serve_over: Callable[[Database], TestClient]
) -> None:
    """An ETag from before another program changed the file is stale, and its change stays."""
    keys = {Role.estates: bearer(token_for(gpkg_database, Role.estates))}
    desk = Desk(serve_over(gpkg_database), gpkg_database, keys)
    path = desk.made(role=Role.estates, height_m=8.0)
    etag = desk.etag(path)
    with closing(sqlite3.connect(str(gpkg_database.path))) as connection, connection:
        register_functions(connection)
        connection.execute("UPDATE asset SET street = 'Mill Road'")
    body = {"properties": {"height_m": 9}}
    assert desk.send("PATCH", path, body, etag=etag).status_code == 412
    assert desk.send("PATCH", path, body, etag=desk.etag(path)).status_code == 200
    properties = desk.read(path).json()["properties"]
    assert (properties["street"], properties["height_m"], properties["version"]) == (
        "Mill Road", 9, 3,
    )  # fmt: skip


def test_a_move_gets_the_ward_of_its_new_place(desk: Desk) -> None:
    """What is derived follows the position; a PUT may send the old ward along, not another."""
    wards = [
        NamedArea("ward", name, name, shapely.box(E0 + x, N0 - 50, E0 + x + 100, N0 + 50))
        for name, x in (("Abbey", 1_000), ("Clarendon", 1_100))
    ]
    with desk.database.writing() as session:
        queries.replace_areas(session, "ward", "test", None, wards, desk.database.srid)
    path = desk.send("POST", "/collections/lamppost/items", feature(point(E0 + 1_050))).headers[
        "location"
    ]
    found = desk.read(path, crs=f"{EPSG}27700")
    sent = found.json()
    assert sent["properties"]["ward"] == "Abbey"
    sent["geometry"] = point(E0 + 1_150)
    answer = desk.send("PUT", path, sent, etag=found.headers["etag"])
    assert answer.json()["properties"]["ward"] == "Clarendon"
    refused = desk.send("PUT", path, sent, etag=answer.headers["etag"])
    assert (refused.status_code, refused.json()["field"]) in [(422, "version"), (422, "ward")]
