"""Observations of SensorThings, as OGC's test suite and FROST send them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from payload_cases import decoded, kind, message, real_payloads

from canopy.iot.payloads import sensorthings
from canopy.iot.payloads.reading import Position

# OGC ets-sta10 and FROST-Server; `$DATASTREAM_ID` and the like are 7.
OBSERVATION = {
    "phenomenonTime": "2015-03-01T00:00:00Z",
    "result": 100,
    "FeatureOfInterest": {
        "description": "A weather station.",
        "encodingType": "http://example.org/location_types#GeoJSON",
        "feature": {"type": "Point", "coordinates": [-114.05, 51.05]},
    },
    "Datastream": {"id": 7},
}
INTERVAL = {
    "phenomenonTime": "2015-03-01T00:00:00Z/2015-03-01T23:59:59Z",
    "result": 92122,
    "resultQuality": "High",
    "resultTime": "2015-03-01T00:00:10Z",
    "validTime": "2015-03-01T00:00:00.000Z/2015-03-01T01:00:00.000Z",
    "Datastream": {"id": 7},
}
FROST = {
    "result": 49,
    "phenomenonTime": "2020-10-11T12:13:14+02:00",
    "Datastream": {"@iot.id": 999},
}
BATCH = [
    {
        "Datastream": {"id": 7},
        "dataArrayCount": 2,
        "components": ["phenomenonTime", "result", "FeatureOfInterest/id"],
        "dataArray": [
            ["2010-12-23T10:20:00-07:00", 65, 7],
            ["2010-12-23T10:21:00-07:00", 60, 7],
        ],
    }
]
ALL, OF_7 = "v1.1/Observations", "v1.1/Datastreams(7)/Observations"


def test_an_observation_is_a_reading_of_its_datastream() -> None:
    """Result, time and the position of the feature."""
    (found,) = decoded(sensorthings.decode(message(OBSERVATION, ALL))).readings
    assert (found.source, found.stream, found.result) == ("", "7", 100)
    assert found.at == datetime(2015, 3, 1, tzinfo=UTC)
    assert found.position == Position(-114.05, 51.05)


def test_an_interval_has_both_ends() -> None:
    """Phenomenon time as an interval of ISO 8601."""
    (found,) = decoded(sensorthings.decode(message(INTERVAL, ALL))).readings
    assert (found.at, found.until) == (
        datetime(2015, 3, 1, tzinfo=UTC),
        datetime(2015, 3, 1, 23, 59, 59, tzinfo=UTC),
    )


@pytest.mark.parametrize("topic", ["v1.1/Datastreams(999)/Observations", ALL, ""])
def test_the_datastream_is_linked_by_body_or_topic(topic: str) -> None:
    """FROST's link in the body; the topic may say the same."""
    assert decoded(sensorthings.decode(message(FROST, topic))).readings[0].stream == "999"


def test_the_topic_alone_links_the_datastream() -> None:
    """As FROST receives observations on the topic of a Datastream; ids of text have quotes."""
    body = {"result": 49, "phenomenonTime": "2020-10-11T12:13:14+02:00"}
    (found,) = decoded(sensorthings.decode(message(body, OF_7))).readings
    assert (found.stream, found.at) == ("7", datetime(2020, 10, 11, 10, 13, 14, tzinfo=UTC))
    quoted = sensorthings.decode(message(body, "v1.1/Datastreams('air-3')/Observations"))
    assert decoded(quoted).readings[0].stream == "air-3"


def test_a_batch_has_a_reading_for_each_row() -> None:
    """dataArray, with what else it names left aside; a list of Observations alike."""
    found = decoded(sensorthings.decode(message(BATCH, ALL))).readings
    assert [(each.result, each.at) for each in found] == [
        (65, datetime(2010, 12, 23, 17, 20, tzinfo=UTC)),
        (60, datetime(2010, 12, 23, 17, 21, tzinfo=UTC)),
    ]
    several = decoded(sensorthings.decode(message([FROST, INTERVAL], ALL))).readings
    assert [each.stream for each in several] == ["999", "7"]


def test_a_bad_row_is_refused_alone() -> None:
    """The times of OGC's own batch have an offset and a Z, and so are no times."""
    rows = [["2010-12-23T10:20:00-0700Z", 65, 7], ["2010-12-23T10:21:00Z", 60, 7], [1]]
    found = decoded(sensorthings.decode(message([BATCH[0] | {"dataArray": rows}], ALL)))
    assert [each.result for each in found.readings] == [60]
    assert [(each.kind, each.part) for each in found.refused] == [
        ("bad-time", "[0].dataArray[0]"),
        ("wrong-shape", "[0].dataArray[2]"),
    ]


def test_without_phenomenon_time_the_reading_has_none() -> None:
    """The standard then takes the server's: whoever stores it decides, and marks it."""
    body = {"result": 92122, "resultTime": "2015-03-01T00:00:10Z"}
    assert decoded(sensorthings.decode(message(body, OF_7))).readings[0].at is None


def test_an_id_of_the_client_or_the_number_of_its_message_is_the_source_key() -> None:
    """The same Observation sent again has the same id."""
    found = decoded(sensorthings.decode(message(FROST | {"@iot.id": "a-1"}, ALL))).readings
    assert found[0].source_key == "a-1"
    counted = FROST | {"@iot.id": "a-1", "parameters": {"batch": True, "counter": 41}}
    assert decoded(sensorthings.decode(message(counted, ALL))).readings[0].source_key == "41"


@pytest.mark.parametrize(
    ("body", "topic", "expected"),
    [
        ({"result": 1}, ALL, "no-source"),
        (FROST, OF_7, "contradiction"),
        (FROST, "v1.1/Things", "unknown-topic"),
        ({"result": None}, OF_7, "bad-value"),
        ({}, OF_7, "bad-value"),
        ({"result": [1, 2]}, OF_7, "wrong-shape"),
        ({"result": 1, "phenomenonTime": "2015-03-01T00:00:00"}, OF_7, "naive-time"),
        ({"result": 1, "resultTime": "yesterday"}, OF_7, "bad-time"),
        ([], OF_7, "wrong-shape"),
        ("5", OF_7, "wrong-shape"),
        ({"components": ["a", "a"], "dataArray": []}, OF_7, "duplicate-key"),
    ],
)
def test_what_is_no_observation_has_a_reason(body: object, topic: str, expected: str) -> None:
    """No Datastream, two of them, no result, a list as result, local times."""
    assert kind(sensorthings.decode(message(body, topic))) == expected


@pytest.mark.real_data
def test_every_stored_observation_is_read() -> None:
    """All but OGC's batch, whose times are none: its rows are refused with that reason."""
    for path in real_payloads("payloads", "sensorthings").glob("*.json"):
        body = re.sub(rb"\$[A-Z_-]+", b"999", path.read_bytes())
        topic = "v1.1/Datastreams(999)/Observations"
        found = decoded(sensorthings.decode(message(body, topic)))
        batch = path.name == "ets_dataArray.json"
        assert (len(found.readings), len(found.refused)) == ((0, 2) if batch else (1, 0))
