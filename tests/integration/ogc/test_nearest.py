"""`/nearest`: what is near, as each role is shown it, against shapely over everything."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from databases import BOTH, MAKERS
from fastapi.testclient import TestClient
from ogc_catalogue import CRS84, E0, EPSG, N0, ROLES, add, lamppost, point, record, refs, seen_by
from sqlalchemy import select

from canopy import geo
from canopy.access.rules import Role
from canopy.assets.offers.tables import Offer
from canopy.assets.queries import now_utc
from canopy.assets.reading.finding import nearby
from canopy.assets.record import Record
from canopy.assets.tables import Asset
from canopy.db.engine import Database

Keys = dict[Role, dict[str, str]]
PLACES = ((E0, N0), (E0 + 333.3, N0 + 444.4), (E0 + 700, N0 + 20), (E0 - 4_000, N0 + 900))


def asked(
    client: TestClient, place: tuple[float, float], headers: Mapping[str, str], **params: object
) -> list[dict[str, Any]]:
    """The features nearest to a place on the grid."""
    given = {"x": place[0], "y": place[1], "crs": f"{EPSG}27700", **params}
    answer = client.get("/nearest", params=given, headers=dict(headers))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


def told(found: list[dict[str, Any]]) -> list[tuple[float, str]]:
    """Distances and ids, in order."""
    return [(each["properties"]["distance_m"], each["id"]) for each in found]


def oracle(
    seen: Mapping[str, dict[str, Any]], place: tuple[float, float], k: int, radius_m: float
) -> list[tuple[float, str]]:
    """Distances and ids of the nearest among all that is seen, measured one by one."""
    here = shapely.Point(place)
    every = [
        (round(shapely.distance(each["geometry"], here), 3), asset_id)
        for asset_id, each in seen.items()
        if each["geometry"] is not None
    ]
    return sorted(each for each in every if each[0] <= radius_m)[:k]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kinds", [(), ("lamppost",), ("cctv", "duct", "chamber", "fibre")])
def test_the_nearest_as_shown(
    service: TestClient, mixed: Database, keys: Keys, role: Role, kinds: tuple[str, ...]
) -> None:
    """Which, in which order and how far is what shapely says of the positions that are shown."""
    seen = seen_by(mixed, role, *kinds)
    named = {"kinds": ",".join(kinds)} if kinds else {}
    for place in PLACES:
        for k, radius_m in ((1, 50_000), (5, 300.0), (100, 1_000.0), (100, 50_000)):
            found = asked(service, place, keys[role], k=k, radius_m=radius_m, **named)
            assert told(found) == oracle(seen, place, k, radius_m)


def town() -> list[Record]:
    """Clusters and stragglers: some hundreds of lampposts, cameras and ducts."""
    chance = random.Random(7)
    made = []
    for number in range(900):
        spread = chance.choice((5.0, 60.0, 3_000.0))
        x, y = 2_000 + chance.gauss(0, spread), 2_000 + chance.gauss(0, spread)
        if number % 5 == 0:
            made.append(record("cctv", point(x, y), ref=f"T-{number}"))
        elif number % 5 == 1:
            along = shapely.LineString([point(x, y), point(x + 300, y + 40)])
            made.append(record("duct", along, ref=f"T-{number}"))
        else:
            made.append(lamppost(0, ref=f"T-{number}"))
            made[-1]["geom"] = shapely.to_wkb(point(round(x), round(y)), hex=True)
    return made


@pytest.fixture(scope="module", params=BOTH)
def dense(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A catalogue with far more in one place than is asked for, once on each database."""
    databases = request.getfixturevalue(MAKERS[request.param])
    made = databases.new()
    add(made, town())
    yield made
    databases.drop(made)


@pytest.mark.parametrize("kinds", [(), ("duct",), ("lamppost", "cctv")])
def test_the_nearest_of_many(
    dense: Database, serve_over: Callable[[Database], TestClient], kinds: tuple[str, ...]
) -> None:
    """However assets crowd or lie scattered, the answer is shapely's."""
    service = serve_over(dense)
    seen = seen_by(dense, Role.public, *kinds)
    named = {"kinds": ",".join(kinds)} if kinds else {}
    for x, y in ((2_000, 2_000), (2_010.5, 1_990.25), (2_400, 1_700), (0, 0), (-40_000, 2_000)):
        place = (E0 + x, N0 + y)
        for k, radius_m in ((1, 1_000), (10, 50_000), (100, 50_000)):
            found = asked(service, place, {}, k=k, radius_m=radius_m, **named)
            assert told(found) == oracle(seen, place, k, radius_m)


def test_true_places_make_no_difference(
    new_database: Callable[[], Database], serve_over: Callable[[Database], TestClient]
) -> None:
    """Two catalogues whose hidden things stand elsewhere in the same cells answer alike."""
    first = [(10.0, 10.0), (90.0, 90.0), (40.0, 20.0), (110.0, 50.0)]
    second = [(95.0, 5.0), (3.0, 60.0), (77.0, 91.0), (199.0, 99.0)]
    answers = []
    for places in (first, second):
        database = new_database()
        cameras = [record("cctv", point(*place), ref=str(n)) for n, place in enumerate(places)]
        ducts = [record("duct", shapely.LineString([point(*p), point(p[0] + 1, p[1])]), ref=f"D{n}")
                 for n, p in enumerate(places)]  # fmt: skip
        add(database, [*cameras, *ducts])
        service = serve_over(database)
        for k in (1, 2, 3, 5, 8):
            found = asked(service, (E0 + 60, N0 + 45), {}, k=k)
            answers.append([(each["geometry"], *pair) for each, pair in
                            zip(found, told(found), strict=True)])  # fmt: skip
    half = len(answers) // 2
    assert answers[:half] == answers[half:]
    assert len(answers[half - 1]) == 8


def test_equally_near_are_in_the_order_of_ids(
    database: Database, serve_over: Callable[[Database], TestClient]
) -> None:
    """Of several at one distance those with the lowest ids are given, whatever was added first."""
    add(database, [record("mast", point(10, 10), ref="later")], first=900)
    add(database, [record("mast", point(10, 10), ref=str(number)) for number in range(5)], first=5)
    service = serve_over(database)
    found = asked(service, (E0, N0), {}, k=3)
    assert [each["id"] for each in found] == [str(uuid.UUID(int=number)) for number in (5, 6, 7)]


def offer(
    database: Database, ref: str, status: str = "open", ends_in_days: int | None = None
) -> None:
    """Offer an asset."""
    ends = None if ends_in_days is None else now_utc().date() + timedelta(days=ends_in_days)
    with database.writing() as session:
        fid = session.scalars(select(Asset.fid).where(Asset.ref == ref)).one()
        session.add(
            Offer(
                offer_id=str(uuid.uuid4()), asset_fid=fid, status=status, technologies=["4g"],
                available_from=date(2026, 1, 1), available_until=ends, version=1,
                created_at=now_utc(), updated_at=now_utc(),
            )
        )  # fmt: skip


def test_available_are_those_with_an_open_offer(
    database: Database, serve_over: Callable[[Database], TestClient]
) -> None:
    """Drafts, reserved and withdrawn offers and those that have ended do not count."""
    add(database, [lamppost(number) for number in range(8)])
    for number, status, ends_in_days in (
        (1, "open", None), (2, "draft", None), (3, "reserved", None), (4, "withdrawn", None),
        (5, "open", -1), (6, "open", 0),
    ):  # fmt: skip
        offer(database, f"LC-{number:03}", status, ends_in_days)
    offer(database, "LC-001")
    service = serve_over(database)
    assert refs(asked(service, (E0, N0), {}, available="true")) == ["LC-001", "LC-006"]
    assert len(asked(service, (E0, N0), {}, available="false")) == 8


def test_filters_narrow_what_is_near(service: TestClient, mixed: Database, keys: Keys) -> None:
    """A filter is on what is seen, in either language."""
    seen = {i: each for i, each in seen_by(mixed, Role.public).items() if each["height_m"] == 7.0}
    as_json = '{"op": "=", "args": [{"property": "height_m"}, 7]}'
    for params in ({"filter": "height_m = 7"}, {"filter": as_json, "filter-lang": "cql2-json"}):
        found = asked(service, PLACES[0], {}, **params)
        assert told(found) == oracle(seen, PLACES[0], 10, 1_000.0)
    assert len(seen) > 2


def test_filters_do_not_reach_what_is_withheld(service: TestClient, keys: Keys) -> None:
    """A field that is withheld does not exist, and a coarse position is filtered as shown."""
    given = {"x": E0, "y": N0, "crs": f"{EPSG}27700", "kinds": "cctv"}
    refused = service.get("/nearest", params={**given, "filter": "fov_deg > 1"})
    assert refused.status_code == 400
    assert refused.json()["detail"] == service.get(
        "/nearest", params={**given, "filter": "no_such > 1"}
    ).json()["detail"].replace("no_such", "fov_deg")
    true_place = f"s_dwithin(geometry, point({E0 + 333.3} {N0 + 444.4}), 5)"
    asking = {"filter": true_place, "filter-crs": f"{EPSG}27700", "kinds": "cctv"}
    assert asked(service, PLACES[0], {}, **asking) == []
    assert refs(asked(service, PLACES[0], keys[Role.operator], **asking)) == ["CAM-1"]


def test_places_and_answers_in_other_systems(service: TestClient) -> None:
    """lon and lat find what x and y of the same place find; answers are in the CRS's own order."""
    place = (E0 + 100, N0 + 40)
    wanted = [each["id"] for each in asked(service, place, {})]
    (lon,), (lat,) = geo.transformer("EPSG:27700", "OGC:CRS84").xy(
        np.array([place[0]]), np.array([place[1]])
    )
    by_degrees = service.get(f"/nearest?lon={lon}&lat={lat}")
    assert by_degrees.headers["content-crs"] == f"<{CRS84}>"
    swapped = service.get(f"/nearest?x={lon}&y={lat}&crs={EPSG}4326")
    assert swapped.headers["content-crs"] == f"<{EPSG}4326>"
    for answer in (by_degrees, swapped):
        assert [each["id"] for each in answer.json()["features"]] == wanted
    first, other = (answer.json()["features"][0]["geometry"] for answer in (by_degrees, swapped))
    assert first["coordinates"] == other["coordinates"][::-1]
    assert first["coordinates"][1] == pytest.approx(lat, abs=0.01)


def test_answer_is_a_document_with_what_clients_need(service: TestClient) -> None:
    """A FeatureCollection with time, count and its own link; 304 for who has it."""
    path = f"/nearest?x={E0}&y={N0}&crs={EPSG}27700&k=3"
    answer = service.get(path)
    document = answer.json()
    assert answer.headers["content-type"] == "application/geo+json"
    assert document["type"] == "FeatureCollection"
    assert document["numberReturned"] == len(document["features"]) == 3
    assert "numberMatched" not in document
    (own,) = document["links"]
    assert service.get(own["href"]).json()["features"] == document["features"]
    again = service.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_more_than_the_most_is_brought_down(
    dense: Database, serve_over: Callable[[Database], TestClient]
) -> None:
    """k above 100 gives 100."""
    found = asked(serve_over(dense), (E0 + 2_000, N0 + 2_000), {}, k=100_000)
    assert len(found) == 100


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Say where"), ("lon=1", "Say where"), ("x=430000&y=280000", "no crs"),
        ("lon=-1.5&lat=52&x=1&y=2", "Say where"), ("lon=-1.5&lat=inf", "lat=inf"),
        ("lon=nan&lat=52", "lon=nan"), ("lon=-1.5&lat=91", "from -90 to 90"),
        ("lon=-1.5&lat=52&k=0", "k is a whole number"), ("lon=-1.5&lat=52&k=ten", "k is a whole"),
        ("lon=-1.5&lat=52&radius_m=0", "radius_m"), ("lon=-1.5&lat=52&radius_m=50001", "50,000"),
        ("lon=-1.5&lat=52&kinds=lamppost,tree", "'tree' is no kind"),
        ("lon=-1.5&lat=52&kinds=", "'' is no kind"),
        ("lon=-1.5&lat=52&available=yes", "available is true or false"),
        ("lon=-1.5&lat=52&foo=1", "no parameter 'foo'"), ("lon=-1.5&lat=52&f=html", "json only"),
        ("lon=-1.5&lat=52&lon=2", "twice"), ("lon=-1.5&lat=52&crs=EPSG:9", "no CRS"),
        ("lon=-1.5&lat=52&filter=((", "filter"), ("lon=-1.5&lat=52&filter-lang=sql", "filter-lang"),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(service: TestClient, query: str, said: str) -> None:
    """A parameter that is missing, unknown or wrong is a 400 that says so."""
    answer = service.get(f"/nearest?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said.lower() in answer.json()["detail"].lower()


def test_a_wrong_token_is_refused(service: TestClient) -> None:
    """It is not taken for the public's."""
    answer = service.get(
        "/nearest?lon=-1.5&lat=52", headers={"Authorization": "Bearer canopy_nothing"}
    )
    assert answer.status_code == 401


def test_too_much_at_one_place_is_refused(
    dense: Database,
    serve_over: Callable[[Database], TestClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where more is equally near than is compared, the refusal says the limit and a way out."""
    monkeypatch.setattr(nearby, "MOST_CANDIDATES", 100)
    monkeypatch.setattr(nearby, "_FEWEST_ROWS", 100)
    given = {"x": E0 + 2_000, "y": N0 + 2_000, "crs": f"{EPSG}27700", "kinds": "duct"}
    answer = serve_over(dense).get("/nearest", params=given)
    assert answer.status_code == 413
    assert "More than 100 assets" in answer.json()["detail"]
