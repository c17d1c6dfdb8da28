"""A coverage run as a job: resumed where it was, its result recorded with its rows.

What is below the folder of runs: ``RUN.ATTEMPT`` has the files of a run, and the database
says which attempt's count; ``work/RUN`` has the parts of one that is under way.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from canopy.access.rules import Principal, Role
from canopy.errors import StorageUnavailable
from canopy.jobs.pulse import utc_now
from canopy.jobs.runner import JobContext, Task
from canopy.plan.coverage import queries
from canopy.plan.coverage.inputs import without_path
from canopy.plan.coverage.queries import COVERAGE

REQUEST = "request.json"
"""Beside a run's files: what was asked, its grid and its id."""
_PERCENT = 100.0


def run_coverage_job(context: JobContext, wanted: Mapping[str, object]) -> dict[str, object]:
    """Compute the run ``run_id`` of `wanted`, which names the folders ``inputs`` and ``runs``."""
    run_id, runs = str(wanted["run_id"]), Path(str(wanted["runs"]))
    with without_path(Path(str(wanted["inputs"]))), _disk(runs):
        (runs / "work").mkdir(parents=True, exist_ok=True)
        for left in runs.glob(f"{run_id}.*"):  # by an attempt that was killed
            shutil.rmtree(left, ignore_errors=True)
        folder = runs / f"{run_id}.{secrets.token_hex(4)}"
        try:
            return _compute(context, run_id, Path(str(wanted["inputs"])), folder)
        finally:
            if not context.finished:
                shutil.rmtree(folder, ignore_errors=True)


def _compute(context: JobContext, run_id: str, inputs: Path, folder: Path) -> dict[str, object]:
    # Numba and the readers of rasters take seconds to load: not before there is a run.
    from canopy.coverage.files.bundle import MANIFEST
    from canopy.plan.coverage.asset_sites import Catalogue
    from canopy.plan.coverage.request_json import from_json
    from canopy.plan.coverage.resuming import kept_below
    from canopy.plan.coverage.running import run, write
    from canopy.plan.coverage.storing import found_by, store

    def say(share: float, doing: str) -> None:
        context.progress(round(_PERCENT * share, 1), _PERCENT, doing)

    with context.database.reading() as session:
        wanted, _ = queries.run_and_job(session, run_id)
        asked, grid, audience = wanted.request, wanted.grid, Role(wanted.audience)
    solver = kept_below(_work(folder.parent, run_id), asked)
    catalogue = Catalogue(context.database, Principal(audience, f"audience:{audience}"))
    outcome = run(from_json(asked, inputs), utc_now(), say, solver, catalogue)
    say(0.92, "writing files")
    manifest = write(outcome, folder)
    _write_request(folder, run_id, asked, grid)
    say(0.96, "storing not-spots and figures")
    found = found_by(outcome, context.database)
    result: dict[str, object] = {"run_id": run_id, "files": len(manifest.files)}
    say(1.0, "done")
    with context.database.writing() as session:
        mine, _ = queries.run_and_job(session, run_id)
        digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
        store(session, mine, found, folder=folder.name, manifest_sha256=digest, now=utc_now())
        context.finish_in(session, result)
    return result


def _write_request(folder: Path, run_id: str, asked: Any, grid: Any) -> None:
    document = {"run_id": run_id, "grid": grid, "request": asked}
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    (folder / REQUEST).write_text(text, "utf-8")


@contextmanager
def _disk(runs: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            f"the folder of coverage runs {runs} cannot be used: {error.strerror or error}"
        ) from error


def _work(runs: Path, run_id: str) -> Path:
    return runs / "work" / run_id


def discard_parts(wanted: Mapping[str, object]) -> None:
    """Throw away the parts of a run that has ended."""
    shutil.rmtree(_work(Path(str(wanted["runs"])), str(wanted["run_id"])), ignore_errors=True)


TASKS = {COVERAGE: Task(run_coverage_job, discard_parts)}
"""What a worker of coverage runs can do."""
