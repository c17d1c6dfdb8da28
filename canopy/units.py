"""Units of measure and money, each conversion a plain function. Pure.

Lengths: the international foot is 0.3048 m exactly and the inch 0.0254 m (Weights and
Measures Act 1985, Schedule 1). Power level: dBm is decibels over one milliwatt
(IEC 60027-3). Functions take floats or arrays of them; NaN in gives NaN out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

LengthUnit = Literal["mm", "cm", "m", "km", "in", "ft"]

_PARTS_OF_A_METRE: dict[str, float] = {"mm": 1000.0, "cm": 100.0}
_METRES_IN_ONE: dict[str, float] = {"m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048}

_PENCE_IN_A_POUND = 100
_MILLIWATTS_IN_A_WATT = 1000.0

Quantity = TypeVar("Quantity", float, NDArray[np.float64])


def to_metres(length: Quantity, unit: LengthUnit) -> Quantity:
    """`length` [unit] in metres; 800 cm is 8 m exactly.

    Raises ValueError for a unit that is not in `LengthUnit`.
    """
    if unit in _PARTS_OF_A_METRE:
        return length / _PARTS_OF_A_METRE[unit]
    return length * _metres_in_one(unit)


def from_metres(length_m: Quantity, unit: LengthUnit) -> Quantity:
    """`length_m` [m] in `unit`. Raises ValueError for a unit that is not in `LengthUnit`."""
    if unit in _PARTS_OF_A_METRE:
        return length_m * _PARTS_OF_A_METRE[unit]
    return length_m / _metres_in_one(unit)


def _metres_in_one(unit: str) -> float:
    if unit not in _METRES_IN_ONE:
        units = ", ".join(get_args(LengthUnit))
        raise ValueError(f"{unit!r} is no unit of length; the units are {units}")
    return _METRES_IN_ONE[unit]


def kw_to_w(power_kw: Quantity) -> Quantity:
    """Power [kW] in watts."""
    return power_kw * 1000.0


def w_to_kw(power_w: Quantity) -> Quantity:
    """Power [W] in kilowatts."""
    return power_w / 1000.0


def dbm_to_w(level_dbm: Quantity) -> Quantity:
    """Power level [dBm] in watts: 30 dBm is 1 W."""
    watts: Quantity = 10.0 ** (level_dbm / 10.0) / _MILLIWATTS_IN_A_WATT
    return watts


def w_to_dbm(power_w: Quantity) -> Quantity:
    """Power [W, > 0] as a level in dBm. Raises ValueError where a power is not positive."""
    if np.any(np.asarray(power_w) <= 0):
        raise ValueError("a power of zero or less has no level in dBm")
    level = 10.0 * np.log10(np.asarray(power_w) * _MILLIWATTS_IN_A_WATT)
    return level if isinstance(power_w, np.ndarray) else float(level)


def pence_to_pounds(pence: int) -> Decimal:
    """Whole pence as pounds with two decimals, exactly: 123 is 1.23.

    Raises TypeError for anything but an int: money is never a float.
    """
    if type(pence) is not int:
        raise TypeError(f"pence are whole numbers, not {type(pence).__name__}")
    return Decimal(f"{pence}E-2")


def pounds_to_pence(pounds: Decimal | int) -> int:
    """Pounds as whole pence, exactly.

    Raises TypeError for a float, and ValueError where there is a part of a penny or no
    number at all: rounding is a rule of the agreement, not of this function.
    """
    if type(pounds) not in (Decimal, int):
        raise TypeError(f"pounds are Decimal or int, not {type(pounds).__name__}")
    amount = Decimal(pounds)
    if not amount.is_finite():
        raise ValueError(f"{pounds} is no amount of money")
    numerator, denominator = amount.as_integer_ratio()
    pence, rest = divmod(numerator * _PENCE_IN_A_POUND, denominator)
    if rest:
        raise ValueError(f"£{pounds} is not a whole number of pence; round it first")
    return pence
