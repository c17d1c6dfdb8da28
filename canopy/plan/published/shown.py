"""The files of a published plan, read: what is served, and what a page tells of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HTML, PDF, MAP, FIGURES = "report.html", "report.pdf", "map.svg", "figures.json"
MAKING = ".making"
FILES: Mapping[str, str] = {
    HTML: "text/html; charset=utf-8",
    PDF: "application/pdf",
    MAP: "image/svg+xml",
}
"""What is served, and as what; nothing else of the folder is."""
MOST_BYTES = 5_000_000
"""Of the figures and the map, which a page has in it."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the front page tells of a plan.

    Attributes:
        figures: (what, value).
        notes: what must not be overlooked.
    """

    title: str
    made_on: str
    figures: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()


def is_making(folder: Path) -> bool:
    """Whether a plan is being made that is to be shown here."""
    return (folder / MAKING).is_file()


def read_glance(folder: Path) -> Glance | None:
    """The figures of a published plan; None where there is none, or a file of another make."""
    text = _read(folder / FIGURES)
    if text is None:
        return None
    try:
        found = json.loads(text)
        return Glance(
            str(found["title"]), str(found["made_on"]),
            tuple((str(name), str(value)) for name, value in found["figures"]),
            tuple(map(str, found["notes"])),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def read_map(folder: Path) -> str | None:
    """The map as SVG; None where there is none."""
    return _read(folder / MAP)


def _read(path: Path) -> str | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
