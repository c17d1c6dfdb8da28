"""The symbology is complete, legible, and never colour alone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from canopy.assets.kinds import KINDS
from canopy.assets.rules import LifecycleStatus
from canopy.render.symbols import (
    KindSymbol,
    background_colour,
    kind_symbols,
    status_symbols,
    symbology_text,
)

LEAST_CONTRAST = 3.0
LEAST_DIFFERENCE = 0.06
"""Euclidean distance in Oklab below which two colours are hard to tell apart on a screen:
three times the just noticeable 0.02."""

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
DEFICIENCIES = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}

Colour = NDArray[np.float64]


def linear(colour: str) -> Colour:
    """sRGB `#rrggbb` to linear light, 0 to 1."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio, 1 to 21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    light, dark = sorted((float(weights @ linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def oklab(rgb: Colour) -> Colour:
    """Linear RGB to Oklab (Ottosson 2020)."""
    to_lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return to_lab @ np.cbrt(to_lms @ np.clip(rgb, 0, 1))


def difference(one: str, other: str, deficiency: str) -> float:
    """How far apart two colours look with this colour vision."""
    matrix = DEFICIENCIES[deficiency]
    return float(np.linalg.norm(oklab(matrix @ linear(one)) - oklab(matrix @ linear(other))))


def pairs(geometry: str) -> Iterator[tuple[KindSymbol, KindSymbol]]:
    """Pairs of kinds that can both lie on the ground in this way."""
    symbols = kind_symbols()
    able = [symbols[kind] for kind, spec in KINDS.items() if geometry in spec.geometry]
    return itertools.combinations(able, 2)


def test_every_kind_has_a_symbol() -> None:
    """No kind of the catalogue is left without a look, and none is made up."""
    assert set(kind_symbols()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_called_the_same_everywhere(kind: str) -> None:
    """The map's words for a kind are the catalogue's."""
    symbol, spec = kind_symbols()[kind], KINDS[kind]  # type: ignore[index] # a StrEnum member
    assert (symbol.label, symbol.label_plural) == (spec.label, spec.label_plural)


def test_every_status_has_a_symbol_and_so_has_unknown() -> None:
    """The six lifecycle statuses and "not known" each have their own look."""
    symbols = status_symbols()
    assert set(symbols) == {*LifecycleStatus, None}
    looks = [(s.fill, s.outline_dash, s.mark) for s in symbols.values()]
    assert len(set(looks)) == len(looks)


def test_statuses_of_lines_differ_by_their_dash() -> None:
    """All but unknown, which is drawn unbroken, can be told apart on a line."""
    dashes = [symbol.line_dash for status, symbol in status_symbols().items() if status]
    assert len(set(dashes)) == len(dashes)


@pytest.mark.parametrize("kind", KINDS)
def test_colours_stand_out(kind: str) -> None:
    """Each colour has 3:1 against the map's background and against white."""
    colour = kind_symbols()[kind].colour
    assert contrast(colour, background_colour()) >= LEAST_CONTRAST
    assert contrast(colour, "#ffffff") >= LEAST_CONTRAST


def test_no_two_kinds_share_a_shape() -> None:
    """Points are told apart in greyscale and by everyone."""
    symbols = kind_symbols().values()
    assert len({symbol.shape for symbol in symbols}) == len(symbols)
    assert len({symbol.path for symbol in symbols}) == len(symbols)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_lines_are_told_apart_by_colour_or_style(deficiency: str) -> None:
    """Ducts and fibre differ in how they are drawn or, to every eye, in colour."""
    same_style = [(a, b) for a, b in pairs("LineString") if a.line_style == b.line_style]
    weak = [
        (a.kind, b.kind)
        for a, b in same_style
        if difference(a.colour, b.colour, deficiency) < LEAST_DIFFERENCE
    ]
    assert weak == []


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_areas_are_told_apart_by_pattern_or_colour(deficiency: str) -> None:
    """Buildings, rooftops and open spaces differ in pattern or, to every eye, in colour."""
    same_pattern = [(a, b) for a, b in pairs("Polygon") if a.area_pattern == b.area_pattern]
    weak = [
        (a.kind, b.kind)
        for a, b in same_pattern
        if difference(a.colour, b.colour, deficiency) < LEAST_DIFFERENCE
    ]
    assert weak == []


def test_draw_order_is_one_list() -> None:
    """Orders are 1, 2, 3 ... so that nothing depends on the order in the file."""
    orders = [symbol.order for symbol in kind_symbols().values()]
    assert orders == list(range(1, len(orders) + 1))


@pytest.mark.parametrize("name", ["kinds", "statuses", "map"])
def test_every_file_states_its_version(name: str) -> None:
    """Readers in other languages can refuse a version they do not know."""
    assert json.loads(symbology_text(name))["version"] == 1
