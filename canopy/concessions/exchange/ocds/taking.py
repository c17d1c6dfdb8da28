"""Taking values out of a JSON document while remembering which, so that none is lost unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
LONGEST_CHARS = 2_000


@dataclass
class Document:
    """A JSON object, and the paths that were taken from it."""

    value: dict[str, Any]
    _taken: set[Path] = field(default_factory=set)

    def take(self, *path: str | int) -> object:
        """The value at a path, None where there is none; it and all below count as taken."""
        self._taken.add(path)
        return self.look(*path)

    def look(self, *path: str | int) -> object:
        """The value at a path, which does not count as taken."""
        here: object = self.value
        for part in path:
            if isinstance(here, dict) and isinstance(part, str):
                here = here.get(part)
            elif isinstance(here, list) and isinstance(part, int) and part < len(here):
                here = here[part]
            else:
                return None
        return here

    def text(self, *path: str | int) -> str | None:
        """Text on one line; None for what is none."""
        value = self.take(*path)
        return (" ".join(value.split()) or None) if isinstance(value, str) else None

    def count(self, *path: str | int) -> int:
        """The length of the list at a path; 0 where there is none."""
        value = self.look(*path)
        return len(value) if isinstance(value, list) else 0

    def left(self) -> dict[str, object]:
        """Every value that was not taken, by its path: `tender.items[0].id`."""
        return {_written(path): _short(value) for path, value in self._leaves(self.value, ())}

    def _leaves(self, value: object, path: Path) -> Iterator[tuple[Path, object]]:
        if path in self._taken:
            return
        if isinstance(value, dict):
            for key, each in value.items():
                yield from self._leaves(each, (*path, key))
        elif isinstance(value, list):
            for at, each in enumerate(value):
                yield from self._leaves(each, (*path, at))
        elif value is not None:
            yield path, value


def _written(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > LONGEST_CHARS:
        return f"{value[:LONGEST_CHARS]}…"
    return value
