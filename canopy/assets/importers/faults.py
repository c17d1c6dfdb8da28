"""How a reader refuses a file: one error, with a stable code and the file's name."""

from __future__ import annotations

from pathlib import Path

from canopy.errors import BadSource, LimitExceeded


def bad_source(path: Path, code: str, message: str, *, row: int | None = None) -> BadSource:
    """A BadSource about the whole file; `code` is listed in the import-codes reference.

    `message` continues the sentence that starts with the file's name. `row` is the row
    where reading stopped, counted as a person sees it.
    """
    members: dict[str, object] = {"code": code, "file": path.name}
    if row is not None:
        members["row"] = row
    return BadSource(f"{path.name} {message}", **members)


def over_limit(path: Path, code: str, message: str) -> LimitExceeded:
    """A LimitExceeded about the file, with the same members as `bad_source`."""
    return LimitExceeded(f"{path.name} {message}", code=code, file=path.name)
