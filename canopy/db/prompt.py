"""SELECTs awaited on kept PostgreSQL connections, for answers made on the event loop.

A thread per request costs as much as a small answer; here nothing waits but the loop. The
planner is told to keep one plan per statement: to plan anew takes longer than to look up a
hundred rows.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.types.string import ByteaBinaryLoader

from canopy.db.engine import Database
from canopy.db.line import Line
from canopy.errors import LimitExceeded, StorageUnavailable

WAIT_S = 10.0
"""Longest wait for a free connection [s]."""
CONNECT_WITHIN_S = 10
_MOST_WAITING = 1_000
"""Requests that may wait for a connection at a time."""
_PARAMETER = re.compile(r"%\((\w+)\)s")
_ENCODED = AdaptersMap(psycopg.adapters)
_ENCODED.register_loader("text", ByteaBinaryLoader)


class PromptReader:
    """Runs SELECTs on the event loop that first asks; `close` it there.

    Parameters are written ``%(name)s``, and nothing else has a percent sign. `connections`
    are opened as they are needed, and kept; `timeout_s` is the longest time that a statement
    may take [s].

    Every method raises LimitExceeded where it takes too long, StorageUnavailable where there
    is no connection.
    """

    def __init__(self, database: Database, connections: int, timeout_s: float) -> None:
        self._database = database
        self._timeout_s = timeout_s
        arguments = database.engine.dialect.create_connect_args(database.engine.url)[1]
        milliseconds = int(timeout_s * 1_000)
        self._arguments = {
            **arguments,
            "application_name": "canopy",
            "client_encoding": "UTF8",
            "connect_timeout": CONNECT_WITHIN_S,
            "options": f"-c statement_timeout={milliseconds} -c timezone=UTC "
            "-c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0 "
            "-c jit=off -c default_transaction_read_only=on",
        }
        self._places = asyncio.Semaphore(connections)
        self._waiting = 0
        self._free: list[Line] = []

    def close(self) -> None:
        """Close every connection that is not in use."""
        while self._free:
            self._free.pop().close()

    async def rows(
        self, sql: str, parameters: Mapping[str, object], *, binary: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        """All rows of a SELECT.

        `binary` asks for values as the server holds them, which pays for long ones.
        """
        found = await self._found(sql, parameters, pq.Format.BINARY if binary else pq.Format.TEXT)
        return _loaded(found, psycopg.adapters)

    async def encoded_rows(
        self, sql: str, parameters: Mapping[str, object]
    ) -> list[tuple[Any, ...]]:
        """All rows of a SELECT, text in UTF-8 as bytes: for what is passed on as it is."""
        return _loaded(await self._found(sql, parameters, pq.Format.BINARY), _ENCODED)

    async def _found(
        self, sql: str, parameters: Mapping[str, object], answer: pq.Format
    ) -> pq.abc.PGresult:
        statement, names = _numbered(sql)
        writing = Transformer()
        values = writing.dump_sequence(
            [parameters[name] for name in names], [PyFormat.AUTO] * len(names)
        )
        asked = (statement, values, writing.types or (), writing.formats or (), answer)
        await self._take_place()
        try:
            return await self._ran(asked)
        except psycopg.errors.QueryCanceled as error:
            raise LimitExceeded(
                f"The answer took longer than the limit of {self._timeout_s:g} s; ask for a "
                "smaller area."
            ) from error
        except psycopg.OperationalError as error:
            raise StorageUnavailable(f"{self._database.address}: {error}") from error
        finally:
            self._places.release()

    async def _ran(self, asked: tuple[Any, ...]) -> pq.abc.PGresult:
        """Kept connections may have been cut off meanwhile: then a new one is asked again."""
        while self._free:
            line = self._free.pop()
            if line.is_open:
                try:
                    return await self._on(line, asked)
                except psycopg.errors.QueryCanceled:
                    raise
                except psycopg.OperationalError:
                    break
        return await self._on(await Line.open(self._arguments), asked)

    async def _on(self, line: Line, asked: tuple[Any, ...]) -> pq.abc.PGresult:
        found = await line.run(*asked)
        self._free.append(line)
        return found

    async def _take_place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= _MOST_WAITING:
            raise StorageUnavailable(f"{self._waiting:,} requests wait for a connection already.")
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_S):
                await self._places.acquire()
        except TimeoutError as error:
            raise StorageUnavailable(f"No connection became free within {WAIT_S:g} s.") from error
        finally:
            self._waiting -= 1


def _loaded(found: pq.abc.PGresult, adapters: AdaptersMap) -> list[tuple[Any, ...]]:
    reading = Transformer(adapters)
    reading.set_pgresult(found)
    return reading.load_rows(0, found.ntuples, tuple)


@lru_cache(maxsize=256)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with ``$1`` … for its parameters, and their names in that order."""
    names = tuple(dict.fromkeys(_PARAMETER.findall(sql)))
    numbers = {name: f"${at}" for at, name in enumerate(names, 1)}
    return _PARAMETER.sub(lambda found: numbers[found[1]], sql), names
