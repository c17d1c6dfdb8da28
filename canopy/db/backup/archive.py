"""Writing the archive so that it is there whole or not at all, and reading it with suspicion."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from canopy.db.backup.attached import members_of
from canopy.db.backup.manifest import FORMAT_VERSION, READINGS_MEMBER, BadBackup, Manifest
from canopy.errors import Refused, StorageUnavailable

MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 1_000_000
CHUNK_BYTES = 1 << 20
_DEFLATE_LEVEL = 1
"""Level 6 takes three times the time for a few per cent."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written as a member: its bytes before compression, and their hash."""

    size_bytes: int
    sha256: str


class ArchiveWriter:
    """The open archive, under a temporary name."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def store(self, name: str, parts: Iterable[bytes], *, compress: bool) -> Stored:
        """Write a member from its parts."""
        self._archive.compression = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        total, digest = 0, hashlib.sha256()
        with self._archive.open(name, "w", force_zip64=True) as to:
            for part in parts:
                total += len(part)
                digest.update(part)
                to.write(part)
        return Stored(total, digest.hexdigest())

    def close_with(self, manifest: Manifest) -> None:
        """Write the manifest, the last member."""
        text = manifest.model_dump_json(indent=2).encode()
        self.store(MANIFEST, (text,), compress=False)


def parts_of(path: Path) -> Iterator[bytes]:
    """A file in chunks."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def scratch_path(beside: Path, purpose: str) -> Path:
    """A hidden name beside a file, for what is not finished yet."""
    return beside.with_name(f".{beside.name}.{secrets.token_hex(4)}.{purpose}")


@contextmanager
def new_archive(target: Path, *, force: bool) -> Iterator[ArchiveWriter]:
    """An archive that takes the name `target`, mode 0600, when all is written and on disk.

    Raises Refused where the target is there and `force` is not given; StorageUnavailable
    where it cannot be written.
    """
    require_free(target, force=force)
    temporary = scratch_path(target, "part")
    try:
        with (
            _private(temporary) as file,
            zipfile.ZipFile(file, "w", compresslevel=_DEFLATE_LEVEL) as archive,
        ):
            yield ArchiveWriter(archive)
        _publish(temporary, target, force=force)
    except OSError as error:
        raise StorageUnavailable(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def require_free(target: Path, *, force: bool) -> None:
    """Raises Refused where a file must not be written over, or its folder is not there."""
    if target.is_dir() or not target.parent.is_dir():
        raise Refused(f"{target} cannot be a file: name one in a folder that is there.")
    if target.exists() and not force:
        raise Refused(f"{target} is there already; choose another name, or give --force.")


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner may read, on disk when the context ends."""
    number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(number, "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _publish(temporary: Path, target: Path, *, force: bool) -> None:
    if not force:
        require_free(target, force=False)  # somebody may have made it meanwhile
    os.replace(temporary, target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder outlives a power cut (POSIX; Windows does so)."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup's archive and its manifest.

    Raises BadBackup where the file is none, was cut off, or is of a newer format.
    """
    if not path.is_file():
        raise BadBackup(f"{path} is not there, or is no file.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, _manifest(path, archive)
    except (zipfile.BadZipFile, EOFError) as error:
        raise BadBackup(
            f"{path} is no backup of Canopy, or was cut off or damaged on its way ({error})."
        ) from error


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    names = archive.namelist()
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
        raise BadBackup(f"{path} is a ZIP file, but no backup of Canopy: it has no {MANIFEST}.")
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except (ValidationError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise BadBackup(f"{path}: its {MANIFEST} is not one that Canopy writes.") from error
    if manifest.format_version > FORMAT_VERSION:
        raise BadBackup(
            f"{path} has format {manifest.format_version}; this release reads up to "
            f"{FORMAT_VERSION}. Canopy {manifest.release} made it: use that one or a newer."
        )
    files = members_of(names)
    expected = {MANIFEST, manifest.database.member, *files}
    if manifest.readings is not None:
        expected.add(READINGS_MEMBER)
    if sorted(names) != sorted(expected) or len(files) != manifest.documents:
        raise BadBackup(f"{path} holds {', '.join(names[:20])}: that is no backup of Canopy.")
    return manifest


def extract(path: Path, archive: zipfile.ZipFile, manifest: Manifest, to: Path) -> None:
    """Write the catalogue's member to the new file `to`; it is what the manifest says.

    Raises BadBackup where it is not, StorageUnavailable where there is no room for it.
    """
    told = Stored(manifest.size_bytes, manifest.sha256)
    _extract(path, archive, manifest.database.member, told, to, "catalogue")


def extract_readings(path: Path, archive: zipfile.ZipFile, manifest: Manifest, to: Path) -> None:
    """As `extract`, the member with readings, which must be there."""
    if manifest.readings is None:
        raise BadBackup(f"{path} holds no readings.")
    told = Stored(manifest.readings.size_bytes, manifest.readings.sha256)
    _extract(path, archive, READINGS_MEMBER, told, to, "file of readings")


def _extract(
    path: Path, archive: zipfile.ZipFile, name: str, told: Stored, to: Path, what: str
) -> None:
    member = archive.getinfo(name)
    if member.file_size != told.size_bytes:
        raise BadBackup(f"{path}: its {what} is not as long as its manifest says.")
    free = shutil.disk_usage(to.parent).free
    if free < told.size_bytes:
        raise StorageUnavailable(
            f"{to.parent} has {free:,} bytes free; {told.size_bytes:,} are needed."
        )
    digest = hashlib.sha256()
    try:
        with archive.open(member) as source, to.open("xb") as file:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadBackup(f"{path} is damaged: its {what} cannot be read ({error}).") from error
    except OSError as error:
        raise StorageUnavailable(f"{to} cannot be written: {error.strerror}.") from error
    if digest.hexdigest() != told.sha256:
        raise BadBackup(f"{path} is damaged: its {what}'s SHA-256 is not the manifest's.")
