"""Values to colours by a ramp: steps of a quantity, classes of a code, or a round of colours.

A ramp has the members that the writers of coverage files and tiles ask for (title, unit,
entries, palette, indices), and the map app reads the same JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

Mode = Literal["steps", "classes", "cycle"]

_OUTSIDE, _UNKNOWN, _NONE, _FIRST = 0, 1, 2, 3
"""Rows of every palette: beyond the area, not known, none, and the first of the entries."""

_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the legend.

    Attributes:
        colour: ``#rrggbb``, or None for what is left transparent.
        label: in words.
        at: the lowest value of a step, or the value of a class; None for the lowest step,
            for "not known" and for "none".
    """

    colour: str | None
    label: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Ramp:
    """How one layer is coloured.

    Attributes:
        name: of the layer.
        mode: "steps": an entry holds from its `at` up to the next entry's; "classes": equal
            to `at`; "cycle": whole numbers from 0 take the entries in turn.
        steps: lowest first.
        unknown: NaN, and `unknown_value`.
        none: -inf, and `none_value`; also values of no class.
        unknown_value, none_value: what stands for them in whole numbers.
        opacity: of what is drawn, 0 to 1.
        shown_from: values below are transparent, as with a slider; None shows all.
    """

    name: str
    title: str
    unit: str
    mode: Mode
    steps: tuple[Entry, ...]
    unknown: Entry
    none: Entry
    unknown_value: float | None = None
    none_value: float | None = None
    opacity: float = 1.0
    shown_from: float | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The legend: best first, then "none" and "not known" where they can occur."""
        shown = reversed(self.steps) if self.mode == "steps" else self.steps
        return (*shown, *(each for each in (self.none, self.unknown) if each.label))

    @property
    def palette(self) -> NDArray[np.uint8]:
        """(colours, 4) red, green, blue, opacity; row 0 is transparent."""
        colours = (None, self.unknown.colour, self.none.colour, *(e.colour for e in self.steps))
        return np.array([_rgba(colour, self.opacity) for colour in colours], np.uint8)

    def indices(self, values: NDArray[np.generic]) -> NDArray[np.uint8]:
        """The palette's row for each value; any shape, any real or whole dtype."""
        flat = np.ravel(values)
        found = np.empty(flat.shape, np.uint8)
        for first in range(0, flat.size, _AT_ONCE):  # in doubles only a part at a time
            part = slice(first, first + _AT_ONCE)
            found[part] = self._indices(flat[part].astype(np.float64))
        return found.reshape(values.shape)

    def _indices(self, real: NDArray[np.float64]) -> NDArray[np.uint8]:
        found = self._steps_of(real) + _FIRST
        absent = np.isneginf(real)
        if self.none_value is not None:
            absent |= real == self.none_value
        if self.mode == "classes":
            absent |= found < _FIRST
        found = np.where(absent, _NONE, found)
        if self.shown_from is not None:
            found = np.where(real < self.shown_from, _OUTSIDE, found)
        missing = np.isnan(real)
        if self.unknown_value is not None:
            missing |= real == self.unknown_value
        return np.where(missing, _UNKNOWN, found).astype(np.uint8)

    def rgba(self, values: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Colours of the values: their shape and a last axis of four."""
        colours: NDArray[np.uint8] = self.palette[self.indices(values)]
        return colours

    def shown_above(self, least: float) -> Ramp:
        """This with what is below `least` [its unit] left transparent."""
        return replace(self, shown_from=least)

    def with_opacity(self, opacity: float) -> Ramp:
        """This drawn with another opacity, 0 to 1."""
        if not 0 <= opacity <= 1:
            raise ValueError(f"an opacity of {opacity} is not between 0 and 1")
        return replace(self, opacity=opacity)

    def _steps_of(self, real: NDArray[np.float64]) -> NDArray[np.intp]:
        """Number of the step, class or turn; -1 for a value of no class."""
        if self.mode == "cycle":
            finite = np.where(np.isfinite(real), real, 0.0)
            return np.mod(finite, len(self.steps)).astype(np.intp)
        at = np.array([-np.inf if e.at is None else e.at for e in self.steps])
        if self.mode == "steps":
            return np.maximum(np.searchsorted(at, real, side="right") - 1, 0)
        place = np.minimum(np.searchsorted(at, real), len(at) - 1)
        return np.where(at[place] == real, place, -1)


def ramp_names() -> tuple[str, ...]:
    """The layers that have a ramp, sorted."""
    folder = files("canopy.render").joinpath("symbology", "coverage")
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".json")))


@lru_cache(maxsize=64)
def ramp(name: str) -> Ramp:
    """The ramp of a layer. KeyError for a layer without one."""
    if name not in ramp_names():
        raise KeyError(f"no ramp is called {name}: {', '.join(ramp_names())}")
    place = files("canopy.render").joinpath("symbology", "coverage", f"{name}.json")
    return _read(json.loads(place.read_text(encoding="utf-8")))


class _EntryFile(TypedDict):
    colour: str | None
    label: str
    at: float | None


class _SpecialFile(TypedDict):
    colour: str | None
    label: str
    value: float | None


class _RampFile(TypedDict):
    layer: str
    title: str
    unit: str
    mode: Mode
    opacity: float
    steps: list[_EntryFile]
    unknown: _SpecialFile
    none: _SpecialFile


def _read(content: _RampFile) -> Ramp:
    unknown, none = content["unknown"], content["none"]
    return Ramp(
        name=content["layer"],
        title=content["title"],
        unit=content["unit"],
        mode=content["mode"],
        steps=tuple(Entry(e["colour"], e["label"], e["at"]) for e in content["steps"]),
        unknown=Entry(unknown["colour"], unknown["label"]),
        none=Entry(none["colour"], none["label"]),
        unknown_value=unknown["value"],
        none_value=none["value"],
        opacity=content["opacity"],
    )


def _rgba(colour: str | None, opacity: float) -> tuple[int, ...]:
    if colour is None:
        return (0, 0, 0, 0)
    return (*bytes.fromhex(colour[1:]), round(255 * opacity))
