"""``canopy backup``, ``verify-backup`` and ``restore``."""

from __future__ import annotations

import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, settings_for
from canopy.concessions.register.document_copies import DocumentCopies, keep_in
from canopy.db.backup import restoring
from canopy.db.backup.making import make_backup
from canopy.db.backup.manifest import Manifest
from canopy.db.engine import open_database
from canopy.jobs import queries as jobs

_UNENDED = "It had not ended when the backup was made, which its file is not in: ask for it again."

WithoutOption = Annotated[
    bool, typer.Option("--without-documents", help="Leave the files of documents out.")
]
BackupFile = Annotated[Path, typer.Argument(help="The backup.", show_default=False)]


def backup(
    file: Annotated[Path, typer.Argument(help="File to write.", show_default=False)],
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file where it is there.")
    ] = False,
    readings: Annotated[
        bool,
        typer.Option("--readings", help="With readings of sensors, however many there are."),
    ] = False,
    without_documents: WithoutOption = False,
    db: DbOption = None,
) -> None:
    """Write the whole catalogue into one file, while it is being served.

    It holds every asset, revision, area, token hash and job as they were at one moment, and the
    files of documents of agreements; it can be read by its owner alone. Readings of sensors are in
    it with --readings only. Where the file of a document is missing or altered, that is told, and
    the exit code is 1. On PostGIS `pg_dump` has to be installed, of the server's version or newer.
    """
    _end_tidily()
    settings = settings_for(db)
    started = time.monotonic()
    database = open_database(settings)
    try:
        copies = DocumentCopies(database, settings)
        attached = None if without_documents else copies.files
        manifest = make_backup(
            database, file, force=force, attached=attached, with_readings=readings
        )
    finally:
        database.dispose()
    took = time.monotonic() - started
    console.print(
        f"{file}: {_told(manifest)}, {file.stat().st_size:,} bytes in {took:.1f} s.",
        markup=False,
        soft_wrap=True,
    )
    for each in copies.missing:
        console.print(f"not in it: {each}", markup=False, soft_wrap=True)
    if copies.missing:
        raise typer.Exit(1)


def verify_backup(file: BackupFile) -> None:
    """Read a backup to its end and hold it against its manifest; no database is needed."""
    _end_tidily()
    manifest = restoring.verify_backup(file)
    console.print(f"{file} is whole: {_told(manifest)}.", markup=False, soft_wrap=True)


def restore(
    file: BackupFile,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say whether it could be restored; change nothing."),
    ] = False,
    without_documents: WithoutOption = False,
    db: DbOption = None,
) -> None:
    """Restore a backup into an empty catalogue: all of it, or nothing.

    The catalogue must not be there yet, or be empty, and not be served. A backup of an older
    release is upgraded. Readings are restored where the backup holds them. Tokens are those of
    the backup; jobs that had not ended are cancelled.
    """
    _end_tidily()
    settings = settings_for(db)
    if dry_run:
        restoring.require_restorable(settings, file, with_files=not without_documents)
        manifest = restoring.verify_backup(file)
        console.print(
            f"{file} can be restored: {_told(manifest)}. Nothing was changed.",
            markup=False,
            soft_wrap=True,
        )
        return
    keep = None if without_documents else partial(keep_in, settings)
    manifest = restoring.restore(settings, file, _settle, keep)
    console.print(f"Restored {file}: {_told(manifest)}.", markup=False, soft_wrap=True)


def _settle(session: Session) -> None:
    """The files of jobs under way belong to the service that the backup was made of."""
    jobs.cancel_unended(session, now_utc(), _UNENDED)


def _told(manifest: Manifest) -> str:
    count = manifest.observations
    readings = "" if count is None else f", {count:,} observations"
    documents = f", {manifest.documents:,} files of documents" if manifest.documents else ""
    return (
        f"{manifest.assets:,} assets and {manifest.revisions:,} revisions{readings}{documents} in "
        f"{manifest.storage_crs} of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, migration "
        f"{manifest.migration}, from {manifest.database_version}"
    )


def _end_tidily() -> None:
    """SIGTERM ends the command as Ctrl+C does: what is not finished is removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
