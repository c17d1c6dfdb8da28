"""Keeping what is ready up to date: with an edit at once, after all else from behind."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from sqlalchemy.orm import Session

from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import RowCutter
from canopy.assets.ready import queries
from canopy.assets.ready.audiences import Audience, recipe
from canopy.assets.ready.making import made
from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.log import logger

CHUNK_ASSETS = 10_000
"""Assets whose features are made in one transaction."""
LOOK_EVERY_S = 2.0
"""How long what another program wrote may wait until somebody looks [s]."""
_TIDY_FROM = 1_000
"""Notes after whose removal the table of notes is cleared up."""


def refresh(
    session: Session, database: Database, policy: SensitivityPolicy, fids: Sequence[int]
) -> None:
    """Make the features of some assets anew, in the transaction that changed them."""
    if database.is_gpkg or not fids:
        return
    queries.forget_pending(session, fids)
    rows = queries.asset_rows(session, fids)
    queries.replace(session, fids, made(rows, RowCutter(database.storage_crs, policy)))


def catch_up(
    database: Database,
    policy: SensitivityPolicy,
    stopping: threading.Event | None = None,
    most: int | None = None,
) -> int:
    """Make ready what is pending, some thousand assets at a time; how many that were.

    Only one process does so at a time: 0 where another does it already, and on a GeoPackage.
    """
    if database.is_gpkg:
        return 0
    with database.connected() as lead:
        lead = lead.execution_options(isolation_level="AUTOCOMMIT")
        if not queries.take_lead(lead):
            return 0
        try:
            _start_over_if_changed(database, policy)
            done = 0
            while not (stopping is not None and stopping.is_set()):
                taken = _one_chunk(database, policy)
                done += taken
                if taken == 0 or (most is not None and done >= most):
                    break
            if done >= _TIDY_FROM:
                queries.tidy(lead)
            return done
        finally:
            queries.give_lead(lead)


def _start_over_if_changed(database: Database, policy: SensitivityPolicy) -> None:
    wanted = {each: recipe(each, database.storage_crs, policy) for each in Audience}
    with database.reading() as session:
        found = queries.recipes(session)
    if found != {str(audience): made_by for audience, made_by in wanted.items()}:
        with database.writing() as session:
            queries.start_over(session, wanted)


def _one_chunk(database: Database, policy: SensitivityPolicy) -> int:
    """At one point in time: what somebody changes meanwhile makes the transaction fail."""
    with database.connected() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with database.writing(connection) as session:
            fids = queries.take_pending(session, CHUNK_ASSETS)
            if fids:
                rows = queries.asset_rows(session, fids)
                cutter = RowCutter(database.storage_crs, policy)
                queries.replace(session, fids, made(rows, cutter))
            return len(fids)


class Keeper:
    """Looks now and then whether anything is pending. Run it in a thread of its own."""

    def __init__(self, database: Database, policy: SensitivityPolicy) -> None:
        self._database = database
        self._policy = policy
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End after the chunk at hand."""
        self._stopping.set()

    def run_forever(self) -> None:
        """Until `stop`. A database that is away is looked for again."""
        log = logger("ready")
        is_first = True
        while not self._stopping.is_set():
            try:
                if is_first or self._is_behind():
                    done = catch_up(self._database, self._policy, self._stopping)
                    if done:
                        log.info("features_made_ready", assets=done)
                    is_first = False
            except StorageUnavailable as error:
                log.warning("features_not_ready_yet", reason=error.detail)
            self._stopping.wait(LOOK_EVERY_S)

    def _is_behind(self) -> bool:
        with self._database.connected() as connection:
            return queries.has_pending(connection)
