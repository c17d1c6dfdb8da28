"""What becomes of a reading: stored, held, or kept as a dead letter; and never nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.iot.flags import FLAGS, bits, names
from canopy.iot.ingest.sorting import Bounds, Sorter
from canopy.iot.payloads import sensorthings
from canopy.iot.payloads.reading import Decoded, Event, Message, Position, Reading, Undecodable
from canopy.iot.store.rows import Batch, ObservationRow, in_order, newest
from canopy.iot.things.registry import Stream

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
NOW_US = 1_775_044_800_000_000
MESSAGE = Message(body=b"{}", arrived_at=NOW, topic="v1.1/Observations")
STREAMS = {
    ("probe", "air"): Stream(
        id=7, takes="number", unit="Cel", low=-40, high=60, expected_low=-10, expected_high=35
    ),
    ("probe", "door"): Stream(id=8, takes="truth"),
    ("probe", "note"): Stream(id=9, takes="text"),
    ("probe", "raw"): Stream(id=12, takes="number", unit="furlong"),
    ("probe", "own"): Stream(id=10, takes="any", gateway="yard"),
    ("probe", "brief"): Stream(id=11, takes="any", retention_days=2),
}
BOUNDS = Bounds(ahead=timedelta(hours=24), retention=timedelta(days=30))


def sorted_(*readings: Reading, gateway: str = "yard") -> Batch:
    batch = Batch()
    Sorter(STREAMS, BOUNDS, "mqtt").add(batch, MESSAGE, Decoded(readings=readings), gateway)
    return batch


def reading(stream: str, result: float | bool | str = 21.0, **more: object) -> Reading:
    given_ = {"source": "probe", "stream": stream, "at": NOW, "result": result, **more}
    return Reading(**given_)  # type: ignore[arg-type]


def test_a_known_reading_becomes_a_row_of_its_stream() -> None:
    """With its time in microseconds, its key, its end and where it was."""
    batch = sorted_(
        reading(
            "air", source_key="k1", unit="Cel", at=NOW - timedelta(microseconds=1), until=NOW,
            position=Position(-0.1, 51.5, 20.0),
        )
    )  # fmt: skip
    row = ObservationRow(7, NOW_US - 1, "k1", NOW_US, 21.0, None, 0, -0.1, 51.5, 20.0)
    assert batch.observations == [row]
    assert batch.origins == [MESSAGE]


@pytest.mark.parametrize(
    ("stream", "result", "stored"),
    [("door", True, (1.0, None)), ("door", False, (0.0, None)), ("note", "ok", (None, "ok"))],
)
def test_truth_and_text_are_stored_apart_from_numbers(
    stream: str, result: bool | str, stored: tuple[float | None, str | None]
) -> None:
    (row,) = sorted_(reading(stream, result)).observations
    assert (row.result, row.result_text) == stored
    assert bool(row.flags & FLAGS["truth"]) == isinstance(result, bool)


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        (reading("air", 61.0), "out-of-range"),
        (reading("air", -40.5), "out-of-range"),
        (reading("air", 20.0, unit="[degF]"), "other-unit"),
        (reading("air", 20.0, given_unit="degF"), "other-unit"),
        (reading("air", 20.0, given_unit="FAR"), "other-unit"),
        (reading("air", "warm"), "wrong-type"),
        (reading("air", True), "wrong-type"),
        (reading("note", 1.0), "wrong-type"),
        (reading("air", at=NOW + timedelta(hours=24, microseconds=1)), "too-far-ahead"),
        (reading("air", at=NOW - timedelta(days=30, microseconds=1)), "older-than-retention"),
        (reading("brief", at=NOW - timedelta(days=2, microseconds=1)), "older-than-retention"),
        (reading("nobody's", at=NOW - timedelta(days=31)), "older-than-retention"),
    ],
)
def test_what_cannot_be_is_a_dead_letter_with_its_reason(given_: Reading, kind: str) -> None:
    batch = sorted_(given_)
    assert [letter.kind for letter in batch.dead] == [kind]
    assert batch.dead[0].message is MESSAGE
    assert not batch.observations
    assert not batch.held


@pytest.mark.parametrize(
    ("given_", "flags"),
    [
        (reading("air", 60.0), ("unlikely",)),
        (reading("air", -10.0), ()),
        (reading("air", 20.0, given_unit="°C"), ()),
        (reading("raw", 20.0, given_unit="furlong"), ()),
        (reading("note", "ok", unit="[degF]"), ()),
        (reading("air", at=None), ("no-time",)),
        (reading("air", at=NOW + timedelta(hours=24)), ("ahead",)),
        (reading("air", at=NOW + timedelta(seconds=60)), ()),
        (reading("air", at=NOW - timedelta(days=30)), ("late",)),
        (reading("air", at=NOW - timedelta(hours=1)), ()),
        (reading("air", hints=("saturated", "rounded")), ("rounded", "saturated")),
    ],
)
def test_what_can_be_doubted_is_stored_with_a_flag(given_: Reading, flags: tuple[str, ...]) -> None:
    """Up to each limit, and not at it."""
    (row,) = sorted_(given_).observations
    assert names(row.flags) == flags


def test_a_reading_without_a_time_has_that_of_its_arrival() -> None:
    assert sorted_(reading("air", at=None)).observations[0].phenomenon_us == NOW_US


def test_an_unknown_stream_waits_in_quarantine() -> None:
    """With its unit, so that it can be approved; and the streams are asked for again."""
    sorter, batch = Sorter(STREAMS, BOUNDS, "mqtt"), Batch()
    unknown = reading("new", 3.0, unit="V", source_key="k")
    sorter.add(batch, MESSAGE, Decoded(readings=(unknown,)), "yard")
    (row,) = batch.held
    assert (row.source, row.stream, row.unit, row.reason) == ("probe", "new", "V", "unknown-stream")
    assert sorter.saw_unknown


def test_a_stream_is_not_taken_from_another_gateway() -> None:
    """Whoever may publish below one name cannot speak for another's devices."""
    assert len(sorted_(reading("own"), gateway="yard").observations) == 1
    batch = sorted_(reading("own"), gateway="elsewhere")
    assert batch.observations == []
    assert [row.reason for row in batch.held] == ["other-gateway"]


@pytest.mark.parametrize(
    ("link", "gateway", "became"),
    [
        ("21", "yard", 21),  # by number
        ("quay", "yard", 22),  # by key
        ("22", "yard", 22),
        ("23", "yard", None),  # another gateway's, by number: waits under that name
        ("25", "pier", 24),  # its own key, and the number of one that any may write
        ("27", "yard", "contradiction"),  # a key and a number of what any may write
        ("26", "yard", 26),
        ("021", "yard", None),
    ],
)
def test_observations_link_a_datastream_by_number_or_key(
    link: str, gateway: str, became: int | str | None
) -> None:
    """Over MQTT as over HTTP; what may be both is not guessed."""
    streams = {
        ("probe", "air"): Stream(id=21, takes="any"), ("", "quay"): Stream(id=22, takes="any"),
        ("", "own"): Stream(id=23, takes="any", gateway="pier"),
        ("", "25"): Stream(id=24, takes="any", gateway="pier"),
        ("", "x"): Stream(id=25, takes="any"), ("", "27"): Stream(id=26, takes="any"),
        ("", "y"): Stream(id=27, takes="any"),
    }  # fmt: skip
    batch, body = Batch(), b'{"result": 1, "Datastream": {"@iot.id": "%s"}}' % link.encode()
    message = Message(body=body, arrived_at=NOW, topic="v1.1/Observations")
    sorter = Sorter(streams, BOUNDS, "mqtt")
    sorter.add(batch, message, sensorthings.decode(message), gateway)
    rows = [
        *(each.datastream_id for each in batch.observations),
        *(each.kind for each in batch.dead),
    ]
    assert rows == ([] if became is None else [became])
    assert [each.stream for each in batch.held] == ([link] if became is None else [])


def test_a_message_that_cannot_be_read_is_kept() -> None:
    batch = Batch()
    why = Undecodable(kind="malformed", reason="it is no JSON")
    Sorter(STREAMS, BOUNDS, "http").add(batch, MESSAGE, why, "")
    assert [(row.kind, row.reason, row.channel) for row in batch.dead] == [
        ("malformed", "it is no JSON", "http")
    ]


def test_a_message_without_readings_is_kept_unless_it_tells_something() -> None:
    """A join is no fault; nothing at all is."""
    batch = Batch()
    sorter = Sorter(STREAMS, BOUNDS, "mqtt")
    sorter.add(batch, MESSAGE, Decoded(), "")
    assert [row.kind for row in batch.dead] == ["no-readings"]
    quiet = Batch()
    sorter.add(quiet, MESSAGE, Decoded(events=(Event(kind="join", source="probe"),)), "")
    assert quiet.is_empty()
    told = Batch()
    gap = Event(kind="sequence-gap", source="probe", detail="7 after 4")
    sorter.add(told, MESSAGE, Decoded(events=(gap,)), "")
    assert [(row.kind, row.subject) for row in told.happenings] == [("sequence-gap", "probe")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["air", "door", "note", "own", "brief", "new"]),
            st.one_of(st.floats(-1e6, 1e6), st.booleans(), st.text(max_size=5)),
            st.integers(-60 * 86_400, 60 * 86_400),
            st.sampled_from(["yard", "other"]),
        ),
        max_size=20,
    )
)
def test_every_reading_goes_somewhere(cases: list[tuple[str, float, int, str]]) -> None:
    """As many rows as readings, whatever they are."""
    for stream, result, age_s, gateway in cases:
        batch = sorted_(reading(stream, result, at=NOW - timedelta(seconds=age_s)), gateway=gateway)
        assert len(batch.observations) + len(batch.held) + len(batch.dead) == 1
        assert len(batch.origins) == len(batch.observations)
        assert len(batch.held_origins) == len(batch.held)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5), st.sampled_from(["", "a", "b"]))))
def test_the_newest_of_each_stream_is_by_time_and_then_key(
    cases: list[tuple[int, int, str]],
) -> None:
    """In whichever order they come."""
    rows = [ObservationRow(*case, None, 1.0, None, 0, None, None, None) for case in cases]
    expected = {
        stream: max((at, key) for each, at, key in cases if each == stream)
        for stream in {case[0] for case in cases}
    }
    assert {row[0]: (row[1], row[2]) for row in newest(in_order(rows))} == expected
    assert {row[0]: (row[1], row[2]) for row in newest(in_order(rows[::-1]))} == expected


def test_every_hint_of_a_payload_has_a_bit_of_its_own() -> None:
    """And each bit is one, so that flags can be told apart."""
    from typing import get_args

    from canopy.iot.payloads.reading import Hint

    assert set(get_args(Hint)) <= set(FLAGS)
    assert len(set(FLAGS.values())) == len(FLAGS)
    assert all(bit.bit_count() == 1 for bit in FLAGS.values())
    assert names(bits(["late", "truth"])) == ("late", "truth")
