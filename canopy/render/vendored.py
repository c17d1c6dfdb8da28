"""Leaflet's own files, kept in the package so that a map needs nothing from a network.

`_vendor/vendored.json` records each file's package, version, licence and SHA-256;
`_vendor/update.py` renews them from the npm registry.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_SOURCE_MAP = re.compile(r"\s*//# sourceMappingURL=\S+\s*$")
_PICTURE = re.compile(r"url\(\s*[\"']?images/[^)]*\)")
_OLD_BEHAVIOUR = re.compile(r"behavior:\s*url\([^)]*\);?")


class VendoredFileChanged(RuntimeError):
    """A vendored file is not the one that was recorded: the installation is damaged."""


@dataclass(frozen=True, slots=True)
class VendoredFile:
    """One file taken unchanged from a published package. `sha256` is of its bytes."""

    path: str
    package: str
    version: str
    licence: str
    sha256: str


@lru_cache(maxsize=1)
def vendored_files() -> tuple[VendoredFile, ...]:
    """The record of everything vendored, in the order of the JSON file."""
    text = files(__package__).joinpath("_vendor", "vendored.json").read_text(encoding="utf-8")
    return tuple(VendoredFile(**entry) for entry in json.loads(text))


def vendored_text(path: str) -> str:
    """The text of a vendored file as published, checked against its recorded SHA-256.

    Raises KeyError for a file that is not recorded and `VendoredFileChanged` for one
    whose bytes differ.
    """
    record = {file.path: file for file in vendored_files()}[path]
    content = files(__package__).joinpath("_vendor", *path.split("/")).read_bytes()
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise VendoredFileChanged(f"{path} is not {record.package} {record.version} any more")
    return content.decode("utf-8")


def leaflet_script() -> str:
    """Leaflet's minified script without the pointer to its source map."""
    return _SOURCE_MAP.sub("", vendored_text("leaflet/leaflet.js"))


def leaflet_style() -> str:
    """Leaflet's style sheet without its pictures: the map draws its own controls."""
    return _OLD_BEHAVIOUR.sub("", _PICTURE.sub("none", vendored_text("leaflet/leaflet.css")))


def leaflet_version() -> str:
    """The vendored Leaflet's version, for the map's credits."""
    return next(file.version for file in vendored_files() if file.package == "leaflet")
