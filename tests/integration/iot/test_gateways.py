"""A gateway gets credentials and topics of its own, which a real Mosquitto keeps to."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from ingesting import Ingest
from programs import DOCKER, find_program, free_port, wait_until_open
from publishing import observation
from sqlalchemy import select

from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot import passwords
from canopy.iot.gateways import topics
from canopy.iot.gateways.certificates import Authority, issue
from canopy.iot.gateways.registering import BrokerFiles, add, revoke
from canopy.iot.store.opening import Readings
from canopy.iot.store.tables import HeldObservation
from canopy.iot.things import queries

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def _add(database: Database, files: BrokerFiles, name: str, **options: object) -> str:
    return add(database, files, name, "officer", NOW, **options)  # type: ignore[arg-type]


@pytest.fixture
def files(tmp_path: Path) -> BrokerFiles:
    """A folder that is not there yet."""
    return BrokerFiles(tmp_path / "private")


def test_a_gateway_is_in_the_catalogue_and_in_the_files(
    database: Database, files: BrokerFiles
) -> None:
    """With the password's hash, never the password; for the owner and the group alone."""
    password = _add(database, files, "yard", description="Roof")
    assert passwords.matches(passwords.read(files.passwords)["yard"], password)
    assert password not in files.passwords.read_text()
    assert "user yard\ntopic write canopy/gateways/yard/#\n" in files.topics.read_text()
    assert files.topics.read_text().count("topic write canopy/gateways/yard") == 1
    for path in (files.passwords, files.topics):
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    with database.reading() as session:
        (found,) = queries.gateways(session)
        assert (found.name, found.description, found.created_by) == ("yard", "Roof", "officer")


def test_a_gateway_is_added_once_and_renewed(database: Database, files: BrokerFiles) -> None:
    """A second time is refused, as its password would end; `renew` does that."""
    first = _add(database, files, "yard")
    with pytest.raises(Refused, match="--renew"):
        _add(database, files, "yard")
    second = _add(database, files, "yard", renew=True)
    stored = passwords.read(files.passwords)["yard"]
    assert (passwords.matches(stored, first), passwords.matches(stored, second)) == (False, True)
    with pytest.raises(NotFound, match="leave --renew out"):
        _add(database, files, "pier", renew=True)


def test_a_user_that_is_no_gateway_is_left_alone(database: Database, files: BrokerFiles) -> None:
    """Canopy's own, and whoever was put there by hand."""
    passwords.put(files.passwords, "canopy", "secret")
    passwords.put(files.passwords, "by-hand", "secret")
    before = files.passwords.read_text()
    for name in ("canopy", "by-hand", "no/slash", ""):
        with pytest.raises(Refused):
            _add(database, files, name)
    assert files.passwords.read_text() == before
    assert not files.topics.exists()
    with database.reading() as session:
        assert queries.gateways(session) == []


def test_a_revoked_gateway_is_in_no_file_and_may_come_back(
    database: Database, files: BrokerFiles
) -> None:
    """The others stay."""
    _add(database, files, "yard")
    _add(database, files, "pier")
    revoke(database, files, "yard", NOW)
    assert set(passwords.read(files.passwords)) == {"pier"}
    assert "yard" not in files.topics.read_text()
    assert "canopy/gateways/pier/#" in files.topics.read_text()
    with pytest.raises(NotFound, match="gateway list"):
        revoke(database, files, "nobody", NOW)
    _add(database, files, "yard")
    assert "canopy/gateways/yard/#" in files.topics.read_text()


def test_other_lines_of_the_file_of_topics_stay(tmp_path: Path) -> None:
    """What stands before and after the gateways, whatever comes and goes between."""
    path = tmp_path / "topics"
    path.write_text((DOCKER / "mosquitto" / "topics.example").read_text())
    topics.write(path, ["a"])
    with path.open("a") as file:
        file.write("user grafana\ntopic read canopy/#\n")
    topics.write(path, ["b", "a"])
    topics.write(path, ["b"])
    written = path.read_text()
    assert written.startswith((DOCKER / "mosquitto" / "topics.example").read_text().rstrip())
    assert written.endswith("user grafana\ntopic read canopy/#\n")
    assert "gateways/a/" not in written
    assert written.count("user b\n") == 1
    path.write_text(written.replace("# Gateways: end\n", ""))
    with pytest.raises(Refused, match="once each"):
        topics.write(path, ["a"])


class Broker:
    """Mosquitto with the shipped files, for passwords and for certificates."""

    def __init__(self, folder: Path) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self.files = BrokerFiles(folder / "private")
        private = self.files.folder
        private.mkdir()
        (private / "topics").write_text((DOCKER / "mosquitto" / "topics.example").read_text())
        passwords.put(self.files.passwords, "canopy", "read")
        self._said, self._config = folder / "mosquitto.log", folder / "mosquitto.conf"
        self._config.write_text(
            _shipped("mosquitto.conf", private)
            .replace("/mosquitto/data/", f"{folder}/")
            .replace("listener 1883", f"listener {self.port} 127.0.0.1")
            .replace("log_dest stdout", "log_dest stderr")  # which is not held back
            + "user root\n"  # else it drops root, and may not read the test's folder
            + "log_type information\n"  # it tells then that it has read its files again
        )
        self.process: subprocess.Popen[bytes] | None = None

    def with_mutual_tls(self) -> None:
        """Another listener, as the shipped example has it."""
        private = self.files.folder
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-keyout", private / "broker.key", "-out", private / "broker.crt",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        (private / "mutual-tls.conf").write_text(
            _shipped("mutual-tls.conf.example", private)
            .replace("listener 8884", f"listener {self.tls_port} 127.0.0.1")
        )  # fmt: skip

    def start(self) -> None:
        with self._said.open("ab") as out:
            self.process = subprocess.Popen(
                [find_program("mosquitto"), "-c", str(self._config)], stdout=out, stderr=out
            )
        wait_until_open(self.port, self._said)

    def reload(self) -> None:
        """Have it read its files again."""
        assert self.process is not None
        before, ends = self._said.read_text().count(_RELOADED), time.monotonic() + 60
        self.process.send_signal(signal.SIGHUP)
        while self._said.read_text().count(_RELOADED) == before:
            assert time.monotonic() < ends, self._said.read_text()
            time.sleep(0.02)

    def publish(self, topic: str, message: bytes, *who: str, port: int | None = None) -> int:
        """Publish with QoS 1 and MQTT 5, where a refusal is told; the exit code."""
        command = [
            find_program("mosquitto_pub"), "-V", "5", "-h", "127.0.0.1", "-p",
            str(port or self.port), "-q", "1", "-t", topic, "-m", message.decode(), *who,
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode

    def publish_tls(self, topic: str, message: bytes, certificate: Path, key: Path) -> int:
        """The same with a certificate."""
        broker = str(self.files.folder / "broker.crt")
        return self.publish(
            topic, message, "--cafile", broker, "--cert", str(certificate), "--key", str(key),
            port=self.tls_port,
        )  # fmt: skip


_RELOADED = "Reloading config"


def _shipped(name: str, private: Path) -> str:
    text = (DOCKER / "mosquitto" / name).read_text()
    return text.replace("/mosquitto/config/private", str(private))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Not started yet."""
    made = Broker(tmp_path)
    yield made
    if made.process is not None:
        made.process.terminate()
        made.process.wait(20)


def _topic(name: str) -> str:
    return f"canopy/gateways/{name}/v1.1/Observations"


def _kept(database: Database, count: int) -> list[tuple[str, str]]:
    """(gateway, key) of what is in quarantine, when there are so many or a minute passed."""
    ends = time.monotonic() + 60
    readings = Readings(database, 10)
    while True:
        with readings.reading() as session:
            rows = session.execute(select(HeldObservation.gateway, HeldObservation.source_key))
            found = sorted((gateway, key) for gateway, key in rows)
        if len(found) >= count or time.monotonic() > ends:
            readings.dispose()
            return found
        time.sleep(0.1)


def _listening(port: int, user: str, password: str) -> tuple[paho.Client, list[bytes]]:
    """A client whose subscriptions the broker has answered, and what it hears, in order."""
    heard: list[bytes] = []
    answered: list[object] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.username_pw_set(user, password)
    client.on_connect = lambda *_: client.subscribe([("canopy/#", 1), ("v1.1/#", 1)])
    client.on_subscribe = lambda *_: answered.append(True)
    client.on_message = lambda _, __, message: heard.append(message.payload)
    client.connect("127.0.0.1", port)
    client.loop_start()
    _wait_for(lambda: bool(answered))
    return client, heard


def _wait_for(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.02)


def test_a_gateway_publishes_below_its_name_and_canopy_receives(
    gpkg_database: Database, broker: Broker, tmp_path: Path
) -> None:
    """Not below another's, and it reads nothing but what Canopy tells; revoked, it is mute."""
    broker.start()
    yard = ("-u", "yard", "-P", _add(gpkg_database, broker.files, "yard"))
    _add(gpkg_database, broker.files, "pier")
    broker.reload()
    ingest = Ingest(
        gpkg_database, f"mqtt://127.0.0.1:{broker.port}", tmp_path, CANOPY_MQTT_USER="canopy",
        CANOPY_MQTT_PASSWORD="read",
    )  # fmt: skip
    ingest.start()
    now = datetime.now(UTC)
    assert broker.publish(_topic("yard"), observation(1, "s", now), *yard) == 0
    broker.publish(_topic("pier"), observation(2, "s", now), *yard)
    broker.publish("canopy/other", observation(3, "s", now), *yard)
    assert broker.publish(_topic("yard"), observation(4, "s", now), "-u", "yard", "-P", "no") != 0
    listener, heard = _listening(broker.port, yard[1], yard[3])
    assert broker.publish(_topic("yard"), observation(5, "s", now), *yard) == 0
    broker.publish("v1.1/Observations", b"its own", *yard)
    assert broker.publish("v1.1/Observations", b"open", "-u", "canopy", "-P", "read") == 0
    _wait_for(lambda: b"open" in heard)
    listener.disconnect()
    listener.loop_stop()
    assert heard == [b"open"]
    assert _kept(gpkg_database, 2) == [("yard", "n1"), ("yard", "n5")]
    revoke(gpkg_database, broker.files, "yard", NOW)
    broker.reload()
    assert broker.publish(_topic("yard"), observation(6, "s", now), *yard) != 0
    assert ingest.stop() == 0
    assert _kept(gpkg_database, 2) == [("yard", "n1"), ("yard", "n5")]


def test_a_gateway_with_a_certificate_needs_no_password(
    gpkg_database: Database, broker: Broker, tmp_path: Path
) -> None:
    """It is who its certificate says; one of another authority is nobody; revoked, it is mute."""
    for name in ("yard", "pier"):
        _add(gpkg_database, broker.files, name)
    authority = Authority(tmp_path / "authority")
    yard = issue(authority, "yard", tmp_path / "out", 30)
    (broker.files.folder / "clients-ca.crt").write_bytes(authority.certificate.read_bytes())
    broker.with_mutual_tls()
    broker.start()
    stranger = issue(Authority(tmp_path / "other"), "yard", tmp_path / "stranger", 30)
    ingest = Ingest(
        gpkg_database, f"mqtt://127.0.0.1:{broker.port}", tmp_path, CANOPY_MQTT_USER="canopy",
        CANOPY_MQTT_PASSWORD="read",
    )  # fmt: skip
    ingest.start()
    own, now = (yard.certificate, yard.key), datetime.now(UTC)
    assert broker.publish_tls(_topic("yard"), observation(1, "s", now), *own) == 0
    broker.publish_tls(_topic("pier"), observation(2, "s", now), *own)
    other = (stranger.certificate, stranger.key)
    assert broker.publish_tls(_topic("yard"), observation(3, "s", now), *other) != 0
    assert _kept(gpkg_database, 1) == [("yard", "n1")]
    revoke(gpkg_database, broker.files, "yard", NOW)
    broker.reload()
    broker.publish_tls(_topic("yard"), observation(4, "s", now), *own)
    time.sleep(1)
    assert ingest.stop() == 0
    assert _kept(gpkg_database, 1) == [("yard", "n1")]


def test_keys_are_for_their_owner_alone_and_nothing_is_overwritten(tmp_path: Path) -> None:
    """A second certificate needs another folder; half an authority is refused."""
    authority = Authority(tmp_path / "authority")
    made = issue(authority, "yard", tmp_path / "out", 30)
    assert made.made_authority
    for key in (made.key, authority.key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(Refused, match="is there already"):
        issue(authority, "yard", tmp_path / "out", 30)
    assert not issue(authority, "pier", tmp_path / "out", 30).made_authority
    os.remove(authority.key)
    with pytest.raises(Refused, match=r"ca\.key is missing"):
        issue(authority, "quay", tmp_path / "out", 30)
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "pier.crt", "pier.key", "yard.crt", "yard.key",
    ]  # fmt: skip
