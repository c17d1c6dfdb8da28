"""Jobs: taken once, reported, cancelled, taken up again, and given up."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from job_tasks import fail_silent, job, runner, submit, until

from canopy.db.engine import Database
from canopy.errors import NotFound, Refused, StorageUnavailable
from canopy.jobs import queries
from canopy.jobs.pulse import utc_now
from canopy.jobs.runner import MAX_ATTEMPTS, JobContext, JobRunner, Task

Request = Mapping[str, object]


def count(context: JobContext, request: Request) -> dict[str, object]:
    """A task that does nothing much."""
    return {"number": request.get("number")}


def test_job_runs_to_its_result(database: Database) -> None:
    """A job that waited is done, with its result, times and one attempt."""
    job_id = submit(database, number=7)
    assert runner(database, count).run_one() == job_id
    done = job(database, job_id)
    assert (done.state, done.result, done.error, done.attempts) == ("done", {"number": 7}, None, 1)
    assert done.created_at <= done.started_at <= done.ended_at  # type: ignore[operator]


def test_jobs_run_in_the_order_they_were_asked_for(database: Database) -> None:
    """The oldest job is taken first."""
    asked = [submit(database) for _ in range(3)]
    worker = runner(database, count)
    assert [worker.run_one() for _ in range(4)] == [*asked, None]


def test_unknown_tasks_wait_for_who_knows_them(database: Database) -> None:
    """A worker leaves jobs of other tasks alone."""
    job_id = submit(database, "plan")
    assert runner(database, count).run_one() is None
    assert job(database, job_id).state == "queued"


def test_idle_worker_does_not_write(gpkg_database: Database) -> None:
    """Looking for work takes no write lock, so a GeoPackage is not touched while nothing waits."""
    onlooker = sqlite3.connect(str(gpkg_database.path))
    with closing(onlooker):
        before = onlooker.execute("PRAGMA data_version").fetchone()
        assert runner(gpkg_database, count).run_one() is None
        assert onlooker.execute("PRAGMA data_version").fetchone() == before


def test_two_workers_take_each_job_once(database: Database) -> None:
    """However many workers there are, every job is run by one of them."""
    asked = [submit(database, number=number) for number in range(12)]
    ran: list[object] = []

    def note(_: JobContext, request: Request) -> dict[str, object]:
        ran.append(request["number"])
        time.sleep(0.01)
        return {}

    def work(_: int) -> list[int]:
        worker = runner(database, note)
        return [job_id for job_id in iter(worker.run_one, None)]

    with ThreadPoolExecutor(2) as threads:
        taken = list(threads.map(work, range(2)))
    assert sorted(ran) == list(range(12))  # type: ignore[type-var]
    assert sorted(taken[0] + taken[1]) == asked


def test_progress_is_stored_while_the_task_runs(database: Database) -> None:
    """Others see how far a job is, and its final standing stays with its result."""
    job_id = submit(database)

    def slow(context: JobContext, _: Request) -> dict[str, object]:
        context.progress(3, 10, "reading")
        until(lambda: job(database, job_id).done == 3)
        context.progress(10, 10, "written")
        return {}

    runner(database, slow).run_one()
    done = job(database, job_id)
    assert (done.state, done.done, done.total, done.message) == ("done", 10, 10, "written")


def test_silent_task_stays_alive(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task in one long step reports nothing, and yet its job does not look dead."""
    monkeypatch.setattr("canopy.jobs.pulse.ALIVE_EVERY_S", 0.05)
    job_id = submit(database)

    def silent(context: JobContext, _: Request) -> dict[str, object]:
        first = job(database, job_id).heartbeat_at
        until(lambda: job(database, job_id).heartbeat_at > first)  # type: ignore[operator]
        return {}

    runner(database, silent).run_one()
    assert job(database, job_id).state == "done"


def test_running_job_stops_at_its_next_step(database: Database) -> None:
    """A cancelled job ends as cancelled when its task next reports progress."""
    job_id = submit(database)

    def endless(context: JobContext, _: Request) -> dict[str, object]:
        with database.writing() as session:
            queries.request_cancel(session, job_id, utc_now())
        for step in range(100_000):
            context.progress(step)
            time.sleep(0.005)
        return {}

    runner(database, endless).run_one()
    ended = job(database, job_id)
    assert (ended.state, ended.result) == ("cancelled", None)
    assert ended.done < 100_000


def test_waiting_job_is_cancelled_at_once(database: Database) -> None:
    """A job nobody has taken never runs."""
    job_id = submit(database)
    with database.writing() as session:
        assert queries.request_cancel(session, job_id, utc_now()).state == "cancelled"
    assert runner(database, count).run_one() is None


def test_ended_job_stays_as_it_ended(database: Database) -> None:
    """Cancelling what is done changes nothing."""
    job_id = submit(database)
    runner(database, count).run_one()
    with database.writing() as session:
        assert queries.request_cancel(session, job_id, utc_now()).state == "done"


def test_job_of_a_dead_worker_goes_on_from_its_checkpoint(database: Database) -> None:
    """Another worker takes it up, and is given what the first had stored."""
    job_id = submit(database)
    fail_silent(database, job_id)
    with database.writing() as session:
        stored = queries.beat(
            session, job_id, "dead", utc_now() - timedelta(hours=1), None, {"row": 500}
        )
    assert stored is not None
    given: list[object] = []

    def resume(context: JobContext, _: Request) -> dict[str, object]:
        given.append(context.checkpoint)
        return {}

    runner(database, resume).run_one()
    assert given == [{"row": 500}]
    assert (job(database, job_id).state, job(database, job_id).attempts) == ("done", 2)


def test_checkpoint_is_stored_while_the_task_runs(database: Database) -> None:
    """A checkpoint given with progress is there for the next worker soon after."""
    job_id = submit(database)

    def work(context: JobContext, _: Request) -> dict[str, object]:
        context.progress(1, checkpoint={"cell": 9})
        until(lambda: job(database, job_id).checkpoint == {"cell": 9})
        context.progress(2)
        return {}

    runner(database, work).run_one()
    assert job(database, job_id).checkpoint == {"cell": 9}


def test_job_of_a_living_worker_is_left_alone(database: Database) -> None:
    """A fresh heartbeat keeps a job from others."""
    job_id = submit(database)
    fail_silent(database, job_id, timedelta(seconds=1))
    assert runner(database, count).run_one() is None


def test_cancelled_job_of_a_dead_worker_is_not_begun_again(database: Database) -> None:
    """The cancellation that its worker did not live to see is carried out by the next."""
    job_id = submit(database)
    fail_silent(database, job_id)
    with database.writing() as session:
        queries.request_cancel(session, job_id, utc_now())
    ran: list[int] = []
    runner(database, lambda *_: ran.append(1) or {}).run_one()  # type: ignore[func-returns-value]
    assert (job(database, job_id).state, ran) == ("cancelled", [])


def test_job_that_kills_its_workers_is_given_up(database: Database) -> None:
    """After the stated number of attempts a job fails, and says so."""
    job_id = submit(database)
    fail_silent(database, job_id)
    with database.writing() as session:
        queries.get(session, job_id).attempts = MAX_ATTEMPTS
    runner(database, count).run_one()
    failed = job(database, job_id)
    assert failed.state == "failed"
    assert failed.error == {"detail": "Its worker died 3 times; it is not tried again."}


def test_worker_that_lost_its_job_ends_nothing(database: Database) -> None:
    """A worker that seemed dead and wakes up leaves the job to the one that has it now."""
    job_id = submit(database)

    def sleeper(context: JobContext, _: Request) -> dict[str, object]:
        with database.writing() as session:
            queries.get(session, job_id).worker = "another"
        for step in range(100_000):
            context.progress(step)
            time.sleep(0.005)
        return {"by": "sleeper"}

    runner(database, sleeper).run_one()
    assert (job(database, job_id).state, job(database, job_id).worker) == ("running", "another")


def test_work_of_a_lost_job_is_not_committed(database: Database) -> None:
    """What a task would write with its result is undone when the job is another worker's."""
    job_id, witness = submit(database), submit(database, "other")

    def sleeper(context: JobContext, _: Request) -> dict[str, object]:
        with database.writing() as session:
            queries.get(session, job_id).worker = "another"
        with database.writing() as session:
            queries.get(session, witness).message = "written"
            context.finish_in(session, {"by": "sleeper"})
        return {}

    runner(database, sleeper).run_one()
    assert job(database, witness).message is None
    assert job(database, job_id).state == "running"


def test_result_is_recorded_with_the_work_or_not_at_all(database: Database) -> None:
    """A transaction that fails after its result was recorded leaves the job failed."""
    job_id = submit(database)

    def breaks(context: JobContext, _: Request) -> dict[str, object]:
        with database.writing() as session:
            context.finish_in(session, {})
            raise Refused("too late")

    runner(database, breaks).run_one()
    failed = job(database, job_id)
    assert (failed.state, failed.result) == ("failed", None)
    assert failed.error["detail"] == "too late"  # type: ignore[index]


def test_expected_failure_is_told_as_a_problem(database: Database) -> None:
    """A task's refusal becomes the job's error."""
    job_id = submit(database)

    def refuse(*_: object) -> dict[str, object]:
        raise NotFound("There is no such area.")

    runner(database, refuse).run_one()
    error = job(database, job_id).error
    assert (error["status"], error["detail"]) == (404, "There is no such area.")  # type: ignore[index]


def test_bug_in_a_task_does_not_take_the_worker_down(database: Database) -> None:
    """An unexpected failure is logged, not told, and the next job runs."""
    first, second = submit(database, number=0), submit(database, number=1)

    def divide(_: JobContext, request: Request) -> dict[str, object]:
        return {"is": 1 / int(str(request["number"]))}

    worker = runner(database, divide)
    worker.run_one()
    worker.run_one()
    assert job(database, first).state == "failed"
    assert "ZeroDivision" not in str(job(database, first).error)
    assert job(database, second).state == "done"


def test_busy_database_is_tried_again(database: Database) -> None:
    """A job that found the database locked goes back to the queue, and fails only at the last."""
    job_id = submit(database)

    def locked(*_: object) -> dict[str, object]:
        raise StorageUnavailable("locked by another program")

    worker = runner(database, locked)
    states = []
    for _ in range(MAX_ATTEMPTS):
        worker.run_one()
        states.append(job(database, job_id).state)
    assert states == ["queued", "queued", "failed"]


def test_stopping_worker_gives_its_job_back(database: Database) -> None:
    """A job under way when the service stops waits again, and the attempt does not count."""
    job_id = submit(database)
    begun = threading.Event()

    def endless(context: JobContext, _: Request) -> dict[str, object]:
        begun.set()
        while True:
            context.progress(1)
            time.sleep(0.005)

    worker = runner(database, endless)
    thread = threading.Thread(target=worker.run_forever)
    thread.start()
    assert begun.wait(20)
    worker.stop()
    thread.join(20)
    waiting = job(database, job_id)
    assert (waiting.state, waiting.attempts, waiting.worker) == ("queued", 0, None)


def test_what_a_request_brought_goes_when_its_job_has_ended(database: Database) -> None:
    """Done, failed or given up: the task's own tidying is called once."""
    thrown: list[object] = []

    def half(_: JobContext, request: Request) -> dict[str, object]:
        if request["number"]:
            raise Refused("odd")
        return {}

    for number in range(2):
        submit(database, number=number)
    tasks = {"count": Task(half, lambda request: thrown.append(request["number"]))}
    worker = JobRunner(database, tasks)
    for _ in range(2):
        worker.run_one()
    assert thrown == [0, 1]


def test_log_keeps_its_last_lines(database: Database) -> None:
    """A job's log holds the newest lines, up to its limit."""
    job_id = submit(database)

    def talk(context: JobContext, _: Request) -> dict[str, object]:
        context.log("first")
        with database.writing() as session:
            for number in range(queries.LOG_LINES):
                queries.add_log(session, job_id, utc_now(), f"line {number}")
        return {}

    runner(database, talk).run_one()
    lines = [each["line"] for each in job(database, job_id).log]
    assert (len(lines), lines[0], lines[-1]) == (200, "line 0", "line 199")
