"""Dead letters are found, and decoded again after what was wrong is put right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from catalogue import ADMIN
from quarantined import NOW, Town, opened, reading
from registers import import_register, write_register
from sqlalchemy import select

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.errors import NotFound
from canopy.iot.payloads.dispatch import Dispatcher, loads
from canopy.iot.store.rows import Batch, HappeningRow
from canopy.iot.store.tables import DeadLetter, Happening
from canopy.iot.tending import happenings, releasing
from canopy.iot.tending.queries import DeadFilter, dead_letters
from canopy.iot.tending.replaying import Replayed, letter_of, replay
from canopy.iot.tending.withholding import Withholding, letters_seen, withholding_of
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.registering import register_all
from canopy.iot.things.tables import Datastream

LATER = NOW + timedelta(days=3)
ROUTES = """
[[route]]
topic = "our/v1.1/Observations"
decoder = "sensorthings"
"""


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """A catalogue with four lampposts, and its readings."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    with opened(database) as found:
        yield found


def _register(town: Town, stream: str = "s1", source: str = "", **fields: object) -> None:
    entry = StreamEntry(
        asset="LC-1", source=source, stream=stream, observed_property="Air", definition="urn:air",
        **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    register_all(town.database, [(0, entry)], ADMIN, NOW)


def _observation(result: object, stream: str = "s1", **more: object) -> bytes:
    body = {"result": result, "Datastream": {"@iot.id": stream}, **more}
    return json.dumps(body).encode()


def _found(
    town: Town, *, before: int | None = None, limit: int = 100, **wanted: object
) -> list[DeadLetter]:
    with town.readings.reading() as session:
        asked = DeadFilter(**wanted)  # type: ignore[arg-type]
        return list(dead_letters(session, asked, before, limit))


def _replay(town: Town, number: int | None = None, **wanted: object) -> Replayed:
    return replay(
        town.readings, town.store, Dispatcher(loads(ROUTES)), town.sorter("replay"),
        DeadFilter(**wanted), LATER, number=number,  # type: ignore[arg-type]
    )  # fmt: skip


def test_letters_are_found_by_what_is_in_them(town: Town) -> None:
    """Kind, topic, gateway, moment, and text in the topic, the body or the reason."""
    town.take(b'{"probe": "ENG-7 %"}', topic="one/x")
    town.take(b"\xff\x00binary\xfe", topic="two/y", gateway="pier", at=LATER)
    both = _found(town)
    assert [each.topic for each in both] == ["two/y", "one/x"]
    assert [each.topic for each in _found(town, topic="one/x")] == ["one/x"]
    assert [each.topic for each in _found(town, gateway="pier")] == ["two/y"]
    assert [each.topic for each in _found(town, since=NOW + timedelta(days=1))] == ["two/y"]
    assert _found(town, kind="malformed") == []
    assert len(_found(town, kind="unknown-topic")) == 2
    assert [each.topic for each in _found(town, text="ENG-7 %")] == ["one/x"]
    assert [each.topic for each in _found(town, text="binary")] == ["two/y"]
    assert [each.topic for each in _found(town, text="two/")] == ["two/y"]
    assert len(_found(town, text="no route")) == 2
    assert _found(town, text="no_route") == []


def test_letters_of_personal_risk_are_withheld(town: Town) -> None:
    """From all where they name such a datastream, from all but admins where they may; a search
    finds them by topic alone. Those of other datastreams are shown."""
    town.take(b'{"nothing": 41.5}', topic="one/x")
    shown = (None, "nothing", 1)
    assert _seen(town, Role.estates, "41.5") == [shown]
    said = {"purpose": "care", "lawful_basis": "consent", "retention_days": 30, "owner": "Care"}
    _register(town, "bed1", gateway="yard", data_class="personal-risk", **said)
    _register(town, "air", high=60.0)
    town.take(b'{"bed1": 41.5', topic="two/y")
    town.take(_observation(95.5, "air"), topic="v1.1/Observations")
    town.take(b'{"quay": 41.5}', topic="three/z", gateway="pier")
    with town.database.reading() as session:
        number = session.scalars(select(Datastream.id).where(Datastream.stream == "bed1")).one()
    town.take(b'{"speed": {}}', topic=f"v1.1/Datastreams({number})/Observations")
    estates = {each[1] for each in _seen(town, Role.estates, None) if each[0] is None}
    assert estates == {"result", "quay"}
    admins = {each[1] for each in _seen(town, Role.admin, None) if each[0] is None}
    assert admins == {"result", "quay", "nothing"}
    assert [each[1] for each in _seen(town, Role.estates, "41.5")] == ["quay"]
    assert len(_seen(town, Role.estates, "two/")) == 1
    assert len(_seen(town, Role.admin, "41.5")) == 2
    run = Happening(kind="dead-letters", subject="yard/one/x", detail="20 in a row; the last: 4.5")
    assert _withholding(town, Role.estates).detail_of(run) == "20 in a row"
    assert _withholding(town, Role.admin).detail_of(run) == run.detail
    drift = Happening(kind="drift", subject=f"datastream {number}", detail="4.5 off")
    assert "4.5" not in _withholding(town, Role.admin).detail_of(drift)


def _withholding(town: Town, role: Role) -> Withholding:
    with town.database.reading() as session:
        return withholding_of(session, Dispatcher(), role)


def _seen(town: Town, role: Role, text: str | None) -> list[tuple[str | None, str, int]]:
    """(why it is withheld, first word of the body, times) of letters that a role finds."""
    with town.readings.reading() as session:
        page = letters_seen(session, _withholding(town, role), DeadFilter(text=text), None, 100)
    return [(why, letter.body.decode().split('"')[1], letter.times) for letter, why in page.seen]


def test_letters_come_in_pages(town: Town) -> None:
    """From before a number on."""
    for number in range(5):
        town.take(b"!", topic=f"t/{number}")
    first = _found(town, limit=3)
    rest = _found(town, before=first[-1].id, limit=3)
    assert [each.topic for each in [*first, *rest]] == [f"t/{at}" for at in (4, 3, 2, 1, 0)]


def test_a_letter_has_its_gateway_and_bytes(town: Town) -> None:
    """As it came; a number that is none is told."""
    town.take(b"\x00\xff", topic="t")
    letter = letter_of(town.readings, _found(town)[0].id)
    assert (letter.gateway, letter.body, letter.first_at) == ("yard", b"\x00\xff", NOW)
    with pytest.raises(NotFound, match="dead list"):
        letter_of(town.readings, letter.id + 1)


def test_the_same_from_two_gateways_is_two_letters(town: Town) -> None:
    """And from one it is counted."""
    for gateway in ("yard", "yard", "pier"):
        town.take(b"!", topic="t", gateway=gateway)
    assert {(each.gateway, each.times) for each in town.dead()} == {("yard", 2), ("pier", 1)}


def test_a_letter_is_read_after_a_route_was_added(town: Town) -> None:
    """With the time at which it came first, by the gateway that sent it; and is marked."""
    _register(town, gateway="yard")
    town.take(_observation(7.5), topic="our/v1.1/Observations")
    town.take(_observation(7.5), topic="our/v1.1/Observations", at=LATER)
    assert town.observed() == []
    assert _replay(town) == Replayed(replayed=1, failed=0, readings=1)
    assert town.observed() == [(NOW, 7.5, None)]
    (letter,) = town.dead()
    assert letter.replayed_at == LATER
    assert _found(town) == []
    assert len(_found(town, with_replayed=True)) == 1
    assert _replay(town) == Replayed()


def test_a_letter_of_a_wrong_gateway_is_held_not_stored(town: Town) -> None:
    """Replaying does not get around the binding of a stream."""
    _register(town, gateway="pier")
    town.take(_observation(7.5), topic="our/v1.1/Observations")
    assert _replay(town).replayed == 1
    assert town.observed() == []
    assert [each.reason for each in town.held()] == ["other-gateway"]


def test_what_fails_again_stays_as_it_is(town: Town) -> None:
    """It is not counted again."""
    town.take(b"{", topic="our/v1.1/Observations")
    town.take(_observation(7.5), topic="unheard/of")
    before = [(each.kind, each.times, each.reason) for each in town.dead()]
    assert _replay(town) == Replayed(replayed=0, failed=2, readings=0)
    assert [(each.kind, each.times, each.reason) for each in town.dead()] == before
    assert all(each.replayed_at is None for each in town.dead())


def test_a_number_beyond_a_range_is_taken_when_the_range_is_put_right(town: Town) -> None:
    """Only the letters that were chosen are tried."""
    _register(town, low=0, high=10)
    body = _observation(50, phenomenonTime=NOW.isoformat())
    town.take(body, topic="v1.1/Observations")
    assert [each.kind for each in town.dead()] == ["out-of-range"]
    _register(town, low=0, high=100)
    routes = Dispatcher()
    wanted = DeadFilter(kind="unknown-topic")
    sorter = town.sorter("replay")
    assert replay(town.readings, town.store, routes, sorter, wanted, LATER) == Replayed()
    wanted = DeadFilter(kind="out-of-range")
    assert replay(town.readings, town.store, routes, sorter, wanted, LATER).replayed == 1
    assert town.observed() == [(NOW, 50.0, None)]


def test_parts_that_fail_in_a_replayed_message_are_letters_of_their_own(town: Town) -> None:
    """The message gives what it can; the rest is not lost."""
    _register(town, stream="a", high=10)
    _register(town, stream="b", high=10)
    groups = [
        {
            "Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 1, "dataArray": [[NOW.isoformat(), value]],
        }
        for stream, value in (("a", 5), ("b", 50))
    ]  # fmt: skip
    town.take(json.dumps(groups).encode(), topic="our/v1.1/Observations")
    done = _replay(town)
    assert (done.replayed, done.failed, done.readings) == (1, 0, 1)
    whole, part = town.dead()
    assert (whole.kind, whole.replayed_at) == ("unknown-topic", LATER)
    assert (part.kind, part.replayed_at, part.gateway) == ("out-of-range", None, "yard")
    assert [number for _, number, _ in town.observed()] == [5.0]
    _replay(town, number=whole.id)
    assert [each.times for each in town.dead()] == [1, 1]


def test_one_letter_can_be_replayed_by_its_number(town: Town) -> None:
    """The others wait."""
    _register(town)
    town.take(_observation(1, phenomenonTime=NOW.isoformat()), topic="our/v1.1/Observations")
    town.take(
        _observation(2, phenomenonTime=LATER.isoformat()), topic="our/v1.1/Observations", at=LATER
    )
    assert _replay(town, number=town.dead()[0].id).replayed == 1
    assert [number for _, number, _ in town.observed()] == [1.0]


def test_replaying_twice_stores_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended before the letter was marked, the next run finds the reading there."""
    from canopy.iot.tending import queries

    _register(town)
    town.take(_observation(7.5), topic="our/v1.1/Observations")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(queries, "mark_replayed", dies)
        with pytest.raises(KeyboardInterrupt):
            _replay(town)
    assert len(town.observed()) == 1
    assert _replay(town) == Replayed(replayed=1, failed=0, readings=0)
    assert len(town.observed()) == 1


def test_a_refused_reading_is_stored_when_it_is_registered_after_all(town: Town) -> None:
    """Its letter holds the reading itself."""
    town.hear(reading("air", True, source_key="k9"))
    releasing.refuse(town.readings, town.store, "probe")
    _register(town, stream="air", source="probe", result="truth")
    assert _replay(town, kind="refused").replayed == 1
    assert town.observed() == [(NOW, 1.0, None)]


def test_what_was_noticed_is_open_until_somebody_has_seen_to_it(town: Town) -> None:
    """And again when it happens again."""
    noticed = Batch(happenings=[HappeningRow("broker-dropped", "broker", "it dropped 3", 3)])
    town.store.write(noticed)
    (found,) = happenings.open_happenings(town.readings)
    assert (found.kind, found.times) == ("broker-dropped", 3)
    happenings.acknowledge(town.readings, "broker-dropped", "broker", "officer", LATER)
    assert happenings.open_happenings(town.readings) == []
    (seen,) = happenings.open_happenings(town.readings, with_acknowledged=True)
    assert (seen.acknowledged_by, seen.acknowledged_at) == ("officer", LATER)
    again = happenings.acknowledge(town.readings, "broker-dropped", "broker", "other", NOW)
    assert again.acknowledged_by == "officer"
    town.store.write(noticed)
    (found,) = happenings.open_happenings(town.readings)
    assert found.times == 6
    with pytest.raises(NotFound, match="canopy iot happenings"):
        happenings.acknowledge(town.readings, "clock", "x", "officer", NOW)
