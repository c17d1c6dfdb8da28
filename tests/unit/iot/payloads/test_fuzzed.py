"""Every decoder answers whatever the bytes: readings or a reason, storable, in bounded time."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payload_bodies import DECODERS, SAMPLES, Decode

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Decoded, Undecodable

LIMITS = Limits()
MOST_S = 2.0
"""For one message. The machine may be busy: what is looked for are seconds to hours."""
EXAMPLES = 60
FUZZED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
WORDS = ["bt", "data", "dataArray", "id", "n", "object", "result", "t", "type", "v", "value"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2020-01-01T00:00:00Z", "2020-01-01T00:00:00", "\0", "9" * 5000, "a" * 5000])
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
EACH = pytest.mark.parametrize("name", sorted(DECODERS))


def check(decode: Decode, body: bytes) -> None:
    """An answer within the limits, that can be stored, in time."""
    began = time.process_time()
    outcome = decode(body)
    assert time.process_time() - began < MOST_S
    assert isinstance(outcome, Decoded | Undecodable)
    coded = msgspec.json.encode(outcome)
    assert b"\\u0000" not in coded
    if isinstance(outcome, Decoded):
        assert len(outcome.readings) + len(outcome.events) + len(outcome.refused) <= LIMITS.readings
        assert all(len(each.stream) <= LIMITS.name_chars + 4 for each in outcome.readings)


@EACH
@FUZZED
@given(body=st.binary(max_size=400))
def test_any_bytes_have_an_answer(name: str, body: bytes) -> None:
    """Bytes of no format at all."""
    check(DECODERS[name], body)


@EACH
@FUZZED
@given(document=DOCUMENTS)
def test_any_json_has_an_answer(name: str, document: object) -> None:
    """Also NaN, Infinity and halves of surrogate pairs, which Python writes."""
    check(DECODERS[name], json.dumps(document).encode())


@EACH
@FUZZED
@given(draws=st.data())
def test_genuine_messages_with_bytes_changed_have_an_answer(name: str, draws: Any) -> None:
    """Bytes overwritten, cut out, doubled."""
    body = draws.draw(st.sampled_from(SAMPLES[name]))
    for _ in range(draws.draw(st.integers(1, 4))):
        at = draws.draw(st.integers(0, len(body)))
        length = draws.draw(st.integers(0, 12))
        kept = body[at : at + length] * draws.draw(st.integers(0, 3))
        body = body[:at] + draws.draw(st.binary(max_size=4)) + kept + body[at + length :]
    check(DECODERS[name], body)


@EACH
@FUZZED
@given(draws=st.data())
def test_genuine_messages_with_other_values_have_an_answer(name: str, draws: Any) -> None:
    """Anything in the place of one value or of several."""
    body = draws.draw(st.sampled_from(SAMPLES[name]))
    try:
        document = json.loads(body)
    except ValueError:
        document = [body.hex()]
    for _ in range(draws.draw(st.integers(1, 3))):
        document = replaced(document, draws)
    check(DECODERS[name], json.dumps(document).encode())


def replaced(value: Any, draws: Any) -> Any:
    """A copy with one value replaced, at any depth."""
    if isinstance(value, dict) and value and draws.draw(st.integers(0, 5)):
        key = draws.draw(st.sampled_from(sorted(value)))
        return value | {key: replaced(value[key], draws)}
    if isinstance(value, list) and value and draws.draw(st.integers(0, 5)):
        at = draws.draw(st.integers(0, len(value) - 1))
        return [*value[:at], replaced(value[at], draws), *value[at + 1 :]]
    return draws.draw(DOCUMENTS)


FULL = LIMITS.body_bytes
LARGE = {
    "lists": b"[" * FULL,
    "objects": b'{"a":' * (FULL // 5),
    "empty-lists": b"[" + b"[]," * (FULL // 3 - 1) + b"[]]",
    "empty-objects": b"[" + b"{}," * (FULL // 3 - 1) + b"{}]",
    "digits": b"9" * FULL,
    "text": b'"' + b"a" * (FULL - 2) + b'"',
    "commas": b"," * FULL,
    "lines": b"\n" * FULL,
    "semicolons": b";" * FULL,
    "records": b"[" + b'{"n":"a","v":1},' * (FULL // 16 - 1) + b'{"n":"a","v":1}]',
    "cbor-lists": b"\x81" * FULL,
    "cbor-endless": b"\x9f" * FULL,
    "cbor-records": b"\x9a\x00\x00\xa0\x00" + b"\xa2\x00\x61a\x02\x01" * (FULL // 6),
    "protobuf-metrics": b"\x12\x00" * (FULL // 2),
    "protobuf-nested": b"\x12\xfc\xff\x0f" + b"\x4a\x00" * (FULL // 2 - 2),
    "varints": b"\xff" * FULL,
}


@EACH
@pytest.mark.parametrize("large", sorted(LARGE))
def test_the_largest_messages_have_an_answer_in_time(name: str, large: str) -> None:
    """A quarter of a megabyte of the least pleasant kind."""
    check(DECODERS[name], LARGE[large][:FULL])
