"""SenML packs: the examples of RFC 8428 with their answers, and what is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from payload_cases import ARRIVED, decoded, kind, message, real_payloads

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Reading
from canopy.iot.payloads.senml.labels import CBOR_LABELS
from canopy.iot.payloads.senml.packs import decode_cbor, decode_json

Row = tuple[str, object, float]

# RFC 8428, section 5.1.1 to 5.1.7, and the resolved forms beside them.
EXAMPLES: list[tuple[str, list[Row]]] = [
    (
        '[{"bn":"urn:dev:ow:10e2073a0108006:","bt":1276020076.001,"bu":"A","bver":5,'
        '"n":"voltage","u":"V","v":120.1},{"n":"current","t":-5,"v":1.2},'
        '{"n":"current","t":-4,"v":1.30},{"n":"current","t":-3,"v":0.14e1}]',
        [
            ("urn:dev:ow:10e2073a0108006:voltage", 120.1, 1276020076.001),
            ("urn:dev:ow:10e2073a0108006:current", 1.2, 1276020071.001),
            ("urn:dev:ow:10e2073a0108006:current", 1.3, 1276020072.001),
            ("urn:dev:ow:10e2073a0108006:current", 1.4, 1276020073.001),
        ],
    ),
    (
        '[{"bn":"2001:db8::2/","bt":1320078429,"n":"temperature","v":25.2,"u":"Cel"},'
        '{"n":"humidity","v":30,"u":"%RH"},'
        '{"bn":"2001:db8::1/","n":"temperature","v":12.3,"u":"Cel"}]',
        [
            ("2001:db8::2/temperature", 25.2, 1320078429),
            ("2001:db8::2/humidity", 30, 1320078429),
            ("2001:db8::1/temperature", 12.3, 1320078429),
        ],
    ),
    (
        '[{"bn":"urn:dev:ow:10e2073a01080063","bt":1320067464,"bu":"%RH","v":20.0,"t":0},'
        '{"v":24.30621,"u":"lon","t":0},{"v":98.0,"u":"%EL","t":150}]',
        [
            ("urn:dev:ow:10e2073a01080063", 20, 1320067464),
            ("urn:dev:ow:10e2073a01080063", 24.30621, 1320067464),
            ("urn:dev:ow:10e2073a01080063", 98, 1320067614),
        ],
    ),
    (
        '[{"bt":1.320078429e+09,"bu":"/","n":"2001:db8::3","v":1},{"n":"2001:db8::4","v":1}]',
        [("2001:db8::3", 1, 1320078429), ("2001:db8::4", 1, 1320078429)],
    ),
    (
        '[{"bn":"urn:dev:ow:10e2073a01080063:"},{"n":"fan","u":"/","v":0}]',
        [("urn:dev:ow:10e2073a01080063:fan", 0, ARRIVED.timestamp())],
    ),
    (
        '[{"bn":"urn:dev:ow:10e2073a01080063:","n":"label","vs":"Machine Room"},'
        '{"n":"open","vb":false}]',
        [
            ("urn:dev:ow:10e2073a01080063:label", "Machine Room", ARRIVED.timestamp()),
            ("urn:dev:ow:10e2073a01080063:open", False, ARRIVED.timestamp()),
        ],
    ),
]
# RFC 8428, section 6: figure 4, the CBOR of the example of section 5.1.3.
CBOR_EXAMPLE = bytes.fromhex(
    "87a721781b75726e3a6465763a6f773a31306532303733613031303830303"
    "63a22fb41d303a15b00106223614120050067766f6c746167650161560"
    "2fb405e066666666666a3006763757272656e74062402fb3ff3333333333333a3006763757272656e74062302"
    "fb3ff4cccccccccccda3006763757272656e74062202fb3ff6666666666666a3006763757272656e74062102f9"
    "3e00a3006763757272656e74062002fb3ff999999999999aa3006763757272656e74060002fb3ffb333333333333"
)


def rows(readings: tuple[Reading, ...]) -> list[Row]:
    """What resolved records say; data values are not among the published answers."""
    return [
        (each.stream.partition("#")[0], each.result, each.at.timestamp())
        for each in readings
        if each.at is not None and "base64" not in each.hints
    ]


@pytest.mark.parametrize(("pack", "expected"), EXAMPLES)
def test_examples_resolve_as_published(pack: str, expected: list[Row]) -> None:
    """Names, values and times of RFC 8428's examples."""
    assert rows(decoded(decode_json(message(pack))).readings) == expected


def test_the_published_cbor_equals_its_json() -> None:
    """Figure 4 of the RFC: seven records with half, double and integer numbers."""
    found = decoded(decode_cbor(message(CBOR_EXAMPLE))).readings
    assert [each.result for each in found] == [120.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]
    assert found[0].at == datetime(2010, 6, 8, 18, 1, 16, 1000, tzinfo=UTC)
    assert (found[0].unit, found[1].unit) == ("V", "A")
    assert {each.source for each in found} == {"urn:dev:ow:10e2073a0108006"}


@pytest.mark.real_data
def test_every_stored_example_has_the_stored_answer() -> None:
    """All examples with an answer; the clock of each is what its answer was made at."""
    checked = 0
    for answer in sorted(real_payloads("payloads", "senml").glob("*.gen.resolved.json")):
        wanted = json.loads(answer.read_text())
        now = datetime.fromtimestamp(wanted[0]["t"], UTC)
        body = answer.with_name(answer.name.replace(".gen.resolved", "")).read_bytes()
        found = decoded(decode_json(message(body, arrived_at=now)))
        assert rows(found.readings) == [
            (each["n"], next(each[name] for name in ("v", "vs", "vb") if name in each), each["t"])
            for each in wanted
        ], answer.name
        checked += 1
    assert checked == 12


def test_times_below_two_to_the_28_count_from_the_arrival() -> None:
    """A minute ago, now, and the first moment that is a date."""
    pack = [
        {"n": "a", "v": 1, "t": -60},
        {"n": "a", "v": 1},
        {"n": "a", "v": 1, "t": 2**28 - 1},
        {"n": "a", "v": 1, "t": 2**28},
    ]
    found = decoded(decode_json(message(pack))).readings
    assert [each.at for each in found] == [
        ARRIVED - timedelta(seconds=60),
        ARRIVED,
        ARRIVED + timedelta(seconds=2**28 - 1),
        datetime.fromtimestamp(2**28, UTC),
    ]
    assert [each.hints for each in found] == [
        ("relative-time",), ("arrival-time",), ("relative-time",), (),
    ]  # fmt: skip


def test_base_values_and_sums_are_added() -> None:
    """Base value 20 and 1.5 are 21.5; a sum, in unit times second, is a stream of its own."""
    pack = [{"bn": "m", "bu": "W", "bv": 20, "bs": 100, "bt": 1600000000, "v": 1.5, "s": 3}]
    power, energy = decoded(decode_json(message(pack))).readings
    assert (power.stream, power.result, power.unit) == ("m#W", 21.5, "W")
    assert (energy.stream, energy.result, energy.unit) == ("m#W#sum", 103, "W.s")


def test_one_name_with_several_units_is_several_streams() -> None:
    """As in section 5.1.4: humidity and place of one moment under one name, and none is lost."""
    found = decoded(decode_json(message(EXAMPLES[2][0]))).readings
    name = "urn:dev:ow:10e2073a01080063"
    assert [each.stream for each in found] == [f"{name}#%RH", f"{name}#lon", f"{name}#%EL"]


def test_two_results_of_one_stream_and_time_are_not_both_kept() -> None:
    """Storage would keep one without a word: the other is refused, an equal one left out."""
    pack = [{"n": "a", "bt": 1600000000, "v": 1}, {"n": "a", "v": 1}, {"n": "a", "v": 2}]
    found = decoded(decode_json(message(pack)))
    assert [(each.result, each.at) for each in found.readings] == [
        (1, datetime.fromtimestamp(1600000000, UTC))
    ]
    assert [(each.kind, each.part) for each in found.refused] == [("contradiction", "a")]


def test_units_are_ucum_or_kept_as_given() -> None:
    """%RH is %; a unit of no table stays beside the reading."""
    pack = [{"n": "a", "v": 1, "u": "%RH"}, {"n": "a", "v": 1, "u": "furlong"}]
    known, unknown = decoded(decode_json(message(pack))).readings
    assert (known.unit, known.given_unit) == ("%", "")
    assert (unknown.unit, unknown.given_unit) == (None, "furlong")


@pytest.mark.parametrize(
    ("pack", "expected"),
    [
        ([{"v": 1}], "no-source"),
        ([{"n": "-a", "v": 1}], "bad-text"),
        ([{"n": "a b", "v": 1}], "bad-text"),
        ([{"n": "a" * 300, "v": 1}], "bad-text"),
        ([{"bver": 11, "n": "a", "v": 1}], "not-understood"),
        ([{"bver": 5, "n": "a", "v": 1}, {"bver": 6, "n": "a", "v": 1}], "contradiction"),
        ([{"n": "a", "v": 1, "vs": "x"}], "contradiction"),
        ([{"n": "a"}], "wrong-shape"),
        ([{"n": "a", "v": 1, "shape_": 5}], "not-understood"),
        ([{"n": "a", "v": "1"}], "wrong-shape"),
        ([{"n": "a", "vb": 1}], "wrong-shape"),
        ([{"n": "a", "v": 1e308, "bv": 1e308}], "bad-value"),
        ([{"n": "a", "v": 1, "t": 1e18}], "bad-time"),
        ([{"bt": 1.6e9, "n": "a", "v": 1}, {"n": "a", "v": 1, "t": 10**400}], "bad-value"),
        ([], "wrong-shape"),
        ({}, "wrong-shape"),
        ([5], "wrong-shape"),
    ],
)
def test_packs_that_break_the_rules_are_refused_whole(pack: object, expected: str) -> None:
    """One record that cannot be resolved may have set what later ones rest on."""
    assert kind(decode_json(message(pack))) == expected


@pytest.mark.parametrize(
    "body",
    [
        CBOR_EXAMPLE + b"\0",
        CBOR_EXAMPLE[:-1],
        bytes.fromhex("81a3006161020102 02"),
        bytes.fromhex("81a200616102d82361") + b"a",
        bytes.fromhex("81a200616102c4821a7fffffff01"),
        bytes.fromhex("81a200616102c249010000000000000000"),
        bytes.fromhex("81a200616102f97e00"),
        bytes.fromhex("9bffffffffffffffff"),
        b"\x81" * 5_000,
        b"",
    ],
)
def test_cbor_that_is_no_pack_is_refused(body: bytes) -> None:
    """Trailing bytes, a label twice, tags that cost time or memory, NaN, depth, huge lengths."""
    assert kind(decode_cbor(message(body))) in ("malformed", "bad-value", "duplicate-key")


def test_labels_that_only_equal_known_ones_are_passed_over() -> None:
    """True equals 1 and 2.0 equals 2, but neither is a label."""
    body = cbor2.dumps([{0: "a", 2: 5, True: "V"}])
    (found,) = decoded(decode_cbor(message(body))).readings
    assert (found.result, found.unit, found.given_unit) == (5, None, "")


def test_decimal_fractions_are_numbers() -> None:
    """CBOR's tag 4: 273.15 as 27315 × 10^-2."""
    body = bytes.fromhex("81a200616102c48221196ab3")
    assert decoded(decode_cbor(message(body))).readings[0].result == 273.15


def test_more_records_than_allowed_are_refused_whole() -> None:
    """Half of a pack would be lost without a word."""
    pack = [{"n": "a", "v": 1, "t": at} for at in range(11)]
    assert kind(decode_json(message(pack), Limits(readings=10))) == "too-many"
    assert kind(decode_json(message(pack), Limits(body_bytes=50))) == "too-large"


NAMES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9\-:./_]{0,20}\Z")
NUMBERS = st.floats(-1e9, 1e9) | st.integers(-(2**40), 2**40)
RECORDS = st.fixed_dictionaries(
    {"n": NAMES},
    optional={
        "bn": NAMES, "bt": NUMBERS, "bu": st.sampled_from(["A", "Cel", "x"]), "bv": NUMBERS,
        "bs": NUMBERS, "u": st.sampled_from(["V", "%RH", "y"]), "s": NUMBERS, "t": NUMBERS,
        "v": NUMBERS,
    },
) | st.fixed_dictionaries({"n": NAMES, "vs": st.text(max_size=9)}) | st.fixed_dictionaries(
    {"n": NAMES, "vb": st.booleans()}
) | st.fixed_dictionaries({"n": NAMES, "vd": st.binary(max_size=9)})  # fmt: skip


def as_json(record: dict[str, Any]) -> dict[str, Any]:
    """Data values as JSON has them."""
    if "vd" not in record:
        return record
    return record | {"vd": base64.urlsafe_b64encode(record["vd"]).rstrip(b"=").decode()}


@given(st.lists(RECORDS, min_size=1, max_size=6))
def test_json_and_cbor_of_a_pack_give_the_same(pack: list[dict[str, Any]]) -> None:
    """The same readings, or the same reason."""
    numbers = {name: label for label, name in CBOR_LABELS.items()}
    coded = [{numbers[name]: value for name, value in each.items()} for each in pack]
    from_json = decode_json(message([as_json(each) for each in pack]))
    assert decode_cbor(message(cbor2.dumps(coded))) == from_json


FIELDS: dict[str, st.SearchStrategy[object]] = {
    "n": st.sampled_from(["a", "a/b", "urn:dev:ow:1:t", "", "é", None, 1]),
    "u": st.sampled_from(["Cel", "%RH", "furlong", "", "\0", None, 1]),
    "t": st.one_of(
        st.sampled_from(
            [0, -1, 2**28, 1.7e9, 1_700_000_000, 1e30, 2**70, 10**400, None, "1", True]
        ),
        st.floats(1.6e9, 1.7e9),
    ),
    "v": st.one_of(
        st.floats(-1e6, 1e6), st.integers(-(2**65), 2**65),
        st.sampled_from([True, None, "1", 1e308, 2**53, 2**53 + 1]),
    ),
    "s": st.floats(0, 10),
    "vs": st.just("on"),
    "bt": st.sampled_from([0, 1.6e9, 1e308, 10**400]),
    "bn": st.sampled_from(["x", "", "x/"]),
    "bv": st.sampled_from([0.5, 1e308]),
    "bs": st.just(1.0),
    "bu": st.sampled_from(["A", ""]),
    "xyz": st.just(1),
    "must_": st.just(1),
}  # fmt: skip


BASES = {"n": st.just("a"), "v": st.just(1.5)}
USUAL = {"n": st.sampled_from(["a", "b"]), "v": st.floats(0, 1), "t": st.floats(1.6e9, 1.7e9)}


@given(
    st.fixed_dictionaries(BASES, optional={k: v for k, v in FIELDS.items() if k[0] == "b"}),
    st.lists(st.fixed_dictionaries(USUAL), max_size=2),
    st.lists(st.fixed_dictionaries({}, optional=FIELDS), max_size=2),
)
def test_the_short_way_gives_what_the_long_way_gives(
    first: dict[str, object], usual: list[dict[str, object]], others: list[dict[str, object]]
) -> None:
    """Most records are read without the checks that their types make needless."""
    body = message(json.dumps([first, *usual, *others]).encode())
    short = decode_json(body)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("canopy.iot.payloads.senml.resolving._usual", lambda *_: None)
        assert decode_json(body) == short
