"""A real Mosquitto with the configuration that is shipped."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from programs import DOCKER, find_program, free_port, wait_until_open

from canopy.iot.gateways import topics

PASSWORD = "an-example-password"


@dataclass
class Broker:
    """Mosquitto with the users `canopy`, `gateway-a` and `gateway-b`."""

    command: list[str]
    port: int
    said: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        with self.said.open("ab") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out)
        wait_until_open(self.port, self.said)

    def stop(self) -> None:
        """Stop, as a restart of the container does."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(20)

    def publish(self, topic: str, message: str, *who: str) -> subprocess.CompletedProcess[str]:
        """Publish with QoS 1 and MQTT 5, where a refusal is told."""
        command = [
            find_program("mosquitto_pub"), "-V", "5", "-h", "127.0.0.1", "-p", str(self.port),
            "-q", "1", "-t", topic, "-m", message, *who,
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    def receive(self, topic: str, wait_s: int, *who: str) -> str:
        """What comes on a topic within `wait_s` for a session that is kept."""
        command = [
            find_program("mosquitto_sub"), "-V", "5", "-h", "127.0.0.1", "-p", str(self.port),
            "-q", "1", "-t", topic, "-W", str(wait_s), "-c", "-i", "the-reader",
            "-x", "3600", *who,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout


def user(name: str) -> tuple[str, ...]:
    return ("-u", name, "-P", PASSWORD)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The shipped files, at paths of the test's own."""
    folder = tmp_path_factory.mktemp("broker")
    private = folder / "private"
    private.mkdir()
    shutil.copyfile(DOCKER / "mosquitto/topics.example", private / "topics")
    topics.write(private / "topics", ["gateway-a", "gateway-b"])
    passwords = private / "passwords"
    passwords.touch(mode=0o600)
    for name in ("canopy", "gateway-a", "gateway-b"):
        subprocess.run(
            [find_program("mosquitto_passwd"), "-b", str(passwords), name, PASSWORD], check=True
        )
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        (DOCKER / "mosquitto/mosquitto.conf").read_text()
        .replace("/mosquitto/config/private", str(private))
        .replace("/mosquitto/data/", f"{folder}/")
        .replace("listener 1883", f"listener {port} 127.0.0.1")
        + "user root\n"  # else it drops root, and may not read the test's folder
    )  # fmt: skip
    made = Broker([find_program("mosquitto"), "-c", str(config)], port, folder / "out.txt")
    made.start()
    yield made
    made.stop()


def test_nobody_comes_in_without_a_password(broker: Broker) -> None:
    """Neither without a name nor with a wrong password."""
    assert broker.publish("canopy/gateways/gateway-a/x", "1").returncode != 0
    wrong = broker.publish("canopy/gateways/gateway-a/x", "1", "-u", "gateway-a", "-P", "wrong")
    assert wrong.returncode != 0


def test_a_gateway_publishes_below_its_own_name_only(broker: Broker) -> None:
    """Another's topic is refused, and the refusal is told."""
    broker.receive("canopy/#", 1, *user("canopy"))
    broker.publish("canopy/gateways/gateway-a/air", "theirs", *user("gateway-b"))
    broker.publish("canopy/gateways/gateway-b/air", "own", *user("gateway-b"))
    assert broker.receive("canopy/#", 2, *user("canopy")).split() == ["own"]


def test_a_gateway_reads_nothing(broker: Broker) -> None:
    """Not even what it published."""
    command_user = user("gateway-b")
    heard = broker.receive("canopy/gateways/gateway-b/#", 1, *command_user)
    broker.publish("canopy/gateways/gateway-b/air", "again", *command_user)
    assert heard == ""
    broker.receive("canopy/#", 2, *user("canopy"))


def test_what_was_published_survives_a_restart(broker: Broker) -> None:
    """For a reader that was away and kept its session."""
    broker.receive("canopy/#", 1, *user("canopy"))
    assert (
        broker.publish("canopy/gateways/gateway-a/air", "kept", *user("gateway-a")).returncode == 0
    )
    broker.stop()
    time.sleep(0.2)
    broker.start()
    assert broker.receive("canopy/#", 2, *user("canopy")).split() == ["kept"]
