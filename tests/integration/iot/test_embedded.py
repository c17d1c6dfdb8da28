"""The embedded broker: who may do what, and readings through it into a catalogue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from numbered import STREAMS
from programs import find_program, free_port, wait_until_open
from publishing import observation
from stations import Kept, add_streams

from canopy.db.engine import Database
from canopy.iot import passwords
from canopy.iot.embedded.rules import is_allowed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With two gateways that may publish."""
    made = tmp_path / "broker"
    for name in ("yard", "park"):
        passwords.put(made / "passwords", name, f"{name}-secret")
    return made


@pytest.fixture
def port(gpkg_database: Database, folder: Path, tmp_path: Path) -> Iterator[int]:
    """`canopy iot embedded` on a free port, with streams."""
    add_streams(gpkg_database, STREAMS)
    chosen, said = free_port(), tmp_path / "said"
    command = [sys.executable, "-m", "canopy", "iot", "embedded", "--folder", str(folder)]
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(chosen), "--db", f"gpkg://{gpkg_database.path}"],
            stdout=out, stderr=out, env={**os.environ, "CANOPY_LOG_FORMAT": "json"},
        )  # fmt: skip
    wait_until_open(chosen, said)
    ends = time.monotonic() + 60
    while "broker_subscribed" not in said.read_text():
        assert time.monotonic() < ends, said.read_text()
        time.sleep(0.05)
    yield chosen
    process.terminate()
    assert process.wait(60) == 0, said.read_text()
    assert '"event": "ingestion_stopped"' in said.read_text()


def connected(port: int, user: str, password: str) -> tuple[paho.Client, list[str]]:
    """A client, and what it was told when it connected."""
    told: list[str] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    client.username_pw_set(user, password)
    client.on_connect = lambda *arguments: told.append(str(arguments[3]))
    client.connect("127.0.0.1", port)
    client.loop_start()
    ends = time.monotonic() + 60
    while not told and time.monotonic() < ends:
        time.sleep(0.02)
    return client, told


def test_readings_go_through_the_embedded_broker(port: int, gpkg_database: Database) -> None:
    """A gateway's below its own name; what it says below another's is not taken. New ones of
    open streams are told to whoever has a password."""
    client, told = connected(port, "yard", "yard-secret")
    assert told == ["Success"]
    for number in range(200):
        body = observation(number, STREAMS[number % 5])
        client.publish("canopy/gateways/yard/v1.1/Observations", body, 1)
    client.publish("canopy/gateways/park/v1.1/Observations", observation(900, STREAMS[0]), 1)
    client.publish("canopy/gateways/yard/v1.1/Observations", observation(901, STREAMS[0]), 1)
    ends = time.monotonic() + 60
    while len(Kept(gpkg_database).observed) < 201 and time.monotonic() < ends:
        time.sleep(0.2)
    kept = Kept(gpkg_database)
    assert set(kept.observed) == {f"n{number}" for number in (*range(200), 901)}
    assert not kept.dead
    assert not kept.held
    heard = told_of(port, client)
    client.disconnect()
    client.loop_stop()
    assert heard[0][1] >= 1_000
    assert {topic for topic, _ in heard[:2]} <= {
        "v1.1/Observations", "v1.1/Datastreams(1)/Observations",
    }  # fmt: skip


def told_of(port: int, client: paho.Client) -> list[tuple[str, float]]:
    """What another user hears of new Observations; nobody but Canopy publishes there."""
    reader, _ = connected(port, "park", "park-secret")
    heard: list[tuple[str, float]] = []
    reader.on_message = lambda _, __, told: heard.append(
        (told.topic, json.loads(told.payload)["result"])
    )
    reader.subscribe("v1.1/#", 1)
    client.publish("v1.1/Observations", b'{"result": -1}', 1)
    ends, number = time.monotonic() + 60, 1_000
    while not heard and time.monotonic() < ends:  # publishing begins with what comes then
        number += 1
        body = observation(number, STREAMS[0])
        client.publish("canopy/gateways/yard/v1.1/Observations", body, 1)
        time.sleep(0.25)
    reader.disconnect()
    reader.loop_stop()
    return heard


@pytest.mark.parametrize(
    ("user", "password"), [("yard", "park-secret"), ("nobody", "yard-secret"), ("yard", "")]
)
def test_nobody_comes_in_without_the_password(port: int, user: str, password: str) -> None:
    client, told = connected(port, user, password)
    client.disconnect()
    client.loop_stop()
    assert told == ["Not authorized"]


@pytest.mark.parametrize(
    ("user", "topic", "publishes", "may"),
    [
        ("yard", "canopy/gateways/yard/x", True, True),
        ("yard", "canopy/gateways/yardstick/x", True, False),
        ("yard", "canopy/gateways/yard", True, False),
        ("yard", "canopy/gateways/park/x", True, False),
        ("yard", "canopy/gateways/yard/x", False, False),
        ("yard", "canopy/gateways/yard/spBv1.0/g/NCMD/n", False, True),
        ("yard", "canopy/gateways/park/spBv1.0/g/NCMD/n", False, False),
        ("yard", "canopy/gateways/yard/spBv1.0/g/NDATA/n", False, False),
        ("yard", "#", False, False),
        ("canopy", "canopy/gateways/#", False, True),
        ("canopy", "#", False, False),
        ("canopy", "canopy/gateways/yard/x", True, False),
        ("canopy", "canopy/gateways/yard/spBv1.0/g/NCMD/n", True, True),
        ("canopy", "canopy/out/v1.1/Datastreams(1)/Observations", True, True),
        ("canopy", "canopy/alarms/pm10-high/stream-1", True, True),
    ],
)
def test_topics_belong_to_their_gateway(user: str, topic: str, publishes: bool, may: bool) -> None:
    assert is_allowed(user, topic, publishes=publishes) is may


def test_passwords_are_those_of_mosquitto(tmp_path: Path) -> None:
    """What Mosquitto's own program writes is read here."""
    path = tmp_path / "passwords"
    path.touch()
    program = find_program("mosquitto_passwd")
    subprocess.run([program, "-b", str(path), "yard", "a:secret"], check=True)
    (stored,) = passwords.read(path).values()
    assert passwords.matches(stored, "a:secret")
    assert not passwords.matches(stored, "a:secre")


@pytest.mark.parametrize(
    "stored",
    ["", "$7$", "$6$1$AA==$AA==", "$7$x$AA==$AA==", "$7$0$AA==$AA==", "$7$1$AA==$", "$7$1$?$?"],
)
def test_a_line_of_another_form_matches_nothing(stored: str) -> None:
    assert not passwords.matches(stored, "")


def test_a_broker_in_the_open_needs_tls(tmp_path: Path) -> None:
    """Passwords do not go over a network in the clear."""
    command = [sys.executable, "-m", "canopy", "iot", "broker", "--folder", str(tmp_path)]
    done = subprocess.run(
        [*command, "--host", "0.0.0.0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "--certificate" in done.stderr
