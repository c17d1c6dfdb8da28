"""Making a backup of either database, while it is read and written."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from canopy import __version__
from canopy.db import migrate
from canopy.db.backup import geopackage, postgres, readings_file
from canopy.db.backup.archive import (
    ArchiveWriter,
    new_archive,
    parts_of,
    require_free,
    scratch_path,
)
from canopy.db.backup.attached import Attached, store_all
from canopy.db.backup.client_tools import tool
from canopy.db.backup.manifest import (
    FORMAT_VERSION,
    READINGS_MEMBER,
    Holding,
    Manifest,
    ReadingsMember,
)
from canopy.db.backup.readings_file import readings_path
from canopy.db.engine import Database
from canopy.errors import StorageUnavailable


def make_backup(
    database: Database,
    target: Path,
    *,
    force: bool = False,
    attached: Attached | None = None,
    with_readings: bool = False,
) -> Manifest:
    """Write a backup of the catalogue to `target`: whole, or not at all.

    attached: files that belong to it; they are asked for after the catalogue was copied, so that
    all that it names are among them. with_readings: readings of sensors too; of a GeoPackage they
    are of a moment before its own, so that no reading is of a datastream that is not there.

    It is the catalogue as it was at one moment; nobody who reads or writes it is kept
    waiting. Room for it is needed beside `target`, on a GeoPackage also for a copy.

    Raises Refused where `target` is there and `force` is not given; StorageUnavailable where
    there is no catalogue, a newer release's, or no room; BadBackup where the catalogue is
    damaged; MissingTool without a fitting ``pg_dump``.
    """
    require_free(target, force=force)
    found = migrate.current_revision(database)
    if found is None or not migrate.knows(found):
        state = "holds no catalogue" if found is None else f"is of a newer release ({found})"
        raise StorageUnavailable(f"{database.address} {state}; there is nothing to back up.")
    with new_archive(target, force=force) as archive:
        if database.path is not None:
            manifest = _geopackage(database.path, target, archive, with_readings)
        else:
            manifest = _postgis(database, archive, with_readings)
        if attached is not None:
            manifest = _with_files(manifest, archive, attached)
        archive.close_with(manifest)
    return manifest


def _with_files(manifest: Manifest, archive: ArchiveWriter, attached: Attached) -> Manifest:
    count, size_bytes = store_all(archive, attached())
    if not count:
        return manifest
    return manifest.model_copy(
        update={
            "documents": count, "documents_bytes": size_bytes, "format_version": FORMAT_VERSION
        }
    )  # fmt: skip


def _geopackage(path: Path, target: Path, archive: ArchiveWriter, with_readings: bool) -> Manifest:
    made_at = datetime.now(UTC)
    readings = _readings(readings_path(path), target, archive) if with_readings else None
    copied = scratch_path(target, "copy")
    try:
        os.close(os.open(copied, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        geopackage.copy(path, copied)
        holds = geopackage.contents(copied, called=str(path))
        stored = archive.store(Holding.geopackage.member, parts_of(copied), compress=True)
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{copied}{end}").unlink(missing_ok=True)
    return Manifest(
        made_at=made_at, release=__version__, database=Holding.geopackage,
        database_version=f"SQLite {sqlite3.sqlite_version}", migration=holds.migration,
        storage_crs=holds.storage_crs, size_bytes=stored.size_bytes, sha256=stored.sha256,
        rows=holds.rows, readings=readings,
        format_version=1 if readings is None else FORMAT_VERSION,
    )  # fmt: skip


def _readings(path: Path, target: Path, archive: ArchiveWriter) -> ReadingsMember | None:
    """The file of readings beside a catalogue, copied; None where there is none."""
    if not path.exists():
        return None
    copied = scratch_path(target, "readings")
    try:
        os.close(os.open(copied, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        geopackage.copy(path, copied)
        rows = readings_file.contents(copied, called=str(path))
        stored = archive.store(READINGS_MEMBER, parts_of(copied), compress=True)
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{copied}{end}").unlink(missing_ok=True)
    return ReadingsMember(size_bytes=stored.size_bytes, sha256=stored.sha256, rows=rows)


def _postgis(database: Database, archive: ArchiveWriter, with_readings: bool) -> Manifest:
    made_at = datetime.now(UTC)
    with postgres.moment(database, with_readings=with_readings) as now:
        program = tool("pg_dump", now.server)
        stored = archive.store(
            Holding.postgis.member, postgres.dumped(database, now, program), compress=False
        )
    return Manifest(
        made_at=made_at, release=__version__, database=Holding.postgis,
        database_version=f"PostgreSQL {now.server_version}", dumped_by=program.major,
        migration=now.migration, storage_crs=now.storage_crs,
        size_bytes=stored.size_bytes, sha256=stored.sha256, rows=now.rows,
        partitions=now.partitions, format_version=FORMAT_VERSION if with_readings else 1,
    )  # fmt: skip
