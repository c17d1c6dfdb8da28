"""``canopy init``, ``serve``, ``reconcile`` and ``doctor``."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from canopy.access.tokens import ensure_first_admin
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, errors, settings_for
from canopy.db import migrate
from canopy.db.engine import Database, open_database

GRACEFUL_STOP_S = 10


def init(db: DbOption = None) -> None:
    """Create the catalogue, or upgrade it to this release."""
    settings = settings_for(db)
    with database_for(settings, create=True) as database:
        first_admin_token(database)
        console.print(
            f"{database.address} is ready: {database.storage_crs}, migration "
            f"{migrate.current_revision(database)}.",
            markup=False,
        )


def first_admin_token(database: Database) -> None:
    """Make and print the first admin token, once in a catalogue's life."""
    with database.writing() as session:
        secret = ensure_first_admin(session, now_utc())
    if secret is not None:
        console.print("First admin token (shown this once; keep it safe):", style="bold")
        console.print(secret, markup=False, soft_wrap=True)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes.")] = None,
    db: DbOption = None,
) -> None:
    """Serve the map page and the API until stopped."""
    settings = settings_for(db)
    with database_for(settings, create=True) as database:
        first_admin_token(database)
    if db is not None:  # workers build their own settings, from the environment
        os.environ["CANOPY_DB_URL"] = db
    import uvicorn  # not needed by the other commands of this module, and slow to load

    windows = sys.platform == "win32"
    count = 1 if windows else (workers or settings.workers)
    uvicorn.run(
        "canopy.api.app:create_app",
        factory=True,
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=count,
        loop="asyncio" if windows else "uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_STOP_S,
    )


def reconcile_file(db: DbOption = None) -> None:
    """Turn what other programs wrote to the GeoPackage into revisions, or put it back.

    Exit code 1 when anything was put back.
    """
    settings = settings_for(db)
    database = open_database(settings)
    try:
        migrate.require_current(database)
        report = reconcile(database)
    finally:
        database.dispose()
    console.print(
        f"{report.looked_at} rows were written by other programs: {report.created} added, "
        f"{report.updated} changed, {report.withdrawn} withdrawn, {report.unchanged} as they were, "
        f"{len(report.refused)} put back."
    )
    for refused in report.refused:
        errors.print(refused.sentence(), markup=False, soft_wrap=True)
    if report.refused:
        raise typer.Exit(1)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    db: DbOption = None,
) -> None:
    """Say what is installed, reachable and wrong, with the way out. Exit code 1 on a failure."""
    from canopy.doctor import examine  # loads every format library

    findings = examine(settings_for(db))
    if as_json:
        rows = [
            {"name": f.name, "state": str(f.state), "detail": f.detail, "way_out": f.way_out}
            for f in findings
        ]
        typer.echo(json.dumps(rows, indent=2))
    else:
        styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
        for each in findings:
            console.print(f"{each.state!s:5}", style=styles[str(each.state)], end="")
            console.print(f"{each.name}: {each.detail}", markup=False, soft_wrap=True)
            if each.way_out and str(each.state) != "ok":
                console.print(f"      {each.way_out}", markup=False, soft_wrap=True)
    if any(str(each.state) == "fail" for each in findings):
        raise typer.Exit(1)
