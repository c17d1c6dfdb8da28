"""What a process of ingestion counts, for Prometheus: once a batch, not once a message.

With the folder that ``PROMETHEUS_MULTIPROC_DIR`` names shared with the service, `GET /metrics` of
the service tells them too; else at a port of this machine's own.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from canopy.errors import Refused
from canopy.iot.ingest.worker import Stored

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_ADDRESS = "127.0.0.1"
_BATCH_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_WAITED_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 1, 2.5, 5, 10, 60, 300)


class IngestMetrics:
    """Counters of one process. `waiting` tells how many messages are in its inbox."""

    def __init__(self, waiting: Callable[[], int], capacity: int) -> None:
        self._registry = registry = CollectorRegistry()
        self.messages = Counter(
            "canopy_iot_messages", "Messages acknowledged to the broker", registry=registry
        )
        self.readings = Counter(
            "canopy_iot_readings", "Readings, dead letters in their place too", ("outcome",),
            registry=registry,
        )  # fmt: skip
        self.batches = Histogram(
            "canopy_iot_batch_duration_seconds", "Time to store a batch, tries again included",
            buckets=_BATCH_S, registry=registry,
        )  # fmt: skip
        self.lag = Histogram(
            "canopy_iot_lag_seconds", "From the arrival of a batch's first message to its commit",
            buckets=_WAITED_S, registry=registry,
        )  # fmt: skip
        self.dropped = Counter(
            "canopy_iot_broker_dropped", "Messages that the broker says it dropped",
            registry=registry,
        )  # fmt: skip
        self.rebirths = Counter(
            "canopy_iot_rebirths_asked", "Births asked for of Sparkplug's nodes", registry=registry
        )
        self._waiting = waiting
        self._inbox = Gauge(
            "canopy_iot_inbox_messages", "Messages that wait to be stored", registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._capacity = Gauge(
            "canopy_iot_inbox_capacity_messages", "Then the broker is held back",
            registry=registry, multiprocess_mode="livesum",
        )  # fmt: skip
        self._capacity.set(capacity)
        self._close: Callable[[], None] = lambda: None

    def count(self, stored: Stored) -> None:
        """Count a batch that was committed."""
        written = stored.written
        self.messages.inc(stored.messages)
        for outcome, number in (
            ("stored", written.observations), ("known", written.known), ("held", written.held),
            ("dead", written.dead),
        ):  # fmt: skip
            self.readings.labels(outcome).inc(number)
        self.batches.observe(stored.took_s)
        self.lag.observe(stored.waited_s)
        self._inbox.set(self._waiting())

    def serve(self, port: int) -> None:
        """Tell them at a port, to programs on this machine. Raises Refused where it is taken."""
        try:
            server, thread = start_http_server(port, _ADDRESS, self._registry)
        except OSError as error:
            raise Refused(
                f"Metrics cannot be told at {_ADDRESS}:{port} ({error.strerror}): choose another "
                "port by CANOPY_IOT_METRICS_PORT."
            ) from error

        def close() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        self._close = close

    def close(self) -> None:
        """Tell them no more."""
        self._close()
