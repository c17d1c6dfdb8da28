"""Plain JSON by a mapping, and the paths that a mapping may have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from payload_cases import decoded, kind, message

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.mapped.decoding import decode
from canopy.iot.payloads.mapped.mapping import Compiled, Mapping
from canopy.iot.payloads.mapped.paths import Path
from canopy.iot.payloads.reading import Outcome, Position
from canopy.iot.payloads.unreadable import Unreadable

LEVEL = {"stream": "level", "value": "$.lvl", "unit": "cm"}
BODY = {
    "dev": "gully-7",
    "seq": 12,
    "pos": {"lat": 57.1, "lon": -2.1},
    "samples": [
        {"ts": 1600000000, "lvl": 12.5, "lid": False},
        {"ts": 1600000060, "lvl": 13, "lid": True},
    ],
}


def compiled(**changed: Any) -> Compiled:
    """A mapping of records with level in cm, unless changed; None takes a field out."""
    usual = {"name": "gully", "source": "$.dev", "streams": [LEVEL]} | changed
    given = {name: value for name, value in usual.items() if value is not None}
    return Compiled(msgspec.convert(given, Mapping))


def read(body: object, topic: str = "council/gully-7/data", **changed: Any) -> Outcome:
    """What a mapping makes of a body."""
    return decode(message(body, topic), compiled(**changed))


def test_records_streams_times_and_topics_are_found() -> None:
    """Two records of two streams; the device from the topic, the unit of time declared."""
    outcome = read(
        BODY,
        records="$.samples[*]",
        source=None,
        source_level=2,
        time="$.ts",
        time_format="unix-s",
        streams=[LEVEL, {"stream": "lid", "value": "$.lid"}],
    )
    found = decoded(outcome).readings
    assert [(each.stream, each.result, each.unit) for each in found] == [
        ("level", 12.5, "cm"), ("lid", False, None), ("level", 13, "cm"), ("lid", True, None),
    ]  # fmt: skip
    assert {each.source for each in found} == {"gully-7"}
    assert found[2].at == datetime(2020, 9, 13, 12, 27, 40, tzinfo=UTC)


def test_key_and_position_are_found_in_the_document() -> None:
    """Where no records are named, the document is one."""
    outcome = read(
        BODY,
        key="$.seq",
        longitude="$.pos.lon",
        latitude="$['pos']['lat']",
        streams=[LEVEL | {"value": "$.samples[0].lvl", "scale": 0.01, "offset": 1, "unit": "m"}],
    )
    (found,) = decoded(outcome).readings
    assert (found.source_key, found.position) == ("12", Position(-2.1, 57.1))
    assert (found.result, found.unit) == (pytest.approx(1.125), "m")


@pytest.mark.parametrize(
    ("time_format", "value"),
    [
        ("unix-s", 1600000000), ("unix-ms", 1600000000000), ("unix-us", 1600000000000000),
        ("unix-ns", 1600000000000000000), ("iso", "2020-09-13T12:26:40Z"),
        ("iso", "2020-09-13T13:26:40"),
    ],
)  # fmt: skip
def test_the_mapping_says_how_times_are_written(time_format: str, value: object) -> None:
    """The same moment; a local time is London's."""
    outcome = read(
        {"dev": "a", "ts": value, "lvl": 1},
        time="$.ts",
        time_format=time_format,
        time_zone="Europe/London",
    )
    assert decoded(outcome).readings[0].at == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)


def test_numbers_written_as_text_are_read_where_said() -> None:
    """Else they stay text."""
    body = {"dev": "a", "lvl": "12.5"}
    assert decoded(read(body)).readings[0].result == "12.5"
    found = decoded(read(body, streams=[LEVEL | {"numeric_text": True}])).readings
    assert (found[0].result, found[0].unit) == (12.5, "cm")


def test_what_is_not_there_gives_no_reading() -> None:
    """Null and absent values are left out; a record with none at all is refused."""
    streams = [LEVEL, {"stream": "t", "value": "$.t"}]
    found = decoded(read({"dev": "a", "t": 5, "lvl": None}, streams=streams))
    assert [each.stream for each in found.readings] == ["t"]
    assert kind(read({"dev": "a"})) == "wrong-shape"


@pytest.mark.parametrize(
    ("body", "changed", "expected"),
    [
        ({"lvl": 1}, {}, "no-source"),
        ({"dev": "a", "lvl": 1}, {"time": "$.ts"}, "bad-time"),
        ({"dev": "a", "lvl": 1, "ts": "2020-09-13T13:26:40"}, {"time": "$.ts"}, "naive-time"),
        ({"dev": "a"}, {"records": "$.samples[*]"}, "wrong-shape"),
        ({"dev": "a", "lvl": 1}, {"source": None, "source_level": 9}, "no-source"),
        ('"text"', {}, "wrong-shape"),
        ('"{}"', {}, "wrong-shape"),
        ("5", {}, "wrong-shape"),
    ],
)
def test_documents_that_do_not_fit_have_a_reason(
    body: object, changed: dict[str, Any], expected: str
) -> None:
    """No device, no time, no offset, no records, no object. Text is not parsed again."""
    assert kind(read(body, **changed)) == expected


def test_one_bad_record_or_value_is_refused_alone() -> None:
    """A list where a number should be, a record that is none, numbers too large when scaled."""
    body = {"samples": [{"dev": "a", "lvl": []}, 5, {"dev": "a", "lvl": 2}]}
    found = decoded(read(body, records="$.samples[*]"))
    assert [each.part for each in found.refused] == ["record 0, level", "record 1"]
    assert [each.result for each in found.readings] == [2]
    scaled = decoded(read({"dev": "a", "lvl": 1e300}, streams=[LEVEL | {"scale": 1e300}]))
    assert scaled.refused[0].kind == "bad-value"


def test_more_records_than_allowed_are_refused_whole() -> None:
    """Two wildcards over lists in lists are bounded as well."""
    body = message({"a": [[{"dev": "x", "lvl": 1}] * 50] * 50})
    mapping = compiled(records="$.a[*][*]")
    assert kind(decode(body, mapping, Limits(readings=2_499))) == "too-many"
    assert len(decoded(decode(body, mapping)).readings) == 2_500


@pytest.mark.parametrize(
    "written",
    [
        "$..lvl", "$.a[?@.b > 1]", "$['a','b']", "$.a[*][*][*]", "lvl[", "$.a | $.b", "",
        "$" + ".a" * 13,
        "$." + "a" * 300, "$.a.~", "^.a",
    ],
)  # fmt: skip
def test_paths_whose_work_is_not_bounded_are_refused(written: str) -> None:
    """Descendants, filters, unions, many wildcards, long paths, and what is no path."""
    with pytest.raises(ValueError, match=r"\S"):
        Path(written)


def test_paths_find_what_rfc_9535_says() -> None:
    """Names in both notations, indices from either end, slices, wildcards."""
    document = {"a b": [{"c": 1}, {"c": 2}, {"c": 3}]}
    assert Path("$['a b'][0].c").one(document) == 1
    assert Path('$["a b"][-1].c').one(document) == 3
    assert Path("$['a b'][1:].c").all(document, 9) == [2, 3]
    assert Path("$.*[*].c").all(document, 9) == [1, 2, 3]
    assert Path("$.nothing").one(document) is None
    with pytest.raises(Unreadable):
        Path("$['a b'][*]").all(document, 2)
