"""The broker's side of ingestion, by paho: the only module that knows it.

A message is acknowledged when whoever took it says so, and only on the connection that brought
it: the numbers that a broker gives messages begin anew with a session, and an old number could
then acknowledge what was never stored. What is not acknowledged comes again.

Source: OASIS MQTT 5.0, sections 2.2.1 (packet identifiers), 4.4 (delivery again), 4.8.2 (shared
subscriptions) and 4.9 (receive maximum).
"""

from __future__ import annotations

import random
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from canopy.iot.broker import Broker
from canopy.iot.ingest.inbox import Arrived
from canopy.iot.payloads.reading import Message
from canopy.iot.wire import Wire
from canopy.log import logger

GATEWAY_TOPICS = "canopy/gateways/"
"""Below it each gateway publishes under its own name; what follows decides the decoder."""
DROPPED_TOPIC = "$SYS/broker/publish/messages/dropped"
"""Where Mosquitto tells how many messages it had to drop."""
_DROPPED = DROPPED_TOPIC.encode()

_WAITS_S = (0.5, 30.0)
"""Shortest and longest wait before a broker is tried again [s]; what is waited is drawn."""
_LOOP_S = 0.5
_MOST_UNDER_WAY = 200
"""Messages of ours that the broker has not acknowledged yet."""
_READS = 64
"""Packets that are read before acknowledgements are written."""
_MOST_TOPICS = 10_000
"""Topics that are remembered in parts."""
_OTHER_PROTOCOL = frozenset({0x84, 0x85, 0x01})
"""Unsupported protocol version, identifier not valid, and version 3's refusal of the protocol."""
_TAKEN_OVER = 0x8E
_REFUSALS = frozenset({0x86, 0x87, 0x8A, 0x8C})
"""Bad user or password, not authorised, banned, bad method: trying again changes nothing soon."""

log = logger("iot")


class _Client(paho.Client):
    """paho's client, on a buffered connection."""

    def _create_socket(self) -> Any:
        return Wire(super()._create_socket(), is_five=self.protocol == MQTTProtocolVersion.MQTTv5)


class Subscriber:
    """A persistent session at a broker that hands over messages and acknowledges on demand.

    `deliver` is called in the subscriber's own thread, and may block: then nothing more is read
    from the broker. It answers whether it took the message. `on_session` is told, in that thread
    too, whether a broker that let us in still had our session.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        topics: Sequence[str],
        deliver: Callable[[Arrived], bool],
        on_dropped: Callable[[int], None] = lambda count: None,
        on_session: Callable[[bool], None] = lambda is_resumed: None,
        connections_from: int = 0,
    ) -> None:
        """`connections_from` is what its connections are numbered from, so that of two subscribers
        of one process each knows its own."""
        self._broker = broker
        self._client_id = client_id
        self._topics = topics
        self._deliver = deliver
        self._on_dropped, self._on_session = on_dropped, on_session
        self._stopping = Event()
        self._ready = Event()
        self._is_five = broker.protocol != "3.1.1"
        self._early_ends = 0
        self._wait_s = _WAITS_S[0]
        self._dropped: int | None = None
        self._topics_known: dict[bytes, tuple[str, str]] = {}
        self._stored: deque[Sequence[Arrived]] = deque()
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self.connection = connections_from
        self.refusal: str | None = None
        """Why the broker does not let us in, where it said so last."""
        self._client = self._new_client()
        self._thread = Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        """Connect, and keep connected until `stop`."""
        self._thread.start()

    def is_alive(self) -> bool:
        """False where the loop ended by a fault, or was stopped."""
        return self._thread.is_alive()

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Whether the subscription stood within that time [s]."""
        return self._ready.wait(timeout_s)

    def acknowledge(self, arrived: Sequence[Arrived]) -> None:
        """Tell the broker that these need not come again. Those of older connections will."""
        self._stored.append(arrived)
        self._look()

    def publish(self, topic: str, body: bytes, qos: int = 1) -> None:
        """Publish something, such as a request to be born again. Lost where not connected."""
        self._client.publish(topic, body, qos)
        self._look()

    def _look(self) -> None:
        """Make the loop look at once at what is to be sent."""
        with suppress(BlockingIOError):  # it has been told often enough
            self._waker.send(b"\x00")

    def stop(self, timeout_s: float) -> None:
        """Send what is still to be sent, disconnect and end; the session stays at the broker."""
        self._stopping.set()
        self._look()
        self._thread.join(timeout_s)
        self._wake.close()
        self._waker.close()

    def _new_client(self) -> paho.Client:
        version = MQTTProtocolVersion.MQTTv5 if self._is_five else MQTTProtocolVersion.MQTTv311
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if self._is_five else False,
            protocol=version,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        _present(client, self._broker)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        # Set, it keeps other threads from writing to the socket in the middle of a packet.
        client.on_socket_register_write = _leave_it_to_the_loop
        return client

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._connect()
                self._loop()
            except OSError as error:
                log.warning("broker_unreachable", broker=self._broker.address, error=str(error))
            self._ready.clear()
            if not self._stopping.is_set():
                self._wait()

    def _connect(self) -> None:
        broker = self._broker
        properties = None
        if self._is_five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = broker.session_expiry_s
            properties.ReceiveMaximum = broker.receive_maximum
        self._client.connect(
            broker.host,
            broker.port,
            keepalive=broker.keepalive_s,
            clean_start=False if self._is_five else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )

    def _loop(self) -> None:
        """Until the connection ends. After `stop`, until what is to be sent has been.

        As paho asks of programs with a loop of their own. One look at the socket is for all that
        it holds, where paho's loop looks for each message.
        """
        client, is_leaving = self._client, False
        while (wire := self._wire()) is not None:
            if self._stopping.is_set() and not is_leaving:
                self._send(client, wire)
                client.disconnect()  # goes out after what is to be sent
                is_leaving = True
            wants: list[Any] = [wire] if client.want_write() or wire.has_output() else []
            reads: list[Any] = [wire, self._wake]
            readable, _, _ = select.select(reads, wants, [], _LOOP_S)
            if self._wake in readable:
                self._wake.recv(4_096)
            self._send(client, wire)
            while wire in readable and not is_leaving and self._read_some(client, wire):
                self._send(client, wire)
            client.loop_misc()

    def _wire(self) -> Wire | None:
        """The connection, while there is one."""
        wire: Wire | None = self._client.socket()  # type: ignore[assignment]  # by `_Client`
        return wire

    def _send(self, client: paho.Client, wire: Wire) -> None:
        """Write what is to be written. Acknowledgements are made here, in the loop's own thread:
        made in the writer's, each would wait for the other thread to stand aside."""
        while self._stored:
            arrived = self._stored.popleft()
            wire.acknowledge(each.ticket for each in arrived if each.connection == self.connection)
        if client.want_write():
            client.loop_write()
        wire.flush()

    def _read_some(self, client: paho.Client, wire: Wire) -> bool:
        """Read up to so many packets; whether there may be more."""
        if published := wire.published(_READS):
            now = datetime.now(UTC)
            for topic, ticket, body in published:
                self._take(topic, body, ticket, now)
            return True
        if wire.needs_more() and not wire.is_ended:
            return wire.fill() or wire.is_ended
        is_good = client.loop_read() == MQTTErrorCode.MQTT_ERR_SUCCESS
        return is_good and not wire.is_drained and client.socket() is not None

    def _wait(self) -> None:
        """Wait longer each time, and not as long as others who lost the same broker."""
        self._wait_s = min(self._wait_s * 2, _WAITS_S[1])
        self._stopping.wait(random.uniform(_WAITS_S[0] / 2, self._wait_s))
        if self._broker.protocol == "auto" and self._is_five and self._early_ends >= 2:
            log.info("protocol_lowered", broker=self._broker.address, protocol="3.1.1")
            self._is_five = False
            self._client = self._new_client()

    def _on_connect(
        self, client: paho.Client, _: Any, flags: Any, reason: ReasonCode, __: Any
    ) -> None:
        if reason.is_failure:
            self.refusal = str(reason)
            self._early_ends += 2 if reason.value in _OTHER_PROTOCOL else 0
            if reason.value in _REFUSALS:
                self._wait_s = _WAITS_S[1]
            log.warning("broker_refused", broker=self._broker.address, reason=str(reason))
            return
        self.refusal, self._early_ends, self._wait_s = None, 0, _WAITS_S[0]
        self.connection += 1
        self._on_session(bool(flags.session_present))
        wanted = [*((topic, 1) for topic in self._topics), (DROPPED_TOPIC, 0)]
        if self._is_five:
            client.subscribe([(topic, SubscribeOptions(qos=qos)) for topic, qos in wanted])
        else:
            client.subscribe(wanted)
        log.info(
            "broker_connected", broker=self._broker.address, client=self._client_id,
            protocol="5" if self._is_five else "3.1.1", resumed=flags.session_present,
        )  # fmt: skip

    def _on_subscribe(
        self, _: Any, __: Any, ___: int, reasons: list[ReasonCode], ____: Any
    ) -> None:
        refused = [
            topic for topic, reason in zip(self._topics, reasons, strict=False) if reason.is_failure
        ]
        if refused:
            self.refusal = f"it does not let {self._broker.username!r} read {', '.join(refused)}"
            log.warning("subscription_refused", broker=self._broker.address, topics=refused)
            return
        log.info("broker_subscribed", broker=self._broker.address, topics=self._topics)
        self._ready.set()

    def _on_disconnect(self, _: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
        if self._stopping.is_set():
            return
        if not self._ready.is_set():
            self._early_ends += 1
        if reason.value == _TAKEN_OVER:
            self.refusal = f"another client calls itself {self._client_id}"
            self._wait_s = _WAITS_S[1]
        log.warning("broker_lost", broker=self._broker.address, reason=str(reason))

    def _on_message(self, _: Any, __: Any, received: paho.MQTTMessage) -> None:
        """What paho has read: messages with properties, and of QoS 0."""
        properties = received.properties
        content_type = getattr(properties, "ContentType", "") if properties is not None else ""
        body = bytes(received.payload)
        self._take(received._topic, body, received.mid, datetime.now(UTC), content_type)

    def _take(
        self, topic: bytes, body: bytes, ticket: int, now: datetime, content_type: str = ""
    ) -> None:
        if topic == _DROPPED:
            self._note_dropped(body)
            return
        known = self._topics_known.get(topic)
        if known is None:
            if len(self._topics_known) >= _MOST_TOPICS:
                self._topics_known.clear()
            known = self._topics_known[topic] = _gateway_and_topic(topic)
        gateway, below = known
        message = Message(body=body, topic=below, arrived_at=now, content_type=content_type)
        self._deliver(Arrived(message, gateway, ticket, self.connection))

    def _note_dropped(self, told: bytes) -> None:
        if not (told.isdigit() and len(told) <= 18):
            return
        count, before = int(told), self._dropped
        self._dropped = count
        if before is not None and count > before:
            self._on_dropped(count - before)


def _gateway_and_topic(topic: bytes) -> tuple[str, str]:
    """The gateway that a topic says, or nothing, and what follows."""
    try:
        told = topic.decode()
    except UnicodeDecodeError:
        told = repr(topic)
    if not told.startswith(GATEWAY_TOPICS):
        return "", told
    gateway, _, below = told[len(GATEWAY_TOPICS) :].partition("/")
    return gateway, below


def _leave_it_to_the_loop(*_: object) -> None:
    """The loop asks `want_write` each time."""


def _present(client: paho.Client, broker: Broker) -> None:
    """Have a client say who it is, over TLS where the broker speaks it."""
    if broker.username:
        password = broker.password
        client.username_pw_set(
            broker.username, None if password is None else password.get_secret_value()
        )
    if broker.is_tls:
        client.tls_set_context(_tls(broker))


def _tls(broker: Broker) -> ssl.SSLContext:
    context = ssl.create_default_context(
        cafile=None if broker.ca_file is None else str(broker.ca_file)
    )
    if broker.certificate_file is not None:
        context.load_cert_chain(broker.certificate_file, broker.key_file)
    return context


class Publisher:
    """Publishes with QoS 1, in order. After a failure the connection is a new one, on which
    nothing of before is sent again by itself."""

    def __init__(self, broker: Broker, client_id: str) -> None:
        self._broker, self._client_id = broker, client_id
        self._client: paho.Client | None = None

    def send(self, messages: Sequence[tuple[str, bytes]], timeout_s: float = 30.0) -> bool:
        """Publish (topic, body) pairs; whether the broker acknowledged all within that time [s].

        False after a failure, of which it is then not known what the broker has.
        """
        ends = time.monotonic() + timeout_s
        try:
            client = self._client or self._connected(ends)
            for told in [client.publish(topic, body, 1) for topic, body in messages]:
                told.wait_for_publish(max(0.01, ends - time.monotonic()))
                if not told.is_published():
                    raise TimeoutError(f"no acknowledgement within {timeout_s:g} s")
        except (OSError, RuntimeError, ValueError) as error:
            log.warning("not_published", broker=self._broker.address, error=str(error))
            self.close()
            return False
        return True

    def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def _connected(self, ends: float) -> paho.Client:
        """A client that the broker has let in. Raises OSError."""
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,  # which brokers of 5 speak too
            reconnect_on_failure=False,
        )
        broker = self._broker
        _present(client, broker)
        client.max_inflight_messages_set(_MOST_UNDER_WAY)
        answered, told = Event(), list[str]()

        def on_connect(_: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
            if reason.is_failure:
                told.append(str(reason))
            answered.set()

        client.on_connect = on_connect
        client.connect(broker.host, broker.port, keepalive=broker.keepalive_s)
        self._client = client
        client.loop_start()
        if not answered.wait(max(0.1, ends - time.monotonic())) or told:
            raise ConnectionRefusedError(", ".join(told) or "it does not answer")
        return client


def publish_retained(
    broker: Broker, messages: Sequence[tuple[str, bytes]], timeout_s: float = 20.0
) -> set[int]:
    """Publish (topic, body) pairs, each retained at its topic, on a connection of their own.

    Which of them the broker took, by their places. timeout_s: of the whole [s]. Raises OSError
    where it cannot be reached, or does not let us in.
    """
    if broker.protocol != "3.1.1":
        taken = _published(broker, messages, timeout_s, MQTTProtocolVersion.MQTTv5)
        if taken is not None or broker.protocol == "5":
            return taken or set()
    return _published(broker, messages, timeout_s, MQTTProtocolVersion.MQTTv311) or set()


def _published(
    broker: Broker,
    messages: Sequence[tuple[str, bytes]],
    timeout_s: float,
    version: MQTTProtocolVersion,
) -> set[int] | None:
    """What was taken; None where the broker does not speak this version."""
    reasons: list[ReasonCode] = []
    settled = Event()
    places: dict[int, int] = {}
    taken: set[int] = set()
    early: dict[int, bool] = {}

    def connected(_: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
        reasons.append(reason)
        settled.set()

    def published(_: Any, __: Any, number: int, reason: ReasonCode, ____: Any) -> None:
        early[number] = not reason.is_failure

    client = paho.Client(
        CallbackAPIVersion.VERSION2, protocol=version, reconnect_on_failure=False,
        client_id=f"canopy-alarms-{random.getrandbits(48):012x}",
    )  # fmt: skip
    _present(client, broker)
    client.on_connect, client.on_publish = connected, published
    client.on_disconnect = lambda *_: settled.set()
    client.connect(broker.host, broker.port, keepalive=broker.keepalive_s)
    ends_s = time.monotonic() + timeout_s
    client.loop_start()
    try:
        settled.wait(timeout_s)
        if not reasons:
            if version == MQTTProtocolVersion.MQTTv5:
                return None  # a broker of 3.1.1 alone hangs up on 5
            raise OSError(f"{broker.address} did not answer")
        if reasons[0].is_failure:
            if version == MQTTProtocolVersion.MQTTv5 and reasons[0].value in _OTHER_PROTOCOL:
                return None
            raise OSError(f"{broker.address} refused: {reasons[0]}")
        for place, (topic, body) in enumerate(messages):
            places[client.publish(topic, body, qos=1, retain=True).mid] = place
        while len(early) < len(places) and time.monotonic() < ends_s and client.is_connected():
            time.sleep(0.01)
        taken = {places[number] for number, is_taken in dict(early).items() if is_taken}
    finally:
        client.disconnect()
        client.loop_stop()
    return taken
