"""Uplinks of ChirpStack and The Things Stack, as documented and as stored."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from payload_cases import decoded, kind, message, real_payloads

from canopy.iot.care.counting.following import number_of
from canopy.iot.payloads.lorawan import chirpstack, things_stack
from canopy.iot.payloads.reading import Event, Position, Reading

# ChirpStack documentation (chirpstack-docs at 9d9b5bb4), "Events"; shortened, values unchanged.
DEVICE = {"applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97", "devEui": "0101010101010101"}
UP: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2022-07-18T09:34:15.775023242+00:00",
    "deviceInfo": DEVICE,
    "dr": 1,
    "fPort": 1,
    "data": "qg==",
    "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -36, "snr": 10.5}],
}
STATUS = {
    "deduplicationId": "bf2a9746-1c8b-49be-a92e-f0b89c8534e4",
    "time": "2022-07-18T09:35:06.927172638+00:00",
    "deviceInfo": DEVICE,
    "margin": 10,
    "batteryLevel": 88.3,
}
LOCATION = {
    "deduplicationId": "63d870b9-b769-4d88-8b33-8e43f58851a7",
    "time": "2022-07-18T09:55:11.059481003+00:00",
    "deviceInfo": DEVICE,
    "location": {"latitude": 37.344214, "longitude": -8.839375, "altitude": 2},
}
LOG = {
    "time": "2022-07-18T09:39:57.311414029+00:00",
    "deviceInfo": DEVICE,
    "level": "ERROR",
    "code": "UPLINK_MIC",
    "description": "MIC of join-request is invalid, make sure keys are correct",
}
JOIN = {
    "deduplicationId": "c9dbe358-2578-4fb7-b295-66b44edc45a6",
    "time": "2022-07-18T09:33:28.823500726+00:00",
    "deviceInfo": DEVICE,
    "devAddr": "00189440",
}

# The Things Stack documentation (lorawan-stack-docs at a189a525), "Uplink messages"; shortened.
TTS: dict[str, Any] = {
    "end_device_ids": {
        "device_id": "dev1",
        "application_ids": {"application_id": "app1"},
        "dev_eui": "0004A30B001C0530",
    },
    "received_at": "2020-02-12T15:15:46.014773143Z",
    "uplink_message": {
        "session_key_id": "AXA50tHUGUucuzS/bCGMNw==",
        "f_cnt": 1,
        "frm_payload": "gkHe",
        "decoded_payload": {"temperature": 1.0, "luminosity": 0.64},
        "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1"}, "rssi": -35, "snr": 5}],
        "locations": {
            "user": {
                "latitude": 37.97155556731436,
                "longitude": 23.72678801175413,
                "altitude": 10,
                "source": "SOURCE_REGISTRY",
            }
        },
        "received_at": "2020-02-12T15:15:45.789585559Z",
    },
}
# A version 2 uplink of ttnmapper-android-v3's tests; shortened.
TTN_V2: dict[str, Any] = {
    "app_id": "ttn_mapper_wa",
    "dev_id": "ttn_mapper_01",
    "counter": 101,
    "payload_raw": "yq5Gg+Z2/+0B",
    "payload_fields": {
        "altitude": -19,
        "hdop": 0.1,
        "latitude": 52.50991478621452,
        "longitude": 5.484720795435919,
    },
    "metadata": {
        "time": "2021-01-12T16:25:50.911765357Z",
        "gateways": [
            {"gtw_id": "eui-b827ebfffefdb27f", "rssi": -70, "snr": 8.2, "time": ""},
            {"gtw_id": "eui-dca632fffe005838", "rssi": -81, "snr": 8.5},
        ],
    },
}


def event(name: str, body: object, eui: str = "0101010101010101") -> Any:
    """What ChirpStack's decoder answers for an event on its topic."""
    return chirpstack.decode(message(body, f"application/17c82e96/device/{eui}/event/{name}"))


def by_stream(readings: tuple[Reading, ...]) -> dict[str, object]:
    """Stream -> result."""
    return {each.stream: each.result for each in readings}


def test_an_uplink_without_codec_keeps_its_frame() -> None:
    """The documented uplink: the bytes in base64, marked, and the best link."""
    frame, rssi, snr = decoded(event("up", UP)).readings
    assert (frame.stream, frame.result) == ("frm_payload", "qg==")
    assert frame.hints == ("network-time", "raw-frame", "base64")
    assert (rssi.result, rssi.unit, snr.result, snr.unit) == (-36, "dB{mW}", 10.5, "dB")
    assert frame.source == "0101010101010101"
    assert frame.source_key == "3ac7e3c4-4401-4b8d-9386-a5c902f9202d"
    assert frame.at == datetime(2022, 7, 18, 9, 34, 15, 775023, tzinfo=UTC)
    (counted, *_) = decoded(event("up", {**UP, "devAddr": "00189440", "fCnt": 12})).readings
    assert number_of(counted.source_key) == ("00189440", 12)


def test_a_frame_without_a_session_counts_by_its_address() -> None:
    """Of The Things Stack; and without an address by its number alone."""
    body = copy.deepcopy(TTS)
    del body["uplink_message"]["session_key_id"]
    assert decoded(things_stack.decode(message(body))).readings[0].source_key == "1"
    body["end_device_ids"]["dev_addr"] = "260B1234"
    key = decoded(things_stack.decode(message(body))).readings[0].source_key
    assert number_of(key) == ("260B1234", 1)


def test_decoded_objects_become_a_reading_for_each_value() -> None:
    """Nested values have names with dots; null is no value; the raw frame is then not kept."""
    body = UP | {"object": {"co2": 412, "ports": [{"open": True}, None], "label": "north"}}
    found = by_stream(decoded(event("up", body)).readings)
    assert found == {
        "co2": 412, "ports.0.open": True, "label": "north", "link.rssi": -36, "link.snr": 10.5,
    }  # fmt: skip


def test_the_documented_status_and_location_are_readings() -> None:
    """Margin in dB, battery in per cent; a location is a position and two readings."""
    assert by_stream(decoded(event("status", STATUS)).readings) == {
        "status.margin": 10, "status.battery": 88.3,
    }  # fmt: skip
    longitude, latitude = decoded(event("location", LOCATION)).readings
    assert longitude.position == Position(-8.839375, 37.344214, 2)
    assert (longitude.result, latitude.result) == (-8.839375, 37.344214)


def test_a_battery_that_is_not_known_gives_no_reading() -> None:
    """On mains there is no level; unknown is unknown."""
    mains = STATUS | {"externalPowerSource": True, "batteryLevel": 0}
    unknown = STATUS | {"batteryLevelUnavailable": True, "batteryLevel": 0}
    assert "status.battery" not in by_stream(decoded(event("status", mains)).readings)
    assert by_stream(decoded(event("status", unknown)).readings) == {"status.margin": 10}


def test_joins_and_logs_are_events() -> None:
    """They hold no reading, and say what they hold."""
    assert decoded(event("join", JOIN)).events == (
        Event(
            kind="join",
            source="0101010101010101",
            at=datetime(2022, 7, 18, 9, 33, 28, 823500, tzinfo=UTC),
            detail="devAddr 00189440",
        ),
    )
    (log,) = decoded(event("log", LOG)).events
    assert log.detail.startswith("level ERROR; code UPLINK_MIC; description MIC of join-request")


def test_topic_and_body_must_name_one_device() -> None:
    """A gateway that publishes for another device is refused; case does not matter."""
    assert kind(event("up", UP, eui="0202020202020202")) == "contradiction"
    upper = UP | {"deviceInfo": DEVICE | {"devEui": "ABCDEF0123456789"}}
    assert decoded(event("up", upper, eui="abcdef0123456789")).readings
    assert kind(event("dance", UP)) == "unknown-topic"
    assert kind(chirpstack.decode(message(UP, "application/x"))) == "unknown-topic"


def test_the_documented_uplink_of_the_things_stack_is_read() -> None:
    """Values, the session's frame counter as key, the registered position, the network's time."""
    found = decoded(things_stack.decode(message(TTS))).readings
    assert by_stream(found) == {
        "temperature": 1, "luminosity": 0.64, "link.rssi": -35, "link.snr": 5,
    }  # fmt: skip
    assert found[0].source == "app1/dev1"
    assert found[0].source_key == "AXA50tHUGUucuzS/bCGMNw==:1"
    assert found[0].position == Position(23.72678801175413, 37.97155556731436, 10)
    assert found[0].at == datetime(2020, 2, 12, 15, 15, 45, 789585, tzinfo=UTC)


def test_a_frame_counter_of_zero_is_left_out_by_protobuf_and_read_all_the_same() -> None:
    """The first frame of a session is frame 0."""
    body = copy.deepcopy(TTS)
    del body["uplink_message"]["f_cnt"]
    assert decoded(things_stack.decode(message(body))).readings[0].source_key.endswith(":0")


def test_version_2_uplinks_are_told_by_their_fields() -> None:
    """The device's own receiver gives the position; the gateway that heard best gives the link."""
    found = decoded(things_stack.decode(message(TTN_V2))).readings
    assert found[0].position == Position(5.484720795435919, 52.50991478621452, -19)
    assert by_stream(found)["link.rssi"] == -81
    assert (found[0].source, found[0].source_key) == ("ttn_mapper_wa/ttn_mapper_01", "101")


def test_the_documented_join_is_an_event() -> None:
    """A join-accept has no reading."""
    body = {
        "end_device_ids": TTS["end_device_ids"],
        "received_at": "2020-02-17T07:49:09.935284891Z",
        "join_accept": {"session_key_id": "AXBSH1Pk6Z0G166RlH16CQ=="},
    }
    assert [each.kind for each in decoded(things_stack.decode(message(body))).events] == ["join"]


def test_one_bad_value_does_not_lose_the_others() -> None:
    """A text that cannot be stored is refused by name; the rest is read."""
    body = copy.deepcopy(TTS)
    body["uplink_message"]["decoded_payload"]["label"] = "a\0b"
    found = decoded(things_stack.decode(message(body)))
    assert len(found.readings) == 4
    assert [(each.kind, each.part) for each in found.refused] == [("bad-text", "label")]


def test_simulated_uplinks_say_so() -> None:
    """Those made in the console must not pass for measured ones."""
    found = decoded(things_stack.decode(message(TTS | {"simulated": True})))
    assert all("simulated" in each.hints for each in found.readings)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"end_device_ids" {}}', "malformed"),
        ({}, "no-source"),
        ({"end_device_ids": {}}, "wrong-shape"),
        (TTS | {"uplink_message": 5}, "wrong-shape"),
        ({"end_device_ids": TTS["end_device_ids"], "received_at": "2020"}, "bad-time"),
    ],
)
def test_messages_that_are_none_have_a_reason(body: object, expected: str) -> None:
    """Also JSON with something missing, as a documented example once had."""
    assert kind(things_stack.decode(message(body))) == expected


@pytest.mark.real_data
def test_every_stored_event_and_uplink_is_read() -> None:
    """All documented events, and all stored uplinks with their values."""
    folder = real_payloads("payloads")
    for path in (folder / "chirpstack").glob("*.json"):
        found = decoded(event(path.stem, path.read_bytes()))
        assert found.readings or found.events, path.name
        assert not found.refused, path.name
    lines = real_payloads("ttn_uplinks.jsonl").read_bytes().splitlines()
    stored = [*lines, *(path.read_bytes() for path in (folder / "tts").glob("*.json"))]
    answers = [decoded(things_stack.decode(message(body))) for body in stored]
    assert sum(len(each.readings) for each in answers) == 6 + 12 + 7 + 4
    assert not any(each.refused for each in answers)
