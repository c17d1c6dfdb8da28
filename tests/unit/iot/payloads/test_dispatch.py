"""Routes by topic and content type, from TOML."""

from __future__ import annotations

import re

import pytest
from payload_cases import decoded, kind, message, real_payloads

from canopy.errors import BadMapping
from canopy.iot.payloads.dispatch import Dispatcher, check_filter, loads, topic_matches
from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Decoded

TOML = """
[[route]]
topic = "council/+/air"
decoder = "sensor-community"
time_zone = "UTC"

[[route]]
topic = "council/gully/#"
decoder = "mapped"
mapping = "gully"

[[route]]
topic = "#"
content_type = "application/senml+cbor"
decoder = "senml+cbor"

[[mapping]]
name = "gully"
source_level = 3
time = "$.ts"
time_format = "unix-ms"
streams = [{ stream = "level", value = "$.lvl", unit = "cm" }]
"""
SENML = '[{"n":"a","v":1}]'


def test_a_file_of_routes_chooses_decoder_zone_and_mapping() -> None:
    """By topic, by content type; the first route that fits decides."""
    dispatcher = Dispatcher(loads(TOML))
    air = {
        "sensor": {"id": 1},
        "timestamp": "2019-03-01 00:00:15",
        "sensordatavalues": [{"value_type": "P1", "value": "5"}],
    }
    assert decoded(dispatcher.decode(message(air, "council/7/air"))).readings[0].stream == "P1"
    level = message({"ts": 1600000000000, "lvl": 4}, "council/gully/g-7/data")
    assert decoded(dispatcher.decode(level)).readings[0].source == "g-7"
    pack = message(bytes.fromhex("81a200616102 01"), "x", content_type="application/senml+cbor")
    assert decoded(dispatcher.decode(pack)).readings[0].result == 1


def test_without_a_file_the_topics_of_the_formats_are_known() -> None:
    """SenML and FIWARE have topics of Canopy's own, and go by content type, whatever its
    parameters."""
    dispatcher = Dispatcher()
    cbor = message(bytes.fromhex("81a200616102 01"), "senml-cbor/yard")
    assert decoded(dispatcher.decode(cbor)).readings[0].result == 1
    noise = {
        "id": "urn:ngsi-ld:n", "type": "NoiseLevelObserved",
        "dateObserved": "2026-11-01T12:00:00Z", "LAeq": 67.8,
    }  # fmt: skip
    for topic, of in (("ngsi-ld/noise", ""), ("ngsi-v2/a/b", ""), ("x", "application/ld+json")):
        found = decoded(dispatcher.decode(message(noise, topic, content_type=of))).readings
        assert (found[0].stream, found[0].result) == ("LAeq", 67.8)
    senml = message(SENML, "any/topic", content_type="Application/SenML+JSON; charset=utf-8")
    assert decoded(dispatcher.decode(senml)).readings
    observation = message({"result": 1}, "v1.1/Datastreams(7)/Observations")
    assert decoded(dispatcher.decode(observation)).readings[0].stream == "7"
    assert kind(dispatcher.decode(message(b"", "spBv1.0/g/NDATA/n"))) == "no-birth"
    assert kind(dispatcher.decode(message("{}", "v3/app@tenant/devices/d/up"))) == "no-source"
    assert (
        kind(dispatcher.decode(message("[]", "application/a/device/d/event/up"))) == "wrong-shape"
    )


@pytest.mark.real_data
def test_genuine_samples_are_read_on_the_topics_that_are_documented() -> None:
    """Of FIWARE and SenML in CBOR; where a sample's times have no offset it says so."""
    dispatcher = Dispatcher()
    entities = sorted(real_payloads("payloads", "fiware").glob("*.json*"))
    outcomes = [
        dispatcher.decode(message(each.read_bytes(), f"ngsi-ld/{each.stem}")) for each in entities
    ]
    kinds = {each.kind for each in outcomes if not isinstance(each, Decoded)}
    assert len(entities) >= 12
    assert kinds <= {"naive-time"}
    assert sum(isinstance(each, Decoded) and bool(each.readings) for each in outcomes) >= 6
    pack = (real_payloads("payloads", "senml") / "ex3.cbor.hex").read_text()
    pack = "".join(re.findall(r"\b[0-9a-f]{2}\b", pack))
    found = decoded(dispatcher.decode(message(bytes.fromhex(pack), "senml-cbor/a")))
    assert len(found.readings) == 7


def test_what_no_route_takes_is_undecodable() -> None:
    """It goes where all undecodable messages go, and is seen there."""
    assert kind(Dispatcher().decode(message(SENML, "any/topic"))) == "unknown-topic"


def test_limits_reach_the_decoder() -> None:
    """A message of three bytes, of two allowed."""
    dispatcher = Dispatcher(limits=Limits(body_bytes=2))
    body = message("[5]", "x", content_type="application/senml+json")
    assert kind(dispatcher.decode(body)) == "too-large"


@pytest.mark.parametrize(
    "written",
    [
        "route = 5",
        "[[route]]\ndecoder = 'morse'",
        "[[route]]\ndecoder = 'fiware'\nspeed = 5",
        "[[route]]\ndecoder = 'mapped'",
        "[[route]]\ndecoder = 'mapped'\nmapping = 'nowhere'",
        "[[route]]\ndecoder = 'fiware'\nmapping = 'gully'",
        "[[route]]\ndecoder = 'fiware'\ntopic = 'a/#/b'",
        "[[route]]\ndecoder = 'fiware'\ntopic = 'a/b+'",
        "[[route]]\ndecoder = 'fiware'\ntime_zone = 'Mars/Olympus'",
        "[[route]]\ndecoder = 'fiware'\ntime_zone = '../../etc/passwd'",
        "[[mapping]]\nname = 'a'\nstreams = []\nsource = '$.a'",
        "[[mapping]]\nname = 'a'\nstreams = [{stream = 'x', value = '$..a'}]\nsource = '$.a'",
        "[[mapping]]\nname = 'a'\nstreams = [{stream = 'x', value = '$.a[*]'}]\nsource = '$.a'",
        "[[mapping]]\nname = 'a'\nstreams = [{stream = 'x', value = '$.a'}]",
        "[[mapping]]\nname = 'a'\nstreams = [{stream = 'x', value = '$.a'}]\nsource = '$.a'\n"
        "longitude = '$.x'",
        "[[mapping]]\nname = 'a'\nstreams = [{stream = 'x', value = '$.a'}]\nsource = '$.a'\n"
        "[[mapping]]\nname = 'a'\nstreams = [{stream = 'x', value = '$.a'}]\nsource = '$.a'\n",
        "not toml",
    ],
)
def test_routes_that_cannot_be_used_are_refused_with_the_reason(written: str) -> None:
    """When the file is read, not when the first message comes."""
    with pytest.raises(BadMapping):
        Dispatcher(loads(written))


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("a/b", "a/b", True), ("a/b", "a/b/c", False), ("a/+", "a/b", True), ("a/+", "a", False),
        ("a/+", "a/", True), ("a/#", "a", True), ("a/#", "a/b/c", True), ("#", "a/b", True),
        ("+/b", "/b", True), ("a/+/c", "a/b/d", False),
    ],
)  # fmt: skip
def test_topic_filters_fit_as_mqtt_says(pattern: str, topic: str, fits: bool) -> None:
    """MQTT 5.0, section 4.7.1: `#` takes its parent, `+` takes an empty level."""
    check_filter(pattern)
    assert topic_matches(pattern.split("/"), topic.split("/")) is fits


def test_a_fault_of_a_decoder_buries_its_message_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it raises must not end the thread that reads for everybody."""

    def failing(*_: object) -> None:
        raise OverflowError("int too large to convert to float")

    monkeypatch.setattr("canopy.iot.payloads.senml.packs.decode_json", failing)
    dispatcher = Dispatcher()
    assert kind(dispatcher.decode(message(SENML.encode(), "senml/yard"))) == "decoder-fault"
    assert kind(dispatcher.decode(message(b"{}", "nowhere"))) == "unknown-topic"
