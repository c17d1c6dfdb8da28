"""Printing tables in which no figure is cut short, on a terminal of any width."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.table import Column, Table

from canopy.cli.context import console

_LONGEST_FIGURE = 24
"""Longer words with digits are identities, which may be folded."""
_LONGEST_WORDS = (12, 8, 6)
"""Longer ones of other text are folded: the first that fits, else the last."""
_HAS_DIGIT = re.compile(r"\d")


def print_table(*tables: Table | str) -> None:
    """Print tables of texts, and lines between them.

    Figures, days and references stay whole; other text is folded, never cut. A table that is
    wider than the terminal then is printed as it is.
    """
    for each in tables:
        if isinstance(each, Table):
            _fit(each, console.width)
        console.print(each, crop=False)


def _fit(table: Table, width: int) -> None:
    """Give every column its longest figure, and what is left to those that need least."""
    texts = [_texts(column) for column in table.columns]
    wanted = [max(cell_len(line) for each in held for line in each.split("\n")) for held in texts]
    room = width - (3 * len(texts) + 1)  # borders, and blanks beside them
    least = wanted
    for longest in _LONGEST_WORDS:
        if sum(least) <= room:
            break
        least = [_least(held, longest) for held in texts]
    spare = max(0, room - sum(least))
    order = sorted(range(len(least)), key=lambda at: wanted[at] - least[at])
    for done, at in enumerate(order):
        given = min(wanted[at] - least[at], spare // (len(order) - done))
        spare -= given
        table.columns[at].min_width = table.columns[at].max_width = least[at] + given
        table.columns[at].overflow = "fold"
        table.columns[at].no_wrap = False


def _texts(column: Column) -> list[str]:
    return [f"{column.header}", *(f"{each}" for each in column.cells)]


def _least(texts: Sequence[str], longest: int) -> int:
    words = [word for text in texts for word in text.split()]
    return max((min(cell_len(word), _most(word, longest)) for word in words), default=1)


def _most(word: str, longest: int) -> int:
    is_figure = _HAS_DIGIT.search(word) is not None and len(word) <= _LONGEST_FIGURE
    return _LONGEST_FIGURE if is_figure else longest
