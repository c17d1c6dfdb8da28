"""Gateways that publish numbered readings and remember what the broker took."""

from __future__ import annotations

import json
import time
from collections import deque
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as paho

TOPIC = "canopy/gateways/yard/v1.1/Observations"
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)


def observation(number: int, stream: str, at: datetime | None = None) -> bytes:
    """An Observation whose id is its number."""
    moment = at or BEGIN + timedelta(milliseconds=number)
    return json.dumps(
        {
            "phenomenonTime": moment.isoformat(),
            "result": number + 0.5,
            "@iot.id": f"n{number}",
            "Datastream": {"@iot.id": stream},
        }
    ).encode()


class Publisher:
    """Publishes with QoS 1; `taken` are the numbers that the broker has acknowledged."""

    def __init__(self, port: int, name: str = "gateway") -> None:
        self.taken: set[int] = set()
        self._under_way: dict[int, int] = {}
        self._told: deque[int] = deque()
        self._client = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=paho.MQTTv311,
            clean_session=False,
        )
        self._client.max_inflight_messages_set(200)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(self, number: int, body: bytes, topic: str = TOPIC) -> None:
        """Publish one; it is counted when the broker acknowledges it."""
        while len(self._under_way) > 20_000:  # below the 65,535 numbers that MQTT has
            self._settle()
            time.sleep(0.005)
        self._under_way[self._client.publish(topic, body, 1).mid] = number
        self._settle()

    def _settle(self) -> None:
        """Count what was acknowledged: paho tells so in its own thread, at times at once."""
        while self._told:
            self.taken.add(self._under_way.pop(self._told.popleft()))

    def _on_publish(self, _: object, __: object, mid: int, ___: object, ____: object) -> None:
        self._told.append(mid)

    def settle_all(self, timeout_s: float = 60) -> None:
        """Wait until all is acknowledged."""
        ends = time.monotonic() + timeout_s
        while self._under_way and time.monotonic() < ends:
            self._settle()
            time.sleep(0.02)
        assert not self._under_way, f"{len(self._under_way)} messages were never acknowledged"

    def finish(self, timeout_s: float = 60) -> set[int]:
        """Wait until all is acknowledged; the numbers."""
        self.settle_all(timeout_s)
        self._client.disconnect()
        self._client.loop_stop()
        return self.taken
