"""Zip archives: what is in them, within stated limits, and never outside a folder of ours."""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from canopy.assets.importers.base import RawBatch, SourceTable
from canopy.assets.importers.faults import bad_source, over_limit

MAX_MEMBERS = 2_000
"""Files in one archive."""

MAX_UNPACKED_BYTES = 8 * 1024**3
"""Bytes of all members together once unpacked."""

MAX_RATIO = 250
"""Unpacked bytes for each packed one; real tables reach 40."""

_RATIO_FREE_BYTES = 64 * 1024**2
_COPY_BYTES = 1 << 20
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive at `path`, refused if damaged, encrypted or beyond the limits."""
    try:
        archive = zipfile.ZipFile(path)
    except (NotImplementedError, UnicodeDecodeError, OSError) as error:
        raise bad_source(path, "damaged", f"is a damaged zip archive ({error}).") from error
    except zipfile.BadZipFile as error:
        raise bad_source(
            path,
            "cut-short",
            f"is a zip archive cut short at byte {path.stat().st_size:,}: the list of contents "
            "that ends it is missing; get the complete file.",
        ) from error
    with archive:
        _require_modest(path, archive)
        yield archive


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in the archive that can be data: no folders, no resource forks."""
    return [
        info
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not PurePosixPath(info.filename).name.startswith(".")
    ]


def _require_modest(path: Path, archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise over_limit(
            path, "archive-limit", f"holds {len(infos):,} files; at most {MAX_MEMBERS:,} are read."
        )
    # A member never yields more than the size declared here: zipfile stops reading there.
    size = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if size > MAX_UNPACKED_BYTES:
        raise over_limit(
            path,
            "archive-limit",
            f"would unpack to {size:,} bytes; at most {MAX_UNPACKED_BYTES:,} are read.",
        )
    if size > _RATIO_FREE_BYTES and size > MAX_RATIO * max(packed, 1):
        raise over_limit(
            path,
            "archive-limit",
            f"would unpack to {size:,} bytes from {packed:,}, more than {MAX_RATIO} times; such "
            "archives are made to fill disks.",
        )
    if any(info.flag_bits & 1 for info in infos):
        raise bad_source(
            path, "password-protected", "is protected by a password; pack it again without one."
        )


class Unpacked:
    """Members of an archive in a temporary folder, removed with the last user of it."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="canopy-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.files: dict[str, Path] = {}
        places: dict[str, Path] = {}
        for info in infos:
            inside = PurePosixPath(info.filename.replace("\\", "/"))
            place = places.setdefault(str(inside.parent), self.folder / str(len(places)))
            place.mkdir(exist_ok=True)
            target = place / inside.name
            if inside.name in ("", "..") or target.exists():
                continue
            _copy(path, archive, info, target)
            self.files[info.filename] = target

    def tables(self, path: Path, tables: list[SourceTable]) -> list[SourceTable]:
        """The tables found in the folder as tables of the archive, keeping the folder alive."""
        return [
            # The bound method holds this object, and with it the folder.
            replace(table, path=path, batches=partial(self._batches, table.batches))
            for table in tables
        ]

    def _batches(self, batches: Callable[[], Iterator[RawBatch]]) -> Iterator[RawBatch]:
        yield from batches()


def _copy(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    try:
        with archive.open(info) as source, target.open("xb") as sink:
            shutil.copyfileobj(source, sink, _COPY_BYTES)
    except _FAULTS as error:
        raise bad_source(
            path,
            "damaged",
            f"cannot be unpacked: {info.filename} is damaged ({error}).",
        ) from error
