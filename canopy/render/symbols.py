"""The symbology: how each kind and status of asset looks (`symbology/*.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

Pattern = Literal["none", "dots", "diagonal"]
Fill = Literal["solid", "tint", "half", "none"]
Mark = Literal["none", "slash", "cross", "dot"]


@dataclass(frozen=True, slots=True)
class KindSymbol:
    """One kind's look. `path`: SVG path data in a 20 by 20 box; widths in CSS pixels."""

    kind: str
    order: int
    label: str
    label_plural: str
    legend: str
    colour: str
    shape: str
    path: str
    size_px: float
    line_width_px: float
    line_style: Literal["solid", "double"]
    area_fill_opacity: float
    area_pattern: Pattern


@dataclass(frozen=True, slots=True)
class StatusSymbol:
    """How a lifecycle status changes a kind's look; `status` None is "not known"."""

    status: str | None
    order: int
    label: str
    legend: str
    fill: Fill
    outline_dash: tuple[float, ...]
    mark: Mark
    line_dash: tuple[float, ...]


@lru_cache(maxsize=3)
def symbology_text(name: str) -> str:
    """The JSON text of one symbology file: ``kinds``, ``statuses`` or ``map``."""
    return _file(f"{name}.json")


def painter_script() -> str:
    """What paints the symbols, as a script without exports; the map app imports the module."""
    return _file("paint.js").replace("\nexport ", "\n")


def _file(name: str) -> str:
    return files(__package__).joinpath("symbology", name).read_text(encoding="utf-8")


def kind_symbols() -> dict[str, KindSymbol]:
    """Every kind's symbol by kind, in draw order."""
    symbols = [_kind_symbol(entry) for entry in json.loads(symbology_text("kinds"))["kinds"]]
    return {symbol.kind: symbol for symbol in sorted(symbols, key=lambda each: each.order)}


def status_symbols() -> dict[str | None, StatusSymbol]:
    """Every status's symbol by status, in legend order, "not known" under None."""
    entries = json.loads(symbology_text("statuses"))["statuses"]
    symbols = [
        StatusSymbol(
            **{
                **entry,
                "outline_dash": tuple(entry["outline_dash"]),
                "line_dash": tuple(entry["line_dash"]),
            }
        )
        for entry in entries
    ]
    return {symbol.status: symbol for symbol in sorted(symbols, key=lambda each: each.order)}


def background_colour() -> str:
    """The colour behind everything, ``#rrggbb``."""
    colour: str = json.loads(symbology_text("map"))["background"]
    return colour


def _kind_symbol(entry: dict[str, object]) -> KindSymbol:
    flat = {name: value for name, value in entry.items() if name not in ("line", "area")}
    for group in ("line", "area"):
        members = entry[group]
        assert isinstance(members, dict)
        flat |= {f"{group}_{name}": value for name, value in members.items()}
    return KindSymbol(**flat)  # type: ignore[arg-type] # tests hold the file to these fields
