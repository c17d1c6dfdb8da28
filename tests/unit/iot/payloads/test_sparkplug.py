"""Sparkplug B: births, data by alias, types, nulls, sequences and deaths."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_cases import decoded, kind, message
from sparkplug_made import field, metric, payload, properties, varint

from canopy.iot.payloads.limits import LIMITS
from canopy.iot.payloads.reading import Outcome
from canopy.iot.payloads.sparkplug.datatypes import typed
from canopy.iot.payloads.sparkplug.decoding import decode
from canopy.iot.payloads.sparkplug.message import Metric
from canopy.iot.payloads.sparkplug.state import SparkplugState
from canopy.iot.payloads.sparkplug.wire import fields
from canopy.iot.payloads.unreadable import Unreadable

AT = datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
BIRTH = payload(
    metric(field(11, 3), name="bdSeq", datatype=4),
    metric(field(14, True), name="Node Control/Rebirth", datatype=11),
    metric(field(12, 21.5), properties(engUnit="Cel"), name="Temp", alias=1, datatype=9),
    metric(field(10, 0xFFFF_FFFE), name="Level", alias=2, datatype=3),
    seq=0,
)


def send(state: SparkplugState, kind_: str, body: bytes, device: str = "") -> Outcome:
    """What a message of group g, node n gives."""
    return decode(message(body, f"spBv1.0/g/{kind_}/n" + (f"/{device}" if device else "")), state)


@pytest.fixture
def born() -> SparkplugState:
    """A node whose birth was seen."""
    state = SparkplugState()
    decoded(send(state, "NBIRTH", BIRTH))
    return state


def test_a_birth_gives_the_values_at_that_moment() -> None:
    """Its control metrics and bdSeq are no readings; -2 is sent as 2^32 - 2."""
    found = decoded(send(SparkplugState(), "NBIRTH", BIRTH))
    assert [(each.source, each.stream, each.result, each.unit) for each in found.readings] == [
        ("g/n", "Temp", 21.5, "Cel"),
        ("g/n", "Level", -2, None),
    ]
    assert found.readings[0].at == AT
    assert [each.kind for each in found.events] == ["birth"]


def test_data_by_alias_take_name_type_and_unit_of_the_birth(born: SparkplugState) -> None:
    """Data need neither a name nor a datatype; a metric's own time is before the payload's."""
    body = payload(metric(field(12, 22.5), alias=1, at_ms=1_600_000_000_500), seq=1)
    found = decoded(send(born, "NDATA", body))
    (reading,) = found.readings
    assert (reading.stream, reading.result, reading.unit) == ("Temp", 22.5, "Cel")
    assert reading.at == datetime(2020, 9, 13, 12, 26, 40, 500000, tzinfo=UTC)
    assert not found.events


@pytest.mark.parametrize(
    ("written", "unit", "given_unit"),
    [
        ("°C", "Cel", ""), ("°F", "[degF]", ""), ("degF", "[degF]", ""), ("kPa", "kPa", ""),
        ("MWh", "MW.h", ""), ("kWh", "kW.h", ""), ("µg/m³", "ug/m3", ""),
        ("furlong", None, "furlong"),
    ],
)  # fmt: skip
def test_units_are_known_as_engineers_write_them(
    written: str, unit: str | None, given_unit: str
) -> None:
    """What is in no table is kept as written."""
    birth = payload(
        metric(field(12, 70.0), properties(engUnit=written), name="T", datatype=9), seq=0
    )
    (reading,) = decoded(send(SparkplugState(), "NBIRTH", birth)).readings
    assert (reading.unit, reading.given_unit) == (unit, given_unit)


def test_data_before_a_birth_ask_for_one() -> None:
    """What an alias means is not known; unknown aliases of a known node are refused alone."""
    body = payload(metric(field(12, 22.5), alias=1), seq=1)
    assert kind(send(SparkplugState(), "NDATA", body)) == "no-birth"
    state = SparkplugState()
    decoded(send(state, "NBIRTH", BIRTH))
    both = payload(metric(field(12, 1.0), alias=99), metric(field(12, 2.0), alias=1), seq=1)
    found = decoded(send(state, "NDATA", both))
    assert [each.kind for each in found.refused] == ["no-birth"]
    assert [each.result for each in found.readings] == [2.0]


def test_gaps_of_the_sequence_are_told_once(born: SparkplugState) -> None:
    """From 1 to 5 three are missing; then it goes on."""
    first = decoded(send(born, "NDATA", payload(seq=1)))
    gap = decoded(send(born, "NDATA", payload(seq=5)))
    after = decoded(send(born, "NDATA", payload(seq=6)))
    assert [len(each.events) for each in (first, gap, after)] == [0, 1, 0]
    assert (gap.events[0].kind, gap.events[0].detail) == ("sequence-gap", "expected 2, got 5")


def test_the_sequence_begins_again_after_255(born: SparkplugState) -> None:
    """256 messages later no gap is told; 256 itself is no sequence number."""
    told = [decoded(send(born, "NDATA", payload(seq=at % 256))).events for at in range(1, 300)]
    assert not any(told)
    assert kind(send(born, "NDATA", payload(seq=256))) == "wrong-shape"


def test_devices_share_the_sequence_and_have_metrics_of_their_own(born: SparkplugState) -> None:
    """A device is born after its node; its death forgets its metrics alone."""
    birth = payload(metric(field(10, 7), name="Temp", alias=8, datatype=7), seq=1)
    assert decoded(send(born, "DBIRTH", birth, "d")).readings[0].source == "g/n/d"
    data = payload(metric(field(10, 9), alias=8), seq=2)
    assert decoded(send(born, "DDATA", data, "d")).readings[0].result == 9
    assert [e.kind for e in decoded(send(born, "DDEATH", payload(seq=3), "d")).events] == ["death"]
    gone = decoded(send(born, "DDATA", payload(metric(field(10, 9), alias=8), seq=4), "d"))
    assert gone.refused[0].kind == "no-birth"
    still = decoded(send(born, "NDATA", payload(metric(field(12, 1.0), alias=1), seq=5)))
    assert still.readings[0].stream == "Temp"


def test_a_device_born_before_its_node_is_refused() -> None:
    """Its aliases could not be told from those of the node."""
    assert kind(send(SparkplugState(), "DBIRTH", payload(seq=1), "d")) == "no-birth"


def test_the_death_of_a_node_forgets_its_births(born: SparkplugState) -> None:
    """Its will has no sequence number."""
    will = payload(metric(field(11, 3), name="bdSeq", datatype=4))
    assert [each.kind for each in decoded(send(born, "NDEATH", will)).events] == ["death"]
    assert kind(send(born, "NDATA", payload(seq=1))) == "no-birth"


def test_nulls_give_no_reading_and_history_says_so(born: SparkplugState) -> None:
    """is_null is 7, is_historical 5."""
    null = metric(field(7, True), alias=1)
    old = metric(field(5, True), field(12, 3.5), alias=1, at_ms=1_500_000_000_000)
    found = decoded(send(born, "NDATA", payload(null, old, seq=1)))
    assert [(each.result, each.hints) for each in found.readings] == [(3.5, ("historical",))]
    assert not found.refused


def test_the_quality_of_a_metric_is_hinted_at(born: SparkplugState) -> None:
    """500 is stale, 0 bad, 192 good."""
    sent = [metric(field(12, 1.0), properties(Quality=q), alias=1, at_ms=q) for q in (500, 0, 192)]
    found = decoded(send(born, "NDATA", payload(*sent, seq=1)))
    assert [each.hints for each in found.readings] == [("stale",), ("bad-quality",), ()]


@pytest.mark.parametrize(
    ("datatype", "number", "value", "expected"),
    [
        (1, 10, 0xFFFF_FF80, -128), (1, 10, 0x80, -128), (2, 10, 0xFFFF_8000, -32768),
        (3, 10, 0x8000_0000, -(2**31)), (3, 10, 7, 7), (4, 11, 2**64 - 1, -1),
        (4, 11, 2**62, 2**62), (5, 10, 255, 255), (6, 10, 65535, 65535),
        (7, 10, 2**32 - 1, 2**32 - 1), (8, 11, 2**63, 2**63), (9, 12, 1.5, 1.5), (10, 13, 0.1, 0.1),
        (11, 14, True, True), (12, 15, "ok", "ok"), (12, 15, "", ""),
        (13, 11, 1_600_000_000_000, 1_600_000_000_000), (14, 15, "t", "t"), (15, 15, "u", "u"),
        (17, 16, b"\xff\xfe", "__4"),
    ],
)  # fmt: skip
def test_each_datatype_has_its_value(
    datatype: int, number: int, value: int | float | str | bytes, expected: object
) -> None:
    """Two's complement, whole, float, truth, text and bytes."""
    sent = Metric(datatype=datatype, field=number, value=value)
    assert typed(sent, datatype, LIMITS)[0] == expected


@pytest.mark.parametrize(
    ("datatype", "number", "value"),
    [
        (5, 10, 256), (1, 10, 0x180), (9, 12, float("nan")), (10, 13, float("inf")), (9, 10, 5),
        (11, 10, 1), (12, 16, b"x"), (3, 15, "7"), (16, 17, b""), (19, 18, b""), (22, 16, b""),
        (99, 10, 1), (3, 0, 0),
    ],
)  # fmt: skip
def test_values_that_break_their_datatype_are_refused(
    datatype: int, number: int, value: int | float | str | bytes
) -> None:
    """Out of range, NaN, another field than the type's, sets and templates, no value at all."""
    with pytest.raises(Unreadable):
        typed(Metric(datatype=datatype, field=number, value=value), datatype, LIMITS)


@pytest.mark.parametrize(
    "body",
    [
        b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"\x00\x01", b"\xff" * 11, b"\x09\x01",
        field(1, "text"), field(2, 5), field(2, field(1, b"\xff")), field(2, field(12, 5)),
    ],
)  # fmt: skip
def test_bytes_that_are_no_payload_are_refused(born: SparkplugState, body: bytes) -> None:
    """Cut short, too long, groups, field 0, endless numbers, other wire types, bad text."""
    assert kind(send(born, "NDATA", body)) in ("malformed", "bad-text")


@pytest.mark.parametrize(
    "topic",
    ["spBv1.0/g/NDATA", "spBv1.0/g/NDATA/n/d", "spBv1.0/g/DDATA/n", "spBv1.0/g/X/n", "a/g/NDATA/n",
     "spBv1.0//NDATA/n", "spBv1.0/g/DDATA/n/d/e"],
)  # fmt: skip
def test_other_topics_are_refused(topic: str) -> None:
    """A device where none may be, none where one must be, another message or namespace."""
    assert kind(decode(message(b"", topic), SparkplugState())) == "unknown-topic"


def test_commands_and_host_states_are_events() -> None:
    """They come on the same subscription and hold no reading."""
    command = decode(message(b"", "spBv1.0/g/NCMD/n"), SparkplugState())
    state = decode(message(b'{"online":true}', "spBv1.0/STATE/scada"), SparkplugState())
    assert [each.kind for each in decoded(command).events] == ["command"]
    assert [each.source for each in decoded(state).events] == ["scada"]


def test_of_too_many_nodes_the_one_not_heard_of_longest_is_forgotten() -> None:
    """Memory is bounded; the forgotten one's data ask for its birth."""
    state = SparkplugState(nodes=2)
    for node in ("a", "b", "c"):
        decoded(decode(message(BIRTH, f"spBv1.0/g/NBIRTH/{node}"), state))
    answers = [
        decode(message(payload(seq=1), f"spBv1.0/g/NDATA/{node}"), state) for node in ("b", "c")
    ]
    assert all(decoded(each) for each in answers)
    assert kind(decode(message(payload(seq=1), "spBv1.0/g/NDATA/a"), state)) == "no-birth"


def test_a_node_has_no_more_metrics_than_allowed() -> None:
    """The whole birth is refused."""
    assert kind(send(SparkplugState(metrics=2), "NBIRTH", BIRTH)) == "too-many"


@given(st.integers(0, 2**64 - 1), st.floats(width=32, allow_nan=False), st.binary(max_size=40))
def test_the_wire_format_is_read_as_written(whole: int, single: float, raw: bytes) -> None:
    """Any number, float and bytes; unknown fields between do no harm."""
    body = field(1, whole) + field(300, 5) + field(12, single) + field(16, raw)
    read = {number: value for number, _, value in fields(body)}
    assert read == {1: whole, 300: 5, 12: struct.pack("<f", single), 16: raw}
    assert varint(whole) == body[1 : 1 + len(varint(whole))]
