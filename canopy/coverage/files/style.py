"""How a layer is coloured, as the writers of pictures need it; colours come from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

NOTHING = 0
"""The index in every palette that is fully transparent: beyond the grid, nothing to show."""

MAX_COLOURS = 256


class LegendEntry(Protocol):
    """One line of a legend: `colour` is ``#rrggbb``, or None for what is left transparent."""

    @property
    def colour(self) -> str | None: ...
    @property
    def label(self) -> str: ...


class Style(Protocol):
    """Turns a layer's values into at most 256 colours.

    Anything with these members will do, so that colours can live beside the map's.
    """

    @property
    def title(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def entries(self) -> Sequence[LegendEntry]:
        """Best first, as a legend shows them."""

    @property
    def palette(self) -> NDArray[np.uint8]:
        """(colours, 4) red, green, blue and opacity; row `NOTHING` is all 0."""

    def indices(self, values: NDArray[np.generic]) -> NDArray[np.uint8]:
        """The row of `palette` for every value; any shape."""
