"""One listener's answer: what is sent, and how it ends, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from addresses import token_for
from fastapi.testclient import TestClient
from starlette.types import Message

from canopy.access.rules import Principal, Role
from canopy.access.tokens import revoke_token
from canopy.api.iot.viewing import live
from canopy.api.iot.viewing.live import EventStream
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.viewing.feed import EventId, Feed
from canopy.iot.viewing.queries import Newest

NOW = datetime(2026, 11, 28, tzinfo=UTC)
Sending = Callable[[Message], Awaitable[None]]


@pytest.fixture
def feed() -> Feed:
    """A feed of three datastreams that never change by themselves."""
    rows = [Newest(each, NOW, "", float(each), None, 0, NOW) for each in (1, 2, 3)]
    return Feed(lambda _: (NOW, rows), live._encoded, 3_600.0, 10)


async def waiting() -> Message:
    """A client that stays."""
    await asyncio.sleep(3_600)
    return {"type": "http.disconnect"}


def stream(
    feed: Feed,
    send: Sending,
    receive: Callable[[], Awaitable[Message]],
    since: EventId | None,
    still_may: Callable[[], bool] | None = None,
) -> None:
    """Tell one listener, for five seconds at most."""

    async def told() -> None:
        answer = EventStream(feed, frozenset({1, 2}), since, still_may)
        async with asyncio.timeout(5):
            await answer({"type": "http"}, receive, send)

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop, of a browser's client
        thread.submit(asyncio.run, told()).result()


class Client:
    """Keeps what it is sent; after some pieces it does what it is made for."""

    def __init__(self, pieces: int, then: Callable[[], Awaitable[None]]) -> None:
        self.told: list[bytes] = []
        self.headers: dict[bytes, bytes] = {}
        self._pieces, self._then = pieces, then

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = dict(message["headers"])
            return
        self.told.append(message["body"])
        if len(self.told) == self._pieces:
            await self._then()


def test_what_was_missed_is_told_and_the_end_ends_it(feed: Feed) -> None:
    """Changes with the id of the last, of what one may see; then the service stops."""

    async def stop() -> None:
        feed.end()

    client = Client(2, stop)
    since = EventId(live.queries.microseconds(NOW), "other", 1)
    stream(feed, client.take, waiting, since)
    assert client.headers[b"content-type"].startswith(b"text/event-stream")
    assert client.headers[b"cache-control"] == b"no-store"
    assert b"content-length" not in client.headers
    assert client.told[0] == b'retry: 3000\nevent: hello\ndata: {"goes_on":true}\n\n'
    assert client.told[1].startswith(b"id: ")
    assert b'"datastream":1' in client.told[1]
    assert b'"datastream":3' not in client.told[1]
    assert client.told[-1] == b""
    assert feed.listeners == 0
    feed.close()


def test_something_is_said_while_nothing_changes(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody in between takes it for dead; after a time it is over."""
    monkeypatch.setattr(live, "BEAT_S", 0.02)
    monkeypatch.setattr(live, "LIFE_S", 0.2)

    async def nothing() -> None:
        pass

    client = Client(0, nothing)
    stream(feed, client.take, waiting, None)
    assert sum(each.endswith(b"\n: still here\n\n") for each in client.told) >= 3
    feed.close()


def test_a_token_that_holds_no_more_ends_it_within_seconds(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked up again and again; a database that does not answer ends nothing."""
    monkeypatch.setattr(live, "CHECK_S", 0.02)
    answers: list[bool | Exception] = [True, StorageUnavailable("gone"), False]

    def still_may() -> bool:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def nothing() -> None:
        pass

    client = Client(0, nothing)
    stream(feed, client.take, waiting, None, still_may)
    assert (answers, client.told[-1], feed.listeners) == ([], b"", 0)
    feed.close()


def test_a_token_holds_until_it_is_revoked(gpkg_database: Database) -> None:
    """By its name, with the role that it had."""
    token_for(gpkg_database, Role.planner)
    principal = Principal(Role.planner, "test-planner")
    assert live.still_holds(gpkg_database, principal)
    assert not live.still_holds(gpkg_database, Principal(Role.admin, "test-planner"))
    with gpkg_database.writing() as session:
        revoke_token(session, "test-planner", now_utc())
    assert not live.still_holds(gpkg_database, principal)


@pytest.mark.parametrize("is_gone", [True, False])
def test_who_goes_or_takes_nothing_gives_its_place_back(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, is_gone: bool
) -> None:
    """Whether the connection ends, or stays open and takes nothing."""
    monkeypatch.setattr(live, "STALL_S", 0.05)

    async def never() -> None:
        await asyncio.sleep(3_600)

    async def going() -> Message:
        if not is_gone:
            await never()
        return {"type": "http.disconnect"}

    stream(feed, Client(1, never).take, going, None)
    assert feed.listeners == 0
    feed.close()


def test_one_too_many_is_refused(serve: Callable[..., TestClient]) -> None:
    """With a problem that says so, and nothing of a stream."""
    client = serve(iot_live_listeners=1)
    client.app.state.live.listen(frozenset(), None, lambda: None)  # type: ignore[attr-defined]
    answer = client.get("/iot/live")
    assert answer.status_code == 429
    assert answer.json()["type"].endswith("#too-many-listeners")
