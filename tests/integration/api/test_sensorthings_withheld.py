"""What SensorThings withholds, from whom: streams by class, places by the catalogue's policy."""

from __future__ import annotations

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from sensed import ROOT, sense
from sqlalchemy import select, update
from sqlalchemy.orm import make_transient

from canopy.access.rules import Role
from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.iot.things.tables import Datastream, ObservedProperty, Sensor

PUBLIC = {"open of lamp", "state of lamp"}


def names(client: TestClient, path: str, headers: dict[str, str] | None = None) -> set[str]:
    """Names of a set's entities."""
    answer = client.get(f"{ROOT}/{path}", headers=headers or {})
    assert answer.status_code == 200, answer.text
    return {each["name"] for each in answer.json()["value"]}


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (None, set()), (Role.operator, set()), (Role.planner, {"council of lamp"}),
        (Role.estates, {"council of lamp"}), (Role.admin, {"council of lamp"}),
    ],
)  # fmt: skip
def test_streams_are_seen_by_class(
    client: TestClient, database: Database, role: Role | None, more: set[str]
) -> None:
    """Open ones by all, the council's from planners on, personal risk by nobody."""
    numbers = sense(database)
    headers = bearer(token_for(database, role)) if role else {}
    path = f"Things({numbers['lamp']})/Datastreams"
    assert names(client, path, headers) == PUBLIC | more


def test_what_is_withheld_is_found_by_no_way(client: TestClient, database: Database) -> None:
    """Not by number, nor by an Observation's id, a filter, a count or an expansion."""
    numbers = sense(database)
    secret = numbers["council"]
    admin = bearer(token_for(database, Role.admin))
    path = f"{ROOT}/Datastreams({secret})/Observations"
    known = client.get(path, headers=admin).json()["value"][0]["@iot.selfLink"]
    assert client.get(known, headers=admin).status_code == 200
    assert client.get(known).status_code == 404
    assert client.get(path).status_code == 404
    where = "Datastreams/name eq 'council of lamp'"
    assert names(client, f"Things?$filter={where}") == set()
    assert names(client, f"Things?$filter={where}", admin) == {"lamp by no. 5"}
    counted = client.get(f"{ROOT}/Observations?$count=true&$top=0").json()
    assert counted["@iot.count"] == 20
    where = f"Datastream/id eq {secret}"
    assert client.get(f"{ROOT}/Observations?$filter={where}").json()["value"] == []
    thing = client.get(f"{ROOT}/Things({numbers['lamp']})?$expand=Datastreams").json()
    assert {each["name"] for each in thing["Datastreams"]} == PUBLIC


def test_a_coarse_place_is_a_cell_and_its_words_are_cut(
    client: TestClient, database: Database
) -> None:
    """The public sees the cell of a camera, an operator where it stands."""
    numbers = sense(database)
    operator = bearer(token_for(database, Role.operator))
    path = f"{ROOT}/Things({numbers['camera']})?$expand=Locations,Datastreams"
    seen, exact = client.get(path).json(), client.get(path, headers=operator).json()
    (place,), (there,) = seen["Locations"], exact["Locations"]
    assert there["name"] == "place of camera"
    assert (place["name"], place["description"]) == (f"Location {place['@iot.id']}", "")
    assert place["location"] != there["location"]
    assert seen["name"] == f"Thing {numbers['camera']}"
    assert "properties" not in seen
    assert seen["Datastreams"][0]["name"] == f"Datastream {numbers['count']}"
    assert "no. 5" not in client.get(path).text


def test_a_coarse_place_is_not_found_by_its_exact_one(
    client: TestClient, database: Database
) -> None:
    """Neither a distance nor a word of it tells where a camera stands."""
    numbers = sense(database)
    operator = bearer(token_for(database, Role.operator))
    path = f"{ROOT}/Things({numbers['camera']})/Locations"
    x, y = client.get(path, headers=operator).json()["value"][0]["location"]["coordinates"]
    near = f"{ROOT}/Locations?$filter=geo.distance(location,geography'POINT({x} {y})') lt 400"
    assert len(client.get(near, headers=operator).json()["value"]) == 1
    assert client.get(near).json()["value"] == []
    far = near.replace(" lt ", " ge ")
    assert names(client, far.removeprefix(f"{ROOT}/")) == {"place of lamp"}
    for where in ("contains(name,'no. 5')", "contains(description,'town')"):
        assert numbers["camera"] not in {
            each["@iot.id"] for each in client.get(f"{ROOT}/Things?$filter={where}").json()["value"]
        }


def test_an_asset_that_is_not_seen_has_no_place(client: TestClient, database: Database) -> None:
    """The Thing of a mast that operators alone see has no Location for the public."""
    numbers = sense(database)
    operator = bearer(token_for(database, Role.operator))
    path = f"Things({numbers['mast']})/Locations"
    assert names(client, path) == set()
    assert names(client, path, operator) == {"place of mast"}
    history = f"{ROOT}/Things({numbers['mast']})/HistoricalLocations"
    assert client.get(history).json()["value"] == []
    features = client.get(f"{ROOT}/Things?$resultFormat=GeoJSON").json()["features"]
    (mast,) = [each for each in features if each["id"] == numbers["mast"]]
    assert mast["geometry"] is None


def test_a_thing_of_personal_risk_alone_is_told_of_to_its_keepers_alone(
    client: TestClient, database: Database
) -> None:
    """Its name and place, and what is its own alone, are in no set, count, link or format."""
    numbers = sense(database)
    with database.writing() as session:
        own = session.scalars(select(Sensor)).one(), session.scalars(select(ObservedProperty)).one()
        for each in own:
            make_transient(each)
            each.id, each.name = None, "Doorbell"
        session.add_all(own)
        session.flush()
        session.execute(
            update(Datastream)
            .where(Datastream.thing_id == numbers["mast"])
            .values(data_class="personal-risk", sensor_id=own[0].id,
                    observed_property_id=own[1].id)
        )  # fmt: skip
        session.execute(update(Asset).values(sensitivity=None))
    estates = bearer(token_for(database, Role.estates))
    sets = ("Things", "Locations", "FeaturesOfInterest", "Sensors", "ObservedProperties")
    seen = {each: names(client, each) for each in sets}
    kept = {each: names(client, each, estates) for each in sets}
    assert {each: kept[each] - seen[each] - {"place of camera", "camera by no. 5"}
            for each in sets} == {
        "Things": {"mast by no. 5"}, "Locations": {"place of mast"},
        "FeaturesOfInterest": {"place of mast"}, "Sensors": {"Doorbell"},
        "ObservedProperties": {"Doorbell"},
    }  # fmt: skip
    assert len(client.get(f"{ROOT}/HistoricalLocations").json()["value"]) == 2
    for asked in ("Things?$count=true", "Things?$expand=Locations,Datastreams",
                  "Locations?$resultFormat=GeoJSON", "Things?$resultFormat=GeoJSON",
                  "Locations?$expand=Things,HistoricalLocations($expand=Thing)"):  # fmt: skip
        answer = client.get(f"{ROOT}/{asked}")
        assert answer.status_code == 200
        assert "mast" not in answer.text
    assert client.get(f"{ROOT}/Things?$count=true").json()["@iot.count"] == 2
    assert client.get(f"{ROOT}/Things({numbers['mast']})/Locations").status_code == 404
    told = client.get(f"/transparency/{numbers['mast']}")
    assert (told.status_code, "by no. 5" in told.text, "Latitude" in told.text) == (
        200,
        False,
        False,
    )
