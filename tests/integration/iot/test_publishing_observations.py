"""New Observations of open streams are told on SensorThings topics: all, in order, none else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from mosquitto_server import Mosquitto
from sqlalchemy import update
from stations import add_streams

from canopy.db.engine import Database
from canopy.iot.broker import Broker
from canopy.iot.embedded.rules import is_allowed
from canopy.iot.gateways import topics
from canopy.iot.mqtt import Publisher
from canopy.iot.publishing import following
from canopy.iot.publishing.following import Follower
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.tables import Datastream

BASE = "https://canopy.example/sensorthings/v1.1"
BEGIN_US = 1_780_000_000_000_000
Message = tuple[str, bytes]


class Taken:
    """What a broker was sent; it can refuse."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuses = False

    def send(self, messages: Sequence[Message]) -> bool:
        if self.refuses:
            return False
        self.messages += messages
        return True

    def results(self, topic: str = "v1.1/Observations") -> list[float]:
        return [json.loads(body)["result"] for name, body in self.messages if name == topic]


@pytest.fixture
def streams(database: Database) -> dict[str, int]:
    """An open stream, another, and one of the council's own."""
    found = add_streams(database, ["air", "noise", "inside"])
    with database.writing() as session:
        session.execute(
            update(Datastream).where(Datastream.stream == "inside").values(data_class="council")
        )
    return found


@pytest.fixture
def store(database: Database) -> Iterator[ReadingStore]:
    opened = store_of(database, 10)
    yield opened
    opened.close()


@pytest.fixture
def readings(database: Database) -> Iterator[Readings]:
    opened = Readings(database, 10)
    yield opened
    opened.dispose()


def put(store: ReadingStore, stream: int, *values: float, after_s: int = 0) -> None:
    """Store values, a second apart, in one commit."""
    store.write(Batch(observations=[
        ObservationRow(
            stream, BEGIN_US + (after_s + at) * 1_000_000, "", None, value, None, 0, None, None,
            None,
        )
        for at, value in enumerate(values)
    ]))  # fmt: skip


def follow(follower: Follower, count: int) -> None:
    """Until so many rows have been dealt with: on PostgreSQL the last commit waits a moment."""
    ends = time.monotonic() + 60
    done = 0
    while done < count:
        assert time.monotonic() < ends
        done += follower.step() or 0
        time.sleep(0.02)


def test_open_observations_are_told_once_in_order(
    database: Database, store: ReadingStore, readings: Readings, streams: dict[str, int]
) -> None:
    """From the first start on, each on its Datastream's topic and on that of all; the council's
    own are passed over."""
    put(store, streams["air"], 0.5)
    time.sleep(0.6)
    taken = Taken()
    follower = Follower(database, readings, taken.send, BASE)
    assert follower.step() == 0
    put(store, streams["inside"], 99.0)
    put(store, streams["air"], 1.0, 2.0, after_s=10)
    put(store, streams["noise"], 3.0)
    put(store, streams["air"], 1.5, after_s=5)  # late, and told as it comes
    follow(follower, 5)
    assert taken.results() == [1.0, 2.0, 3.0, 1.5]
    assert taken.results(f"v1.1/Datastreams({streams['air']})/Observations") == [1.0, 2.0, 1.5]
    body = json.loads(taken.messages[0][1])
    assert body["@iot.selfLink"].startswith(f"{BASE}/Observations(")
    assert body["phenomenonTime"] == datetime.fromtimestamp(
        BEGIN_US / 1e6 + 10, UTC
    ).isoformat(timespec="milliseconds").replace("+00:00", "Z")  # fmt: skip
    assert follower.step() == 0


def test_what_the_broker_did_not_take_is_told_again_and_by_the_next_process(
    database: Database, store: ReadingStore, readings: Readings, streams: dict[str, int]
) -> None:
    """The place is kept in the store, and moved on when all was acknowledged."""
    taken = Taken()
    Follower(database, readings, taken.send, BASE).step()
    put(store, streams["air"], 1.0, 2.0)
    taken.refuses = True
    time.sleep(0.6)
    assert Follower(database, readings, taken.send, BASE).step() is None
    taken.refuses = False
    follow(Follower(database, readings, taken.send, BASE), 2)
    put(store, streams["air"], 3.0, after_s=10)
    follow(Follower(database, readings, taken.send, BASE), 1)
    assert taken.results() == [1.0, 2.0, 3.0]


def test_one_large_commit_is_told_page_by_page(
    database: Database, store: ReadingStore, readings: Readings, streams: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A process that ends within it leaves nothing out: some is told again."""
    monkeypatch.setattr(following, "PAGE", 4)
    taken = Taken()
    follower = Follower(database, readings, taken.send, BASE)
    follower.step()
    put(store, streams["air"], *(float(each) for each in range(10)))
    follow(follower, 4)
    assert taken.results() == [0.0, 1.0, 2.0, 3.0]
    follow(follower, 6)
    assert taken.results() == [float(each) for each in range(10)]
    put(store, streams["air"], *(float(each) for each in range(10, 20)), after_s=10)
    follow(follower, 4)
    anew = Follower(database, readings, taken.send, BASE)
    wait_for(lambda: anew.step() == 0 and len(set(taken.results())) == 20)
    assert taken.results()[-6:] == [14.0, 15.0, 16.0, 17.0, 18.0, 19.0]


def test_a_stream_that_is_closed_is_told_no_more(
    database: Database, store: ReadingStore, readings: Readings, streams: dict[str, int]
) -> None:
    """From the next page on, without a restart."""
    taken = Taken()
    follower = Follower(database, readings, taken.send, BASE)
    follower.step()
    with database.writing() as session:
        session.execute(update(Datastream).values(data_class="personal-risk"))
    put(store, streams["air"], 1.0)
    follow(follower, 1)
    assert taken.messages == []


def test_a_commit_that_began_earlier_and_ends_later_is_not_left_out(
    postgis_database: Database,
) -> None:
    """It has an earlier arrival than what was committed meanwhile."""
    numbers = add_streams(postgis_database, ["air"])
    readings, taken = Readings(postgis_database, 10), Taken()
    follower = Follower(postgis_database, readings, taken.send, BASE)
    follower.step()
    quick = store_of(postgis_database, 10)
    quick.prepare()
    slow = postgis_database.engine.raw_connection()
    slow.cursor().execute(
        "INSERT INTO observation (datastream_id, phenomenon_time, source_key, result, flags) "
        f"VALUES ({numbers['air']}, now(), 'slow', 7, 0)"
    )
    put(quick, numbers["air"], 2.0)
    time.sleep(0.6)
    assert follower.step() == 0
    slow.commit()
    follow(follower, 2)
    assert taken.results() == [7.0, 2.0]
    slow.close()
    quick.close()
    readings.dispose()


def heard(port: int, user: str = "", password: str = "") -> tuple[paho.Client, list[Message]]:
    """A client that reads what is published."""
    messages: list[Message] = []
    subscribed: list[bool] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    if user:
        client.username_pw_set(user, password)
    client.on_connect = lambda *_: client.subscribe("v1.1/#", 1)
    client.on_subscribe = lambda *_: subscribed.append(True)
    client.on_message = lambda _, __, told: messages.append((told.topic, told.payload))
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_for(lambda: bool(subscribed))
    return client, messages


def wait_for(is_so: object) -> None:
    ends = time.monotonic() + 60
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_publisher_waits_for_the_broker_and_comes_back(mosquitto: Mosquitto) -> None:
    """All is acknowledged, in order; a broker that is gone takes nothing, one that is back all."""
    client, messages = heard(mosquitto.port)
    sender = Publisher(Broker("127.0.0.1", mosquitto.port), "canopy-publish")
    sent = [(f"v1.1/Datastreams({at % 3})/Observations", b"%d" % at) for at in range(500)]
    assert sender.send(sent)
    wait_for(lambda: len(messages) == len(sent))
    assert [body for _, body in messages] == [body for _, body in sent]
    client.loop_stop()
    mosquitto.kill()
    assert not sender.send(sent[:3], 2)
    mosquitto.start()
    assert sender.send(sent[:3])
    sender.close()


def test_only_canopy_publishes_there(tmp_path: Path) -> None:
    """The embedded broker's rule is that of the file which Mosquitto reads."""
    for user, publishes, may in (
        ("canopy", True, True), ("canopy", False, True), ("yard", True, False),
        ("yard", False, True), ("", False, False),
    ):  # fmt: skip
        topic = "v1.1/Datastreams(7)/Observations"
        assert (bool(user) and is_allowed(user, topic, publishes=publishes)) is may
    topics.write(tmp_path / "topics", ["yard"])
    written = (tmp_path / "topics").read_text()
    shipped = Path(__file__).parents[3] / "docker" / "mosquitto" / "topics.example"
    for line in ("pattern read v1.1/#", "topic write v1.1/#"):
        assert written.splitlines().count(line) == 1
        assert line in shipped.read_text().splitlines()
