"""`GET /iot/live`: changes of newest values as Server-Sent Events.

Source: HTML Living Standard, section 9.2, Server-sent events.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from types import FrameType
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from canopy.access.rules import Principal, Role
from canopy.access.tokens import holder
from canopy.api.deps import DatabaseOf, PrincipalOf
from canopy.api.iot.viewing.deps import AskedOf, scope_of
from canopy.api.iot.viewing.documents import change_out
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.store.opening import Readings
from canopy.iot.viewing import queries
from canopy.iot.viewing.feed import EventId, Feed, Listener, Parcel, event_id
from canopy.iot.viewing.latest import matching
from canopy.iot.viewing.queries import Newest
from canopy.settings import Settings

BEAT_S = 15.0
"""Something is sent at least this often [s]."""
CHECK_S = 5.0
"""Whether a listener's token still holds is looked up this often [s]."""
LIFE_S = 300.0
"""After this a listener has to come again, and what it may see is looked up anew [s]."""
STALL_S = 30.0
"""A listener that takes nothing for this long is cut off [s]."""
RETRY_MS = 3_000
MOST_AT_ONCE = 500
"""Most changes of one event."""

router = APIRouter(prefix="/iot", tags=["iot"])


@router.get(
    "/live",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
def live(
    request: Request,
    database: DatabaseOf,
    principal: PrincipalOf,
    asked: AskedOf,
    last_event_id: Annotated[str | None, Header(max_length=60)] = None,
    since: Annotated[
        str | None, Query(max_length=60, description="The id of an event, as Last-Event-ID")
    ] = None,
) -> Response:
    """Changes of newest values, as they come (text/event-stream).

    `hello` begins it: fetch /iot/latest after it. `latest` holds `changes`; `resync` says that
    something was left out: fetch /iot/latest again. With the id of an event of the last hour in
    `Last-Event-ID` it goes on from there. It ends after five minutes; come again with the id. It
    ends within seconds where the token is revoked, expired or of another role by then.
    """
    with database.reading() as session:
        rows = matching(scope_of(request, session, principal), asked.wanted, asked.box)
    given = event_id(last_event_id or since or "")
    feed: Feed = request.app.state.live
    is_public = principal.role is Role.public
    streams = frozenset(each.id for each in rows)
    still_may = None if is_public else partial(still_holds, database, principal)
    return EventStream(feed, streams, given, still_may)


def still_holds(database: Database, principal: Principal) -> bool:
    """Whether a principal's token is still in use, and of that role. Raises StorageUnavailable."""
    with database.reading() as session:
        return holder(session, principal.name, now_utc()) == principal


class EventStream(Response):
    """Tells one listener until it goes, its time is over, or the service stops."""

    media_type = "text/event-stream"

    def __init__(
        self,
        feed: Feed,
        streams: frozenset[int],
        since: EventId | None,
        still_may: Callable[[], bool] | None,
    ) -> None:
        """still_may: whether the listener may go on, asked in a thread; None for the public."""
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._feed, self._streams = feed, streams
        self._since, self._still_may = since, still_may

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop, awake = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended, and with it whoever listened
                loop.call_soon_threadsafe(awake.set)

        listener = await run_in_threadpool(self._listen, wake)
        telling = asyncio.create_task(self._tell(send, listener, awake))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._feed.leave(listener)
            for each in (telling, leaving):
                each.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)

    def _listen(self, wake: Callable[[], None]) -> Listener:
        is_public = self._still_may is None
        return self._feed.listen(self._streams, self._since, wake, is_public=is_public)

    async def _tell(self, send: Send, listener: Listener, awake: asyncio.Event) -> None:
        """Send what there is, until it is over. A listener that takes nothing is left behind."""
        with suppress(TimeoutError):
            begun: Message = {
                "type": "http.response.start", "status": 200, "headers": self.raw_headers
            }  # fmt: skip
            await _sent(send, begun)
            parcel = self._feed.take(listener)
            await _sent(send, _body(_hello(parcel, self._since is not None)))
            await self._tell_changes(send, listener, awake, parcel)
            await _sent(send, {"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell_changes(
        self, send: Send, listener: Listener, awake: asyncio.Event, parcel: Parcel
    ) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + LIFE_S
        checked_s = loop.time()
        beat_s = BEAT_S if self._still_may is None else min(BEAT_S, CHECK_S)
        while True:
            for text in _events(parcel):
                await _sent(send, _body(text))
            if parcel.is_over or loop.time() >= until_s:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(min(beat_s, until_s - loop.time())):
                    await awake.wait()
            awake.clear()
            if loop.time() - checked_s >= CHECK_S:
                checked_s = loop.time()
                if not await self._may_go_on():
                    return
            parcel = self._feed.take(listener)

    async def _may_go_on(self) -> bool:
        """Whether the token still holds. Where the database does not answer nothing new is told
        either: it is asked again."""
        if self._still_may is None:
            return True
        with suppress(StorageUnavailable):
            return await run_in_threadpool(self._still_may)
        return True


async def _sent(send: Send, message: Message) -> None:
    async with asyncio.timeout(STALL_S):
        await send(message)


def _body(text: bytes) -> Message:
    return {"type": "http.response.body", "body": text, "more_body": True}


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _hello(parcel: Parcel, goes_on: bool) -> bytes:
    """What begins it. Its id is told with the changes, where some are to follow."""
    told = orjson.dumps({"goes_on": goes_on and not parcel.must_begin_again})
    return b"retry: %d\nevent: hello\ndata: %s\n\n" % (RETRY_MS, told)


def _events(parcel: Parcel) -> list[bytes]:
    """A parcel as events; the id comes with the last, when all before it was told."""
    number = b"id: %s\n" % parcel.id.written().encode()
    events = [b"event: resync\ndata: {}\n"] if parcel.must_begin_again else []
    for start in range(0, len(parcel.changes), MOST_AT_ONCE):
        listed = b",".join(each.body for each in parcel.changes[start : start + MOST_AT_ONCE])
        events.append(b'event: latest\ndata: {"changes":[%s]}\n' % listed)
    if not events:
        events = [b": still here\n"]
    return [*(each + b"\n" for each in events[:-1]), number + events[-1] + b"\n"]


def feed_of(readings: Readings, settings: Settings) -> Feed:
    """What looks for changes of a service's readings."""

    def look(since: datetime | None) -> tuple[datetime, list[Newest]]:
        with readings.reading() as session:
            at = queries.moment(session)
            return at, queries.newest_since(session, since)

    return Feed(look, _encoded, settings.iot_live_every_s, settings.iot_live_listeners)


def _encoded(row: Newest) -> bytes:
    return orjson.dumps(change_out(row), option=orjson.OPT_UTC_Z)


@asynccontextmanager
async def ending_with_the_server(feed: Feed) -> AsyncIterator[None]:
    """Tell listeners that it is over when the process is told to stop.

    The server waits for answers under way before it tells the application anything, and a
    listener's would last. So whoever is told of the signals tells the feed first.
    """
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(feed.end)
        following = before[signal.Signals(number)]
        if callable(following):
            following(number, frame)

    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGTERM, signal.SIGINT):
            before[each] = signal.getsignal(each)
            if callable(before[each]):
                signal.signal(each, told)
    try:
        yield
    finally:
        for each, following in before.items():
            if callable(following):
                signal.signal(each, following)
        await run_in_threadpool(feed.close)
