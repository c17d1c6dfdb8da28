"""`GET /metrics`: what the service does, for Prometheus.

Labels are route templates, methods, statuses, kinds and states: never a path, a name, a
reference or an address. With several workers each writes to files in the folder that
``PROMETHEUS_MULTIPROC_DIR`` names, and whichever is asked answers for all.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from fastapi import FastAPI
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from canopy.access.tokens import NotAuthenticated
from canopy.api.deps import database_of, settings_of
from canopy.api.reading_metrics import ReadingStock
from canopy.assets.kinds import KINDS
from canopy.assets.reading.queries import last_change, tallies
from canopy.db.engine import Database
from canopy.errors import NotFound, StorageUnavailable
from canopy.jobs.queries import counts_by_state
from canopy.settings import Settings

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which workers share what they count."""
JOBS_EVERY_S = 5.0
"""How old a count of jobs may be [s]."""
ASSETS_EVERY_S = 60.0
"""How old a count of assets may be [s]: it reads the whole catalogue, after a change only."""

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
              "x-real-ip", "via")  # fmt: skip
_STATES = ("queued", "running", "done", "failed", "cancelled")
_UNMATCHED = "unmatched"


class Metrics:
    """What one process counts; with a shared folder the processes' counts are added up."""

    def __init__(self) -> None:
        self.is_shared = SHARED_FOLDER in os.environ
        self._own = CollectorRegistry()
        registry = self._own
        self.requests = Counter(
            "canopy_http_requests", "Requests answered", ("method", "route", "status"),
            registry=registry,
        )  # fmt: skip
        self.durations = Histogram(
            "canopy_http_request_duration_seconds", "Time from request to the answer's end",
            ("method", "route"), buckets=_BUCKETS_S, registry=registry,
        )  # fmt: skip
        self.in_flight = Gauge(
            "canopy_http_requests_in_flight", "Requests under way", registry=registry,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self._counted: dict[tuple[str, str, int], tuple[Histogram, Counter]] = {}
        """What is counted for a method, route and status: to look it up takes longer."""
        if not self.is_shared:
            ProcessCollector(registry=registry)

    def count(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count a request that was answered."""
        method = method if method in _METHODS else "other"
        counted = self._counted.get((method, route, status))
        if counted is None:
            counted = self._counted[method, route, status] = (
                self.durations.labels(method, route),
                self.requests.labels(method, route, str(status)),
            )
        duration, requests = counted
        duration.observe(took_s)
        requests.inc()

    def registry(self) -> CollectorRegistry:
        """What is to be told of requests and processes."""
        if not self.is_shared:
            return self._own
        _forget_ended(os.environ[SHARED_FOLDER])
        shared = CollectorRegistry()
        multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return shared


def route_template(scope: Scope) -> str:
    """The path of the route that answered, its parameters by name."""
    route = scope.get("route")  # FastAPI's routes say so themselves, Starlette's do not
    if route is not None:
        return str(route.path_format)
    endpoint, app = scope.get("endpoint"), scope.get("app")
    if endpoint is None or app is None:
        return _UNMATCHED
    return _templates(app).get(id(endpoint), _UNMATCHED)


@lru_cache(maxsize=4)
def _templates(app: FastAPI) -> dict[int, str]:
    """Paths by the identity of the endpoint: some endpoints are objects that have no hash."""
    return {
        id(route.endpoint): route.path_format for route in app.routes if isinstance(route, Route)
    }


class Stock(Collector):
    """Jobs, assets and connections, counted when they are asked for and kept a while."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: tuple[float, dict[str, int]] = (float("-inf"), {})
        self._assets: tuple[float, int, dict[str, int]] = (float("-inf"), -1, {})

    def collect(self) -> Iterator[Metric]:
        """The gauges; those of the database are left out while it does not answer."""
        try:
            jobs, assets = self._jobs_now(), self._assets_now()
        except StorageUnavailable:
            yield GaugeMetricFamily("canopy_database_up", "Whether the database answers", 0)
            return
        yield GaugeMetricFamily("canopy_database_up", "Whether the database answers", 1)
        by_state = GaugeMetricFamily("canopy_jobs", "Jobs by state", labels=["state"])
        for state in _STATES:
            by_state.add_metric([state], jobs.get(state, 0))
        yield by_state
        by_kind = GaugeMetricFamily("canopy_assets", "Assets not withdrawn", labels=["kind"])
        for kind in KINDS:
            by_kind.add_metric([str(kind)], assets.get(str(kind), 0))
        yield by_kind

    def _jobs_now(self) -> dict[str, int]:
        if time.monotonic() - self._jobs[0] >= JOBS_EVERY_S:
            with self._database.reading() as session:
                self._jobs = (time.monotonic(), counts_by_state(session))
        return self._jobs[1]

    def _assets_now(self) -> dict[str, int]:
        at, change, counts = self._assets
        if time.monotonic() - at < ASSETS_EVERY_S:
            return counts
        with self._database.reading() as session:
            latest = last_change(session)
            if latest != change:
                counts = {}
                for each in tallies(session):
                    if not each.withdrawn:
                        counts[each.kind] = counts.get(each.kind, 0) + each.count
        self._assets = (time.monotonic(), latest, counts)
        return counts


class Connections(Collector):
    """The connections of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Connections of the pool that sessions take theirs from, in this process."""
        pool: Any = self._database.engine.pool
        found = GaugeMetricFamily(
            "canopy_database_connections", "Connections of sessions, in the process that answers",
            labels=["state"],
        )  # fmt: skip
        found.add_metric(["in_use"], pool.checkedout())
        found.add_metric(["idle"], pool.checkedin())
        yield found


def metrics_route() -> Route:
    """The route; what it answers is for no cache."""
    return Route("/metrics", _metrics)


def _metrics(request: Request) -> Response:
    _require_reader(request, settings_of(request))
    state = request.app.state
    database = database_of(request)
    if getattr(state, "stock", None) is None:
        state.stock = CollectorRegistry()
        state.stock.register(Stock(database))
        state.stock.register(Connections(database))
        state.stock.register(ReadingStock(database, state.readings))
    metrics: Metrics = state.metrics
    body = generate_latest(metrics.registry()) + generate_latest(state.stock)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _require_reader(request: Request, settings: Settings) -> None:
    """Raise NotFound, as if nothing were there, or NotAuthenticated for a wrong token."""
    if settings.metrics == "token":
        _, _, sent = request.headers.get("authorization", "").partition(" ")
        secret = settings.metrics_token
        if secret is None or not hmac.compare_digest(
            sent.strip().encode(), secret.get_secret_value().encode()
        ):
            raise NotAuthenticated("Send the metrics token as `Authorization: Bearer …`.")
    elif settings.metrics == "off" or not _is_local(request):
        raise NotFound("There is nothing at /metrics; see /openapi.json.")


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks for itself, and no proxy for somebody else."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _forget_ended(folder: str) -> None:
    """Leave out what processes that have ended had under way; what they counted stays."""
    for name in os.listdir(folder):
        mode, _, process = name.removesuffix(".db").rpartition("_")
        if mode.startswith("gauge_live") and process.isdecimal() and not _is_alive(int(process)):
            multiprocess.mark_process_dead(int(process), folder)  # type: ignore[no-untyped-call]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
