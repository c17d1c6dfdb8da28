"""Height files as they arrive: alone, in a folder, in a zip, or in zips within a zip."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from canopy.errors import BadSource

MAX_FILES = 20_000
"""Files looked at in one folder or archive; OS Terrain 50 of Great Britain has 14,290."""

MAX_FILE_BYTES = 64 * 1024**3
"""Size of one file on the disk."""

MAX_UNPACKED_BYTES = 2 * 1024**3
"""Size of one member of an archive, unpacked."""

MAX_INNER_BYTES = 256 * 1024**2
"""Size of one archive within an archive, which is opened in memory."""

MAX_RATIO = 250
"""Unpacked bytes for each packed one, beyond `_RATIO_FREE_BYTES`; real heights reach 20."""

_RATIO_FREE_BYTES = 16 * 1024**2
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)

Wanted = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class HeightFile:
    """A file on the disk, or a member of the archive(s) there.

    path: on the disk. members: names within it, outermost first; none for the file itself.
    """

    path: Path
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As messages and sources name it."""
        return "/".join((self.path.name, *self.members))

    @property
    def file_name(self) -> str:
        """The last part of the name."""
        return PurePosixPath(self.members[-1]).name if self.members else self.path.name

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The bytes; an archive's are refused beyond the limits on their size."""
        with ExitStack() as stack:
            try:
                file = self._open(stack)
            except (KeyError, RuntimeError) as error:
                raise BadSource(f"{self.name} cannot be unpacked: {error}") from error
            try:
                yield file
            except _FAULTS as error:
                raise BadSource(f"{self.name} cannot be read: {error}") from error

    def _open(self, stack: ExitStack) -> BinaryIO:
        if not self.members:
            try:
                return stack.enter_context(self.path.open("rb"))
            except OSError as error:
                raise BadSource(f"{self.name} cannot be read: {error}") from error
        archive = stack.enter_context(_archive(self.path, self.name))
        for member in self.members[:-1]:
            inner = _inner(archive, member, self.name)
            archive = stack.enter_context(_archive(inner, self.name))
        info = archive.getinfo(self.members[-1])
        _require_modest(info, MAX_UNPACKED_BYTES, self.name)
        return cast(BinaryIO, stack.enter_context(archive.open(info)))


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BadSource(
            f"{path.name} has {path.stat().st_size:,} bytes; at most {MAX_FILE_BYTES:,} are read"
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def height_files(path: Path, suffix: str, wanted: Wanted | None = None) -> list[HeightFile]:
    """The files ending in `suffix` (such as ``.asc``) at `path`, in the order of their names.

    `path` is such a file, a folder (with its folders) or a zip archive; archives within
    either are looked into as well, once. `wanted` is asked with the name of each file and
    archive found in a folder or an archive; what it declines is not opened.
    """
    wanted = wanted or (lambda _: True)
    if path.is_dir():
        found: list[HeightFile] = []
        for file in _files_in(path):
            if not wanted(file.name):
                continue
            if file.suffix.lower() == suffix:
                found.append(HeightFile(file))
            elif file.suffix.lower() == ".zip":
                found += _members(HeightFile(file), suffix, wanted)
        return found
    if not path.is_file():
        raise BadSource(f"{path.name}: there is no such file or folder")
    if path.suffix.lower() == suffix:
        return [HeightFile(path)]
    if zipfile.is_zipfile(path):
        return _members(HeightFile(path), suffix, wanted)
    return []


def _files_in(folder: Path) -> list[Path]:
    files = []
    for file in folder.rglob("*"):
        if file.is_file():
            files.append(file)
        if len(files) > MAX_FILES:
            raise BadSource(
                f"{folder.name} holds more than {MAX_FILES:,} files: name the ones meant"
            )
    return sorted(files)


def _members(outer: HeightFile, suffix: str, wanted: Wanted) -> list[HeightFile]:
    found: list[HeightFile] = []
    with _archive(outer.path, outer.name) as archive:
        for name in _names(archive, outer.name):
            if not wanted(PurePosixPath(name).name):
                continue
            if name.lower().endswith(suffix):
                found.append(HeightFile(outer.path, (name,)))
            elif name.lower().endswith(".zip"):
                inner_name = f"{outer.name}/{name}"
                with _archive(_inner(archive, name, inner_name), inner_name) as inner:
                    found += (
                        HeightFile(outer.path, (name, each))
                        for each in _names(inner, inner_name)
                        if each.lower().endswith(suffix)
                    )
    return found


@contextmanager
def _archive(file: Path | BinaryIO, name: str) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except (*_FAULTS, UnicodeDecodeError) as error:
        raise BadSource(f"{name} is no readable zip archive: {error}") from error
    with archive:
        yield archive


def _names(archive: zipfile.ZipFile, name: str) -> list[str]:
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise BadSource(f"{name} holds {len(infos):,} files; at most {MAX_FILES:,} are looked at")
    return sorted(
        info.filename
        for info in infos
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    )


def _inner(archive: zipfile.ZipFile, member: str, name: str) -> BinaryIO:
    try:
        info = archive.getinfo(member)
        _require_modest(info, MAX_INNER_BYTES, name)
        return io.BytesIO(archive.read(info))
    except (*_FAULTS, KeyError, RuntimeError) as error:
        raise BadSource(f"{name} cannot be unpacked: {error}") from error


def _require_modest(info: zipfile.ZipInfo, most: int, name: str) -> None:
    """Refuse what would fill the memory; zipfile stops reading at the size declared here."""
    if info.flag_bits & 1:
        raise BadSource(f"{name} is protected by a password; pack it again without one")
    if info.file_size > most:
        raise BadSource(f"{name} would unpack to {info.file_size:,} bytes; at most {most:,} are")
    if info.file_size > max(_RATIO_FREE_BYTES, MAX_RATIO * info.compress_size):
        raise BadSource(
            f"{name} would unpack to {info.file_size:,} bytes from {info.compress_size:,}, more "
            f"than {MAX_RATIO} times as many; such archives are made to fill memories"
        )
