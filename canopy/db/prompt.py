"""SELECTs awaited on kept PostgreSQL connections, for answers made on the event loop.

A thread per request costs as much as a small answer; here nothing waits but the loop. The
planner is told to keep one plan per statement: to plan anew takes longer than to look up a
hundred rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from canopy.db.engine import Database
from canopy.errors import LimitExceeded, StorageUnavailable

WAIT_S = 10.0
"""Longest wait for a free connection [s]."""
_MOST_WAITING = 1_000
"""Requests that may wait for a connection at a time."""


class PromptReader:
    """Runs SELECTs on an event loop; `open` and `close` it there.

    `timeout_s` is the longest time that a statement may take [s].
    """

    def __init__(self, database: Database, connections: int, timeout_s: float) -> None:
        self._database = database
        self._timeout_s = timeout_s
        arguments = database.engine.dialect.create_connect_args(database.engine.url)[1]
        milliseconds = int(timeout_s * 1_000)
        self._pool = AsyncConnectionPool(
            kwargs={
                **arguments,
                "autocommit": True,
                "prepare_threshold": 0,
                "application_name": "canopy",
                "connect_timeout": 10,
                "options": f"-c statement_timeout={milliseconds} -c timezone=UTC "
                "-c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0 "
                "-c jit=off -c default_transaction_read_only=on",
            },
            min_size=1,
            max_size=connections,
            max_waiting=_MOST_WAITING,
            timeout=WAIT_S,
            open=False,
        )

    async def open(self) -> None:
        """Begin to connect; a server that is away is looked for again."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def rows(
        self, sql: str, parameters: Mapping[str, object], *, binary: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        """All rows of a SELECT whose parameters are written ``%(name)s``.

        `binary` asks for values as the server holds them, which pays for long ones.

        Raises LimitExceeded where it takes too long, StorageUnavailable where there is no
        connection.
        """
        try:
            async with self._pool.connection() as connection:
                found = await connection.execute(sql, parameters, binary=binary)
                return await found.fetchall()
        except psycopg.errors.QueryCanceled as error:
            raise LimitExceeded(
                f"The answer took longer than the limit of {self._timeout_s:g} s; ask for a "
                "smaller area."
            ) from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise StorageUnavailable(f"{self._database.address}: {error}") from error
