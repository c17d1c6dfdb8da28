"""Staging in a second process, so that a long file is read and staged at the same time.

Short files are staged where they are read: a process takes about a second to start. It is
started early, and given work once it has had time to. One batch is in its hands at a time
and they come back in order, so memory stays flat and the stage is filled in file order.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

import shapely

from canopy.assets.batches import CandidateBatch
from canopy.assets.intake.staging import RowStager, StagedRows
from canopy.log import logger

START_AT_BATCH = 3
"""The batch at which the process is started …"""

USE_FROM_BATCH = 8
"""… and the one from which it works."""

STOP_S = 5.0
"""How long the process is waited for at the end before it is killed [s]."""

Work = tuple[CandidateBatch, int]
"""A batch and the ordinal of its first row."""


class StagingLine:
    """Stages batches in order: `put` hands one in and gives back what is ready.

    `parallel` says whether a second process may be used; by default where there is a
    second processor. A context manager: leaving it ends the process.
    """

    def __init__(self, stager: RowStager, *, parallel: bool | None = None) -> None:
        self._stager = stager
        self._parallel = (os.cpu_count() or 1) > 1 if parallel is None else parallel
        self._batches = 0
        self._rows = 0
        self._helper: _Helper | None = None
        self._given: Work | None = None

    def put(self, batch: CandidateBatch) -> list[StagedRows]:
        """Take a batch; the rows that are ready, which may be those of the batch before."""
        work = batch, self._rows + 1
        self._rows += len(batch)
        self._batches += 1
        if self._parallel and self._batches == START_AT_BATCH:
            self._helper = _Helper(self._stager)
        ready = self.finish()
        if self._helper is not None and self._batches >= USE_FROM_BATCH:
            if self._helper.give(work):
                self._given = work
                return ready
            self._do_without()
        return [*ready, self._stager.stage(*work)]

    def finish(self) -> list[StagedRows]:
        """What is still in work. A helper that died is done without: its batch is staged here."""
        given, self._given = self._given, None
        if given is None or self._helper is None:
            return []
        staged = self._helper.take()
        if staged is None:
            self._do_without()
            staged = self._stager.stage(*given)
        return [staged]

    def _do_without(self) -> None:
        """Let a helper go that has died, whether with a batch in its hands or between two."""
        assert self._helper is not None
        logger("intake").warning("staging_helper_ended", exit_code=self._helper.end())
        self._helper = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._helper is not None:
            self._helper.end()


class _Helper:
    """The second process. It ends by itself when its pipe does, so it outlives no import."""

    def __init__(self, stager: RowStager) -> None:
        context = multiprocessing.get_context("spawn")  # a service has threads: no fork
        self._pipe, other = context.Pipe()
        self._process = context.Process(
            target=_work, args=(other, stager), name="canopy-staging", daemon=True
        )
        self._process.start()
        other.close()

    def give(self, work: Work) -> bool:
        """Hand over a batch; nothing else may be in work. False where nobody takes it."""
        batch, first = work
        wkb = shapely.to_wkb(batch.geometries)
        try:
            self._pipe.send((dataclasses.replace(batch, geometries=wkb), first))
        except OSError:
            return False
        return True

    def take(self) -> StagedRows | None:
        """The batch, staged; None when the process ended without."""
        try:
            staged: StagedRows = self._pipe.recv()
        except (EOFError, OSError):
            return None
        return staged

    def end(self) -> int | None:
        """Let the process end; its exit code."""
        self._pipe.close()
        self._process.join(STOP_S)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        return self._process.exitcode


def _work(pipe: Connection, stager: RowStager) -> None:
    """The process: stage what comes until the pipe is closed at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asked ends us
    while True:
        try:
            batch, first = pipe.recv()
            batch.geometries = shapely.from_wkb(batch.geometries)
            pipe.send(stager.stage(batch, first))
        except (EOFError, OSError):
            return
