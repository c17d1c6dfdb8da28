"""An import as a job: no deadlock with its own progress, and no half-done result."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from addresses import url_of
from catalogue import all_assets
from job_tasks import BEAT_S, job, submit, until
from registers import ROWS, write_register

from canopy.assets.intake import merging, pipeline
from canopy.assets.intake import task as import_task
from canopy.assets.intake.task import TASKS
from canopy.db.engine import Database
from canopy.jobs.runner import JobRunner

MANY = [(f"LC-{n}", 430000 + n % 500, 280000 + n // 500, "Mill Lane", 35, 8) for n in range(30_000)]


def ask(database: Database, path: Path, **options: object) -> int:
    """A job that is to import a register of lampposts."""
    request = {"path": str(path), "source": "lighting", "author": "jane", "kind": "lamppost"}
    return submit(database, "import", **{**request, **options})


def worker(database: Database, **options: object) -> JobRunner:
    """A worker that imports and reports often."""
    return JobRunner(database, TASKS, beat_every_s=BEAT_S, **options)  # type: ignore[arg-type]


def test_import_job_records_its_report(database: Database, tmp_path: Path) -> None:
    """The job is done with the import's report, and every revision names the job's change."""
    job_id = ask(database, write_register(tmp_path / "a.csv"))
    worker(database).run_one()
    done = job(database, job_id)
    assert (done.state, done.result["created"], done.total) == ("done", 4, 4)
    assert [asset["ref"] for asset in all_assets(database)] == ["LC-1", "LC-2", "LC-3", "LC-4"]


def test_import_job_does_not_wait_for_its_own_lock(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the import holds the write lock its progress waits aside, and the import goes on."""
    held: list[float] = []
    merge = merging.merge_stage

    def slow_merge(*arguments: object) -> object:
        started = time.monotonic()
        outcome = merge(*arguments)  # type: ignore[arg-type]
        time.sleep(0.5)  # many beats fall into this; the lock timeout of a test is 2 s
        held.append(time.monotonic() - started)
        return outcome

    monkeypatch.setattr(pipeline, "merge_stage", slow_merge)
    job_id = ask(database, write_register(tmp_path / "a.csv", MANY))
    started = time.monotonic()
    worker(database).run_one()
    assert job(database, job_id).state == "done"
    assert len(all_assets(database)) == len(MANY)
    assert time.monotonic() - started < 3 * held[0] + 15.0  # a machine may be busy


def test_progress_of_an_import_is_seen_from_outside(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a file is read others see how many rows of it are, and that reading goes on."""
    seen: list[tuple[float, str | None]] = []
    report = import_task.run_import

    def watched(database: Database, request: object, progress: object, record: object) -> object:
        def step(at: object) -> None:
            progress(at)  # type: ignore[operator]
            until(lambda: job(database, job_id).message is not None)
            stored = job(database, job_id)
            seen.append((stored.done, stored.message))

        return report(database, request, step, record)  # type: ignore[arg-type]

    monkeypatch.setattr(import_task, "run_import", watched)
    job_id = ask(database, write_register(tmp_path / "a.csv", MANY))
    worker(database).run_one()
    assert seen[0][0] > 0
    assert seen[0][1] == "reading"


def test_cancelled_import_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import that is cancelled while it reads writes nothing."""
    from canopy.jobs import queries
    from canopy.jobs.pulse import utc_now

    report = import_task.run_import

    def cancelled(database: Database, request: object, progress: object, record: object) -> object:
        def step(at: object) -> None:
            with database.writing() as session:
                queries.request_cancel(session, job_id, utc_now())
            for _ in range(1000):
                progress(at)  # type: ignore[operator]
                time.sleep(0.01)

        return report(database, request, step, record)  # type: ignore[arg-type]

    monkeypatch.setattr(import_task, "run_import", cancelled)
    job_id = ask(database, write_register(tmp_path / "a.csv"))
    worker(database).run_one()
    assert job(database, job_id).state == "cancelled"
    assert all_assets(database) == []


_DIES = """
import os, signal, sys
from canopy.assets.intake import pipeline
from canopy.assets.intake.task import TASKS
from canopy.db.engine import Database, open_database
from canopy.jobs.runner import JobRunner
from canopy.settings import load_settings
merge = pipeline.merge_stage
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def merge_and(last, *arguments):
    outcome = merge(*arguments)
    last()
    return outcome
def die_at_next_drop():
    pipeline.stage.drop_stage = die  # the first thing that is done after the commit
last = die if sys.argv[2] == "before" else die_at_next_drop
pipeline.merge_stage = lambda *arguments: merge_and(last, *arguments)
JobRunner(open_database(load_settings(db_url=sys.argv[1])), TASKS).run_one()
"""


def let_die(database: Database, when: str) -> None:
    """Run the next job in a process that is killed just before, or just after, the commit."""
    command = [sys.executable, "-c", _DIES, url_of(database), when]
    died = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_worker_killed_after_the_commit_has_done_its_job(
    database: Database, tmp_path: Path
) -> None:
    """The result was stored with the assets: the job is done, and is not begun again."""
    job_id = ask(database, write_register(tmp_path / "a.csv"))
    let_die(database, "after")
    done = job(database, job_id)
    assert (done.state, done.result["created"]) == ("done", 4)
    assert worker(database, stale_after=timedelta(0)).run_one() is None
    again = ask(database, tmp_path / "a.csv")
    worker(database).run_one()
    result = job(database, again).result
    assert (result["created"], result["unchanged"]) == (0, 4)
    assert len(all_assets(database)) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_job_of_a_worker_killed_before_the_commit_is_done_by_the_next(
    database: Database, tmp_path: Path
) -> None:
    """Nothing was written, the job counts as running, and the next worker does all of it."""
    job_id = ask(database, write_register(tmp_path / "a.csv"))
    let_die(database, "before")
    assert job(database, job_id).state == "running"
    assert all_assets(database) == []
    time.sleep(0.01)
    worker(database, stale_after=timedelta(0)).run_one()
    done = job(database, job_id)
    assert (done.state, done.attempts, done.result["created"]) == ("done", 2, 4)
    assert len(all_assets(database)) == len(ROWS)
