"""The store of documents: files in a folder, each under the SHA-256 of what it holds.

A file is there whole or not at all, and the same bytes are kept once. What is read is compared
with its name first, so that nobody is given what was altered.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import IO

from canopy.errors import LimitExceeded, NotFound, Refused, StorageUnavailable
from canopy.settings import Settings

_ZIP = (b"PK\x03\x04",)
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    ".pdf": (b"%PDF-",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".docx": _ZIP,
    ".xlsx": _ZIP,
    ".odt": _ZIP,
}
"""Kinds of file that are kept, and how their bytes begin."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store: its SHA-256 [hex], size [bytes] and kind by suffix."""

    sha256: str
    size_bytes: int
    suffix: str


class FileStore:
    """Files in `folder`, none larger than `most_bytes`."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def put(self, parts: Iterable[bytes], filename: str) -> Stored:
        """Keep a file. Raises Refused for a kind not kept or none, LimitExceeded, or
        StorageUnavailable where it cannot be written; then nothing is left of it.
        """
        suffix = known_suffix(filename)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = mkstemp(prefix=".unfinished-", dir=self._folder)
        except OSError as error:
            raise _unavailable(self._folder, error) from error
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                stored = self._write(file, parts, suffix)
                file.flush()
                os.fsync(file.fileno())
            path = self._path(stored.sha256)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            os.replace(unfinished, path)
        except OSError as error:
            raise _unavailable(self._folder, error) from error
        finally:
            with suppress(FileNotFoundError):
                unfinished.unlink()
        return stored

    def _write(self, file: IO[bytes], parts: Iterable[bytes], suffix: str) -> Stored:
        digest, size, head = hashlib.sha256(), 0, b""
        for part in parts:
            size += len(part)
            if size > self._most_bytes:
                raise LimitExceeded(
                    f"The file is larger than the limit of {self._most_bytes:,} bytes.",
                    limit_bytes=self._most_bytes,
                )
            head = (head + part)[:8] if len(head) < 8 else head
            digest.update(part)
            file.write(part)
        if not head.startswith(BEGINNINGS[suffix]):
            raise Refused(f"the file does not begin as {suffix} files do; send it as what it is")
        return Stored(digest.hexdigest(), size, suffix)

    def get(self, sha256: str) -> bytes:
        """The bytes, compared with their SHA-256. Raises NotFound where the store lacks them,
        StorageUnavailable where they were altered or cannot be read.
        """
        path = self._path(sha256)
        try:
            found = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"The store has no file {sha256}; bring it back from a copy.") from error
        except OSError as error:
            raise _unavailable(self._folder, error) from error
        if hashlib.sha256(found).hexdigest() != sha256:
            raise StorageUnavailable(f"The file {sha256} was altered; bring it back from a copy.")
        return found

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def known_suffix(filename: str) -> str:
    """The suffix of a kind that is kept, by the file's name. Raises Refused."""
    suffix = Path(filename).suffix.lower().replace(".jpeg", ".jpg")
    if suffix not in BEGINNINGS:
        raise Refused(f"documents are {', '.join(BEGINNINGS)}; {filename[:100]!r} is none of them")
    return suffix


def _unavailable(folder: Path, error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"Documents in {folder} cannot be used: {error.strerror}")


def store_of(settings: Settings) -> FileStore:
    """The store that settings name. Raises Refused where they name none."""
    if settings.register_documents is None:
        raise Refused("documents are not kept here; set CANOPY_REGISTER_DOCUMENTS to a folder")
    return FileStore(settings.register_documents, settings.register_document_max_bytes)
