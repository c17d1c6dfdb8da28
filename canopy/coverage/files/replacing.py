"""A file or folder appears whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from canopy.errors import Refused


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write what becomes `path` when the block ends well.

    It is made in a hidden folder beside `path` and renamed: a failure leaves an existing
    file as it was and nothing new.
    """
    if path.is_dir():
        raise Refused(f"{path} is a folder; name the file to write.")
    _require_folder(path.parent)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=".part") as folder:
        unfinished = Path(folder) / path.name
        yield unfinished
        with unfinished.open("r+b") as stream:
            os.fsync(stream.fileno())
        os.replace(unfinished, path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Where to write what becomes the folder `path`, which must not exist or be empty."""
    if path.exists() and not path.is_dir():
        raise Refused(f"{path} is a file; name a folder to write to.")
    if path.is_dir() and any(path.iterdir()):
        raise Refused(f"{path} is not empty; name a new folder, so that no two runs are mixed.")
    _require_folder(path.parent)
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=".part") as folder:
        unfinished = Path(folder) / path.name
        unfinished.mkdir()
        yield unfinished
        if path.is_dir():
            path.rmdir()  # fails, and nothing is lost, if something was put there meanwhile
        os.rename(unfinished, path)


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}; make it, or choose another.")
