"""Building a worker from settings, and running it until it is told to stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from threading import Thread

from canopy.db.engine import Database
from canopy.errors import BadMapping
from canopy.iot.broker import Broker, broker_place
from canopy.iot.ingest.inbox import Arrived, Inbox
from canopy.iot.ingest.metrics import SHARED_FOLDER, IngestMetrics
from canopy.iot.ingest.nodes import TOPICS, filters_of
from canopy.iot.ingest.rates import DeadRate
from canopy.iot.ingest.rebirths import Rebirths
from canopy.iot.ingest.sessions import Sessions
from canopy.iot.ingest.sorting import Bounds, Sorter
from canopy.iot.ingest.worker import Counts, Worker
from canopy.iot.mqtt import GATEWAY_TOPICS, Subscriber
from canopy.iot.payloads.dispatch import DEFAULT_ROUTES, Dispatcher, Routes, loads
from canopy.iot.payloads.reading import Outcome
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.tending.releasing import Released, release_known
from canopy.iot.things.registry import Registry
from canopy.log import logger
from canopy.settings import Settings

_CONNECTIONS_OF_NODES = 1_000_000_000
"""No worker connects so often: the numbers of both subscribers' connections stay apart."""
_NODES_WAIT_S = 30.0

log = logger("iot")


def broker_of(settings: Settings) -> Broker:
    """The broker that settings name. Raises Refused."""
    host, port, is_tls = broker_place(settings.mqtt_url)
    return Broker(
        host=host,
        port=port,
        is_tls=is_tls,
        username=settings.mqtt_user,
        password=settings.mqtt_password,
        ca_file=settings.mqtt_ca,
        certificate_file=settings.mqtt_certificate,
        key_file=settings.mqtt_key,
        protocol=settings.mqtt_protocol,
        keepalive_s=settings.mqtt_keepalive_s,
        session_expiry_s=settings.mqtt_session_expiry_s,
        receive_maximum=settings.mqtt_receive_maximum,
    )


def routes_of(settings: Settings) -> Routes:
    """The routes that settings name, before those that the formats fix. Raises BadMapping."""
    if settings.iot_routes is None:
        return DEFAULT_ROUTES
    try:
        written = settings.iot_routes.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadMapping(f"{settings.iot_routes} cannot be read: {error}") from error
    own = loads(written)
    return Routes(route=(*own.route, *DEFAULT_ROUTES.route), mapping=own.mapping)


def bounds_of(settings: Settings) -> Bounds:
    """Which times of readings are believed."""
    return Bounds(
        timedelta(hours=settings.iot_ahead_hours), timedelta(days=settings.iot_retention_days)
    )


def topics_of(settings: Settings) -> list[str]:
    """Topic filters that are read."""
    return [each.strip() for each in settings.mqtt_topics.split(",") if each.strip()]


class Ingestion:
    """A worker with its broker, inbox and store, in threads of its own."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        number: int = 0,
        workers: int = 1,
        broker_forgets: bool = False,
    ) -> None:
        """`number` counts from 0. broker_forgets: it ends with the worker, and keeps no session:
        nobody is told of that. Raises StorageUnavailable, Refused and BadMapping."""
        self._stop_s = settings.iot_stop_s
        self.store = store_of(database, settings.db_lock_timeout_s)
        self.store.prepare()
        self._readings = Readings(database, settings.db_lock_timeout_s)
        registry = Registry(database)
        registry.refresh()
        self._bounds = bounds_of(settings)
        self._batch_messages = settings.iot_batch_messages
        sorter = Sorter(registry.streams, self._bounds, "mqtt")
        self._inbox = Inbox(
            settings.iot_inbox_messages,
            settings.iot_batch_messages,
            Dispatcher(routes_of(settings)),
            sorter,
            DeadRate(-(-settings.iot_dead_letters // workers), settings.iot_dead_letters_s),
        )
        self._sessions: list[Sessions] = []
        self.subscriber, self._nodes = self._subscribers(settings, number, workers, broker_forgets)
        self._rebirths = Rebirths(self._command)
        self._inbox.on_doubt = self._look_for_missed
        self.worker = Worker(
            inbox=self._inbox,
            store=self.store,
            registry=registry,
            sorter=sorter,
            acknowledge=self._acknowledge,
            batch_age_s=settings.iot_batch_age_s,
            release=self._release,
            settle=self._settle,
        )
        self._metrics: IngestMetrics | None = None
        if settings.iot_metrics_port is not None or SHARED_FOLDER in os.environ:
            self._metrics = IngestMetrics(lambda: len(self._inbox), settings.iot_inbox_messages)
            self.worker.on_stored = self._metrics.count
        self._metrics_port = (
            None if settings.iot_metrics_port is None else settings.iot_metrics_port + number
        )
        self._thread = Thread(target=self.worker.run, name="writer", daemon=True)

    @property
    def counts(self) -> Counts:
        """What was done since the start."""
        return self.worker.counts

    def _subscribers(
        self, settings: Settings, number: int, workers: int, broker_forgets: bool
    ) -> tuple[Subscriber, Subscriber | None]:
        """What reads from the broker; of several workers' first also what follows nodes."""
        broker, client_id = broker_of(settings), settings.mqtt_client_id
        topics = topics_of(settings)
        note = self._note_dropped
        if workers == 1:
            told = (lambda _: None) if broker_forgets else self._session_of(client_id)
            return Subscriber(broker, client_id, topics, self._inbox.put, note, told), None
        shared = [f"$share/{client_id}/{each}" for each in topics]
        own_id, nodes_id = f"{client_id}-{number + 1}", f"{client_id}-nodes"
        subscriber = Subscriber(
            broker, own_id, shared, self._put_unless_of_node, note, self._session_of(own_id)
        )
        of_nodes = filters_of(topics)
        if number > 0 or not of_nodes:
            return subscriber, None
        return subscriber, Subscriber(
            broker, nodes_id, of_nodes, self._inbox.put, on_session=self._session_of(nodes_id),
            connections_from=_CONNECTIONS_OF_NODES,
        )  # fmt: skip

    def _session_of(self, client_id: str) -> Callable[[bool], None]:
        """Whom a client tells whether the broker had kept its session."""
        self._sessions.append(Sessions(self._readings, client_id, self._inbox.note))
        return self._sessions[-1].connected

    def _settle(self) -> None:
        for each in self._sessions:
            each.settle()

    def _put_unless_of_node(self, arrived: Arrived) -> bool:
        if arrived.message.topic.startswith(TOPICS):
            return self._inbox.pass_over(arrived)
        return self._inbox.put(arrived)

    def start(self, on_nodes_followed: Callable[[], None] = lambda: None) -> None:
        """Connect and store, until `stop`. Raises Refused where metrics have no port.

        `on_nodes_followed` is called when nothing of nodes can be missed any more: other workers
        may pass it over then.
        """
        if self._metrics is not None and self._metrics_port is not None:
            self._metrics.serve(self._metrics_port)
        self._thread.start()
        if self._nodes is not None:
            self._nodes.start()
            if not self._nodes.wait_until_ready(_NODES_WAIT_S):
                log.warning("nodes_not_followed_yet", reason=self._nodes.refusal)
        on_nodes_followed()
        self.subscriber.start()

    def is_alive(self) -> bool:
        """False where what writes, or what reads from the broker, ended by a fault: the process
        must end then, for whoever keeps it running to start it again."""
        return self._thread.is_alive() and all(each.is_alive() for each in self._both())

    def stop(self) -> Counts:
        """Store what has come, acknowledge it, disconnect; within the time that settings give."""
        self.worker.stop(self._stop_s)
        self._thread.join(self._stop_s + 5)
        for each in self._both():
            each.stop(5)
        self.store.close()
        self._readings.dispose()
        if self._metrics is not None:
            self._metrics.close()
        return self.counts

    def _release(self) -> Released:
        """Not more at once than messages of a batch: what comes meanwhile must not wait long."""
        sorter = Sorter(self.worker.sorter.streams, self._bounds, "held")
        return release_known(self._readings, self.store, sorter, most=self._batch_messages)

    def _both(self) -> Iterator[Subscriber]:
        yield self.subscriber
        if self._nodes is not None:
            yield self._nodes

    def _acknowledge(self, arrived: Sequence[Arrived]) -> None:
        for each in self._both():  # by the connection's number each finds its own
            each.acknowledge(arrived)

    def _look_for_missed(self, arrived: Arrived, outcome: Outcome) -> None:
        if self._rebirths.look(arrived.message.topic, arrived.gateway, outcome):
            if self._metrics is not None:
                self._metrics.rebirths.inc()
            log.info("rebirth_asked_for", topic=arrived.message.topic, gateway=arrived.gateway)

    def _command(self, topic: str, gateway: str, body: bytes) -> None:
        full = f"{GATEWAY_TOPICS}{gateway}/{topic}" if gateway else topic
        (self._nodes or self.subscriber).publish(full, body)

    def _note_dropped(self, count: int) -> None:
        log.error("broker_dropped_messages", count=count)
        if self._metrics is not None:
            self._metrics.dropped.inc(count)
        self.worker.note_dropped(count)
