"""SELECTs awaited on kept connections: each request gets its own answer, or learns why not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
import pytest
from databases import PostgisDatabases

from canopy.db import line, prompt
from canopy.db.engine import Database, open_database
from canopy.db.prompt import PromptReader
from canopy.errors import LimitExceeded, StorageUnavailable
from canopy.settings import load_settings

pytestmark = pytest.mark.postgis
TIMEOUT_S = 0.5
GONE_S = 10.0
SLOW = "SELECT pg_sleep(30)"
ECHO = "SELECT %(value)s::text"
OWN_PID = "SELECT pg_backend_pid()"

Found = TypeVar("Found")


@pytest.fixture
def database(postgis_databases: PostgisDatabases) -> Iterator[Database]:
    """An empty catalogue on PostGIS."""
    made = postgis_databases.new()
    yield made
    postgis_databases.drop(made)


def asked(
    database: Database, ask: Callable[[PromptReader], Awaitable[Found]], connections: int = 2
) -> Found:
    """What `ask` finds with a reader of its own, on a loop of its own."""

    async def answer() -> Found:
        reader = PromptReader(database, connections, TIMEOUT_S)
        try:
            return await ask(reader)
        finally:
            reader.close()

    with ThreadPoolExecutor(1) as thread:  # a browser test leaves a loop running in this one
        return thread.submit(asyncio.run, answer()).result()


def test_every_request_gets_its_own_answer(database: Database) -> None:
    """Two hundred at once over two connections, with answers up to 400 kB."""

    async def ask(reader: PromptReader) -> list[Any]:
        sql = "SELECT %(n)s::int, repeat('é', %(n)s::int * 1000)"
        return await asyncio.gather(*[reader.encoded_rows(sql, {"n": n}) for n in range(200)])

    expected = [[(n, b"\xc3\xa9" * n * 1000)] for n in range(200)]
    assert asked(database, ask) == expected


def test_no_more_connections_are_open_than_were_allowed(database: Database) -> None:
    """Fifty requests at once see the process numbers of two connections."""

    async def ask(reader: PromptReader) -> set[Any]:
        found = await asyncio.gather(*[reader.rows(OWN_PID, {}) for _ in range(50)])
        return {rows[0][0] for rows in found}

    assert len(asked(database, ask)) == 2


@pytest.mark.parametrize(
    ("value", "text", "encoded"),
    [("Straße £5 % $1", "Straße £5 % $1", "Straße £5 % $1".encode()), ("", "", b""),
     (None, None, None)],
)  # fmt: skip
def test_text_comes_as_str_or_in_utf_8(
    database: Database, value: str | None, text: str | None, encoded: bytes | None
) -> None:
    """NULL stays None in both."""

    async def ask(reader: PromptReader) -> list[Any]:
        given = {"value": value}
        return [await reader.rows(ECHO, given), await reader.encoded_rows(ECHO, given)]

    assert asked(database, ask) == [[(text,)], [(encoded,)]]


@pytest.mark.parametrize("binary", [True, False])
def test_values_come_as_python_has_them(database: Database, binary: bool) -> None:
    """Numbers, bytes and lists, in either form; a parameter may stand twice."""
    sql = "SELECT %(n)s::bigint, %(n)s::float8 / 2, '\\x00ff'::bytea, %(names)s::text[]"
    given = {"n": 2**40, "names": ["a", "b,c"]}
    found = asked(database, lambda reader: reader.rows(sql, given, binary=binary))
    assert list(found) == [(2**40, 2.0**39, b"\x00\xff", ["a", "b,c"])]


def test_a_connection_that_was_cut_off_is_replaced_unnoticed(database: Database) -> None:
    """The server ends it between two requests, and the second is answered all the same."""

    async def ask(reader: PromptReader) -> tuple[int, int]:
        first = (await reader.rows(OWN_PID, {}))[0][0]
        with psycopg.connect(_address(database), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        return first, (await reader.rows(OWN_PID, {}))[0][0]

    before, after = asked(database, ask)
    assert before != after


def test_a_connection_that_is_cut_off_under_way_is_an_absent_database(
    database: Database,
) -> None:
    """The request that went with it is refused, saying so."""

    sql = "SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(StorageUnavailable, match="terminat"):
        asked(database, lambda reader: reader.rows(sql, {}))


def test_a_statement_that_takes_too_long_is_refused(database: Database) -> None:
    """The limit is named, and the next request is answered."""

    async def ask(reader: PromptReader) -> Any:
        with pytest.raises(LimitExceeded, match=r"limit of 0\.5 s"):
            await reader.rows(SLOW, {})
        return await reader.rows(ECHO, {"value": "next"})

    assert list(asked(database, ask, connections=1)) == [("next",)]


def test_an_answer_that_nobody_waits_for_goes_to_nobody(database: Database) -> None:
    """A request is given up half-way; the next one over the only connection gets its own."""

    async def ask(reader: PromptReader) -> Any:
        await reader.rows(ECHO, {"value": "warm"})
        given_up = asyncio.create_task(reader.rows("SELECT 'old', pg_sleep(0.2)", {}))
        await asyncio.sleep(0.05)
        given_up.cancel()
        await asyncio.wait([given_up])
        return await reader.rows(ECHO, {"value": "new"})

    assert list(asked(database, ask, connections=1)) == [("new",)]


def test_a_wrong_statement_is_an_error_of_its_own(database: Database) -> None:
    """It is not taken for a database that is away."""
    with pytest.raises(psycopg.errors.UndefinedTable):
        asked(database, lambda reader: reader.rows("SELECT 1 FROM nowhere", {}))


def test_statements_are_forgotten_before_they_are_too_many(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server keeps at most so many prepared, and old ones can be asked again."""
    monkeypatch.setattr(line, "MOST_PREPARED", 5)

    async def ask(reader: PromptReader) -> tuple[list[int], int]:
        found = [(await reader.rows(f"SELECT {n % 12}", {}))[0][0] for n in range(24)]
        kept = await reader.rows("SELECT count(*) FROM pg_prepared_statements", {})
        return found, kept[0][0]

    found, kept = asked(database, ask, connections=1)
    assert found == [*range(12), *range(12)]
    assert kept <= 5


def test_nobody_waits_for_ever_for_a_connection(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the only one is busy, a second request is refused, and a third after it is not."""
    monkeypatch.setattr(prompt, "WAIT_S", 0.05)

    async def ask(reader: PromptReader) -> Any:
        busy = asyncio.create_task(reader.rows("SELECT pg_sleep(0.3)", {}))
        await asyncio.sleep(0)
        with pytest.raises(StorageUnavailable, match="became free"):
            await reader.rows(ECHO, {"value": "second"})
        await busy
        return await reader.rows(ECHO, {"value": "third"})

    assert list(asked(database, ask, connections=1)) == [("third",)]


def test_a_server_that_is_away_is_said_to_be() -> None:
    """Nothing listens on the port of that address."""
    url = "postgresql+psycopg://canopy@127.0.0.1:1/nothing"
    away = open_database(load_settings(db_url=url))
    with pytest.raises(StorageUnavailable, match=r"127\.0\.0\.1"):
        asked(away, lambda reader: reader.rows(ECHO, {"value": "x"}))


def test_a_closed_reader_leaves_no_connection(database: Database) -> None:
    """The server lets go of it a moment later."""
    pid = asked(database, lambda reader: reader.rows(OWN_PID, {}))[0][0]
    assert _is_gone(database, pid)


def _is_gone(database: Database, pid: int) -> bool:
    deadline = time.monotonic() + GONE_S
    with psycopg.connect(_address(database), autocommit=True) as other:
        while time.monotonic() < deadline:
            asked = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
            if other.execute(asked, [pid]).rowcount == 0:
                return True
            time.sleep(0.05)
    return False


def _address(database: Database) -> str:
    url = database.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
