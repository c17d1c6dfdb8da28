"""A coverage run computed here and now, and stored as if a job had computed it."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from canopy import __version__
from canopy.access.rules import Principal, Role
from canopy.coverage.files.bundle import MANIFEST
from canopy.db.engine import Database
from canopy.plan.coverage import queries
from canopy.plan.coverage.asking import Limits, check
from canopy.plan.coverage.asset_sites import Catalogue
from canopy.plan.coverage.inputs import without_path
from canopy.plan.coverage.placing import lonlat_bounds, rectangle, stored
from canopy.plan.coverage.request_json import to_json
from canopy.plan.coverage.running import run, write
from canopy.plan.coverage.storing import found_by, store
from canopy.plan.coverage.tables import CoverageRun

Say = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run that is asked for.

    Attributes:
        request: as over HTTP, in JSON values.
        inputs, runs: absolute folders, of the files it names and of what it writes.
        audience: least role that sees it.
    """

    request: dict[str, Any]
    inputs: Path
    runs: Path
    audience: Role


def computed(
    database: Database, wanted: Wanted, principal: Principal, now: datetime, limits: Limits,
    say: Say = lambda _share, _doing: None,
) -> str:  # fmt: skip
    """The id of a finished run; one of this release that was asked the same is taken as it is.

    The files that a request names must then be as they were: name them by what they hold.
    Raises as `check` and `canopy.plan.coverage.running.run` do.
    """
    asked = check(wanted.request, wanted.inputs, limits)
    with without_path(wanted.inputs):
        document = to_json(asked.request, wanted.inputs)
    with database.reading() as session:
        known = queries.finished_like(session, document, str(wanted.audience), __version__)
        if known is not None and known.folder and (wanted.runs / known.folder).is_dir():
            return known.run_id
    run_id = str(uuid4())
    folder = wanted.runs / f"{run_id}.{secrets.token_hex(4)}"
    wanted.runs.mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue(database, Principal(wanted.audience, f"audience:{wanted.audience}"))
    outcome = run(asked.request, now, say, catalogue=catalogue)
    try:
        write(outcome, folder)
        found = found_by(outcome, database)
        (outline,) = stored(
            np.array([rectangle(asked.grid)], dtype=object), asked.grid.epsg, database
        )
        row = CoverageRun(
            run_id=run_id, name=asked.request.name, technology=asked.request.technology,
            audience=str(wanted.audience), request=document, grid=asdict(asked.grid),
            bounds_lonlat=list(lonlat_bounds(asked.grid)), created_by=principal.name,
            created_at=now, geom=outline,
        )  # fmt: skip
        digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
        with database.writing() as session:
            session.add(row)
            session.flush()
            store(session, row, found, folder=folder.name, manifest_sha256=digest, now=now)
    except BaseException:  # an interrupt leaves no half-written run either
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return run_id
