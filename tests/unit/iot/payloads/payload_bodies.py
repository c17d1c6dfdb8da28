"""Every decoder as a function of bytes alone, and genuine bodies for each."""

from __future__ import annotations

import json
from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
from payload_cases import message
from sparkplug_made import field, metric, payload, properties
from test_fiware import AIR, CABINET, NOISE_FEATURE, NOISE_NORMALIZED, STREETLIGHT, TRAFFIC
from test_lorawan import JOIN, LOCATION, LOG, STATUS, TTN_V2, TTS, UP
from test_mapped import BODY
from test_senml import CBOR_EXAMPLE, EXAMPLES
from test_sensor_community import API, FIRMWARE, ROWS, archive
from test_sensorthings import BATCH, FROST, INTERVAL, OBSERVATION
from test_sparkplug import BIRTH

from canopy.iot.payloads import sensor_community, sensorthings
from canopy.iot.payloads.fiware import decoding as fiware
from canopy.iot.payloads.lorawan import chirpstack, things_stack
from canopy.iot.payloads.mapped import decoding as mapped
from canopy.iot.payloads.mapped.mapping import Compiled, Mapping
from canopy.iot.payloads.reading import Outcome
from canopy.iot.payloads.senml import packs
from canopy.iot.payloads.sparkplug import decoding as sparkplug
from canopy.iot.payloads.sparkplug.state import SparkplugState

Decode = Callable[[bytes], Outcome]
LONDON = ZoneInfo("Europe/London")
MAPPING = Compiled(
    msgspec.convert(
        {
            "name": "gully",
            "records": "$.samples[*]",
            "source_level": 1,
            "time": "$.ts",
            "time_format": "unix-s",
            "streams": [
                {"stream": "level", "value": "$.lvl", "scale": 0.01, "numeric_text": True},
                {"stream": "lid", "value": "$.lid"},
            ],
        },
        Mapping,
    )
)


def chirpstack_event(name: str) -> Decode:
    """ChirpStack's decoder on the topic of an event."""
    topic = f"application/17c82e96/device/0101010101010101/event/{name}"
    return lambda body: chirpstack.decode(message(body, topic))


def sparkplug_of(kind: str) -> Decode:
    """Sparkplug's decoder after a birth, for a message of a node or device."""

    def decode(body: bytes) -> Outcome:
        state = SparkplugState()
        sparkplug.decode(message(BIRTH, "spBv1.0/g/NBIRTH/n"), state)
        device = "/d" if kind[0] == "D" else ""
        return sparkplug.decode(message(body, f"spBv1.0/g/{kind}/n{device}"), state)

    return decode


OBSERVATIONS = "v1.1/Datastreams(7)/Observations"
DECODERS: dict[str, Decode] = {
    "chirpstack-up": chirpstack_event("up"),
    "chirpstack-status": chirpstack_event("status"),
    "chirpstack-location": chirpstack_event("location"),
    "chirpstack-log": chirpstack_event("log"),
    "fiware": lambda body: fiware.decode(message(body), LONDON),
    "fiware-agent": lambda body: fiware.decode(message(body, "/json/key/lamp/attrs"), LONDON),
    "mapped": lambda body: mapped.decode(message(body, "g-7"), MAPPING),
    "senml-cbor": lambda body: packs.decode_cbor(message(body)),
    "senml-json": lambda body: packs.decode_json(message(body)),
    "sensor-community": lambda body: sensor_community.decode_json(message(body), LONDON),
    "sensor-community-csv": lambda body: sensor_community.decode_csv(message(body), LONDON),
    "sensorthings": lambda body: sensorthings.decode(message(body, OBSERVATIONS)),
    "sparkplug-birth": sparkplug_of("DBIRTH"),
    "sparkplug-data": sparkplug_of("NDATA"),
    "sparkplug-death": sparkplug_of("NDEATH"),
    "things-stack": lambda body: things_stack.decode(message(body)),
}

_DATA = payload(
    metric(field(12, 22.5), alias=1, at_ms=1_600_000_000_500),
    metric(field(10, 7), properties(Quality=500), name="Level"),
    seq=1,
)


def _json(*documents: object) -> list[bytes]:
    return [json.dumps(each).encode() for each in documents]


SAMPLES: dict[str, list[bytes]] = {
    "chirpstack-up": _json(UP, UP | {"object": {"co2": 4, "ports": [{"open": True}]}}),
    "chirpstack-status": _json(STATUS),
    "chirpstack-location": _json(LOCATION),
    "chirpstack-log": _json(LOG, JOIN),
    "fiware": _json(NOISE_NORMALIZED, NOISE_FEATURE, STREETLIGHT, AIR, CABINET, [TRAFFIC]),
    "fiware-agent": _json({"t": 21.5, "TimeInstant": "2020-01-01T00:00:00Z"}),
    "mapped": _json(BODY),
    "senml-cbor": [CBOR_EXAMPLE],
    "senml-json": [pack.encode() for pack, _ in EXAMPLES],
    "sensor-community": _json([API], FIRMWARE),
    "sensor-community-csv": [archive(*ROWS).encode()],
    "sensorthings": _json(OBSERVATION, INTERVAL, FROST, BATCH),
    "sparkplug-birth": [payload(metric(field(10, 7), name="T", alias=8, datatype=7), seq=1)],
    "sparkplug-data": [_DATA],
    "sparkplug-death": [payload(metric(field(11, 3), name="bdSeq", datatype=4))],
    "things-stack": _json(TTS, TTN_V2),
}
