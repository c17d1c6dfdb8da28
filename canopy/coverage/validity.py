"""How far a computed value can be trusted by the method's own stated range."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Validity(IntEnum):
    """The standing of one value, also as the flag of a cell (uint8).

    Kernels use the plain numbers. `REFUSED` goes with NaN: the method has no sensible value
    there, and none was made up. `UNKNOWN` also goes with NaN: an input was missing. `OUTSIDE`
    marks cells that the run was not asked for.
    """

    IN_RANGE = 0
    EXTRAPOLATED = 1
    REFUSED = 2
    UNKNOWN = 3
    OUTSIDE = 4


def flags_of(
    inside: NDArray[np.bool_], sensible: NDArray[np.bool_], *inputs: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """The flag of each value (uint8).

    inside: where the inputs lie in the method's stated range. sensible: where there is a
    value at all. inputs: what was given; NaN in any of them makes the value unknown.
    """
    flags = np.where(inside, Validity.IN_RANGE, Validity.EXTRAPOLATED).astype(np.uint8)
    flags[~sensible] = Validity.REFUSED
    for each in inputs:
        flags[np.isnan(each)] = Validity.UNKNOWN
    return flags
