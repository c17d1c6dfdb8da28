"""The feed of live values, over a store that is a list: what a listener gets, and never gets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from canopy.errors import StorageUnavailable
from canopy.iot.viewing import feed as module
from canopy.iot.viewing.feed import EventId, Feed, Listener, TooManyListeners, event_id
from canopy.iot.viewing.queries import Newest

START = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Store:
    """Newest values and a clock; `asked` keeps what was asked for."""

    def __init__(self) -> None:
        self.now = START
        self.rows: dict[int, Newest] = {}
        self.asked: list[datetime | None] = []
        self.is_down = False

    def put(self, stream: int, result: float, at: datetime | None = None) -> None:
        """A value that was stored now."""
        at = self.now if at is None else at
        self.rows[stream] = Newest(stream, at, "", result, None, 0, self.now)

    def look(self, since: datetime | None) -> tuple[datetime, list[Newest]]:
        if self.is_down:
            raise StorageUnavailable("it is down")
        self.asked.append(since)
        rows = [row for row in self.rows.values() if since is None or row.stored_at >= since]
        return self.now, rows


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def feed(store: Store) -> Iterator[Feed]:
    """A feed that looks when it is told to, and by itself once an hour."""
    made = Feed(store.look, lambda row: str(row.result).encode(), 3_600.0, 4)
    yield made
    made.close()


def listen(
    feed: Feed, *streams: int, since: EventId | None = None, is_public: bool = False
) -> Listener:
    """A listener to some datastreams."""
    return feed.listen(frozenset(streams), since, lambda: None, is_public=is_public)


def told(feed: Feed, listener: Listener) -> list[tuple[int, float | None]]:
    """What a listener is told."""
    return [(each.newest.stream, each.newest.result) for each in feed.take(listener).changes]


def test_a_listener_gets_its_own_datastreams_from_now_on(store: Store, feed: Feed) -> None:
    """What was there before is not told, nor what others see."""
    store.put(1, 10.0)
    listener = listen(feed, 1, 2)
    assert told(feed, listener) == []
    store.put(2, 20.0)
    store.put(3, 30.0)
    feed.look()
    assert told(feed, listener) == [(2, 20.0)]
    assert told(feed, listener) == []


def test_a_value_is_never_followed_by_an_older_one(store: Store, feed: Feed) -> None:
    """A row that went back in the store is not told."""
    listener = listen(feed, 1)
    store.put(1, 10.0)
    feed.look()
    store.put(1, 9.0, at=START - SECOND)
    feed.look()
    assert told(feed, listener) == [(1, 10.0)]


def test_a_later_value_takes_the_place_of_one_that_waits(store: Store, feed: Feed) -> None:
    """A slow listener gets the newest once."""
    listener = listen(feed, 1)
    for second in range(5):
        store.put(1, float(second), at=START + second * SECOND)
        feed.look()
    assert told(feed, listener) == [(1, 4.0)]


def test_a_listener_too_slow_is_told_to_begin_again(
    store: Store, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than its place holds is let go, once told; what comes later is held again."""
    monkeypatch.setattr(module, "MOST_PENDING", 3)
    listener = listen(feed, *range(10))
    for stream in range(4):
        store.put(stream, 1.0)
    feed.look()
    parcel = feed.take(listener)
    assert (parcel.must_begin_again, parcel.changes) == (True, [])
    store.put(9, 2.0)
    feed.look()
    parcel = feed.take(listener)
    assert (parcel.must_begin_again, len(parcel.changes)) == (False, 1)


def test_it_goes_on_from_an_event_without_loss(store: Store, feed: Feed) -> None:
    """What came while nobody listened is told, and what was told before is not."""
    listener = listen(feed, 1, 2)
    store.put(1, 1.0)
    feed.look()
    last = feed.take(listener).id
    feed.leave(listener)
    store.now += 300 * SECOND
    store.put(2, 2.0)
    feed.look()
    assert told(feed, listen(feed, 1, 2, since=last)) == [(2, 2.0)]


def test_it_goes_on_from_an_event_of_another_process(store: Store, feed: Feed) -> None:
    """All that was stored since, and a little before, as it may have been committed later."""
    for stream, ago in ((1, 3_000), (2, 500), (3, 0)):
        store.now = START - ago * SECOND
        store.put(stream, float(stream))
    store.now = START
    last = EventId(module.microseconds(START - 100 * SECOND), "other", 9)
    assert told(feed, listen(feed, 1, 2, 3, since=last)) == [(2, 2.0), (3, 3.0)]


@pytest.mark.parametrize("ago_s", [3_700, 10_000_000])
def test_an_event_of_long_ago_means_to_begin_again(store: Store, feed: Feed, ago_s: int) -> None:
    """Beyond the window nothing is promised, and that is told."""
    last = EventId(module.microseconds(START - ago_s * SECOND), "other", 9)
    assert feed.take(listen(feed, 1, since=last)).must_begin_again


def test_each_look_goes_back_for_what_is_committed_late(store: Store, feed: Feed) -> None:
    """Ten seconds as a rule, ten minutes once a minute."""
    listen(feed, 1)
    store.now += SECOND
    feed.look()
    assert store.asked == [None, START - module.NEAR]


def test_places_are_bounded_and_half_of_them_public(feed: Feed) -> None:
    """Those without a token leave room for those who have one; a place given back is free."""
    first = listen(feed, 1, is_public=True)
    listen(feed, 1, is_public=True)
    with pytest.raises(TooManyListeners, match="without a token"):
        listen(feed, 1, is_public=True)
    listen(feed, 1)
    listen(feed, 1)
    with pytest.raises(TooManyListeners, match="4 listen"):
        listen(feed, 1)
    feed.leave(first)
    assert listen(feed, 1) is not None


def test_a_store_that_is_down_takes_no_place(store: Store, feed: Feed) -> None:
    """Who cannot be served holds nothing."""
    store.is_down = True
    with pytest.raises(StorageUnavailable):
        listen(feed, 1)
    assert feed.listeners == 0


def test_an_end_is_told_and_nobody_comes_after_it(feed: Feed) -> None:
    """Listeners are woken, and a new one is refused."""
    woken: list[bool] = []
    listener = feed.listen(frozenset({1}), None, lambda: woken.append(True))
    feed.end()
    assert (feed.take(listener).is_over, woken) == (True, [True])
    with pytest.raises(TooManyListeners, match="stopping"):
        listen(feed, 1)


@pytest.mark.parametrize("text", ["", "1", "1.a", "a.b.1", "1.b.-1", "9" * 30 + ".a.1", "1.a.²"])
def test_what_is_no_id_is_none(text: str) -> None:
    """A made-up id begins anew, and never fails."""
    assert event_id(text) is None
    assert event_id(EventId(5, "ab", 7).written()) == EventId(5, "ab", 7)
