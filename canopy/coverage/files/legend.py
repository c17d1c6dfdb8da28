"""Legends: as SVG, whose words can be read aloud and searched, and as PNG for Google Earth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.files.png import indexed_png
from canopy.coverage.files.style import LegendEntry, Style

_ROW_PX, _SWATCH_PX, _MARGIN_PX, _LETTER_PX = 20, 14, 10, 7
_INK, _PAPER, _EDGE = "#1b1f24", "#ffffff", "#56616b"
_WRAP = 52
"""Letters to a line of the notes."""

GLYPH_WIDTH, GLYPH_HEIGHT = 5, 9
"""Of the letters in ``letters.txt``; two rows hang below the line."""
_SCALE = 2
_STEP = (GLYPH_WIDTH + 1) * _SCALE
_LINE = (GLYPH_HEIGHT + 4) * _SCALE


def legend_svg(style: Style, notes: Sequence[str] = ()) -> str:
    """The legend as one SVG; notes (attribution, warnings) stand below the entries."""
    heading = heading_of(style)
    below = [line for note in notes for line in wrapped(note)]
    letters = max(map(len, (heading, *(e.label + " " * 4 for e in style.entries), *below)))
    width = 2 * _MARGIN_PX + letters * _LETTER_PX
    height = 2 * _MARGIN_PX + (1 + len(style.entries) + len(below)) * _ROW_PX
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr("Legend: " + heading)} '
        f'font-family="sans-serif" font-size="13" fill="{_INK}">',
        f"<title>{escape('Legend: ' + heading)}</title>",
        f'<rect width="{width}" height="{height}" fill="{_PAPER}" fill-opacity="0.92"/>',
        _svg_text(_MARGIN_PX, 0, heading, ' font-weight="bold"'),
    ]
    for number, entry in enumerate(style.entries, 1):
        top = _MARGIN_PX + number * _ROW_PX + (_ROW_PX - _SWATCH_PX) // 2
        fill = f'fill="{entry.colour}"' if entry.colour else f'fill="{_PAPER}" stroke-dasharray="2"'
        out.append(
            f'<rect x="{_MARGIN_PX}" y="{top}" width="{_SWATCH_PX}" height="{_SWATCH_PX}" '
            f'{fill} stroke="{_EDGE}"/>'
        )
        out.append(_svg_text(_MARGIN_PX + 2 * _SWATCH_PX, number, entry.label))
    first = len(style.entries) + 1
    out += [
        _svg_text(_MARGIN_PX, first + number, line, ' font-size="11"')
        for number, line in enumerate(below)
    ]
    return "\n".join(out) + "\n</svg>\n"


def _svg_text(x: int, row: int, text: str, more: str = "") -> str:
    y = _MARGIN_PX + row * _ROW_PX + 14
    return f'<text x="{x}" y="{y}"{more}>{escape(text)}</text>'


def heading_of(style: Style) -> str:
    """Title and unit, ``Signal level [dBm]``."""
    return f"{style.title} [{style.unit}]" if style.unit else style.title


def wrapped(text: str) -> list[str]:
    """Lines of at most `_WRAP` letters, broken between words."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= _WRAP:
            lines[-1] = joined
        else:
            lines.append(word)
    return [line for line in lines if line]


def legend_png(style: Style, notes: Sequence[str] = ()) -> bytes:
    """The legend as a picture, in small capitals-and-all letters of dots."""
    heading = heading_of(style)
    below = [line for note in notes for line in wrapped(note)]
    indent = 3 * _STEP
    width = max(
        len(heading) * _STEP,
        *(indent + len(entry.label) * _STEP for entry in style.entries),
        *(len(line) * _STEP for line in below),
    )
    rows = 1 + len(style.entries) + len(below)
    picture = np.zeros((rows * _LINE + 2 * _STEP, width + 2 * _STEP), np.uint8)
    _write(picture, _STEP, 0, heading)
    for number, entry in enumerate(style.entries, 1):
        _swatch(picture, number, 2 + number, transparent=entry.colour is None)
        _write(picture, _STEP + indent, number, entry.label)
    for number, line in enumerate(below, 1 + len(style.entries)):
        _write(picture, _STEP, number, line)
    return indexed_png(picture, _palette(style.entries))


def _palette(entries: Sequence[LegendEntry]) -> NDArray[np.uint8]:
    colours = [_PAPER, _INK, _EDGE, *(entry.colour or _PAPER for entry in entries)]
    rgb = [tuple(bytes.fromhex(colour[1:])) for colour in colours]
    return np.array([(*each, 255) for each in rgb], np.uint8)


def _swatch(picture: NDArray[np.uint8], row: int, colour: int, *, transparent: bool) -> None:
    top, size = _STEP + row * _LINE, GLYPH_HEIGHT * _SCALE - 2
    box = picture[top : top + size, _STEP : _STEP + 2 * _STEP]
    box[:] = 2
    box[2:-2, 2:-2] = 0 if transparent else colour


def _write(picture: NDArray[np.uint8], x: int, row: int, text: str) -> None:
    top = _STEP + row * _LINE
    shapes = glyphs()
    for letter in text:
        shape = shapes.get(letter, shapes["?"]).repeat(_SCALE, 0).repeat(_SCALE, 1)
        picture[top : top + shape.shape[0], x : x + shape.shape[1]] = shape
        x += _STEP


@lru_cache(maxsize=1)
def glyphs() -> dict[str, NDArray[np.uint8]]:
    """The letters of ``letters.txt``: 1 where there is ink."""
    text = files(__package__).joinpath("letters.txt").read_text(encoding="utf-8")
    blank = np.zeros((GLYPH_HEIGHT, GLYPH_WIDTH), np.uint8)
    found = {" ": blank}
    for line in text.splitlines():
        letter, *rows = line.split()
        shape = blank.copy()
        for number, row in enumerate(rows):
            bits = int(row, 16)
            shape[number] = [(bits >> (GLYPH_WIDTH - 1 - column)) & 1 for column in range(5)]
        found[letter] = shape
    return found
