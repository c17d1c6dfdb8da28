"""What an export wrote, and what the format could not keep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from canopy.geo import Transformation


class Tally:
    """Collects what a format loses while it is written: each sentence once, with its count.

    A sentence may hold ``{count}``, which becomes the number of values concerned.
    """

    def __init__(self) -> None:
        self._losses: Counter[str] = Counter()
        self._notes: dict[str, None] = {}

    def lose(self, sentence: str, count: int = 1) -> None:
        """Note `count` values that the file does not hold as they were."""
        if count:
            self._losses[sentence] += int(count)

    def note(self, sentence: str) -> None:
        """Say something about the file that is no loss."""
        self._notes[sentence] = None

    def losses(self) -> tuple[str, ...]:
        """What was lost, in alphabetical order."""
        return tuple(
            sentence.replace("{count}", f"{count:,}")
            for sentence, count in sorted(self._losses.items())
        )

    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)


@dataclass(frozen=True, slots=True)
class Layer:
    """One table of the file: a layer, a sheet, a member of a zip."""

    name: str
    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The account of one finished export.

    `crs` is that of the file; `kinds` counts assets by kind; `losses` are sentences, one
    per thing that *these* data lost in this format, empty when nothing was lost;
    `size_bytes` is the size of the finished file [bytes].
    """

    path: Path
    format: str
    crs: str
    transformation: Transformation
    assets: int
    kinds: dict[str, int]
    layers: tuple[Layer, ...]
    losses: tuple[str, ...]
    notes: tuple[str, ...]
    size_bytes: int
