"""Entities are registered by SensorThings as clients of FROST do it."""

from __future__ import annotations

from typing import Any

import pytest
from addresses import bearer, token_for
from fastapi.testclient import TestClient
from sensed import ROOT, sense
from test_sensorthings_write import sent

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.iot.things.registry import MEASUREMENT

PLACE = {
    "name": "Yard", "description": "", "encodingType": "application/geo+json",
    "location": {"type": "Point", "coordinates": [-1.15, 52.95]},
}  # fmt: skip
STREAM: dict[str, Any] = {
    "name": "Air", "description": "Air temperature", "observationType": MEASUREMENT,
    "unitOfMeasurement": {"name": "degree Celsius", "symbol": "°C", "definition": "ucum:Cel"},
    "properties": {"dataClass": "open", "purpose": "frost warnings", "own": 1},
    "Sensor": {
        "name": "Probe", "description": "", "encodingType": "text/html", "metadata": "a probe",
    },
    "ObservedProperty": {
        "name": "Temperature", "description": "", "definition": "http://example.org/t",
    },
}  # fmt: skip
THING = {
    "name": "Station", "description": "In the yard", "properties": {"colour": "red"},
    "Locations": [PLACE], "Datastreams": [STREAM],
}  # fmt: skip


@pytest.fixture
def keeper(database: Database) -> dict[str, str]:
    """The header of a token of estates."""
    return bearer(token_for(database, Role.estates))


def test_a_thing_is_registered_with_what_it_holds(
    client: TestClient, keeper: dict[str, str]
) -> None:
    """One request makes all of it; its stream takes readings by its number at once."""
    answer = client.post(f"{ROOT}/Things", json=THING, headers=keeper)
    assert answer.status_code == 201, answer.text
    thing = client.get(
        f"{answer.headers['location']}?$expand=Locations,Datastreams($expand=Sensor,ObservedProperty)"
    ).json()
    assert thing["properties"] == {"colour": "red"}
    x, y = thing["Locations"][0]["location"]["coordinates"]
    assert (round(x, 6), round(y, 6)) == (-1.15, 52.95)
    (stream,) = thing["Datastreams"]
    assert stream["unitOfMeasurement"] == STREAM["unitOfMeasurement"]
    assert stream["properties"] == STREAM["properties"]
    assert (stream["Sensor"]["metadata"], stream["ObservedProperty"]["definition"]) == (
        "a probe", "http://example.org/t",
    )  # fmt: skip
    body = sent(7.5, Datastream={"@iot.id": stream["@iot.id"]})
    posted = client.post(f"{ROOT}/Observations", json=body, headers=keeper)
    assert posted.status_code == 201, posted.text
    assert client.get(posted.headers["location"]).json()["result"] == 7.5


def test_known_entities_are_linked_by_id(client: TestClient, database: Database) -> None:
    """A Datastream of a known Thing, Sensor and ObservedProperty; the council's where unsaid."""
    numbers = sense(database, readings=0)
    keeper = bearer(token_for(database, Role.estates))
    body = {
        **STREAM, "properties": {}, "Sensor": {"@iot.id": 1}, "ObservedProperty": {"@iot.id": 1},
    }  # fmt: skip
    answer = client.post(f"{ROOT}/Things({numbers['lamp']})/Datastreams", json=body, headers=keeper)
    assert answer.status_code == 201, answer.text
    assert client.get(answer.headers["location"]).status_code == 404
    assert answer.json()["properties"]["dataClass"] == "council"
    thing = client.get(f"{answer.headers['location']}/Thing", headers=keeper).json()
    assert thing["@iot.id"] == numbers["lamp"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"Sensor": {"@iot.id": 99}}, "there is no Sensors(99)"),
        ({"observationType": "x"}, "observationType is one of"),
        ({"properties": {"dataClass": "secret"}}, "dataClass: 'secret' is none of open"),
        ({"name": 5}, "Datastreams[0]: name is a text"),
        ({"properties": {"retentionDays": -1}}, "retentionDays is a whole number"),
        (
            {"Observations": [{"phenomenonTime": "2026-01-01T00:00:00Z", "result": 1}]},
            "Datastreams[0]: Observations: Observations are not stored with a Datastream",
        ),
        ({"nonsense": 1}, "Datastreams[0]: nonsense: Datastreams have no such member; they take"),
    ],
)
def test_what_is_wrong_registers_nothing(
    client: TestClient, keeper: dict[str, str], wrong: dict[str, object], said: str
) -> None:
    """422 with the place in the body; the Thing around it is not there either."""
    body = {**THING, "Datastreams": [{**STREAM, **wrong}]}
    answer = client.post(f"{ROOT}/Things", json=body, headers=keeper)
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (422, "bad-entity")
    assert said in answer.json()["detail"]
    assert client.get(f"{ROOT}/Things?$count=true").json()["@iot.count"] == 0


def test_changes_by_object_and_by_json_patch(client: TestClient, keeper: dict[str, str]) -> None:
    """Members that are sent are set, others stay; a Thing moves to other Locations."""
    link = client.post(f"{ROOT}/Things", json=THING, headers=keeper).headers["location"]
    assert client.patch(link, json={"name": "Post"}, headers=keeper).status_code == 200
    patch = [{"op": "replace", "path": "/description", "value": "By the gate"}]
    typed = {**keeper, "Content-Type": "application/json-patch+json"}
    assert client.patch(link, json=patch, headers=typed).status_code == 200
    found = client.get(link).json()
    assert (found["name"], found["description"], found["properties"]) == (
        "Post", "By the gate", {"colour": "red"},
    )  # fmt: skip
    moved = {"Locations": [{**PLACE, "name": "Gate"}], "name": "Post"}
    assert client.patch(link, json=moved, headers=keeper).status_code == 200
    assert [each["name"] for each in client.get(f"{link}/Locations").json()["value"]] == ["Gate"]
    assert len(client.get(f"{link}/HistoricalLocations").json()["value"]) == 2


def test_a_deleted_thing_is_withdrawn(client: TestClient, keeper: dict[str, str]) -> None:
    """It and its streams are gone, and take no readings."""
    link = client.post(f"{ROOT}/Things", json=THING, headers=keeper).headers["location"]
    stream = client.get(f"{link}/Datastreams").json()["value"][0]["@iot.selfLink"]
    assert client.delete(link, headers=keeper).status_code == 200
    assert [client.get(each).status_code for each in (link, stream)] == [404, 404]
    posted = client.post(f"{ROOT}/Datastreams(1)/Observations", json=sent(), headers=keeper)
    assert posted.status_code == 404


@pytest.mark.parametrize("role", [None, Role.planner, Role.gateway])
def test_who_may_not_register_is_refused(
    client: TestClient, database: Database, role: Role | None
) -> None:
    """403 for each way to write."""
    headers = bearer(token_for(database, role)) if role else {}
    numbers = sense(database, readings=0)
    link = f"{ROOT}/Things({numbers['lamp']})"
    answers = (
        client.post(f"{ROOT}/Things", json=THING, headers=headers),
        client.patch(link, json={"name": "x"}, headers=headers),
        client.delete(link, headers=headers),
    )
    assert [each.status_code for each in answers] == [403, 403, 403]


def test_sensors_are_not_deleted(client: TestClient, database: Database) -> None:
    """405 for a set that has no withdrawal."""
    sense(database, readings=0)
    keeper = bearer(token_for(database, Role.estates))
    assert client.delete(f"{ROOT}/Sensors(1)", headers=keeper).status_code == 405
