"""Whole numbers in formats that only have floats."""

from __future__ import annotations

from canopy.assets.importers.base import RawValue


def whole(value: RawValue) -> RawValue:
    """A float that holds a whole number as int: 10000480247.0 is a UPRN, not a measure."""
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
