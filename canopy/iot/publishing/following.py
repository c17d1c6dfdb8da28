"""Follows what is stored and tells of it, after the commit: at least once, in order.

A place in the store is kept there and moved on when the broker has acknowledged. A process that
ends in between tells some of it again; nothing is left out. Source: OGC 18-088, section 14.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from canopy.access.rules import PUBLIC
from canopy.assets.policy import SensitivityPolicy
from canopy.db.engine import Database
from canopy.iot.publishing import queries
from canopy.iot.publishing.queries import Key, Place
from canopy.iot.sensorthings.audience import audience_of
from canopy.iot.sensorthings.model import SETS
from canopy.iot.sensorthings.shaping import Shaper
from canopy.iot.sensorthings.translating import Scope
from canopy.iot.store.opening import Readings

PAGE = 500
"""Observations that are held and under way at a time."""
ROOT = "v1.1"
Send = Callable[[Sequence[tuple[str, bytes]]], bool]
"""Publishes (topic, body) pairs in order; whether the broker has acknowledged all of them."""


class Follower:
    """Publishes what is stored from now on, or from where it had come to. Not for two threads."""

    def __init__(self, database: Database, readings: Readings, send: Send, base: str) -> None:
        """base: the address of the API, for the links in what is published."""
        self._database, self._readings, self._send = database, readings, send
        self._base = base
        self._audience = audience_of(PUBLIC, SensitivityPolicy())
        self._place: Place | None = None

    def step(self) -> int | None:
        """Publish what is open of a page of rows; how many rows, 0 where nothing came, None where
        the broker did not take them: the same is tried again then. Raises StorageUnavailable."""
        place = self._place or self._begin()
        with self._readings.reading() as session:
            until = queries.last_place(session)
            rows = queries.stored_after(session, place, until, PAGE + 1)
        page = rows[:PAGE]
        if not page:
            return 0
        messages = self._messages(page)
        if messages and not self._send(messages):
            return None
        self._move(page, rows[PAGE:])
        return len(page)

    def _begin(self) -> Place:
        """Where it had come to; the first time, where what is stored ends now."""
        with self._readings.writing() as session:
            known = queries.progress(session)
            if known is None:
                known = queries.last_place(session)
                queries.set_progress(session, known)
        self._place = Place(known)
        return self._place

    def _move(self, page: Sequence[Any], following: Sequence[Any]) -> None:
        """Move the place on. Of an arrival that is cut in two only this process knows how far into
        it it is: one that is started anew publishes it from its beginning."""
        last, at = page[-1]
        is_cut = bool(following) and following[0][1] == at
        with self._readings.writing() as session:
            queries.set_progress(session, at - 1 if is_cut else at)
        key = Key(last.datastream_id, last.phenomenon_time, last.source_key) if is_cut else None
        self._place = Place(at, key)

    def _messages(self, page: Sequence[Any]) -> list[tuple[str, bytes]]:
        """Each Observation on its Datastream's topic and on that of all."""
        with self._database.reading() as session:
            streams = queries.open_streams(session, self._audience)
            rows = queries.only(page, streams)
            scope = Scope(session, self._audience, self._database.srid, self._database.storage_crs)
            documents = Shaper(scope, self._base).documents(SETS["Observations"], rows)
        messages = []
        for row, document in zip(rows, documents, strict=True):
            body = orjson.dumps(document)
            messages.append((f"{ROOT}/Datastreams({row.datastream_id})/Observations", body))
            messages.append((f"{ROOT}/Observations", body))
        return messages
