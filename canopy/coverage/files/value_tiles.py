"""Map tiles of values, for a reader who chooses colours and a threshold by himself.

A tile is size by size whole numbers of 16 bits, the low byte first, row by row from the
north-west. Three numbers are no values, so that what is not known is never taken for what is
not covered; from `FIRST` on a number stands for offset + (number - FIRST) * step, rounded
down. Steps are powers of two, so that a threshold in whole decibels parts exactly the cells
that it parts in the run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.files.layers import LayerKind

BEYOND, UNKNOWN, NONE, FIRST = 0, 1, 2, 3
"""Beyond the area; not known; no site reaches; the first of the values."""

LARGEST_CHANGE_DB = 200.0
"""What a change from or to no level at all is told as [dB]."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """What numbers stand for: the least of them for `offset`, each more for `step` more."""

    offset: float
    step: float


_DECIBELS = Scale(-250.0, 1 / 128)
_SHARE = Scale(0.0, 1 / 8192)
_COUNT = Scale(0.0, 1.0)
SCALES: dict[str, Scale] = {
    "rsrp_dbm": _DECIBELS,
    "operator_rsrp_dbm": _DECIBELS,
    "sinr_db": _DECIBELS,
    "margin_db": _DECIBELS,
    "probability": _SHARE,
    "operator_probability": _SHARE,
    "throughput_mbps": Scale(0.0, 1 / 8),
    "operators_above": _COUNT,
    "servers_above": _COUNT,
    "flag": _COUNT,
}
"""By the layer's name; a layer of indices has none, for it has more sites than numbers."""

COMPARED = ("rsrp_dbm", "operator_rsrp_dbm", "sinr_db")
"""Layers in decibels of which two runs can be compared."""


def real_values(values: NDArray[np.generic], kind: LayerKind) -> Floats:
    """A layer's values as real numbers, NaN where it says that nothing is known."""
    real = values.astype(np.float64)
    if kind.nodata is not None and not np.isnan(kind.nodata):
        real[real == kind.nodata] = np.nan
    return real


def change(after: Floats, before: Floats) -> Floats:
    """The level after less that before [dB].

    NaN where one is not known, -inf where no site reaches in either, and at most
    `LARGEST_CHANGE_DB` up or down: so much where one of them has no level.
    """
    with np.errstate(invalid="ignore"):
        less = np.clip(after - before, -LARGEST_CHANGE_DB, LARGEST_CHANGE_DB)
    return np.where(np.isneginf(after) & np.isneginf(before), -np.inf, less)


def numbers(values: Floats, scale: Scale) -> NDArray[np.uint16]:
    """What a tile holds for values inside the area; those beyond the scale get its ends."""
    last = np.iinfo(np.uint16).max
    with np.errstate(invalid="ignore"):
        steps = np.floor((values - scale.offset) / scale.step) + FIRST
        found = np.clip(steps, FIRST, last)
    found = np.where(np.isneginf(values), NONE, found)
    return np.where(np.isnan(values), UNKNOWN, found).astype(np.uint16)
