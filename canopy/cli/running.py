"""``canopy init``, ``serve``, ``reconcile`` and ``doctor``."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import typer

from canopy.access.tokens import ensure_first_admin
from canopy.assets.editing.reconcile import reconcile
from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, errors, settings_for
from canopy.db import migrate
from canopy.db.engine import Database, open_database
from canopy.errors import Refused
from canopy.settings import Settings

APP = "canopy.api.app:create_app"
_COUNTS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def init(db: DbOption = None) -> None:
    """Create the catalogue, or upgrade it to this release."""
    settings = settings_for(db)
    with database_for(settings, create=True) as database:
        first_admin_token(database)
        console.print(
            f"{database.address} is ready: {database.storage_crs}, migration "
            f"{migrate.current_revision(database)}.",
            markup=False,
            soft_wrap=True,
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
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes.")] = None,
    db: DbOption = None,
) -> None:
    """Serve the map page and the API until stopped."""
    settings = settings_for(db)
    with database_for(settings, create=True) as database:
        first_admin_token(database)
    if db is not None:  # workers build their own settings, from the environment
        os.environ["CANOPY_DB_URL"] = db
    windows = sys.platform == "win32"
    count = 1 if windows else (workers or settings.workers)
    bound = bind(host or settings.host, settings.port if port is None else port)
    address, number = bound.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    console.print(f"Serving on http://{shown}:{number} (Ctrl+C stops).", markup=False)
    run_server(bound, settings, count, "asyncio" if windows else "uvloop")


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to that address, not listening yet. Raises Refused where it is not free."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if sys.platform != "win32":  # there it would let two servers have one port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise Refused(
            f"Cannot listen on {host} port {port}: {error.strerror}. Another program may have "
            "it; choose another with --port, or 0 for a free one."
        ) from error
    return bound


def run_server(
    bound: socket.socket, settings: Settings, workers: int, loop: Literal["asyncio", "uvloop"]
) -> None:
    """Run uvicorn until SIGTERM or Ctrl+C (see `canopy.cli.stopping`)."""
    import uvicorn  # not needed by the other commands of this module, and slow to load

    from canopy.cli.stopping import run_alone, run_workers

    host, port = bound.getsockname()[:2]
    config = uvicorn.Config(
        APP, factory=True, host=host, port=port, loop=loop, http="httptools", workers=workers,
        log_config=None, access_log=False, server_header=False,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_graceful_shutdown=math.ceil(settings.stop_timeout_s),
    )  # fmt: skip
    # uvicorn ends by sending itself the signal again; a stop that was asked for is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _counting_together(workers):
        started = (run_workers if workers > 1 else run_alone)(config, bound)
    if not started:
        raise typer.Exit(1)


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """A folder in which workers share what they count for /metrics, where none is named."""
    if workers == 1 or _COUNTS_FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="canopy-metrics-") as folder:
        os.environ[_COUNTS_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_COUNTS_FOLDER]


def reconcile_file(
    everything: Annotated[
        bool, typer.Option("--all", help="Compare every row with its revisions, noted or not.")
    ] = False,
    db: DbOption = None,
) -> None:
    """Turn what other programs wrote to the GeoPackage into revisions, or put it back.

    Exit code 1 when anything was put back, or may have gone unnoticed.
    """
    settings = settings_for(db)
    database = open_database(settings)
    try:
        migrate.require_current(database)
        report = reconcile(database, everything=everything)
    finally:
        database.dispose()
    for notice in report.notices:
        errors.print(notice, markup=False, soft_wrap=True)
    if report.checked:
        console.print(
            f"{report.checked:,} rows were compared with their revisions; of {report.mended:,} the "
            "derived columns or the place in the index were put right.",
            soft_wrap=True,
        )
    console.print(
        f"{report.looked_at} rows were written by other programs: {report.created} added, "
        f"{report.updated} changed, {report.withdrawn} withdrawn, {report.unchanged} as they were, "
        f"{len(report.refused)} put back.",
        soft_wrap=True,
    )
    for refused in report.refused:
        errors.print(refused.sentence(), markup=False, soft_wrap=True)
    if report.refused or report.notices:
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
