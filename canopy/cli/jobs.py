"""``canopy job``: long work, as the service runs it."""

from __future__ import annotations

import signal
from typing import Annotated

import typer
from rich.table import Table

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.cli.tables import print_table
from canopy.jobs import queries
from canopy.jobs.runner import JobRunner
from canopy.plan.tasks import TASKS


def commands() -> typer.Typer:
    """The subcommands of ``canopy job``."""
    group = typer.Typer(help="Long work: imports and, later, plans.", no_args_is_help=True)
    group.command("list")(show)
    group.command("cancel")(cancel)
    group.command("work")(work)
    return group


def show(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    db: DbOption = None,
) -> None:
    """List the newest jobs."""
    settings = settings_for(db)
    table = Table("job", "task", "owner", "state", "done", "of", "asked (UTC)", "ended (UTC)")
    with database_for(settings) as database, database.reading() as session:
        for job in queries.listed(session, None, limit):
            total = "" if job.total is None else f"{job.total:,.0f}"
            ended = f"{job.ended_at:%Y-%m-%d %H:%M:%S}" if job.ended_at else ""
            table.add_row(
                str(job.id), job.task, job.owner, job.state, f"{job.done:,.0f}", total,
                f"{job.created_at:%Y-%m-%d %H:%M:%S}", ended,
            )  # fmt: skip
    print_table(table)


def cancel(
    job: Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="Number of the job.")],
    db: DbOption = None,
) -> None:
    """Ask a job to stop."""
    settings = settings_for(db)
    with database_for(settings) as database, database.writing() as session:
        asked = queries.request_cancel(session, job, now_utc())
    if asked.state == "cancelled":
        TASKS[asked.task].discard(asked.request)
    console.print(_CANCELLED.get(asked.state, f"Job {job} had ended: it is {asked.state}."))


_CANCELLED = {
    "cancelled": "The job is cancelled; nothing of it was written.",
    "running": "The job is asked to stop, and does at its next step.",
}


def work(
    once: Annotated[bool, typer.Option("--once", help="Run what waits, then end.")] = False,
    db: DbOption = None,
) -> None:
    """Run jobs in this process, beside or instead of the service's own worker.

    SIGTERM or Ctrl+C stops it: the job under way goes back to the queue.
    """
    settings = settings_for(db)
    with database_for(settings) as database:
        runner = JobRunner(database, TASKS)
        for wanted in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted, lambda *_: runner.stop())
        if once:
            while not runner.stopping and (job := runner.run_one()) is not None:
                console.print(f"Ran job {job}.")
        else:
            runner.run_forever()
