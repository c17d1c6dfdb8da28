"""Live values as Server-Sent Events, from a server that is a process of its own."""

from __future__ import annotations

import http.client
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from addresses import url_of
from sensed import microseconds, sense
from test_serve_process import Server

from canopy.db.engine import Database
from canopy.iot.store.opening import store_of
from canopy.iot.store.rows import Batch, ObservationRow

Start = Callable[..., tuple[Server, str]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Call it, with a catalogue, for a server that is ready and its address."""
    monkeypatch.setenv("CANOPY_IOT_LIVE_EVERY_S", "0.2")
    monkeypatch.setenv("CANOPY_STOP_TIMEOUT_S", "120")  # a request under way is waited for so long
    with ExitStack() as stack:

        def new(database: Database) -> tuple[Server, str]:
            server = Server(url_of(database), tmp_path)
            stack.callback(server.process.wait)
            stack.callback(server.process.kill)
            return server, server.wait_until_ready()

        yield new


class Listening:
    """A connection to /iot/live, read event by event."""

    def __init__(self, address: str, query: str = "", last: str | None = None) -> None:
        place = urlsplit(address)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        self._connection.request("GET", f"/iot/live?{query}", headers=headers)
        self.answer = self._connection.getresponse()
        self.last: str | None = None

    def event(self) -> tuple[str, dict[str, object]]:
        """The next event; a comment alone is one of the name ''."""
        name, told = "", "{}"
        while line := self.answer.readline().decode().rstrip("\n"):
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                told = value
            elif field == "id":
                self.last = value
        return name, json.loads(told)

    def values(self, count: int) -> dict[int, object]:
        """Results by datastream, once so many datastreams were told of."""
        found: dict[int, object] = {}
        while len(found) < count:
            name, told = self.event()
            if name == "latest":
                changes = told["changes"]
                assert isinstance(changes, list)
                found |= {each["datastream"]: each["result"] for each in changes}
        return found

    def rest(self) -> bytes:
        """What comes until the end."""
        told = self.answer.read()
        self.close()
        return told

    def close(self) -> None:
        """Go away."""
        self.answer.close()
        self._connection.close()


def read(database: Database, stream: int, number: float, ago: timedelta = timedelta(0)) -> None:
    """Store a reading, of now as a rule."""
    at = microseconds(datetime.now(UTC) - ago)
    store = store_of(database, 5.0)
    row = ObservationRow(stream, at, "", None, number, None, 0, None, None, None)
    store.write(Batch(observations=[row]))
    store.close()


def test_changes_come_are_resumed_and_end_with_the_server(start: Start, database: Database) -> None:
    """Open values come as they are stored, an older one never; after a break what was missed
    comes, and nothing of what is withheld; a stop of the server ends it at once."""
    numbers = sense(database)
    server, address = start(database)
    listening = Listening(address)
    assert listening.answer.status == 200
    assert listening.answer.headers["Content-Type"].startswith("text/event-stream")
    assert listening.event() == ("hello", {"goes_on": False})
    listening.event()
    read(database, numbers["personal"], 1.0)
    read(database, numbers["open"], 21.5)
    assert listening.values(1) == {numbers["open"]: 21.5}
    last = listening.last
    listening.close()
    read(database, numbers["open"], 20.0, ago=timedelta(hours=1))  # late: not the newest
    read(database, numbers["count"], 7.0)
    again = Listening(address, last=last)
    assert again.event() == ("hello", {"goes_on": True})
    assert again.values(1) == {numbers["count"]: 7.0}
    narrow = Listening(address, query=f"thing={numbers['lamp']}")
    narrow.event()
    read(database, numbers["count"], 8.0)
    read(database, numbers["open"], 22.0)
    assert again.values(2) == {numbers["count"]: 8.0, numbers["open"]: 22.0}
    assert narrow.values(1) == {numbers["open"]: 22.0}
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
    assert b"event" not in again.rest()
    narrow.close()
