"""`/metrics`: what is counted, under which labels, and who may read it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from addresses import bearer, token_for, url_of
from fastapi.testclient import TestClient
from ogc_catalogue import add, lamppost, point, record, withdraw
from ogc_service import wait_until_ready
from prometheus_client.parser import text_string_to_metric_families

from canopy.access.rules import Role
from canopy.api.app import create_app
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.iot.payloads.reading import Message
from canopy.iot.store.opening import store_of
from canopy.iot.store.rows import Batch, DeadRow, HappeningRow
from canopy.jobs import queries as jobs
from canopy.settings import BadSettings, load_settings

ASKED = {"method": "GET", "route": "/conformance", "status": "200"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
SECRET = "a-secret-of-the-metrics"


def samples(text: str) -> Samples:
    """Every sample by name and labels."""
    return {
        (each.name, frozenset(each.labels.items())): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def sample(text: str, name: str, **labels: str) -> float | None:
    """One sample's value; None where there is none."""
    return samples(text).get((name, frozenset(labels.items())))


def served(database: Database, host: str = "127.0.0.1", **settings: object) -> TestClient:
    """A service to enter, asked from an address."""
    app = create_app(load_settings(db_url=url_of(database), log_level="error", **settings))
    return TestClient(app, client=(host, 50_000))


def test_requests_are_counted_by_template(gpkg_database: Database) -> None:
    """By method, template and status; an address that is not there has one label for all."""
    add(gpkg_database, [lamppost(1, ref="SECRET-REF")])
    with served(gpkg_database) as client:
        for path in (
            "/collections/lamppost/items", "/collections/cctv/items", "/search?q=SECRET-REF",
            "/collections/lamppost/items/00000000-0000-0000-0000-000000000001",
            "/collections/nowhere/items", "/assets/SECRET-REF/history", "/secret/path",
            "/secret/other", "/healthz", "/", "/nearest",
        ):  # fmt: skip
            client.get(path)
        client.request("PROPFIND", "/healthz")
        client.head("/healthz")
        text = client.get("/metrics").text
    for route, method, status, wanted in (
        ("/collections/{collection}/items", "GET", "200", 2.0),
        ("/collections/{collection}/items", "GET", "404", 1.0),
        ("/collections/{collection}/items/{feature}", "GET", "200", 1.0),
        ("/search", "GET", "200", 1.0), ("/nearest", "GET", "400", 1.0), ("/", "GET", "200", 1.0),
        ("/assets/{reference}/history", "GET", "200", 1.0), ("unmatched", "GET", "404", 2.0),
        ("/healthz", "GET", "200", 1.0), ("/healthz", "HEAD", "200", 1.0),
    ):  # fmt: skip
        labels = {"route": route, "method": method, "status": status}
        assert (route, sample(text, "canopy_http_requests_total", **labels)) == (route, wanted)
    timed = sample(text, "canopy_http_request_duration_seconds_count", method="GET",
                   route="/collections/{collection}/items")  # fmt: skip
    assert timed == 3.0
    assert sample(text, "canopy_http_requests_in_flight") == 1.0  # the one that asks
    assert "PROPFIND" not in text
    assert "secret" not in text.lower()
    assert "00000000-0000" not in text


def test_stock_and_process(database: Database) -> None:
    """Jobs by state, assets not withdrawn by kind, connections, and the process."""
    add(database, [lamppost(1), lamppost(2), lamppost(3), record("cctv", point(1, 1), ref="C")])
    add(database, [lamppost(4, sensitivity="admin")], first=50)
    withdraw(database, "LC-003")
    with database.writing() as session:
        jobs.submit(session, "no-such-task", {}, "owner@example.org", now_utc())
    with served(database) as client:
        answer = client.get("/metrics")
    text = answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert sample(text, "canopy_assets", kind="lamppost") == 3.0
    assert sample(text, "canopy_assets", kind="cctv") == 1.0
    assert sample(text, "canopy_assets", kind="mast") == 0.0
    assert sample(text, "canopy_jobs", state="queued") == 1.0
    assert sample(text, "canopy_jobs", state="running") == 0.0
    assert sample(text, "canopy_database_up") == 1.0
    assert sample(text, "canopy_database_connections", state="in_use") is not None
    assert "owner" not in text
    if sys.platform == "linux":
        assert (sample(text, "process_resident_memory_bytes") or 0) > 1e6


@pytest.mark.parametrize("host", ["192.0.2.7", "::ffff:192.0.2.7", "not-an-address"])
def test_others_find_nothing(gpkg_database: Database, host: str) -> None:
    """By default only this machine reads it; for others, admins too, nothing is there."""
    admin = bearer(token_for(gpkg_database, Role.admin))
    with served(gpkg_database, host) as client:
        for headers in ({}, admin, {"X-Forwarded-For": "127.0.0.1"}):
            answer = client.get("/metrics", headers=headers)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_a_proxy_on_this_machine_finds_nothing(gpkg_database: Database, name: str) -> None:
    """It asks for somebody else."""
    with served(gpkg_database) as client:
        assert client.get("/metrics", headers={name: "198.51.100.4"}).status_code == 404
        assert client.get("/metrics").status_code == 200
    with served(gpkg_database, "::1") as client:
        assert client.get("/metrics").status_code == 200


def test_nobody_reads_it_when_it_is_off(gpkg_database: Database) -> None:
    """Not from this machine either."""
    with served(gpkg_database, metrics="off") as client:
        assert client.get("/metrics").status_code == 404


def test_a_token_of_its_own_opens_it(gpkg_database: Database) -> None:
    """From anywhere, and no other token does."""
    admin = bearer(token_for(gpkg_database, Role.admin))
    with served(gpkg_database, "192.0.2.7", metrics="token", metrics_token=SECRET) as client:
        assert client.get("/metrics", headers=bearer(SECRET)).status_code == 200
        for headers in ({}, admin, bearer(SECRET[:-1]), bearer("é"), {"Authorization": SECRET}):
            sent = {name: value.encode() for name, value in headers.items()}
            answer = client.get("/metrics", headers=sent)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert SECRET not in answer.text


@pytest.mark.parametrize("given", [{"metrics": "token"}, {"metrics_token": "short"}])
def test_a_token_has_to_be_set_and_long(given: dict[str, str]) -> None:
    """Settings that would open it to all, or to who guesses, are refused."""
    with pytest.raises(BadSettings, match=r"CANOPY_METRICS"):
        load_settings(db_url="gpkg:///nowhere.gpkg", **given)


@pytest.mark.skipif(sys.platform == "win32", reason="one process serves there")
def test_workers_count_together(gpkg_database: Database, tmp_path: Path) -> None:
    """Whichever worker is asked, it tells the requests of all, once."""
    said = tmp_path / "out.txt"
    environment = {**os.environ, "CANOPY_DB_URL": url_of(gpkg_database), "PYTHONUNBUFFERED": "1"}
    with said.open("wb") as out:
        command = [sys.executable, "-m", "canopy", "serve", "--port", "0", "--workers", "2"]
        server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            address = wait_until_ready(server, said)
            for _ in range(30):
                read(f"{address}/conformance")
            told = [settled(address) for _ in range(10)]
            server.send_signal(signal.SIGTERM)
            assert server.wait(60) == 0
        finally:
            server.kill()
            server.wait()
    assert [sample(each, "canopy_http_requests_total", **ASKED) for each in told] == [30.0] * 10
    assert {sample(each, "canopy_http_requests_in_flight") for each in told} == {1.0}
    assert "pid=" not in told[0]


def settled(address: str) -> str:
    """The metrics, once what was asked before is counted: it is when its answer has ended."""
    ends = time.monotonic() + 30
    while True:
        text = read(f"{address}/metrics")
        asked = sample(text, "canopy_http_requests_total", **ASKED)
        if (asked, sample(text, "canopy_http_requests_in_flight")) == (30.0, 1.0):
            return text
        if time.monotonic() > ends:
            return text


def read(address: str) -> str:
    """An answer's text, from a connection of its own."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def test_readings_that_wait_and_what_was_noticed_are_counted(gpkg_database: Database) -> None:
    """From the database, whichever process stored them; none of them by name."""
    store = store_of(gpkg_database, 10)
    message = Message(body=b"SECRET", topic="SECRET", arrived_at=now_utc())
    dead = [DeadRow(message, "mqtt", "malformed", "SECRET")]
    store.write(Batch(dead=dead, happenings=[HappeningRow("counter-gap", "SECRET", "SECRET", 7)]))
    store.close()
    with served(gpkg_database) as client:
        text = client.get("/metrics").text
    assert sample(text, "canopy_iot_held_readings") == 0.0
    assert sample(text, "canopy_iot_dead_letters", kind="malformed") == 1.0
    assert sample(text, "canopy_iot_happenings", kind="counter-gap") == 1.0
    assert sample(text, "canopy_iot_silent_datastreams") == 0.0
    assert "SECRET" not in text
