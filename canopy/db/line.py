"""One PostgreSQL connection whose answers an event loop is told of.

psycopg awaits an answer piece by piece, and for each piece has the loop watch the socket anew,
with a timer: of a page of features that was the largest part of the work. Here the loop watches
the socket for as long as the connection lasts, and libpq, as psycopg wraps it, does the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Self

import psycopg
from psycopg import pq
from psycopg.abc import Buffer

MOST_PREPARED = 200
"""Statements that a connection keeps prepared; with one more it forgets them all."""


class Line:
    """Runs one statement at a time. Open it and use it on one event loop.

    A statement that fails, or is no longer waited for, leaves the connection closed.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connection  # it would close itself if nothing held it
        self._libpq = connection.pgconn
        self._libpq.nonblocking = 0  # for sending; what is asked is short
        self._socket = self._libpq.socket
        self._prepared: dict[tuple[str, Sequence[int]], bytes] = {}
        self._answered: asyncio.Future[None] | None = None
        self.is_open = True
        self._loop.add_reader(self._socket, self._read)

    @classmethod
    async def open(cls, arguments: dict[str, Any]) -> Self:
        """Connect, as psycopg is told to by `arguments`."""
        return cls(await psycopg.AsyncConnection.connect(**arguments, autocommit=True))

    def close(self) -> None:
        """End the connection, whatever is under way."""
        if self.is_open:
            self.is_open = False
            self._loop.remove_reader(self._socket)
            self._libpq.finish()

    async def run(
        self,
        sql: str,
        values: Sequence[Buffer | None],
        types: Sequence[int],
        formats: Sequence[pq.Format],
        answer: pq.Format,
    ) -> pq.abc.PGresult:
        """What a statement with parameters ``$1`` to ``$n`` gives. Raises psycopg's errors."""
        try:
            name = self._prepared.get((sql, types)) or await self._prepare(sql, types)
            self._libpq.send_query_prepared(name, values, formats, answer)
            return await self._result()
        except BaseException:  # also where a request was given up: its answer is still to come
            self.close()
            raise

    async def _prepare(self, sql: str, types: Sequence[int]) -> bytes:
        if len(self._prepared) >= MOST_PREPARED:
            self._libpq.send_query_params(b"DEALLOCATE ALL", None)
            await self._result()
            self._prepared.clear()
        name = b"canopy_%d" % len(self._prepared)
        self._libpq.send_prepare(name, sql.encode(), types)
        await self._result()
        self._prepared[sql, types] = name
        return name

    async def _result(self) -> pq.abc.PGresult:
        await self._all_read()
        found = self._libpq.get_result()
        if found is None:
            raise psycopg.OperationalError("the server gave no answer")
        await self._all_read()
        while self._libpq.get_result() is not None:
            await self._all_read()
        if found.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise _error(found)
        return found

    async def _all_read(self) -> None:
        """Wait until libpq has a whole result, or the end of all."""
        if self._libpq.is_busy():
            self._answered = self._loop.create_future()
            await self._answered

    def _read(self) -> None:
        try:
            self._libpq.consume_input()
            if self._answered is None or self._libpq.is_busy():
                return
        except psycopg.OperationalError as error:  # the server is gone, perhaps between answers
            self.close()
            if self._answered is not None and not self._answered.done():
                self._answered.set_exception(error)
            return
        if not self._answered.done():
            self._answered.set_result(None)
        self._answered = None


def _error(result: pq.abc.PGresult) -> psycopg.Error:
    state = result.error_field(pq.DiagnosticField.SQLSTATE)
    told = result.error_message.decode(errors="replace").strip()
    if state is None:
        return psycopg.OperationalError(told)
    return psycopg.errors.lookup(state.decode())(told)
