"""The way back: a backup verified, and restored into an empty catalogue, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.orm import Session

from canopy.db import migrate
from canopy.db.backup import archive, geopackage, postgres, readings_file
from canopy.db.backup.attached import Keep, keep_all, verify_all
from canopy.db.backup.manifest import (
    READINGS_MEMBER,
    BadBackup,
    Holding,
    Manifest,
    differing_rows,
)
from canopy.db.backup.readings_file import readings_path
from canopy.db.engine import Database, open_database
from canopy.errors import Refused, StorageUnavailable
from canopy.settings import Settings

CONTENT = ("organisation", "change", "asset", "revision", "area", "external_change")
"""Tables of which one with a row makes a catalogue more than an empty one."""

Settle = Callable[[Session], None]
"""What is put right in a restored catalogue, in the transaction that restores it."""


def verify_backup(path: Path) -> Manifest:
    """Read a backup to its end and hold it against its manifest; nothing is changed.

    A GeoPackage is unpacked into the temporary folder and every page of it checked; of a
    PostGIS dump every row is read and counted. Raises BadBackup; MissingTool without a
    fitting ``pg_restore``; StorageUnavailable without room.
    """
    with tempfile.TemporaryDirectory(prefix="canopy-verify-") as folder:
        with archive.opened(path) as (members, manifest):
            catalogue = Path(folder, manifest.database.member)
            archive.extract(path, members, manifest, catalogue)
            if manifest.readings is not None:
                readings = Path(folder, READINGS_MEMBER)
                archive.extract_readings(path, members, manifest, readings)
                _require_readings_as_told(path, manifest, readings)
            verify_all(path, members)
        _require_as_told(path, manifest, catalogue)
    return manifest


def _require_as_told(path: Path, manifest: Manifest, catalogue: Path) -> None:
    if manifest.database is Holding.postgis:
        found = postgres.count_dumped(catalogue, manifest.dumped_by or 0)
    else:
        holds = geopackage.contents(catalogue, called=str(path))
        found = holds.rows
        told = (manifest.migration, manifest.storage_crs)
        if (holds.migration, holds.storage_crs) != told:
            raise BadBackup(f"{path}: its manifest is not the one of its catalogue.")
    if differs := differing_rows(manifest, found):
        raise BadBackup(f"{path} does not hold what its manifest says: {differs}.")


def _require_readings_as_told(path: Path, manifest: Manifest, readings: Path) -> None:
    found = readings_file.contents(readings, called=str(path))
    if manifest.readings is None or found != manifest.readings.rows:
        raise BadBackup(f"{path} does not hold the readings that its manifest says.")


def require_restorable(settings: Settings, path: Path, *, with_files: bool = False) -> Manifest:
    """Whether a backup fits this deployment, and that has room for it; nothing is changed.

    Its contents are not read: see `verify_backup`. Raises BadBackup, Refused or
    StorageUnavailable.
    """
    with archive.opened(path) as (_, manifest):
        pass
    if with_files and manifest.documents and settings.register_documents is None:
        raise Refused(
            f"{path} holds the files of {manifest.documents:,} documents: have "
            "CANOPY_REGISTER_DOCUMENTS name a folder for them, or give --without-documents."
        )
    database = open_database(settings)
    try:
        _require_fit(path, manifest, database)
        if database.path is not None:
            _require_empty_file(database.path, settings)
            if manifest.readings is not None:
                readings_file.require_empty(readings_path(database.path))
        else:
            with database.connected() as connection:
                postgres.require_empty(connection, CONTENT, database.address)
                postgres.require_unused(connection, database.address)
    finally:
        database.dispose()
    return manifest


def _require_fit(path: Path, manifest: Manifest, database: Database) -> None:
    here = Holding.geopackage if database.is_gpkg else Holding.postgis
    if manifest.database is not here:
        raise BadBackup(
            f"{path} was made of {manifest.database.label}, and {database.address} is "
            f"{here.label}. Restore it into {manifest.database.label}; `canopy export` and "
            "`canopy import` bring assets from one to the other, without their history."
        )
    if not migrate.knows(manifest.migration):
        raise BadBackup(
            f"{path} is of Canopy {manifest.release}, at migration {manifest.migration}, which "
            "this release does not know. Upgrade Canopy, then restore it."
        )
    if manifest.storage_crs != database.storage_crs:
        raise BadBackup(
            f"{path} stores positions in {manifest.storage_crs}, and CANOPY_STORAGE_CRS says "
            f"{database.storage_crs}. Set it to {manifest.storage_crs}."
        )


def restore(settings: Settings, path: Path, settle: Settle, keep: Keep | None = None) -> Manifest:
    """Restore a backup into the empty catalogue that the settings name, and upgrade it.

    keep: keeps the files that are in it, before the catalogue is there that names them. Should the
    rest fail they stay, which harms nothing: they are known by what they hold. Without it files
    are left in the backup.

    An empty catalogue has no assets, areas or history; its tokens are replaced. All of it
    is there in the end and counted, or nothing was changed. Raises BadBackup; Refused
    where the catalogue is not empty; StorageUnavailable where the catalogue is in use; MissingTool.
    """
    manifest = require_restorable(settings, path, with_files=keep is not None)
    if keep is not None:
        with archive.opened(path) as (members, _):
            keep_all(path, members, keep)
    database = open_database(settings)
    try:
        if database.path is not None:
            _restore_file(settings, database.path, path, settle)
        else:
            _restore_tables(database, path, settle)
    finally:
        database.dispose()
    return manifest


# A GeoPackage: made beside its place, and put there in one step


def _require_empty_file(target: Path, settings: Settings) -> None:
    for end in ("-wal", "-shm"):
        if not target.exists() and Path(f"{target}{end}").exists():
            raise Refused(
                f"{target}{end} is there without its catalogue; SQLite would write it into the "
                "restored one. Move it away first, and keep it: it may hold changes."
            )
    if not target.exists() or not target.stat().st_size:
        return
    geopackage.require_unused(target)
    holds = geopackage.contents(target)
    if filled := [table for table in CONTENT if holds.rows.get(table)]:
        raise Refused(
            f"{target} holds a catalogue ({holds.rows[filled[0]]:,} rows in {filled[0]}). A "
            "backup is restored into an empty one only: move that file away, or name another "
            "with --db gpkg:///absolute/path.gpkg."
        )


def _restore_file(settings: Settings, target: Path, path: Path, settle: Settle) -> None:
    with _scratch(target) as made:
        with archive.opened(path) as (members, manifest):
            archive.extract(path, members, manifest, made)
        _require_as_told(path, manifest, made)
        _bring_up(settings, made, settle)
        geopackage.seal(made)
        _require_not_fewer(path, manifest, geopackage.contents(made).rows)
        _sync(made)
        _require_empty_file(target, settings)  # it may have been filled meanwhile
        if manifest.readings is not None:
            _restore_readings(path, readings_path(target))
        os.replace(made, target)
        archive.sync_folder(target.parent)


def _restore_readings(path: Path, target: Path) -> None:
    """Before their catalogue: it is there when all is."""
    with _scratch(target) as made:
        with archive.opened(path) as (members, manifest):
            archive.extract_readings(path, members, manifest, made)
        _require_readings_as_told(path, manifest, made)
        _sync(made)
        readings_file.require_empty(target)
        readings_file.replace(made, target)


def _sync(made: Path) -> None:
    with made.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    made = archive.scratch_path(target, "restoring")
    try:
        yield made
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{made}{end}").unlink(missing_ok=True)


def _bring_up(settings: Settings, made: Path, settle: Settle) -> None:
    address = SecretStr(f"gpkg://{made.absolute()}")
    database = open_database(settings.model_copy(update={"db_url": address}))
    try:
        migrate.upgrade(database)
        with database.writing() as session:
            settle(session)
    finally:
        database.dispose()


def _require_not_fewer(path: Path, manifest: Manifest, rows: dict[str, int]) -> None:
    """An upgrade may add rows; it loses none."""
    lost = {
        table: rows.get(table, 0) for table, n in manifest.rows.items() if rows.get(table, 0) < n
    }
    if lost:
        raise StorageUnavailable(
            f"{path} was not restored: after the upgrade {', '.join(sorted(lost))} had fewer "
            "rows than before. Nothing was changed."
        )


# PostGIS: one transaction


def _restore_tables(database: Database, path: Path, settle: Settle) -> None:
    with tempfile.TemporaryDirectory(prefix="canopy-restore-") as folder:
        with archive.opened(path) as (members, manifest):
            dump = Path(folder, manifest.database.member)
            archive.extract(path, members, manifest, dump)
        _require_as_told(path, manifest, dump)
        with database.connected() as connection, connection.begin():
            migrate.take_lock(connection)
            postgres.require_empty(connection, CONTENT, database.address)
            migrate.create_postgis(connection)
            postgres.clear(connection)
            migrate.upgrade_on(database, connection, manifest.migration)
            postgres.load(
                connection, dump, manifest.dumped_by or 0, manifest.rows, manifest.partitions
            )
            migrate.upgrade_on(database, connection)
            with Session(connection, join_transaction_mode="rollback_only") as session:
                settle(session)
                session.commit()
