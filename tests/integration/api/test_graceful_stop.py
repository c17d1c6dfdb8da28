"""`canopy serve` told to stop while somebody is being answered and a job is running."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from addresses import bearer, token_for, url_of
from catalogue import all_assets
from registers import write_register
from test_serve_process import Server

from canopy.access.rules import Role
from canopy.db.engine import Database
from canopy.jobs import queries

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
Start = Callable[..., Server]
MANY = [(f"LC-{n}", 430000 + n % 500, 280000 + n // 500, "Mill Lane", 35, 8) for n in range(60_000)]
WORKERS = [pytest.param((), id="one process"), pytest.param(("--workers", "2"), id="two workers")]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Call it, with a catalogue and options, for a server that is ready."""
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    monkeypatch.setenv("TMPDIR", str(uploads))
    with ExitStack() as stack:

        def new(database: Database, *options: str) -> tuple[Server, str]:
            folder = tmp_path / f"run-{time.monotonic_ns()}"
            folder.mkdir()
            server = Server(url_of(database), folder, *options)
            stack.callback(server.process.wait)
            stack.callback(server.process.kill)
            return server, server.wait_until_ready()

        yield new


class SlowUpload:
    """A request whose body comes in two parts, the second when it is asked for."""

    def __init__(self, address: str, token: str, body: bytes) -> None:
        self._half = len(body) // 2
        self._body = body
        place = urlsplit(address)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        self._connection.putrequest("POST", "/imports?filename=a.csv&source=lights&kind=lamppost")
        asks = {"Content-Length": str(len(body)), "Expect": "100-continue"}
        for name, value in {**bearer(token), **asks}.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        line = self._connection.sock.recv(1024)  # when the server begins to read the body
        assert line.startswith(b"HTTP/1.1 100 "), line
        self._connection.send(body[: self._half])

    def finish(self) -> tuple[int, dict[str, object]]:
        """Send the rest; the status and the answer."""
        self._connection.send(self._body[self._half :])
        answer = self._connection.getresponse()
        return answer.status, json.load(answer)


def slow_upload(database: Database, address: str, tmp_path: Path) -> SlowUpload:
    """A request under way on that server."""
    body = write_register(tmp_path / "a.csv").read_bytes()
    return SlowUpload(address, token_for(database, Role.estates), body)


def until_refused(address: str) -> None:
    """Wait until nobody listens there."""
    place = urlsplit(address)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        probe = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        try:
            probe.connect()
        except ConnectionRefusedError:
            return
        finally:
            probe.close()
        time.sleep(0.05)
    raise AssertionError("it listens still")


@pytest.mark.parametrize("options", WORKERS)
def test_request_under_way_is_answered(
    start: Start, database: Database, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """After SIGTERM nobody new is let in, and who is being served gets the whole answer."""
    server, address = start(database, *options)
    upload = slow_upload(database, address, tmp_path)
    server.process.send_signal(signal.SIGTERM)
    until_refused(address)
    assert server.process.poll() is None
    status, answer = upload.finish()
    assert (status, answer["state"]) == (202, "queued")
    assert server.process.wait(60) == 0
    with database.reading() as session:
        assert [job.owner for job in queries.listed(session, None, 9)] == ["test-estates"]


def test_request_that_takes_too_long_is_cut_off(
    start: Start, gpkg_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `stop_timeout_s` the server no longer waits, and still closes what it has open."""
    monkeypatch.setenv("CANOPY_STOP_TIMEOUT_S", "1")
    server, address = start(gpkg_database)
    upload = slow_upload(gpkg_database, address, tmp_path)
    began = time.monotonic()
    assert server.stop() == 0
    assert 0.9 <= time.monotonic() - began < 9.5  # without the setting it waits 10 s
    with pytest.raises((OSError, http.client.HTTPException, json.JSONDecodeError)):
        upload.finish()  # nothing, or the server's bare "Internal Server Error": no document
    assert "service_stopped" in server.log
    assert all_assets(gpkg_database) == []


@pytest.mark.parametrize("options", WORKERS)
def test_second_signal_stops_at_once(
    start: Start, gpkg_database: Database, tmp_path: Path, options: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Who cannot wait sends SIGTERM again: it is over within a second or two, and says so."""
    monkeypatch.setenv("CANOPY_STOP_TIMEOUT_S", "120")  # the request would be waited for so long
    server, address = start(gpkg_database, *options)
    upload = slow_upload(gpkg_database, address, tmp_path)
    server.process.send_signal(signal.SIGTERM)
    until_refused(address)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 1
    with pytest.raises((OSError, http.client.HTTPException)):
        upload.finish()
    assert "Stopped at once" in server.log


def test_job_under_way_is_taken_up_after_a_restart(
    start: Start, gpkg_database: Database, tmp_path: Path
) -> None:
    """A stopped server's import waits in the queue, uncounted, and the next server does it."""
    server, address = start(gpkg_database)
    token = token_for(gpkg_database, Role.admin)
    register = write_register(tmp_path / "many.csv", MANY).read_bytes()
    query = "/imports?filename=many.csv&source=lights&kind=lamppost"
    number = int(str(server.get(address, query, register, token)["id"]))
    _wait_for(lambda: state_of(gpkg_database, number) == "running")
    assert server.stop() == 0
    assert state_of(gpkg_database, number) == "queued"
    assert all_assets(gpkg_database) == []
    server, address = start(gpkg_database)
    _wait_for(lambda: state_of(gpkg_database, number) == "done")
    assert server.get(address, f"/jobs/{number}", token=token)["attempts"] == 1
    assert server.stop() == 0
    assert len(all_assets(gpkg_database)) == len(MANY)


def state_of(database: Database, job: int) -> str:
    """How a job stands."""
    with database.reading() as session:
        return queries.get(session, job).state


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def scheme_behind(address: str, **headers: str) -> str:
    """The scheme of the links that a server makes for a request with these headers."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    connection.request("GET", "/collections", headers={"Host": "assets.example.gov.uk", **headers})
    links = json.load(connection.getresponse())["links"]
    (own,) = [link["href"] for link in links if link["rel"] == "self"]
    connection.close()
    return str(own).partition("/collections")[0]


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [
        ("127.0.0.1", "https"),
        ("10.0.0.0/8", "http"),
        pytest.param("", "http", marks=pytest.mark.long),
        pytest.param("127.0.0.0/8", "https", marks=pytest.mark.long),
    ],
)
def test_links_follow_a_trusted_proxy(
    start: Start,
    gpkg_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    trusted: str,
    expected: str,
) -> None:
    """X-Forwarded-Proto counts from the proxies that the setting names; X-Forwarded-Host never."""
    monkeypatch.setenv("CANOPY_FORWARDED_ALLOW_IPS", trusted)
    server, address = start(gpkg_database)
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    assert scheme_behind(address, **said) == f"{expected}://assets.example.gov.uk"
    assert server.stop() == 0


@pytest.mark.parametrize("wrong", ["*", "proxy.example", "10.0.0.0/33"])
def test_proxies_are_named_by_address(wrong: str, gpkg_database: Database) -> None:
    """A name, a star or half an address is refused before anything is served."""
    done = subprocess.run(
        [sys.executable, "-m", "canopy", "serve", "--port", "0", "--db", url_of(gpkg_database)],
        env={"PATH": "/usr/bin:/bin", "CANOPY_FORWARDED_ALLOW_IPS": wrong},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "CANOPY_FORWARDED_ALLOW_IPS" in done.stderr
