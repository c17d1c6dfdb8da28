"""``canopy job``: long work, as the service runs it."""

from __future__ import annotations

import threading
from typing import Annotated

import typer
from rich.table import Table

from canopy.assets.intake.task import IMPORT, run_import_job
from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.jobs import queries
from canopy.jobs.runner import JobRunner


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
    with database_for(settings) as database, database.reading() as session:
        jobs = queries.listed(session, None, limit)
    table = Table("job", "task", "owner", "state", "done", "of", "asked (UTC)", "ended (UTC)")
    for job in jobs:
        table.add_row(
            str(job.id), job.task, job.owner, job.state, f"{job.done:,.0f}",
            "" if job.total is None else f"{job.total:,.0f}", f"{job.created_at:%Y-%m-%d %H:%M:%S}",
            f"{job.ended_at:%Y-%m-%d %H:%M:%S}" if job.ended_at else "",
        )  # fmt: skip
    console.print(table)


def cancel(
    job: Annotated[int, typer.Argument(help="Number of the job.")], db: DbOption = None
) -> None:
    """Ask a job to stop."""
    settings = settings_for(db)
    with database_for(settings) as database, database.writing() as session:
        state = queries.request_cancel(session, job, now_utc()).state
    console.print(f"Job {job} is {state}; a running job stops at its next step.")


def work(
    once: Annotated[bool, typer.Option("--once", help="Run what waits, then end.")] = False,
    db: DbOption = None,
) -> None:
    """Run jobs in this process, beside or instead of the service's own worker."""
    settings = settings_for(db)
    with database_for(settings) as database:
        runner = JobRunner(database, {IMPORT: run_import_job})
        if once:
            while (job := runner.run_one()) is not None:
                console.print(f"Ran job {job}.")
        else:
            runner.run_forever(threading.Event())
