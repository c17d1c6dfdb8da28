"""A whole run in one TOML file: fields and tables as `RunRequest` and its parts have them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from canopy.errors import BadSource, Refused
from canopy.plan.coverage.request_json import FileOf

MAX_BYTES = 1_000_000


def read_run_file(path: Path) -> dict[str, Any]:
    """What the file says, not checked yet. Raises BadSource where it is no TOML."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadSource(f"{path.name} is larger than {MAX_BYTES:,} bytes")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSource(f"{path.name} is no TOML: {error}") from error
    except OSError as error:
        raise BadSource(f"{path.name} cannot be read: {error.strerror}") from error


def files_beside(folder: Path) -> FileOf:
    """Names are relative to `folder`, or absolute. Raises Refused for what is not there."""

    def path_of(name: str, or_folder: bool) -> Path:
        path = folder / name
        if not (path.is_file() or (or_folder and path.is_dir())):
            raise Refused(f"there is no file {path}{' or folder of that name' * or_folder}")
        return path

    return path_of
