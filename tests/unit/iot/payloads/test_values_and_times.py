"""Strict JSON, text that can be stored, and moments."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from canopy.iot.payloads.json_document import parse
from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.times import UnixUnit, instant, instant_with_hints, interval, unix_instant
from canopy.iot.payloads.unreadable import Unreadable
from canopy.iot.payloads.values import (
    geojson_point,
    identifier,
    number,
    number_hints,
    position_or_hint,
    text,
)

LIMITS = Limits()
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"NaN", "malformed"),
        (b'{"v": Infinity}', "malformed"),
        (b'{"v": 1, "v": 2}', "duplicate-key"),
        (b'[{"a": {"v": 1, "v": 1}}]', "duplicate-key"),
        (b"[" * 17 + b"]" * 17, "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 100_000, "too-deep"),
        (b"9" * 5_000, "bad-value"),
        (b"\xff", "malformed"),
        (b"", "malformed"),
        (b"{} {}", "malformed"),
        (b'{"a": 1,}', "malformed"),
    ],
)
def test_json_that_a_lenient_parser_would_take_is_refused(body: bytes, kind: str) -> None:
    """NaN, a key twice, depth, thousands of digits and broken text each have their reason."""
    with pytest.raises(Unreadable) as refused:
        parse(body, LIMITS)
    assert refused.value.kind == kind


def test_depth_within_the_limit_is_taken() -> None:
    """Sixteen levels are taken, many lists beside each other too."""
    assert parse(b"[" * 16 + b"]" * 16, LIMITS)
    assert parse(b"[" + b"[]," * 100 + b"[]]", LIMITS)


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "", "a" * 257, 5, None])
def test_text_that_cannot_be_stored_is_refused(value: object) -> None:
    """A NUL, half a surrogate pair, emptiness, and what is too long or no text."""
    with pytest.raises(Unreadable):
        text(value, "it", 256)


def test_reasons_and_parts_can_be_stored_whatever_they_quote() -> None:
    """Names out of payloads may hold a NUL and half a surrogate pair."""
    refused = Unreadable("bad-text", "of \0 and \ud800").of("a\0\ud800")
    assert (refused.reason, refused.part) == ("of \\0 and \\ud800", "a\\0\\ud800")


@pytest.mark.parametrize("value", [True, "5", None, [], float("inf"), float("nan"), 2**64, 10**400])
def test_only_finite_numbers_of_64_bits_are_numbers(value: object) -> None:
    """Truth, text, infinity and huge whole numbers are not."""
    with pytest.raises(Unreadable):
        number(value, "it")


def test_whole_numbers_that_floats_cannot_hold_are_hinted_at() -> None:
    """2^53 + 1 is rounded and says so; 2^53 and 2^60 are exact."""
    assert number_hints(2**53 + 1) == ("rounded",)
    assert number_hints(2**53) == ()
    assert number_hints(2**60) == ()


def test_identifiers_may_be_whole_numbers() -> None:
    """7 and "7" name the same; truth names nothing."""
    assert identifier(7, "it", LIMITS) == identifier("7", "it", LIMITS) == "7"
    with pytest.raises(Unreadable):
        identifier(True, "it", LIMITS)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2020-10-11T12:13:14+02:00", datetime(2020, 10, 11, 10, 13, 14, tzinfo=UTC)),
        (
            "2022-07-18T09:34:15.775023242+00:00",
            datetime(2022, 7, 18, 9, 34, 15, 775023, tzinfo=UTC),
        ),
        ("2021-01-31T15:28:14.5Z", datetime(2021, 1, 31, 15, 28, 14, 500000, tzinfo=UTC)),
        ("2021-01-31 15:28z", datetime(2021, 1, 31, 15, 28, tzinfo=UTC)),
        ("2010-12-23T10:20:00-0700", datetime(2010, 12, 23, 17, 20, tzinfo=UTC)),
        ("2024-02-29T00:00:00,25+01", datetime(2024, 2, 28, 23, 0, 0, 250000, tzinfo=UTC)),
    ],
)
def test_moments_are_read_to_utc(written: str, expected: datetime) -> None:
    """Any offset, any digits; those beyond microseconds are cut, not rounded."""
    assert instant(written, "it") == expected


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("2021-06-01T12:00:00", "naive-time"),
        ("2010-12-23T10:20:00-0700Z", "bad-time"),
        ("2021-02-29T12:00:00Z", "bad-time"),
        ("2016-12-31T23:59:60Z", "bad-time"),
        ("0001-01-01T00:00:00+05:00", "bad-time"),
        ("20210601T120000Z", "bad-time"),
        ("2021-W01-1", "bad-time"),
        (1622548800, "bad-time"),
        (None, "bad-time"),
        ("٢٠٢١-01-01T00:00:00Z", "bad-time"),
    ],
)
def test_other_moments_are_refused(written: object, kind: str) -> None:
    """A time without offset, a day that the calendar lacks, another way of writing."""
    with pytest.raises(Unreadable) as refused:
        instant(written, "it")
    assert refused.value.kind == kind


def test_local_times_take_the_declared_zone() -> None:
    """Noon in June in London is 11 o'clock; in the hour that comes twice it is the first."""
    assert instant("2021-06-01T12:00:00", "it", LONDON) == datetime(2021, 6, 1, 11, tzinfo=UTC)
    assert instant_with_hints("2021-10-31T01:30:00", "it", LONDON) == (
        datetime(2021, 10, 31, 0, 30, tzinfo=UTC),
        ("ambiguous-local-time",),
    )


def test_a_local_time_that_the_clocks_left_out_is_refused() -> None:
    """Half past one on the last Sunday of March is no time in London."""
    with pytest.raises(Unreadable, match="left out"):
        instant("2021-03-28T01:30:00", "it", LONDON)


def test_intervals_have_two_ends_in_order() -> None:
    """An interval gives begin and end; one that ends first is refused."""
    begin, end, _ = interval("2015-03-01T00:00:00Z/2015-03-01T23:59:59Z", "it")
    assert (begin, end) == (
        datetime(2015, 3, 1, tzinfo=UTC),
        datetime(2015, 3, 1, 23, 59, 59, tzinfo=UTC),
    )
    with pytest.raises(Unreadable, match="ends before"):
        interval("2015-03-02T00:00:00Z/2015-03-01T00:00:00Z", "it")


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (1_600_000_000, "s"),
        (1_600_000_000.0, "s"),
        (1_600_000_000_000, "ms"),
        (1_600_000_000_000_000, "us"),
        (1_600_000_000_000_000_999, "ns"),
    ],
)
def test_the_unit_of_a_count_is_told_never_guessed(value: float, unit: UnixUnit) -> None:
    """The same moment in four units."""
    assert unix_instant(value, unit, "it") == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize("value", [True, "5", float("inf"), 1e300, 2**63, -(2**63), 10**300])
def test_counts_outside_the_calendar_are_refused(value: object) -> None:
    """Seconds beyond the year 9999, truth and text."""
    with pytest.raises(Unreadable):
        unix_instant(value, "s", "it")


def test_positions_without_a_fix_are_left_out() -> None:
    """0, 0 and what is out of range are hinted at; a Point is read in its own order."""
    assert position_or_hint(0, 0) == (None, ("no-position-fix",))
    assert position_or_hint(181, 50) == (None, ("no-position-fix",))
    found = geojson_point({"type": "Point", "coordinates": [-2.2, 57.1, 3]})
    assert found is not None
    assert (found.longitude, found.latitude, found.height_m) == (-2.2, 57.1, 3)
