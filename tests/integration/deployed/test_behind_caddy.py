"""`canopy serve` behind a real Caddy with the Caddyfile that is shipped."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from addresses import bearer, token_for
from databases import GeoPackages
from ogc_catalogue import fill_mixed
from ogc_service import running
from programs import DOCKER, find_program, free_port, wait_until_open

from canopy.access.rules import Role


@dataclass(frozen=True)
class Site:
    """What a client needs: where it is, whom to trust, and a token that may write."""

    port: int
    trust: ssl.SSLContext
    estates: dict[str, str]
    log: Path

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request over TLS; the answer and its body."""
        connection = http.client.HTTPSConnection(
            "localhost", self.port, context=self.trust, timeout=20
        )
        try:
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()


def wait_until_certified(port: int, trust: ssl.SSLContext) -> None:
    """Caddy listens before it has its own certificate, and turns clients away until then."""
    until = time.monotonic() + 30
    while True:
        try:
            with (
                socket.create_connection(("localhost", port), timeout=5) as plain,
                trust.wrap_socket(plain, server_hostname="localhost"),
            ):
                return
        except ssl.SSLError:
            assert time.monotonic() < until
            time.sleep(0.1)


@contextmanager
def caddy_before(upstream: str, folder: Path, estates: dict[str, str]) -> Iterator[Site]:
    """The shipped Caddyfile before an address, with a certificate of its own."""
    port, log = free_port(), folder / "caddy.txt"
    environment = {
        **os.environ,
        "CANOPY_SITE": f"https://localhost:{port}",
        "CANOPY_UPSTREAM": upstream,
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "HOME": str(folder),
    }
    # Not in the shipped file: port 80, which the test may not take.
    config = folder / "Caddyfile"
    config.write_text(
        (DOCKER / "Caddyfile")
        .read_text()
        .replace("\tadmin off\n", "\tadmin off\n\tauto_https disable_redirects\n", 1)
    )
    command = [
        find_program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile",
    ]  # fmt: skip
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            wait_until_open(port, log)
            root = folder / "data/caddy/pki/authorities/local/root.crt"
            trust = ssl.create_default_context(cafile=str(root))
            wait_until_certified(port, trust)
            yield Site(port, trust, estates, log)
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module")
def site(geopackages: GeoPackages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The mixed catalogue, served, and Caddy before it."""
    folder = tmp_path_factory.mktemp("caddy")
    database = geopackages.new()
    fill_mixed(database)
    estates = bearer(token_for(database, Role.estates))
    with (
        running(database, folder) as address,
        caddy_before(urlsplit(address).netloc, folder, estates) as made,
    ):
        yield made
    geopackages.drop(database)


def told_of(log: Path, path: str, times: int) -> str:
    """What Caddy wrote, once it has told of a path so often."""
    until = time.monotonic() + 10
    while (text := log.read_text()).count(path) < times:
        assert time.monotonic() < until, text
        time.sleep(0.05)
    return text


def test_the_key_of_a_calendar_feed_is_in_no_log(site: Site) -> None:
    """Calendar programs have it in the address; what else was asked is told."""
    site.ask("GET", "/register/alerts.ics?key=feed_9x9x9x&kind=expiry")
    text = told_of(site.log, "/register/alerts.ics", 1)
    assert "kind=expiry" in text
    assert "feed_9x9x9x" not in text


def test_nor_is_it_where_canopy_does_not_answer(tmp_path: Path) -> None:
    """Caddy tells of the request and, apart from it, of what went wrong."""
    with caddy_before(f"127.0.0.1:{free_port()}", tmp_path, {}) as alone:
        answer, _ = alone.ask("GET", "/register/alerts.ics?key=feed_9x9x9x")
        assert answer.status == 502
        text = told_of(alone.log, "/register/alerts.ics", 2)
    assert "connection refused" in text
    assert "feed_9x9x9x" not in text


def test_links_are_of_the_address_that_was_asked(site: Site) -> None:
    """HTTPS, the public name and port: what Caddy says of the client is believed."""
    answer, body = site.ask("GET", "/?f=json")
    assert answer.status == 200
    links = [link["href"] for link in json.loads(body)["links"]]
    assert links
    assert all(href.startswith(f"https://localhost:{site.port}/") for href in links)


def test_a_client_cannot_say_where_it_comes_from(site: Site) -> None:
    """Its own X-Forwarded-Host and -Proto change no link."""
    headers = {"X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example"}
    _, body = site.ask("GET", "/collections", headers)
    assert b"evil.example" not in body
    assert b"gopher" not in body


def test_a_page_is_compressed_once_and_not_sent_again(site: Site) -> None:
    """By Canopy, and the next GET with its ETag is a 304."""
    path = "/collections/lamppost/items?limit=50"
    answer, body = site.ask("GET", path, {"Accept-Encoding": "gzip, zstd, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(body))["features"]
    etag = answer.headers["ETag"]
    again, _ = site.ask("GET", path, {"If-None-Match": etag, "Accept-Encoding": "gzip"})
    assert again.status == 304


def test_an_asset_is_saved_with_the_etag_it_was_read_with(site: Site) -> None:
    """And refused with the one before: If-Match comes through unchanged."""
    _, body = site.ask("GET", "/collections/lamppost/items?limit=1", site.estates)
    path = f"/collections/lamppost/items/{json.loads(body)['features'][0]['id']}"
    headers = {**site.estates, "Accept-Encoding": "gzip"}
    etag = site.ask("GET", path, headers)[0].headers["ETag"]
    assert not etag.startswith("W/")
    change = json.dumps({"properties": {"height_m": 9.5}}).encode()
    saving = {**headers, "If-Match": etag, "Content-Type": "application/merge-patch+json"}
    assert site.ask("PATCH", path, saving, change)[0].status in (200, 204)
    assert site.ask("PATCH", path, saving, change)[0].status == 412


def test_metrics_stay_inside(site: Site) -> None:
    """Whoever asks, with whatever path tricks a client has."""
    for path in ("/metrics", "//metrics", "/metrics/", "/%6detrics", "/./metrics"):
        assert site.ask("GET", path)[0].status in (307, 308, 404)


def test_browsers_are_told_to_come_by_https_only(site: Site) -> None:
    """HSTS, and nothing that names the proxy."""
    answer, _ = site.ask("GET", "/healthz")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Server"] is None
