"""SensorThings is read as OGC 18-088 says, alike on both databases."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sensed import BEGIN, ROOT, sense

from canopy.db.engine import Database


@pytest.fixture
def numbers(database: Database) -> dict[str, int]:
    """The sensed town."""
    return sense(database)


def values(client: TestClient, path: str, **options: object) -> list[dict[str, object]]:
    """The entities of a set."""
    answer = client.get(f"{ROOT}/{path}", params={f"${key}": each for key, each in options.items()})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["value"]
    return found


def results(client: TestClient, path: str, **options: object) -> list[object]:
    """Results of Observations."""
    return [each["result"] for each in values(client, path, **options)]


def test_the_service_document_lists_every_set(client: TestClient) -> None:
    """Eight sets, with their addresses, and what is conformed to."""
    document = client.get(ROOT).json()
    assert [each["name"] for each in document["value"]] == [
        "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors",
        "ObservedProperties", "FeaturesOfInterest", "Observations",
    ]  # fmt: skip
    assert [client.get(each["url"]).status_code for each in document["value"]] == [200] * 8
    assert document["serverSettings"]["conformance"][0].endswith("/req/datamodel")


def test_an_entity_is_what_was_put_in(client: TestClient, numbers: dict[str, int]) -> None:
    """A Datastream has its unit, type, purpose and links."""
    stream = client.get(f"{ROOT}/Datastreams({numbers['open']})").json()
    assert stream["unitOfMeasurement"] == {
        "name": "degree Celsius", "symbol": "°C", "definition": "ucum:Cel",
    }  # fmt: skip
    assert stream["properties"] == {"dataClass": "open", "purpose": "to know"}
    thing = client.get(stream["Thing@iot.navigationLink"]).json()
    assert (thing["@iot.id"], thing["name"]) == (numbers["lamp"], "lamp by no. 5")


def test_an_observation_is_found_by_its_id(client: TestClient, numbers: dict[str, int]) -> None:
    """The link that an Observation has of itself leads to it, whatever its key holds."""
    listed = values(client, f"Datastreams({numbers['open']})/Observations")
    assert [client.get(str(each["@iot.selfLink"])).json() for each in listed] == listed
    assert str(listed[0]["@iot.id"]).endswith("~k%2F0")
    stream = client.get(f"{listed[0]['@iot.selfLink']}/Datastream").json()
    assert stream["@iot.id"] == numbers["open"]


def test_paths_lead_through_links_to_a_property(
    client: TestClient, numbers: dict[str, int]
) -> None:
    """`/$ref`, a property, and its bare value."""
    path = f"{ROOT}/Things({numbers['lamp']})/Datastreams({numbers['open']})"
    assert client.get(f"{path}/Sensor/name").json() == {"name": "Probe"}
    assert client.get(f"{path}/Sensor/name/$value").text == "Probe"
    assert client.get(f"{path}/unitOfMeasurement/symbol/$value").text == "°C"
    references = client.get(f"{ROOT}/Things({numbers['lamp']})/Datastreams/$ref").json()["value"]
    assert [set(each) for each in references] == [{"@iot.selfLink"}] * 2


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("result gt 2", [3.0, 4.0]),
        ("result ge 1 and not (result eq 3)", [1.0, 2.0, 4.0]),
        ("result lt 1 or result gt 3", [0.0, 4.0]),
        ("result mul 2 sub 1 eq 5", [3.0]),
        ("result div 0 eq 1", []),
        ("hour(phenomenonTime) eq {hour}", [1.0]),
        ("year(phenomenonTime) eq {year} and day(phenomenonTime) eq {day} and result lt 1", [0.0]),
        ("phenomenonTime gt {second}", [2.0, 3.0, 4.0]),
        ("phenomenonTime lt now() sub duration'P30D'", []),
        ("Datastream/name eq 'open of lamp' and result le 1", [0.0, 1.0]),
        ("Datastream/Thing/name eq 'nobody'", []),
        ("result eq null", []),
        ("result eq 'text'", []),
    ],
)  # fmt: skip
def test_observations_are_filtered(
    client: TestClient, numbers: dict[str, int], where: str, expected: list[float]
) -> None:
    """Numbers, times, logic and the Datastream's own properties."""
    second = BEGIN + timedelta(hours=1)
    written = where.format(
        hour=second.hour, year=BEGIN.year, day=BEGIN.day,
        second=second.isoformat().replace("+00:00", "Z"),
    )  # fmt: skip
    path = f"Datastreams({numbers['open']})/Observations"
    assert results(client, path, filter=written) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("startswith(name,'open')", ["open of lamp"]),
        ("startswith(name,'OPEN')", []),
        ("endswith(name,'mast')", []),
        ("substringof('tat',name)", ["state of lamp"]),
        ("contains(name,'%')", []),
        ("toupper(name) eq 'OPEN OF LAMP'", ["open of lamp"]),
        ("length(name) eq 13", ["state of lamp"]),
        ("concat(name,'!') eq 'open of lamp!'", ["open of lamp"]),
        ("Thing/name eq 'lamp by no. 5'", ["open of lamp", "state of lamp"]),
        ("Thing/Locations/name eq 'place of lamp' and id eq {open}", ["open of lamp"]),
        ("unitOfMeasurement/definition eq 'ucum:Cel' and startswith(name,'st')", ["state of lamp"]),
        ("name eq 'it''s'", []),
    ],
)
def test_streams_are_filtered(
    client: TestClient, numbers: dict[str, int], where: str, expected: list[str]
) -> None:
    """Texts, exactly as they are written, and what is linked."""
    found = values(client, "Datastreams", filter=where.format(**numbers))
    assert [each["name"] for each in found] == expected


def test_places_are_found_by_distance_and_area(client: TestClient, numbers: dict[str, int]) -> None:
    """Metres from a point, and within a polygon; what is shown coarsely is not found so."""
    shown = values(client, "Locations", filter="name eq 'place of lamp'")[0]["location"]
    x, y = shown["coordinates"]  # type: ignore[index]
    near = f"geo.distance(location,geography'POINT({x} {y})') lt {{}}"
    assert len(values(client, "Locations", filter=near.format(1))) == 1
    assert len(values(client, "Locations", filter=near.format(5_000))) == 1
    west, east, south, north = x - 0.1, x + 0.1, y - 0.1, y + 0.1
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    inside = f"st_within(location,geography'POLYGON(({ring}))')"
    assert [each["name"] for each in values(client, "Locations", filter=inside)] == [
        "place of lamp"
    ]


def test_pages_of_observations_hold_each_once(client: TestClient, numbers: dict[str, int]) -> None:
    """Following `@iot.nextLink` gives every Observation once, forwards and backwards."""
    for order in ("", "&$orderby=phenomenonTime desc", "&$orderby=result asc"):
        link = f"{ROOT}/Observations?$top=3&$select=id{order}"
        seen: list[str] = []
        while link:
            page = client.get(link).json()
            assert len(page["value"]) <= 3
            seen += [each["@iot.id"] for each in page["value"]]
            link = page.get("@iot.nextLink")
        assert (len(seen), len(set(seen))) == (20, 20)


def test_pages_of_entities_count_and_lead_on(client: TestClient, numbers: dict[str, int]) -> None:
    """`$count` counts all; the link to more keeps the options."""
    link = f"{ROOT}/Datastreams?$top=3&$count=true&$orderby=name desc"
    first = client.get(link).json()
    second = client.get(first["@iot.nextLink"]).json()
    assert (first["@iot.count"], second["@iot.count"]) == (4, 4)
    names = [each["name"] for page in (first, second) for each in page["value"]]
    assert names == sorted(names, reverse=True)
    assert "@iot.nextLink" not in second
    by_thing = [
        [
            each["name"]
            for each in client.get(f"{ROOT}/Datastreams?$orderby={order}").json()["value"]
        ]
        for order in ("Thing/id desc,id", "Thing/name desc,id", "Thing/name asc,id desc")
    ]  # by the names that are shown: those of two Things are withheld
    assert by_thing[0] == ["Datastream 6", "Datastream 5", "open of lamp", "state of lamp"]
    assert by_thing[1] == by_thing[2][::-1]


def test_expansion_is_nested_with_options(client: TestClient, numbers: dict[str, int]) -> None:
    """Streams of a Thing, the newest Observation of each, and its sensor."""
    thing = client.get(
        f"{ROOT}/Things({numbers['lamp']})",
        params={"$expand": "Datastreams($orderby=id;$top=1;$count=true;$select=name;"
                "$expand=Observations($top=1;$orderby=phenomenonTime desc),Sensor),Locations"},
    ).json()  # fmt: skip
    assert "Datastreams" in thing, thing
    (stream,) = thing["Datastreams"]
    assert thing["Datastreams@iot.count"] == 2
    assert "$skip=1" in thing["Datastreams@iot.nextLink"]
    assert client.get(thing["Datastreams@iot.nextLink"]).json()["value"][0]["name"] == (
        "state of lamp"
    )
    assert set(stream) == {"name", "Observations", "Sensor", "Observations@iot.nextLink"}
    assert [each["result"] for each in stream["Observations"]] == [4.0]
    assert stream["Sensor"]["name"] == "Probe"
    assert [each["name"] for each in thing["Locations"]] == ["place of lamp"]


def test_expansion_from_observations_leads_back(
    client: TestClient, numbers: dict[str, int]
) -> None:
    """An Observation's Datastream, its Thing, and the place."""
    (first,) = values(
        client, f"Datastreams({numbers['open']})/Observations", top=1,
        expand="Datastream/Thing,FeatureOfInterest",
    )  # fmt: skip
    assert first["Datastream"]["Thing"]["@iot.id"] == numbers["lamp"]  # type: ignore[index]
    assert first["FeatureOfInterest"]["feature"]["type"] == "Point"  # type: ignore[index]


def test_truth_is_truth(client: TestClient, numbers: dict[str, int]) -> None:
    """A stream of truths gives true and false, and is filtered by them."""
    path = f"Datastreams({numbers['state']})/Observations"
    assert results(client, path) == [False, True, False, True, False]
    assert results(client, path, filter="result eq true") == [True, True]


def test_data_arrays_hold_the_same_values(client: TestClient, numbers: dict[str, int]) -> None:
    """One group a Datastream, each row in the order of its components."""
    groups = values(client, "Observations", resultFormat="dataArray", filter="result eq 3")
    assert len(groups) == 3
    assert groups[0]["components"] == ["id", "phenomenonTime", "resultTime", "result"]
    assert groups[0]["dataArray"][0][3] == 3.0  # type: ignore[index]


def test_csv_and_geojson(client: TestClient, numbers: dict[str, int]) -> None:
    """CSV has a heading, and GeoJSON the place."""
    answer = client.get(f"{ROOT}/Datastreams?$resultFormat=CSV&$orderby=id")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row["name"] for row in rows][:2] == ["open of lamp", "state of lamp"]
    assert rows[0]["unitOfMeasurement/symbol"] == "°C"
    expanded = f"{ROOT}/Things?$resultFormat=CSV&$orderby=id&$expand=Datastreams($orderby=id)"
    (first, *_) = csv.DictReader(io.StringIO(client.get(expanded).text))
    assert json.loads(first["Datastreams"])[0]["name"] == "open of lamp"
    document = client.get(f"{ROOT}/Things?$resultFormat=GeoJSON&$orderby=id").json()
    assert [each["geometry"] and each["geometry"]["type"] for each in document["features"]] == [
        "Point", "Point", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("Datastreams?$filter=name eq", 400, "character 7: a value is expected"),
        ("Datastreams?$filter=nme eq 'x'", 400, "no 'nme'"),
        ("Datastreams?$filter=name eq 5", 400, "a text is compared with a number"),
        ("Datastreams?$filter=drop(name)", 400, "there is no function 'drop'"),
        ("Datastreams?$filter=(" + "(" * 50, 400, "nested more than 30"),
        ("Datastreams?$filter=" + "x" * 5_000, 400, "5,000 characters"),
        ("Datastreams?$filter=Observations/result gt 1", 400, "/Observations"),
        ("Datastreams?$top=-1", 400, "$top is a whole number"),
        ("Datastreams?$top=1&$top=2", 400, "$top is there twice"),
        ("Datastreams?$find=1", 400, "'$find' is no option"),
        ("Datastreams?$select=nme", 400, "no 'nme'"),
        ("Datastreams?$expand=Nothing", 400, "no 'Nothing'"),
        ("Datastreams?$orderby=nme", 400, "$orderby: Datastreams have no 'nme' to sort by"),
        ("Datastreams?$orderby=Thing/nme", 400, "$orderby: Things have no 'nme' to sort by"),
        ("Things?$orderby=Datastreams/name", 400, "not sorted by 'Datastreams/name'"),
        ("Observations?$orderby=Datastream/name", 400, "not sorted by 'Datastream/name'"),
        ("Datastreams?$resultFormat=xml", 400, "dataArray, GeoJSON or CSV"),
        ("Observations?$skiptoken=x", 400, "not one of this service"),
        ("Locations?$filter=geo.distance(location,geography'POINT(1)') lt 1", 400, "no WKT"),
        ("Nothings", 404, "no set 'Nothings'"),
        ("Things(99)", 404, "no Things(99)"),
        ("Things('x')", 404, "no Things(x)"),
        ("Observations(1)", 404, "no Observations(1)"),
        ("Things/name", 400, "is of one entity"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(
    client: TestClient, path: str, status: int, said: str
) -> None:
    """A problem document names the option, the word and what there is instead."""
    answer = client.get(f"{ROOT}/{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert said in problem["detail"]
    assert "$orderby" not in path or problem["parameter"] == "$orderby"
