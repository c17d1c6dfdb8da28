"""What these routes are given: a keeper, and the catalogue's readings, open for one request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from fastapi import Depends

from canopy.access.rules import Principal, Role
from canopy.api.deps import DatabaseOf, SettingsOf, principal_of
from canopy.db.engine import Database
from canopy.errors import NotAllowed
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.settings import Settings

MOST = 500
"""Entries of one page."""


def keeper_of(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """A principal who may see and decide what waits. Raises NotAllowed."""
    if not principal.role.reaches(Role.estates):
        raise NotAllowed("Devices and their readings need a token with the role estates or admin.")
    return principal


KeeperOf = Annotated[Principal, Depends(keeper_of)]


class Tending(NamedTuple):
    """The catalogue with its readings."""

    settings: Settings
    database: Database
    readings: Readings
    store: ReadingStore


def tending_of(database: DatabaseOf, settings: SettingsOf, _: KeeperOf) -> Iterator[Tending]:
    """Opened for a keeper alone, closed after the answer."""
    readings = Readings(database, settings.db_lock_timeout_s)
    store = store_of(database, settings.db_lock_timeout_s)
    try:
        yield Tending(settings, database, readings, store)
    finally:
        store.close()
        readings.dispose()


TendingOf = Annotated[Tending, Depends(tending_of)]
