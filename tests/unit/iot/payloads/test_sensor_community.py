"""Sensor.Community: rows of the archive and JSON."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from payload_cases import decoded, kind, message, real_payloads

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Position
from canopy.iot.payloads.sensor_community import decode_csv, decode_json

UTC_ZONE = ZoneInfo("UTC")
# watty62/abdn_air_quality at aadf01a74f (Sensor.Community, ODbL): sensor 15092, 1 March 2019.
HEADER = "sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2"
ROWS = [
    "15092;SDS011;7647;56.963;-2.211;2019-03-01T00:00:15;23.07;;;10.90;;",
    "15092;SDS011;7647;56.963;-2.211;2019-03-01T00:02:44;22.93;;;9.90;;",
    "15092;SDS011;7647;56.963;-2.211;2019-03-01T00:05:16;19.53;;;10.63;;",
]
API = {
    "id": 3001,
    "timestamp": "2019-03-01 00:00:15",
    "sensor": {"id": 15092, "sensor_type": {"name": "SDS011"}},
    "location": {"id": 7647, "latitude": "56.963", "longitude": "-2.211", "altitude": ""},
    "sensordatavalues": [
        {"id": 71, "value_type": "P1", "value": "23.07"},
        {"id": 72, "value_type": "P2", "value": "10.90"},
    ],
}
FIRMWARE = {
    "esp8266id": "12345678",
    "software_version": "NRZ-2020-133",
    "sensordatavalues": [
        {"value_type": "SDS_P1", "value": "999.90"},
        {"value_type": "BME280_temperature", "value": "-3.61"},
        {"value_type": "BME280_pressure", "value": "101325.00"},
    ],
}


def archive(*rows: str) -> str:
    """A file of the archive."""
    return "\n".join([HEADER, *rows]) + "\n"


def test_rows_give_a_reading_for_each_value() -> None:
    """Both particulates, with time, place and unit; empty columns give none."""
    found = decoded(decode_csv(message(archive(*ROWS)), UTC_ZONE)).readings
    assert [(each.stream, each.result) for each in found] == [
        ("P1", 23.07), ("P2", 10.90), ("P1", 22.93), ("P2", 9.90), ("P1", 19.53), ("P2", 10.63),
    ]  # fmt: skip
    assert found[0].at == datetime(2019, 3, 1, 0, 0, 15, tzinfo=UTC)
    assert (found[0].source, found[0].unit) == ("15092", "ug/m3")
    assert found[0].position == Position(-2.211, 56.963)


def test_without_a_declared_zone_no_row_is_read() -> None:
    """Copies of the archive are not always in UTC."""
    found = decoded(decode_csv(message(archive(*ROWS))))
    assert not found.readings
    assert [(each.kind, each.part) for each in found.refused] == [
        ("naive-time", "line 2"),
        ("naive-time", "line 3"),
        ("naive-time", "line 4"),
    ]


def test_the_end_of_the_range_is_flagged() -> None:
    """999.9 is kept and marked: it is no value of the air."""
    row = "15092;SDS011;7647;56.963;-2.211;2019-03-01T00:00:15;999.90;;;998.9;;"
    coarse, fine = decoded(decode_csv(message(archive(row)), UTC_ZONE)).readings
    assert (coarse.result, coarse.hints) == (999.9, ("saturated",))
    assert fine.hints == ()


def test_broken_rows_and_values_are_refused_alone() -> None:
    """Too few values, words for numbers, a day that is none."""
    rows = [
        ROWS[0],
        "15092;SDS011",
        ROWS[1].replace("22.93", "nan"),
        ROWS[2].replace("03-01", "02-30"),
    ]
    found = decoded(decode_csv(message(archive(*rows)), UTC_ZONE))
    assert [each.part for each in found.refused] == ["line 3", "line 4, P1", "line 5"]
    assert [each.result for each in found.readings] == [23.07, 10.90, 9.90]


def test_a_sensor_without_a_place_is_read_without() -> None:
    """The position is left out and hinted at."""
    row = ROWS[0].replace("56.963;-2.211", ";")
    found = decoded(decode_csv(message(archive(row)), UTC_ZONE)).readings
    assert (found[0].position, found[0].hints) == (None, ("no-position-fix",))


def test_the_api_writes_numbers_as_text() -> None:
    """The value's id is the source key."""
    found = decoded(decode_json(message([API]), UTC_ZONE)).readings
    assert [(each.stream, each.result, each.source_key) for each in found] == [
        ("P1", 23.07, "71"),
        ("P2", 10.90, "72"),
    ]
    assert found[0].position == Position(-2.211, 56.963)


def test_the_firmware_has_no_time_and_longer_names() -> None:
    """Units and the end of the range are known all the same."""
    found = decoded(decode_json(message(FIRMWARE))).readings
    assert [(each.stream, each.unit, each.hints) for each in found] == [
        ("SDS_P1", "ug/m3", ("saturated",)),
        ("BME280_temperature", "Cel", ()),
        ("BME280_pressure", "Pa", ()),
    ]
    assert {(each.source, each.at) for each in found} == {("esp8266-12345678", None)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "wrong-shape"),
        ("a,b\n1,2\n", "wrong-shape"),
        (b"\xff\xfe", "malformed"),
        (HEADER + ";P1\n", "wrong-shape"),
        (HEADER + ";x" * 40, "wrong-shape"),
    ],
)
def test_what_is_no_archive_has_a_reason(body: bytes | str, expected: str) -> None:
    """Another separator, another encoding, columns twice or too many."""
    assert kind(decode_csv(message(body), UTC_ZONE)) == expected


def test_more_rows_than_allowed_are_refused_whole() -> None:
    """Three rows are six readings."""
    body = message(archive(*ROWS))
    assert kind(decode_csv(body, UTC_ZONE, Limits(readings=5))) == "too-many"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"sensordatavalues": []}, "no-source"),
        ({"esp8266id": 1}, "wrong-shape"),
        (API, "naive-time"),
        ("7", "wrong-shape"),
    ],
)
def test_json_that_is_no_entry_has_a_reason(body: object, expected: str) -> None:
    """No sensor, no values, no zone for the time."""
    assert kind(decode_json(message(body))) == expected


@pytest.mark.real_data
def test_the_week_in_aberdeen_is_read_whole() -> None:
    """Every row of every file, two values each where both are there; saturated ones are marked."""
    readings = saturated = refused = rows = 0
    with zipfile.ZipFile(real_payloads("aberdeen_luftdaten_2019-03-01_07.zip")) as week:
        for name in week.namelist():
            if name.endswith(".csv"):
                body = week.read(name)
                rows += len(body.splitlines()) - 1
                found = decoded(decode_csv(message(body), UTC_ZONE, Limits(readings=50_000)))
                readings += len(found.readings)
                refused += len(found.refused)
                saturated += sum("saturated" in each.hints for each in found.readings)
    assert refused == 0
    assert readings == 2 * rows
    assert saturated > 0
