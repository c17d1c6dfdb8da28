"""Rules look at every reading that is stored, once, whoever watches and whenever it stops."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest
import shapely
from sqlalchemy import delete, func, select
from watched import Watched, watched

from canopy.assets.tables import Area
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused, StaleVersion
from canopy.iot.rules import alarms, keeping
from canopy.iot.rules.rule import BadRule, rule_of
from canopy.iot.rules.trying import try_rule
from canopy.iot.rules.watching import watch as watching
from canopy.iot.store.alarms import AlarmMessage
from canopy.iot.store.opening import Readings
from canopy.iot.store.rows import Batch, HappeningRow
from canopy.iot.store.sqlite.opening import readings_path
from canopy.iot.store.tables import Observation
from canopy.iot.tending import happenings
from canopy.iot.things.tables import Datastream, HistoricalLocation, Location

ABOVE = {"kind": "threshold", "above": 40, "clears_at": 35}


@pytest.fixture
def town(database: Database) -> Iterator[Watched]:
    with watched(database, "a", "b") as found:
        yield found


@pytest.fixture
def small(gpkg_database: Database) -> Iterator[Watched]:
    """Where the database makes no difference."""
    with watched(gpkg_database, "a", "b") as found:
        yield found


def test_an_alarm_is_raised_acknowledged_and_cleared(town: Watched) -> None:
    """Each with when and by whom; only readings that come after the rule count."""
    town.hear((0, 90), stream="b")
    town.keep(ABOVE, tell={"mqtt": False, "mail": ["air@example.org"]})
    town.look()
    town.now += timedelta(minutes=30)  # PostgreSQL hears the last moments again
    town.hear((1, 41))
    town.look()
    (alarm,) = [each for each in town.alarms() if each.stream == "a"]
    assert (alarm.state, alarm.value, alarm.thing) == ("raised", 41, "Yard")
    assert alarm.raised_at == town.begun + timedelta(seconds=1)
    done = alarms.acknowledge(town.database, town.readings, alarm.id, "ben", "on my way", town.now)
    assert (done.state, done.acknowledged_by, done.note) == ("acknowledged", "ben", "on my way")
    with pytest.raises(Refused, match="is acknowledged by ben"):
        alarms.acknowledge(town.database, town.readings, alarm.id, "eve", "", town.now)
    town.hear((2, 38), (3, 35))
    town.look()
    found = alarms.whole(town.readings, alarm.id)
    assert [(each.state, each.author) for each in found.changes] == [
        ("raised", "canopy"), ("acknowledged", "ben"), ("cleared", "canopy"),
    ]  # fmt: skip
    assert [(each.channel, each.recipient) for each in found.messages] == [
        ("mail", "air@example.org")
    ] * 3


def test_a_rule_hears_what_comes_before_it_is_first_looked_at(town: Watched) -> None:
    """It begins when it was added, not when the watcher sees it; what came before is not heard."""
    town.hear((0, 90), stream="b")
    town.keep(ABOVE)
    town.hear((1, 41))
    town.look()
    assert [(each.stream, each.value) for each in town.alarms()] == [("a", 41)]


def test_a_rule_that_nobody_looked_at_begins_a_day_ago(small: Watched) -> None:
    """Whoever starts watching after weeks is not told of all that was meanwhile."""
    small.keep(ABOVE)
    small.hear((1, 41))
    small.now += timedelta(days=1, minutes=1)
    small.look()
    assert small.alarms() == []


def test_what_waits_and_is_not_raised_leaves_nothing(town: Watched) -> None:
    """It is shown while it waits."""
    town.keep({**ABOVE, "for_min": 1})
    town.look()
    town.hear((0, 50))
    town.look()
    assert [each.state for each in town.alarms()] == ["pending"]
    town.hear((30, 30))
    town.look()
    assert (town.alarms(), town.states(), town.messages()) == ([], [], [])


def test_nothing_is_missed_or_heard_twice_across_restarts(
    town: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process goes on where one ended; steps are as short as can be."""
    monkeypatch.setattr(watching, "_MANY", 3)
    monkeypatch.setattr(watching, "_STEP_US", range(20_000, 40_000))
    town.keep(ABOVE)
    town.look()
    for number in range(12):
        town.hear((4 * number, 50), (4 * number + 2, 30))
        if number % 3 == 2:
            while town.look(town.new_watch()).is_behind:
                pass
    # The third within the hour flutters and stays.
    assert town.states() == ["raised", "cleared", "raised", "cleared", "raised"]


def test_two_that_watch_at_once_raise_once(small: Watched) -> None:
    """The second finds that the first was there, and lets its step go."""
    small.keep(ABOVE)
    small.look()
    small.hear((1, 50))
    other = small.new_watch()
    commit = other._commit
    other._commit = lambda *a: (small.look(), commit(*a))[1]  # type: ignore[method-assign]
    behind = small.look(other)
    assert (behind.is_behind, small.states()) == (True, ["raised"])
    assert small.look(small.new_watch()).changes == 0


@pytest.mark.postgis
def test_a_reading_committed_late_is_heard(postgis_database: Database) -> None:
    """Its transaction began before others whose readings were heard meanwhile."""
    with watched(postgis_database, "a", "b") as town:
        town.keep(ABOVE)
        town.look()
        with town.readings.writing() as slow:
            slow.add(
                Observation(
                    datastream_id=town.streams["b"], phenomenon_time=town.begun, source_key="",
                    result=50.0, flags=0, stored_at=func.now(),
                )
            )  # fmt: skip
            slow.flush()
            town.hear((1, 50))
            town.look()
            town.look()
            assert [each.stream for each in town.alarms()] == ["a"]
        town.look()
        assert [each.stream for each in town.alarms()] == ["a", "b"]


def test_a_late_reading_takes_back_what_it_contradicts(small: Watched) -> None:
    """50, 50 and, late, 30 in between: it did not hold for ten minutes, so it is cleared."""
    small.keep({**ABOVE, "for_min": 9})
    small.look()
    small.hear((-540, 50), (0, 50))
    small.look()
    small.hear((-300, 30))
    small.look()
    assert small.states() == ["pending", "raised", "cleared", "pending"]


def test_rules_that_change_or_go_clear_their_alarms(small: Watched) -> None:
    """With why. A change of what is told alone clears nothing."""
    small.keep(ABOVE)
    small.look()
    small.hear((1, 50))
    small.look()
    small.keep(ABOVE, severity="critical")
    small.look()
    assert small.states() == ["raised"]
    small.keep({**ABOVE, "above": 45})
    small.look()
    small.hear((2, 60))
    small.look()
    with small.database.writing() as session:
        keeping.remove(session, "hot", "anna", small.now)
    small.look()
    notes = [alarms.whole(small.readings, each.id).changes[-1].note for each in small.alarms()]
    assert notes == ["the rule was changed", "the rule is no longer looked at"]


def test_silence_is_raised_and_ended(town: Watched) -> None:
    """Of a stream that spoke before the rule was there, and of one that never did."""
    town.hear((0, 20))
    town.keep({"kind": "missing", "silent_min": 30})
    town.look()
    town.now += timedelta(minutes=29)
    town.look()
    assert town.alarms() == []
    town.now += timedelta(minutes=2)
    town.look()
    town.look()
    assert sorted(each.stream for each in town.alarms()) == ["a", "b"]
    town.now = town.begun + timedelta(seconds=5)
    town.hear((4, 20))
    town.look()
    assert {each.stream: each.state for each in town.alarms()}["a"] == "cleared"


def test_a_run_of_dead_letters_is_an_alarm_until_it_is_seen_to(town: Watched) -> None:
    """The same for what a broker dropped; it is told as every alarm is."""
    town.keep({"kind": "ingestion", "happenings": ["dead-letters", "broker-dropped"]})
    town.look()
    town.store.write(Batch(happenings=[HappeningRow("dead-letters", "yard/senml/#", "odd", 20)]))
    town.look()
    (alarm,) = town.alarms()
    assert (alarm.state, alarm.stream) == ("raised", "dead-letters yard/senml/#")
    assert [each.recipient for each in town.messages()] == [
        "canopy/alarms/hot/happening-dead-letters-yard-senml-"
    ]
    happenings.acknowledge(town.readings, "dead-letters", "yard/senml/#", "ben", town.now)
    town.look()
    assert town.states() == ["raised", "cleared"]


def test_rules_select_by_area_and_unit(small: Watched) -> None:
    """What is not in the catalogue is refused; what fits nothing is no fault."""
    with pytest.raises(BadRule, match=r"select\.area: no area of the catalogue"):
        small.keep(ABOVE, select={"property": "Temperature", "area": "Nowhere"})
    polygon = [[-1, 52], [0, 52], [0, 53]]
    small.keep(ABOVE, select={"property": "Temperature", "polygon": polygon})
    small.keep({**ABOVE, "unit": "K"}, name="kelvin")
    small.look()
    small.hear((1, 50))
    small.look()
    assert small.alarms() == []


def place(town: Watched, east_m: float, after_h: int) -> None:
    """Put the Thing of the streams somewhere, from some hours after the beginning on."""
    at = town.begun + timedelta(hours=after_h)
    spot = shapely.set_srid(shapely.Point(east_m, 300_500), 27700)
    with town.database.writing() as session:
        location = Location(
            name="x", description="", encoding_type="", geom=spot, created_at=at, changed_at=at
        )
        session.add(location)
        session.flush()
        thing = session.get_one(Datastream, town.streams["a"]).thing_id
        session.add(HistoricalLocation(thing_id=thing, location_id=location.id, at=at))


def test_a_rule_is_about_the_things_of_an_area(town: Watched) -> None:
    """By where each was placed last: of a Thing that is moved out of it the alarm is cleared."""
    ward = shapely.set_srid(shapely.box(400_000, 300_000, 401_000, 301_000), 27700)
    with town.database.writing() as session:
        session.add(
            Area(kind="ward", code="W1", name="Old Town", source="test", updated_at=town.now,
                 geom=ward)
        )  # fmt: skip
    town.keep(ABOVE, select={"property": "Temperature", "area": "Old Town"})
    town.look()
    town.hear((1, 50))
    town.look()
    assert town.states() == []
    place(town, 400_500, 0)
    town.look()
    town.hear((2, 50))
    town.look()
    place(town, 405_000, 1)
    town.look()
    assert town.states() == ["raised", "cleared"]
    note = alarms.whole(town.readings, 1).changes[-1].note
    assert note == "the rule no longer selects it"


def test_a_thing_that_leaves_its_area_is_an_alarm_of_the_thing(small: Watched) -> None:
    """Whichever of its streams tells where it is."""
    polygon = [[-1, 52], [0, 52], [0, 53], [-1, 53]]
    small.keep({"kind": "fence", "alarm": "outside", "polygon": polygon})
    small.look()
    small.hear((1, 5), stream="a", at=(-0.5, 52.5))
    small.hear((2, None), stream="b", at=(-0.5, 53.5))
    small.look()
    small.hear((3, 5), stream="a", at=(-0.5, 53.5))
    small.look()
    (alarm,) = small.alarms()
    assert (alarm.subject, alarm.state, alarm.value) == (f"thing:{alarm.thing_id}", "raised", None)
    small.hear((4, 5), stream="a", at=(-0.5, 52.5))
    small.look()
    assert small.states() == ["raised", "cleared"]


def test_a_rule_has_revisions_with_authors(small: Watched) -> None:
    """What is the same makes none; a change from an older one is refused; a name comes back."""
    small.keep(ABOVE)
    small.keep(ABOVE)
    small.keep({**ABOVE, "above": 50})
    rule = rule_of({"name": "hot", "title": "x", "select": {"property": "x"}, "when": ABOVE})
    with small.database.writing() as session:
        with pytest.raises(StaleVersion, match="at revision 2, not 1"):
            keeping.keep(session, rule, "ben", small.now, revision=1)
        keeping.remove(session, "hot", "ben", small.now)
        with pytest.raises(NotFound):
            keeping.one(session, "hot")
        keeping.keep(session, rule, "eve", small.now)
        found = keeping.revisions(session, "hot", None, 10)
        told = [(each.revision, each.author, each.document is None) for each in found]
    assert told == [(4, "eve", False), (3, "ben", True), (2, "anna", False), (1, "anna", False)]


def test_a_rule_can_be_tried_on_what_is_stored(small: Watched) -> None:
    """What it would have raised; nothing is kept."""
    small.hear((-600, 50), (-300, 20), stream="a")
    small.hear((-600, 20), (-10, 50), stream="b")
    hot = rule_of({"name": "x", "title": "x", "select": {"property": "Temperature"}, "when": ABOVE})
    silent = rule_of(
        {
            "name": "x", "title": "x", "select": {"things": ["Yard"]},
            "when": {"kind": "missing", "silent_min": 8},
        }
    )  # fmt: skip
    tried = try_rule(small.database, small.readings, hot, 1, small.now)
    assert [(each.became, each.stream, each.value) for each in tried.changes] == [
        ("raised", "a", 50), ("cleared", "a", 20), ("raised", "b", 50),
    ]  # fmt: skip
    quiet = try_rule(small.database, small.readings, silent, 0.2, small.now)
    assert [(each.became, each.stream) for each in quiet.changes] == [
        ("raised", "b"), ("cleared", "b"),
    ]  # fmt: skip
    assert small.alarms() == []


def test_a_file_of_readings_of_an_earlier_release_gets_its_tables(gpkg_database: Database) -> None:
    """What is in it stays."""
    with watched(gpkg_database) as town:
        town.hear((1, 50))
        assert town.database.path is not None
        file = readings_path(town.database.path)
    before = sqlite3.connect(file)
    for table in ("alarm_message", "alarm_change", "alarm", "alarm_memory", "alarm_cursor"):
        before.execute(f"DROP TABLE {table}")
    before.execute("PRAGMA user_version = 1")
    before.close()
    readings = Readings(gpkg_database, 10)
    with readings.reading() as session:
        assert session.scalar(select(func.count()).select_from(Observation)) == 1
        assert session.scalar(select(func.count()).select_from(AlarmMessage)) == 0
    readings.dispose()


def test_a_rule_that_cannot_be_read_holds_up_no_other(small: Watched) -> None:
    """A later release wrote it: it is named, and the others are looked at."""
    small.keep(ABOVE)
    small.keep(ABOVE, name="later")
    with small.database.writing() as session:
        row = keeping.one(session, "later")
        row.document = {**row.document, "novel": True}
    small.look()
    small.hear((1, 50))
    done = small.look()
    assert (done.rules, list(done.problems), small.states()) == (1, ["later"], ["raised"])


def test_it_goes_on_where_rows_are_numbered_anew(small: Watched) -> None:
    """All readings were deleted; the next are heard."""
    small.keep(ABOVE)
    small.hear((-3, 1), (-2, 1), (-1, 1))
    small.look()
    with small.readings.writing() as session:
        session.execute(delete(Observation))
    small.look()
    small.hear((1, 50))
    small.look()
    assert small.states() == ["raised"]
