"""Changes of alarms reach people by mail, programs by webhook, and the broker: each once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from hook_server import hook_server
from ingesting import Ingest
from mail_server import mail_server
from mosquitto_server import Mosquitto
from programs import free_port
from stations import add_streams
from watched import Watched, watched

from canopy.db.engine import Database
from canopy.errors import BadMapping
from canopy.iot.broker import Broker
from canopy.iot.mqtt import publish_retained
from canopy.iot.rules import alarms
from canopy.iot.rules.telling.hooks import read_hooks
from canopy.iot.rules.telling.outbox import MOST_ATTEMPTS, Senders, deliver, wait_s
from canopy.iot.rules.watching import queries, raising
from canopy.mail import MailServer
from canopy.webhook import Webhook, new_secret

ABOVE = {"kind": "threshold", "above": 40}
ANNA, BEN = "anna@example.org", "ben@example.org"


@pytest.fixture
def town(database: Database) -> Iterator[Watched]:
    with watched(database) as found:
        yield found


@pytest.fixture
def small(gpkg_database: Database) -> Iterator[Watched]:
    with watched(gpkg_database) as found:
        yield found


def raised(town: Watched, **tell: object) -> None:
    """An alarm that is told so."""
    town.keep(ABOVE, tell={"mqtt": False, **tell})
    town.look()
    town.hear((1, 50))
    town.look()


def cleared(town: Watched) -> None:
    town.hear((2, 30))
    town.look()


def send(town: Watched, senders: Senders) -> tuple[int, int]:
    """What is due now: how many were taken, and how many not."""
    taken = left = 0
    while any(done := deliver(town.readings, senders, lambda: town.now, lambda: 0.5)):
        taken, left = taken + done[0], left + done[1]
    return taken, left


@contextmanager
def listening(port: int) -> Iterator[dict[str, bytes]]:
    """What is or becomes retained below canopy/alarms/, by topic."""
    heard: dict[str, bytes] = {}
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.on_connect = lambda client, *_: client.subscribe("canopy/alarms/#", 1)
    client.on_message = lambda _, __, m: heard.__setitem__(m.topic, m.payload)
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield heard
    client.disconnect()
    client.loop_stop()


def until(condition: object, timeout_s: float = 60.0) -> None:
    ends = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_each_person_is_told_once_by_mail(town: Watched) -> None:
    """One letter a person and round; an address that is not taken waits alone."""
    raised(town, mail=[ANNA, BEN])
    with mail_server() as (box, port):
        server = MailServer("127.0.0.1", port, "none", "canopy@example.org", 5)
        box.unknown.add(BEN)
        senders = Senders(server, catalogue="Ashcombe", page="https://example.org/iot/alarms")
        assert send(town, senders) == (1, 1)
        assert send(town, senders) == (0, 0)
        box.unknown.clear()
        town.now += timedelta(minutes=1)
        assert send(town, senders) == (1, 0)
        cleared(town)
        assert send(town, senders) == (2, 0)
    assert [to for to, _ in box.letters] == [ANNA, BEN, ANNA, BEN]
    first = box.letters[0][1]
    text = first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert first["Subject"] == "Warning: Too hot, raised, Yard"
    assert "for Yard, a, at 50" in text
    assert "https://example.org/iot/alarms" in text


def test_a_webhook_is_posted_signed_and_tried_again(small: Watched) -> None:
    """What comes later of the same alarm waits for what came first."""
    raised(small, webhooks=["depot"])
    with hook_server() as hooked:
        hooked.answers = [(500, {}), (204, {})]
        allowed = (ip_network("127.0.0.0/8"),)
        depot = Webhook(f"http://127.0.0.1:{hooked.port}/", new_secret(), 2, 1, allowed)
        senders = Senders(hooks={"depot": depot})
        assert send(small, senders) == (0, 1)
        cleared(small)
        assert send(small, senders) == (0, 0)
        small.now += timedelta(minutes=1)
        assert send(small, senders) == (2, 0)
    told = [json.loads(body) for _, _, body in hooked.posts]
    assert [each["state"] for each in told] == ["raised", "raised", "cleared"]
    assert len({headers["webhook-id"] for _, headers, _ in hooked.posts}) == 2
    assert (told[0]["rule"], told[0]["value"], told[0]["thing"]) == ("hot", 50, "Yard")


def test_a_webhook_may_not_be_in_our_own_network(small: Watched) -> None:
    """Unless its network is allowed in the file; the message says nothing of the address."""
    raised(small, webhooks=["depot", "unknown"])
    secret = new_secret()
    depot = Webhook("http://127.0.0.1:9/key-in-path", secret, 2, 1)
    assert send(small, Senders(hooks={"depot": depot})) == (0, 2)
    problems = [each.problem for each in small.messages()]
    assert "may not be connected to" in problems[0]
    assert "no webhook of that name" in problems[1]
    assert "key-in-path" not in problems[0]
    assert secret.get_secret_value() not in problems[0]


def test_an_alarm_is_published_retained(small: Watched, mosquitto: Mosquitto) -> None:
    """Whoever subscribes later finds how it stands; while the broker is away it waits."""
    raised(small, mqtt=True)
    broker = Broker("127.0.0.1", mosquitto.port)
    senders = Senders(publish=lambda messages: publish_retained(broker, messages, 5))
    mosquitto.stop()
    assert send(small, senders) == (0, 1)
    mosquitto.start()
    small.now += timedelta(minutes=1)
    assert send(small, senders) == (1, 0)
    cleared(small)
    assert send(small, senders) == (1, 0)
    topic = f"canopy/alarms/hot/stream-{small.streams['a']}"
    with listening(mosquitto.port) as heard:
        until(lambda: topic in heard)
    assert json.loads(heard[topic])["state"] == "cleared"


def test_what_is_claimed_by_a_process_that_ends_is_sent_by_the_next(small: Watched) -> None:
    """After ten minutes; nothing is lost, and meanwhile nothing is sent twice."""
    raised(small, mail=[ANNA])

    def killed(_: object) -> set[int]:
        raise KeyboardInterrupt

    small.keep(ABOVE, tell={"mail": [ANNA], "mqtt": True})
    cleared(small)
    with mail_server() as (box, port):
        senders = Senders(MailServer("127.0.0.1", port, "none", "canopy@example.org", 5))
        with pytest.raises(KeyboardInterrupt):
            send(small, Senders(None, killed))
        assert send(small, senders)[0] == 0
        small.now += timedelta(minutes=10)
        assert send(small, Senders(senders.mail, lambda messages: {0})) == (3, 0)
    assert len(box.letters) == 2


def test_it_is_given_up_after_a_day(small: Watched) -> None:
    """The waits double up to an hour; the alarm stays, and why is told."""
    assert [wait_s(n, 1.0) for n in (1, 2, 3, 9, 30)] == [30, 60, 120, 3_600, 3_600]
    assert 20 < sum(wait_s(n, 0.5) for n in range(1, MOST_ATTEMPTS)) / 3_600 * (4 / 3) < 30
    raised(small, mail=[ANNA])
    for _ in range(MOST_ATTEMPTS):
        assert send(small, Senders()) == (0, 1)
        small.now += timedelta(hours=1)
    (message,) = small.messages()
    assert (message.due_at, message.attempts) == (None, MOST_ATTEMPTS)
    assert (message.given_up_at is None, message.problem) == (
        False, "no mail server: CANOPY_MAIL_HOST",
    )  # fmt: skip


def test_the_outbox_is_bounded(small: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is given up at once, and says so; the alarm is noted all the same."""
    monkeypatch.setattr(raising, "MOST_WAITING", 1)
    raised(small, mail=[ANNA, BEN])
    assert [each.problem for each in small.messages()] == ["", "1 messages wait already"]
    assert len(small.alarms()) == 1


def test_values_about_persons_are_neither_kept_nor_told(gpkg_database: Database) -> None:
    """Nor is the moment; that there is an alarm is seen in Canopy, without its value."""
    with watched(gpkg_database) as town:
        town.streams |= add_streams(gpkg_database, ["p"], data_class="personal-risk")
        town.keep(ABOVE)
        town.look()
        town.hear((1, 50), stream="p")
        town.look()
        alarms.acknowledge(town.database, town.readings, 1, "ben", "", town.now)
        assert town.alarms()[0].value is None
        assert {each.value for each in alarms.whole(town.readings, 1).changes} == {None}
        assert list(town.messages()) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('secret = "whsec_short"', "the secret of 'depot': The secret of a webhook is whsec_"),
        ('allowed = ["x"]', "allowed of 'depot': write networks"),
        ("odd = 1", "unknown field `odd`"),
    ],
)
def test_a_wrong_file_of_webhooks_is_refused(tmp_path: Path, line: str, told: str) -> None:
    """With the field, and without the secret."""
    secret = new_secret().get_secret_value()
    file = tmp_path / "hooks.toml"
    good = f'[[webhook]]\nname = "depot"\nurl = "https://example.org/x"\nsecret = "{secret}"\n'
    file.write_text(good)
    assert list(read_hooks(file)) == ["depot"]
    kept = [each for each in good.splitlines() if not each.startswith(line.split(" ")[0])]
    file.write_text("\n".join([*kept, line]))
    with pytest.raises(BadMapping) as refused:
        read_hooks(file)
    assert told in refused.value.detail
    assert "short" not in refused.value.detail
    assert secret not in refused.value.detail


def test_ingestion_watches_beside_itself(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """A reading over MQTT becomes an alarm over MQTT."""
    with watched(gpkg_database) as town:
        town.keep(ABOVE)
        ingest = Ingest(
            gpkg_database, mosquitto.url, tmp_path, CANOPY_IOT_WATCH_S="0.3", CANOPY_IOT_CARE_S="1"
        )
        ingest.start()
        with listening(mosquitto.port) as heard:
            until(lambda: _has_begun(town))
            body = json.dumps({"Datastream": {"@iot.id": "a"}, "result": 50, "@iot.id": "x"})
            client = paho.Client(paho.CallbackAPIVersion.VERSION2)
            client.connect("127.0.0.1", mosquitto.port)
            client.loop_start()
            client.publish("canopy/gateways/yard/v1.1/Observations", body, 1).wait_for_publish(60)
            until(lambda: heard)
            client.disconnect()
            client.loop_stop()
        assert ingest.stop() == 0
    (document,) = (json.loads(body) for body in heard.values())
    assert (document["state"], document["value"]) == ("raised", 50)


def _has_begun(town: Watched) -> bool:
    with town.readings.reading() as session:
        return bool(queries.cursors(session))


def test_a_broker_that_is_not_there_is_an_os_error() -> None:
    """Which the outbox takes as a reason to try again."""
    with pytest.raises(OSError, match="refused"):
        publish_retained(Broker("127.0.0.1", free_port()), [("canopy/alarms/x/y", b"{}")], 2)
