"""What waits of an unknown device is told, approved or refused; nothing is lost or kept twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from catalogue import ADMIN
from quarantined import BOUNDS, NOW, Town, opened, reading
from registers import import_register, write_register

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.errors import ImportRefused, NotFound, Refused
from canopy.iot.flags import names
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.payloads.reading import Position
from canopy.iot.store.tables import Observation
from canopy.iot.tending import quarantine, queries, releasing
from canopy.iot.tending.quarantine import Approved, Waiting, approve
from canopy.iot.tending.releases import Terms
from canopy.iot.tending.releasing import Released, reading_of, release_known
from canopy.iot.tending.withholding import withholding_of
from canopy.iot.things.registering import Registered, withdraw


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """A catalogue with four lampposts, and its readings."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    with opened(database) as found:
        yield found


def _say(town: Town, *values: float, first_s: int = 0, gateway: str = "yard") -> None:
    readings = [
        reading("air", float(value), unit="Cel", after_s=first_s + at)
        for at, value in enumerate(values)
    ]
    town.hear(*readings, gateway=gateway)


def _approve_all(
    town: Town, source: str = "", *, dry_run: bool = False, **terms: object
) -> Approved:
    return approve(
        town.database, town.readings, town.store, source or _source(town),
        Terms(**{"asset": "LC-1", "data_class": "council", **terms}),  # type: ignore[arg-type]
        ADMIN, NOW, BOUNDS, dry_run=dry_run,
    )  # fmt: skip


def _approve(town: Town, source: str = "", **terms: object) -> tuple[Registered, Released]:
    return _approve_all(town, source, **terms)[:2]


def _waiting(town: Town, role: Role = Role.estates, **pages: object) -> list[Waiting]:
    with town.database.reading() as session:
        withholding = withholding_of(session, Dispatcher(), role)
    return quarantine.waiting(town.readings, withholding, **pages)  # type: ignore[arg-type]


def _source(town: Town) -> str:
    return _waiting(town)[0].held.source


def test_what_waits_is_told_by_stream(town: Town) -> None:
    """How much, from when to when, in what unit, by whom, and the newest value."""
    _say(town, 20.5, 21.5)
    town.hear(reading("door", True))
    air, door = _waiting(town)
    assert (air.held.stream, air.held.total, air.held.unit, air.sample) == ("air", 2, "Cel", 21.5)
    assert (air.held.first_at, air.held.last_at) == (NOW, NOW + timedelta(seconds=1))
    assert (air.held.gateway, air.held.reason) == ("yard", "unknown-stream")
    assert (door.held.stream, door.sample) == ("door", True)


def test_devices_come_in_pages(town: Town) -> None:
    """From after one on."""
    for device in "abc":
        town.hear(reading("air", 1.0, source=device))
    first = _waiting(town, limit=2)
    assert len(first) == 2
    rest = _waiting(town, after=first[-1].held.source)
    assert len({each.held.source for each in [*first, *rest]}) == 3


def test_an_approved_device_has_its_readings(town: Town) -> None:
    """A Thing with its streams on the asset; what waited is observed, nothing waits."""
    _say(town, 20.5, 21.5)
    town.hear(reading("door", True))
    registered, released = _approve(town)
    assert (registered.things, registered.added) == (1, 2)
    assert (released.stored, released.dead) == (3, 0)
    assert [number for _, number, _ in town.observed()] == [1.0, 20.5, 21.5]
    assert town.held() == []
    streams = town.sorter().streams
    assert (streams["probe", "door"].takes, streams["probe", "air"].unit) == ("truth", "Cel")


def test_it_is_bound_to_the_gateway_that_brought_it(town: Town) -> None:
    """Another's readings of the same name wait; `any_gateway` leaves it open."""
    _say(town, 20.5)
    source = _source(town)
    _approve(town)
    _say(town, 99.0, gateway="stranger")
    assert [(each.gateway, each.reason) for each in town.held()] == [("stranger", "other-gateway")]
    with pytest.raises(Refused, match="for gateway yard alone"):
        _approve(town, source)
    assert release_known(town.readings, town.store, town.sorter("held")).count == 0
    assert [number for _, number, _ in town.observed()] == [20.5]


def test_a_stream_that_two_gateways_brought_is_somebody_s_decision(town: Town) -> None:
    """One of them is refused, or any may publish it."""
    _say(town, 20.5)
    _say(town, 99.0, first_s=5, gateway="stranger")
    with pytest.raises(Refused, match="came by stranger, yard"):
        _approve(town)
    _approve(town, any_gateway=True)
    assert len(town.observed()) == 2


def test_what_the_instrument_cannot_measure_becomes_a_dead_letter(town: Town) -> None:
    """It is not stored, and can be looked at."""
    _say(town, 20.5, 900.0)
    _, released = _approve(town, highs={"air": 60.0})
    assert (released.stored, released.dead) == (1, 1)
    (letter,) = town.dead()
    assert (letter.kind, letter.gateway, letter.channel) == ("out-of-range", "yard", "held")
    assert b'"result":900.0' in letter.body
    assert town.held() == []


def test_another_unit_becomes_a_dead_letter(town: Town) -> None:
    """Two units need a decision; what is in the other one is no reading of the stream."""
    _say(town, 20.5)
    town.hear(reading("air", 293.0, unit="K", after_s=9))
    with pytest.raises(Refused, match="came in Cel, K"):
        _approve(town)
    _, released = _approve(town, units={"air": "Cel"})
    assert (released.stored, released.dead) == (1, 1)
    assert town.dead()[0].kind == "other-unit"


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"asset": "LC-9"}, "asset: There is no asset 'LC-9'"),
        ({"data_class": "personal-risk"}, "purpose: must be given"),
        ({"lows": {"air": 9.0}, "highs": {"air": 1.0}}, "high: 1 is below low"),
    ],
)
def test_wrong_terms_register_nothing(town: Town, terms: dict[str, object], told: str) -> None:
    """And everything waits on."""
    _say(town, 20.5)
    with pytest.raises(ImportRefused) as refused:
        _approve(town, **terms)
    assert told in refused.value.detail
    assert len(town.held()) == 1
    assert town.sorter().streams == {}


def test_terms_that_say_too_little_release_nothing(town: Town) -> None:
    """No class passes for the council's, no range or unit for one that fits nothing, and what
    looks like people for what does not."""
    _say(town, 20.5)
    town.hear(reading("door", True), reading("presence", 1.0),
              reading("van", 1.0, position=Position(-1.1, 52.9, None)))  # fmt: skip
    with pytest.raises(Refused, match="data_class must be given: open, council or personal-risk"):
        _approve(town, data_class="")
    with pytest.raises(Refused, match=r"all 1 of air would become dead .*; they are 20.5 to 20.5"):
        _approve(town, streams=("air",), highs={"air": 1.0})
    with pytest.raises(Refused, match="all 1 of air would become dead letters"):
        _approve(town, streams=("air",), units={"air": "K"})
    with pytest.raises(Refused, match="lows: door is no number"):
        _approve(town, streams=("door",), lows={"door": 0.0})
    with pytest.raises(Refused, match="lawful_basis must be given for probe/presence"):
        _approve(town, streams=("presence",))
    with pytest.raises(Refused, match=r"probe/van .*: its readings have positions"):
        _approve(town, streams=("van",))
    assert len(town.held()) == 4


def test_what_belongs_to_personal_risk_is_not_shown_nor_approved_as_another_s(town: Town) -> None:
    """Its values are in no list; a dry run tells how much would go, and nothing goes."""
    said = {"purpose": "care", "lawful_basis": "consent", "retention_days": 3_000, "owner": "Care"}
    _say(town, 20.5, 21.5)
    tried = _approve_all(town, dry_run=True, data_class="personal-risk", **said)
    (gone,) = tried.releases
    assert (gone.count, gone.newest, gone.highest, gone.dead) == (2, None, None, None)
    assert (gone.first_at, gone.last_at) == (NOW, NOW + timedelta(seconds=1))
    assert (tried.registered.added, len(town.held())) == (1, 2)
    _approve(town, data_class="personal-risk", **said)
    town.hear(reading("hum", 3.0))
    for role in (Role.estates, Role.admin):
        assert [each.sample for each in _waiting(town, role)] == [None]
    with pytest.raises(Refused, match="looks like, datastreams of personal-risk"):
        _approve(town)
    (hum,) = _approve_all(town, lawful_basis="not-personal-data", dry_run=True).releases
    assert (hum.newest, hum.is_withheld) == (None, True)  # saying so is no way to look
    _approve(town, lawful_basis="not-personal-data")
    assert [number for _, number, _ in town.observed()] == [3.0, 20.5, 21.5]
    town.hear(reading("hum", 4.0, source="another"))
    assert [each.sample for each in _waiting(town)] == [None]
    assert [each.sample for each in _waiting(town, Role.admin)] == [4.0]


def test_readings_of_no_device_are_approved_by_name(town: Town) -> None:
    """They may be of many: streams and their Thing are named, the device as lists show it."""
    town.hear(reading("a", 1.0, source=""), reading("b", 2.0, source=""))
    with pytest.raises(Refused, match="streams must be given where no device is named"):
        _approve(town, "(no device)")
    with pytest.raises(Refused, match="thing must be given"):
        _approve(town, "(no device)", streams=("a", "b"))
    registered, released = _approve(town, "(no device)", streams=("a",))
    assert (registered.things, released.stored) == (1, 1)
    assert [each.stream for each in town.held()] == ["b"]


def test_a_stream_that_does_not_wait_is_named(town: Town) -> None:
    """A mistyped option does not pass for nothing."""
    _say(town, 20.5)
    with pytest.raises(Refused, match="in a stream 'aire'; what waits is air"):
        _approve(town, units={"aire": "Cel"})
    with pytest.raises(NotFound, match="held list"):
        _approve(town, "nobody")


def test_an_interrupted_approval_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended after the Thing was made, and again after readings were stored: nothing is twice."""
    _say(town, 20.5, 21.5, 22.5)
    source = _source(town)

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(quarantine, "release_known", dies)
        with pytest.raises(KeyboardInterrupt):
            _approve(town)
    assert (len(town.held()), town.observed()) == (3, [])
    with monkeypatch.context() as patched:
        patched.setattr(queries, "let_go", dies)
        with pytest.raises(KeyboardInterrupt):
            _approve(town, source)
    assert (len(town.held()), len(town.observed())) == (3, 3)
    registered, released = _approve(town, source)
    assert (registered.things, registered.added) == (0, 0)
    assert (released.stored, released.known) == (0, 3)
    assert (town.held(), len(town.observed())) == ([], 3)


def test_readings_held_by_a_worker_that_did_not_know_yet_are_released(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In steps, as many as are asked for, and with their doubts."""
    monkeypatch.setattr(releasing, "CHUNK", 2)
    stale = town.sorter()
    _say(town, 20.5)
    _approve(town)
    town.hear(*(reading("air", 30.0 + at, after_s=at + 1) for at in range(7)), sorter=stale)
    assert len(town.held()) == 7
    sorter = town.sorter("held")
    first = release_known(town.readings, town.store, sorter, most=3)
    assert (first.count, first.is_more) == (3, True)
    second = release_known(town.readings, town.store, sorter, most=100)
    assert second.is_more is False
    assert town.held() == []
    assert [number for _, number, _ in town.observed()] == [20.5, *(30.0 + at for at in range(7))]


def test_doubts_stay_with_a_released_reading(town: Town) -> None:
    """It had no time of its own when it came, and has none when it is released."""
    town.hear(reading("air", 3.0, at=None, hints=("stale",)))
    (row,) = town.held()
    assert set(names(row.flags)) == {"no-time", "stale"}
    _approve(town)
    with town.readings.reading() as session:
        (stored,) = session.query(Observation).all()
    assert {"no-time", "stale"} <= set(names(stored.flags))


def test_refused_readings_are_dead_letters_that_can_be_read_again(town: Town) -> None:
    """Whole: what waited comes out of the letter as it was."""
    import msgspec

    from canopy.iot.payloads.reading import Reading

    _say(town, 20.5)
    town.hear(reading("note", "rust", source_key="k"))
    rows = {row.stream: reading_of(row) for row in town.held()}
    count = releasing.refuse(town.readings, town.store, _source(town), reason="a neighbour's")
    assert (count, town.held()) == (2, [])
    letters = town.dead()
    assert {(each.kind, each.reason) for each in letters} == {("refused", "a neighbour's")}
    decoded = [msgspec.json.decode(each.body, type=Reading) for each in letters]
    assert {each.stream: each for each in decoded} == rows


def test_refusing_one_gateway_leaves_the_other(town: Town) -> None:
    """What the right one brought can be approved then."""
    _say(town, 20.5)
    _say(town, 99.0, gateway="stranger")
    source = _source(town)
    assert releasing.refuse(town.readings, town.store, source, gateway="stranger") == 1
    _approve(town)
    assert [number for _, number, _ in town.observed()] == [20.5]


def test_a_withdrawn_stream_is_not_approved_as_new(town: Town) -> None:
    """It would lose what was said of it: it is registered again, or refused."""
    _say(town, 20.5)
    source = _source(town)
    _approve(town)
    with town.database.writing() as session:
        withdraw(session, source, NOW)
    _say(town, 1.0, 2.0)
    with pytest.raises(Refused, match="was withdrawn"):
        _approve(town, source)
