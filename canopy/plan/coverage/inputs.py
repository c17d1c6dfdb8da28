"""Files that a request may name: those below one folder, and no others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from canopy.errors import CanopyError, Refused

MOST_NAME_CHARS = 300


def input_file(inputs: Path, name: str, *, or_folder: bool = False) -> Path:
    """The file, `or_folder`, `name` below the folder `inputs`; its path is absolute.

    Raises Refused for what is not there, for names that lead out of the folder, and for
    links that do: what others keep on the machine is not for a request to read.
    """
    said = name[:MOST_NAME_CHARS]
    parts = PurePosixPath(name)
    if (
        not name
        or len(name) > MOST_NAME_CHARS
        or parts.is_absolute()
        or ".." in parts.parts
        or not name.isprintable()
        or "\\" in name
    ):
        raise Refused(
            f"{said!r} is no name of an input: write it as a path below the folder of inputs, "
            "such as terrain/tq28.zip"
        )
    root = inputs.resolve()
    try:
        path = (root / parts).resolve(strict=True)
    except (OSError, RuntimeError) as error:  # not there, not readable, or links in a circle
        raise Refused(f"there is no input {said!r} in the folder of inputs") from error
    if not path.is_relative_to(root) or path == root:
        raise Refused(f"the input {said!r} lies outside the folder of inputs")
    if not (path.is_file() or (or_folder and path.is_dir())):
        raise Refused(f"the input {said!r} is no file")
    if not os.access(path, os.R_OK):
        raise Refused(f"the input {said!r} cannot be read by the service")
    return path


def input_name(inputs: Path, path: Path) -> str:
    """What a request calls a file below `inputs`."""
    return path.relative_to(inputs.resolve()).as_posix()


@contextmanager
def without_path(inputs: Path) -> Iterator[None]:
    """Leave the place of the folder of inputs out of what is said of a failure."""
    try:
        yield
    except CanopyError as error:
        error.detail = error.detail.replace(f"{inputs.resolve()}/", "")
        raise
