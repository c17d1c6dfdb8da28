"""Files that belong to a catalogue and lie beside it, in the archive by their SHA-256."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from canopy.db.backup.manifest import BadBackup

if TYPE_CHECKING:
    from canopy.db.backup.archive import ArchiveWriter

_MEMBER = re.compile(r"documents/([0-9a-f]{64})(\.[a-z]{1,8})")
_CHUNK_BYTES = 1 << 20


class AttachedFile(NamedTuple):
    """A file, known by the SHA-256 of its content [hex], with its suffix."""

    sha256: str
    suffix: str
    content: bytes


Attached = Callable[[], Iterable[AttachedFile]]
"""Gives the files when it is called, one at a time."""
Keep = Callable[[str, Iterator[bytes]], None]
"""Keeps a restored file, of which the suffix and the parts are given; the parts are verified when
the last has come."""


def store_all(archive: ArchiveWriter, files: Iterable[AttachedFile]) -> tuple[int, int]:
    """Write the files as members: how many, and their bytes."""
    count = total = 0
    for each in files:
        name = f"documents/{each.sha256}{each.suffix}"
        archive.store(name, (each.content,), compress=False)
        count, total = count + 1, total + len(each.content)
    return count, total


def members_of(names: Iterable[str]) -> list[str]:
    """Those of an archive's members that are such files."""
    return [name for name in names if _MEMBER.fullmatch(name)]


def verify_all(path: Path, archive: zipfile.ZipFile) -> None:
    """Read every such file. Raises BadBackup for one that is not what its name says."""
    for name in members_of(archive.namelist()):
        for _ in _parts(path, archive, name):
            pass


def keep_all(path: Path, archive: zipfile.ZipFile, keep: Keep) -> None:
    """Hand every such file over. Raises BadBackup as `verify_all`, and what `keep` raises."""
    for name in members_of(archive.namelist()):
        keep(Path(name).suffix, _parts(path, archive, name))


def _parts(path: Path, archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as source:
            while chunk := source.read(_CHUNK_BYTES):
                digest.update(chunk)
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadBackup(f"{path} is damaged: {name} cannot be read ({error}).") from error
    if digest.hexdigest() != Path(name).stem:
        raise BadBackup(f"{path} is damaged: {name} is not what its name says.")
