"""The identity of a file's content."""

from __future__ import annotations

import hashlib
from pathlib import Path

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""Files that together are one shapefile."""


def shapefile_part(path: Path, suffix: str) -> Path | None:
    """The neighbour of a shapefile with this suffix, in lower or upper case, or None."""
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


def fingerprint(path: Path) -> str:
    """SHA-256 of the file's bytes, in hexadecimal, read in pieces.

    For a shapefile it covers the files that belong to it as well: an attribute changes
    in the .dbf and leaves the .shp as it was.
    """
    if path.suffix.lower() != ".shp":
        return _sha256(path)
    parts = [shapefile_part(path, suffix) for suffix in SHAPEFILE_PARTS]
    digests = [f"{part.suffix.lower()}:{_sha256(part)}" for part in parts if part is not None]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
