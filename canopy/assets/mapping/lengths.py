"""Units of measure: what a heading or a value says, and what the numbers make plausible.

A council's 'Height' may be metres, centimetres, millimetres or feet. A unit written in
the heading or beside the number wins; otherwise the unit under which the numbers are
believable is proposed, and the reader is told why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FACTORS: dict[str, tuple[str, float, float]] = {
    # unit: (dimension, multiply by, divide by) to the dimension's base unit
    "mm": ("length", 1, 1000),
    "cm": ("length", 1, 100),
    "m": ("length", 1, 1),
    "km": ("length", 1000, 1),
    "in": ("length", 0.0254, 1),
    "ft": ("length", 0.3048, 1),
    "yd": ("length", 0.9144, 1),
    "mile": ("length", 1609.344, 1),
    "mm2": ("area", 1, 1_000_000),
    "cm2": ("area", 1, 10_000),
    "m2": ("area", 1, 1),
    "ha": ("area", 10_000, 1),
    "ft2": ("area", 0.09290304, 1),
    "acre": ("area", 4046.8564224, 1),
    "l": ("volume", 1, 1000),
    "m3": ("volume", 1, 1),
    "mW": ("power", 1, 1000),
    "W": ("power", 1, 1),
    "kW": ("power", 1000, 1),
    "MW": ("power", 1_000_000, 1),
    "g": ("mass", 1, 1000),
    "kg": ("mass", 1, 1),
    "t": ("mass", 1000, 1),
    "lb": ("mass", 0.45359237, 1),
    "N": ("force", 1, 1),
    "kN": ("force", 1000, 1),
    "Nm": ("moment", 1, 1),
    "kNm": ("moment", 1000, 1),
    "kHz": ("frequency", 1, 1000),
    "MHz": ("frequency", 1, 1),
    "GHz": ("frequency", 1000, 1),
    "VA": ("apparent power", 1, 1),
    "kVA": ("apparent power", 1000, 1),
    "A": ("current", 1, 1),
    "mA": ("current", 1, 1000),
    "V": ("voltage", 1, 1),
    "kV": ("voltage", 1000, 1),
    "kPa": ("pressure", 1, 1),
    "Pa": ("pressure", 1, 1000),
    "Mbit/s": ("rate", 1, 1),
    "Gbit/s": ("rate", 1000, 1),
    "%": ("share", 1, 1),
    "deg": ("angle", 1, 1),
    "dBm": ("level", 1, 1),
}
"""International foot (0.3048 m exactly), yard, mile and pound, as of 1959."""

_SPELLINGS = {
    "mm": "mm mms millimetre millimetres millimeter millimeters",
    "cm": "cm cms centimetre centimetres centimeter centimeters",
    "m": "m mtr mtrs mt mts metre metres meter meters",
    "km": "km kms kilometre kilometres kilometer kilometers",
    "in": 'in inch inches "',
    "ft": "ft foot feet '",
    "yd": "yd yds yard yards",
    "mile": "mile miles mi",
    "mm2": "mm2 mm² sqmm",
    "cm2": "cm2 cm² sqcm",
    "m2": "m2 m² sqm sqmetres squaremetres",
    "ha": "ha hectare hectares",
    "ft2": "ft2 ft² sqft squarefeet",
    "acre": "acre acres",
    "l": "l litre litres liter liters",
    "m3": "m3 m³ cum cubicmetres",
    "W": "w watt watts",
    "kW": "kw kilowatt kilowatts",
    "g": "g gram grams",
    "kg": "kg kgs kilogram kilograms",
    "t": "tonne tonnes",
    "lb": "lb lbs pound pounds",
    "N": "newton newtons",
    "kN": "kn",
    "Nm": "nm",
    "kNm": "knm",
    "kHz": "khz",
    "MHz": "mhz",
    "GHz": "ghz",
    "VA": "va",
    "kVA": "kva",
    "A": "a amp amps ampere amperes",
    "V": "v volt volts",
    "kV": "kv",
    "kPa": "kpa",
    "Mbit/s": "mbps mbit/s",
    "Gbit/s": "gbps gbit/s",
    "%": "% percent pct",
    "deg": "deg ° degree degrees",
    "dBm": "dbm",
}
_BY_SPELLING = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}

TYPICAL_HEIGHT_M: dict[str, tuple[float, float]] = {
    "lamppost": (3, 15),
    "cctv": (3, 25),
    "small_cell_site": (3, 30),
    "wifi_ap": (2, 15),
    "mast": (8, 150),
    "building": (3, 150),
    "rooftop": (3, 150),
    "street_furniture": (0.5, 12),
    "cabinet": (0.5, 3),
}
"""Heights believed without a word [m]: lighting columns 3-15 m (Camden: 300-1000 cm)."""

_FOOT_HEIGHTS = frozenset({10, 12, 15, 16, 18, 20, 25, 26, 30, 33, 35, 40, 45, 50})
_BELIEVABLE_SHARE = 0.9
_CANDIDATES = {"length": ("m", "cm", "mm", "ft", "km", "in"), "power": ("W", "kW"),
               "mass": ("kg", "g"), "area": ("m2", "ha", "mm2")}  # fmt: skip


def unit_of(word: str) -> str | None:
    """The unit a word spells (``metres``, ``CM``, ``ft.``), None for any other word."""
    if word in FACTORS:
        return word
    return _BY_SPELLING.get(word.strip().rstrip(".").casefold().replace(" ", ""))


_BRACKETED = re.compile(r"[(\[]([^)\]]{1,20})[)\]]")
_TAIL_UNITS = frozenset({"mm", "cm", "m", "km", "ft", "feet", "metres", "meters", "inches",
                         "w", "watts", "kw", "kg", "m2", "sqm", "ha", "mhz", "ghz",
                         "mm2"})  # fmt: skip


def unit_in_heading(heading: str) -> str | None:
    """``Height (cm)``, ``height_mm``, ``Column height in feet`` say their unit; else None."""
    for inside in _BRACKETED.findall(heading):
        unit = unit_of(inside)
        if unit:
            return unit
    words = re.split(r"[\s_\-./]+", heading.strip())
    last = words[-1].casefold() if len(words) > 1 else ""
    return unit_of(last) if last in _TAIL_UNITS else None


def can_convert(unit: str, to_unit: str) -> bool:
    """True when both units are known and measure the same thing."""
    return unit in FACTORS and to_unit in FACTORS and FACTORS[unit][0] == FACTORS[to_unit][0]


def convert(numbers: NDArray[np.float64], unit: str, to_unit: str) -> NDArray[np.float64]:
    """`numbers` [unit] in `to_unit`; unchanged bit for bit when the units are the same.

    Converted numbers are rounded to nine decimals, so that 20 ft is 6.096 m.
    Raises ValueError for units that measure different things.
    """
    if unit == to_unit:
        return numbers
    if not can_convert(unit, to_unit):
        raise ValueError(f"{unit} cannot be converted to {to_unit}")
    _, up, down = FACTORS[unit]
    _, target_up, target_down = FACTORS[to_unit]
    return np.round(numbers * (up * target_down) / (down * target_up), 9)


@dataclass(frozen=True, slots=True)
class UnitGuess:
    """The unit in which a column's numbers are believable, with the reason in words."""

    unit: str
    confidence: float
    reason: str


def guess_unit(
    numbers: NDArray[np.float64], to_unit: str, low: float, high: float, *, is_height: bool = False
) -> UnitGuess:
    """Which unit makes most `numbers` fall between `low` and `high` [to_unit].

    The target's own unit is kept whenever it is believable for nine numbers in ten.
    is_height: round numbers of feet (20, 25, 30) count as evidence for feet.
    """
    known = numbers[np.isfinite(numbers) & (numbers != 0)]
    if not len(known) or to_unit not in FACTORS:
        return UnitGuess(to_unit, 0.5, "there are no numbers to judge the unit by")
    shares = {
        unit: float(np.mean((value := convert(known, unit, to_unit)) >= low) if high == np.inf
                    else np.mean(((value := convert(known, unit, to_unit)) >= low)
                                 & (value <= high)))
        for unit in _candidates(to_unit)
    }  # fmt: skip
    span = f"{np.min(known):g} to {np.max(known):g}"
    if shares[to_unit] >= _BELIEVABLE_SHARE:
        if is_height and _looks_like_feet(known, high):
            return UnitGuess("ft", 0.7, f"{span} are usual heights in feet")
        return UnitGuess(to_unit, 0.9, f"{span} is believable in {to_unit}")
    best = max(shares, key=lambda unit: shares[unit])
    if shares[best] < 0.5 or best == to_unit:
        return UnitGuess(
            to_unit, 0.3, f"{span} is believable in no unit; expected {low:g} to {high:g} {to_unit}"
        )
    factor = 0.95 if shares[best] >= _BELIEVABLE_SHARE else 0.6
    reason = f"{span} is believable in {best} ({low:g}-{high:g} {to_unit}), not in {to_unit}"
    if shares[best] < _BELIEVABLE_SHARE:
        reason += f"; only {shares[best]:.0%} of the numbers fit: units may be mixed"
    return UnitGuess(best, factor * (0.9 if best == "ft" else 1.0), reason)


def is_a_choice(numbers: NDArray[np.float64], to_unit: str) -> bool:
    """Whether there are numbers, and several units that they could be in."""
    known = np.isfinite(numbers) & (numbers != 0)
    return to_unit in FACTORS and len(_candidates(to_unit)) > 1 and bool(known.any())


def _candidates(to_unit: str) -> tuple[str, ...]:
    others = _CANDIDATES.get(FACTORS[to_unit][0], ())
    return (to_unit, *(unit for unit in others if unit != to_unit))


def _looks_like_feet(known: NDArray[np.float64], high: float) -> bool:
    """Heights above what is usual in metres that are all typical numbers of feet."""
    typical = float(np.mean(np.isin(known, list(_FOOT_HEIGHTS))))
    return typical >= _BELIEVABLE_SHARE and float(np.max(known)) > min(high, 15)
