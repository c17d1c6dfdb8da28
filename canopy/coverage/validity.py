"""How far a computed value can be trusted by the method's own stated range."""

from __future__ import annotations

from enum import IntEnum


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
