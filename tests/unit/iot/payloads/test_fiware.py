"""Entities of the Smart Data Models in each of their representations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from payload_cases import decoded, kind, message, real_payloads

from canopy.iot.payloads.fiware.decoding import decode
from canopy.iot.payloads.reading import Outcome, Position

MADRID = ZoneInfo("Europe/Madrid")
POINT = {"type": "Point", "coordinates": [-2.698, 42.8491]}
# smart-data-models (CC BY 4.0): examples of NoiseLevelObserved, Streetlight, AirQualityObserved,
# StreetlightControlCabinet and TrafficFlowObserved; shortened, values unchanged.
NOISE_PLAIN = {
    "id": "Vitoria-NoiseLevelObserved-2016-12-28T11:00:00_2016-12-28T12:00:00",
    "type": "NoiseLevelObserved",
    "LAS": 91.6,
    "LAeq": 67.8,
    "dateObservedFrom": "2016-12-28T11:00:00.00Z",
    "dateObservedTo": "2016-12-28T12:00:00.00Z",
    "location": POINT,
}
NOISE_NORMALIZED = {
    "id": NOISE_PLAIN["id"],
    "type": "NoiseLevelObserved",
    "LAS": {"type": "Number", "value": 91.6},
    "LAeq": {"type": "Number", "value": 67.8},
    "dateObservedFrom": {"type": "DateTime", "value": "2016-12-28T11:00:00.00Z"},
    "dateObservedTo": {"type": "DateTime", "value": "2016-12-28T12:00:00.00Z"},
    "location": {"type": "geo:json", "value": POINT},
}
NOISE_LINKED = NOISE_PLAIN | {"@context": ["https://smartdatamodels.org/context.jsonld"]}
NOISE_FEATURE = {
    "id": NOISE_PLAIN["id"],
    "type": "Feature",
    "geometry": {"type": "GeoProperty", "value": POINT},
    "properties": {
        "type": "NoiseLevelObserved",
        "LAS": {"type": "Property", "value": 91.6},
        "LAeq": {"type": "Property", "value": 67.8},
        "dateObservedFrom": {
            "type": "Property",
            "value": {"@type": "DateTime", "@value": "2016-12-28T11:00:00.00Z"},
        },
        "dateObservedTo": {
            "type": "Property",
            "value": {"@type": "DateTime", "@value": "2016-12-28T12:00:00.00Z"},
        },
    },
}
STREETLIGHT = {
    "id": "streetlight:guadalajara:4567",
    "type": "Streetlight",
    "location": {"type": "Point", "coordinates": [-3.164485591715449, 40.62785133667262]},
    "status": "ok",
    "circuit": "C-456-A467",
    "lanternHeight": 10,
    "powerState": "off",
    "dateLastLampChange": "2016-07-08T08:02:21.753Z",
    "powerConsumption": 10,
    "powerRating": 5,
    "voltage": 50,
    "observationDateTime": "2021-01-11T15:51:02+05:30",
    "municipalityInfo": {"district": "Bangalore Urban", "wardNum": 4},
}
AIR = {
    "id": "Madrid-AmbientObserved-28079004-2016-03-15T11:00:00",
    "type": "AirQualityObserved",
    "dateObserved": {"type": "DateTime", "value": "2016-03-15T11:00:00"},
    "co": {"type": "Number", "value": 500, "metadata": {"unitCode": {"value": "GP"}}},
    "no": {"type": "Number", "value": 45, "metadata": {"unitCode": {"value": "GQ"}}},
    "tsp": {"type": "Number", "value": 73.3, "metadata": {"unitCode": {"value": "XX"}}},
    "relativeHumidity": {"type": "Number", "value": 0.54},
    "coLevel": {"type": "Text", "value": "moderate"},
    "source": {"type": "Text", "value": "http://datos.madrid.es"},
    "location": {"type": "geo:json", "value": POINT},
}
CABINET = {
    "id": "streetlightcontrolcabinet:A45HGJK",
    "type": "StreetlightControlCabinet",
    "maximumPowerAvailable": 10,
    "energyConsumed": 162456,
    "dateMeteringStarted": "2013-07-07T15:05:59.408Z",
    "meterReadingPeriod": 60,
    "intensityR": 20.1,
    "workingMode": "automatic",
    "compliantWith": ["IP54"],
}
TRAFFIC = {
    "id": "TrafficFlowObserved-Valladolid-osm-60821110",
    "type": "TrafficFlowObserved",
    "dateObserved": {"type": "DateTime", "value": "2016-12-07T11:10:00/2016-12-07T11:15:00"},
    "dateObservedFrom": {"type": "DateTime", "value": "2016-12-07T11:10:00Z"},
    "dateObservedTo": {"type": "DateTime", "value": "2016-12-07T11:15:00Z"},
    "intensity": {"type": "DateTime", "value": 197},
    "reversedLane": {"type": "DateTime", "value": False},
    "laneId": {"type": "DateTime", "value": 1},
    "location": {"type": "geo:json", "value": {"type": "LineString", "coordinates": [[-4, 41]]}},
}


def results(outcome: Outcome) -> dict[str, object]:
    """Stream -> result."""
    return {each.stream: each.result for each in decoded(outcome).readings}


@pytest.mark.parametrize("body", [NOISE_PLAIN, NOISE_NORMALIZED, NOISE_LINKED, NOISE_FEATURE])
def test_each_representation_says_the_same(body: dict[str, Any]) -> None:
    """Key-values, normalized, with a context and as a GeoJSON feature."""
    found = decoded(decode(message(body))).readings
    assert [(each.stream, each.result, each.unit) for each in found] == [
        ("LAS", 91.6, "dB"),
        ("LAeq", 67.8, "dB"),
    ]
    assert found[0].source == NOISE_PLAIN["id"]
    assert found[0].position == Position(-2.698, 42.8491)
    assert (found[0].at, found[0].until) == (
        datetime(2016, 12, 28, 11, tzinfo=UTC),
        datetime(2016, 12, 28, 12, tzinfo=UTC),
    )


def test_a_streetlight_gives_states_and_measures_and_no_descriptions() -> None:
    """Not its height, rating, circuit or ward."""
    found = decode(message(STREETLIGHT))
    assert results(found) == {
        "status": "ok", "powerState": "off", "powerConsumption": 10, "voltage": 50,
    }  # fmt: skip
    assert decoded(found).readings[0].at == datetime(2021, 1, 11, 10, 21, 2, tzinfo=UTC)


def test_local_times_need_a_declared_zone() -> None:
    """Madrid's example has none: refused, or read with the zone."""
    assert kind(decode(message(AIR))) == "naive-time"
    found = decoded(decode(message(AIR), MADRID)).readings
    assert found[0].at == datetime(2016, 3, 15, 10, tzinfo=UTC)


def test_units_come_from_unit_codes() -> None:
    """GP is mg/m3, GQ µg/m3; codes of no table are kept as given; humidity is 0 to 1."""
    found = decoded(decode(message(AIR), MADRID)).readings
    assert [(each.stream, each.unit, each.given_unit) for each in found] == [
        ("co", "mg/m3", ""),
        ("no", "ug/m3", ""),
        ("tsp", None, "XX"),
        ("relativeHumidity", "1", ""),
        ("coLevel", None, ""),
    ]


def test_a_cabinet_without_observation_time_has_readings_without() -> None:
    """The date on which metering started is none of an observation."""
    found = decoded(decode(message(CABINET))).readings
    assert {each.stream: each.result for each in found} == {
        "energyConsumed": 162456, "intensityR": 20.1, "workingMode": "automatic",
    }  # fmt: skip
    assert {each.at for each in found} == {None}


def test_begin_and_end_go_before_an_interval_without_offset() -> None:
    """The published traffic example has both, and types that are all DateTime."""
    found = decoded(decode(message(TRAFFIC))).readings
    assert {each.stream: each.result for each in found} == {"intensity": 197, "reversedLane": False}
    assert found[0].until == datetime(2016, 12, 7, 11, 15, tzinfo=UTC)
    assert found[0].position is None


def test_the_time_of_an_attribute_goes_before_that_of_the_entity() -> None:
    """NGSI-LD's observedAt."""
    timed = {"type": "Property", "value": 60.5, "observedAt": "2016-12-28T11:30:00Z"}
    found = decoded(decode(message(NOISE_PLAIN | {"LAeq": timed}))).readings
    assert (found[1].at, found[1].until) == (datetime(2016, 12, 28, 11, 30, tzinfo=UTC), None)


def test_lists_and_notifications_hold_entities() -> None:
    """One that cannot be read is refused alone."""
    notification = {"subscriptionId": "1", "data": [NOISE_PLAIN, AIR, STREETLIGHT]}
    found = decoded(decode(message(notification)))
    assert len(found.readings) == 2 + 4
    assert [(each.kind, each.part) for each in found.refused] == [("naive-time", "[1]")]


def test_measures_of_an_iot_agent_are_those_of_the_topic_s_device() -> None:
    """They have neither id nor type."""
    body = {"t": 21.5, "open": True, "TimeInstant": "2020-01-01T00:00:00Z"}
    found = decode(message(body, "/json/key/lamp-7/attrs"))
    assert results(found) == {"t": 21.5, "open": True}
    assert decoded(found).readings[0].source == "lamp-7"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "Streetlight"}, "wrong-shape"),
        ({"id": "a", "type": "Vehicle"}, "not-understood"),
        ({"id": "a", "type": ["Streetlight"]}, "wrong-shape"),
        ({"id": "a", "type": "Feature", "properties": None}, "wrong-shape"),
        (NOISE_PLAIN | {"dateObservedTo": "2016-12-28T10:00:00Z"}, "bad-time"),
        (NOISE_PLAIN | {"location": {"type": "Point", "coordinates": [-2]}}, "wrong-shape"),
        (NOISE_PLAIN | {"dateObservedTo": {"type": {"unitCode": "XX"}}}, "bad-time"),
        (NOISE_PLAIN | {"dateObservedTo": {"type": []}}, "bad-time"),
        ("[5", "malformed"),
        ("5", "wrong-shape"),
    ],
)
def test_what_is_no_entity_has_a_reason(body: object, expected: str) -> None:
    """No id, another type, a broken position, an end before the begin."""
    assert kind(decode(message(body))) == expected


@pytest.mark.real_data
def test_every_stored_entity_is_read() -> None:
    """All representations of all examples, with as many readings as were counted by hand."""
    folder = real_payloads("payloads", "fiware")
    counts = {
        path.name: len(decoded(decode(message(path.read_bytes()), MADRID)).readings)
        for path in folder.glob("*.json*")
    }
    assert sorted(counts.values()) == sorted([14, 19, 19, 14, 4, 4, 4, 4, 8, 8, 8, 9, 9, 9])
