"""Checks of single values out of a parsed payload: text, numbers, results, positions."""

from __future__ import annotations

import math
from typing import Any

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Hint, Position, Result
from canopy.iot.payloads.unreadable import Unreadable, shown

LARGEST_INTEGER = 2**64
EXACT_INTEGER = 2**53
"""Whole numbers beyond it may change when made floats."""


def text(value: object, what: str, most: int) -> str:
    """Text of 1 to `most` characters that can be stored: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str):
        raise Unreadable("wrong-shape", f"{what} is {shown(value)}, not text")
    if not value:
        raise Unreadable("bad-text", f"{what} is empty")
    if len(value) > most:
        raise Unreadable("bad-text", f"{what} has {len(value):,} characters, of {most:,} allowed")
    if "\0" in value or not (value.isascii() or _encodable(value)):
        raise Unreadable("bad-text", f"{what} has characters that cannot be stored")
    return value


def identifier(value: object, what: str, limits: Limits) -> str:
    """An identifier that may be written as text or as a whole number."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_INTEGER:
        return str(value)
    return text(value, what, limits.name_chars)


def number(value: object, what: str) -> float:
    """A finite number. Truth is none; whole numbers have 64 bits at most."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise Unreadable("bad-value", f"{what} is {value}, no number that can be kept")
    if isinstance(value, int) and not isinstance(value, bool):
        if -LARGEST_INTEGER < value < LARGEST_INTEGER:
            return float(value)
        raise Unreadable("bad-value", f"{what} is a whole number of more than 64 bits")
    raise Unreadable("wrong-shape", f"{what} is {shown(value)}, not a number")


def result(value: object, what: str, limits: Limits) -> Result:
    """A result: number, truth or text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value, what, limits.text_chars)
    return number(value, what)


def number_hints(value: object) -> tuple[Hint, ...]:
    """Says where a whole number is too large to be kept exactly."""
    if isinstance(value, int) and abs(value) > EXACT_INTEGER and int(float(value)) != value:
        return ("rounded",)
    return ()


def obj(value: object, what: str) -> dict[str, Any]:
    """A JSON object."""
    if isinstance(value, dict):
        return value
    raise Unreadable("wrong-shape", f"{what} is {shown(value)}, not an object")


def array(value: object, what: str) -> list[Any]:
    """A JSON array."""
    if isinstance(value, list):
        return value
    raise Unreadable("wrong-shape", f"{what} is {shown(value)}, not a list")


def position(longitude: object, latitude: object, height_m: object = None) -> Position:
    """A position in range [degrees]."""
    east, north = number(longitude, "the longitude"), number(latitude, "the latitude")
    if not (-180 <= east <= 180 and -90 <= north <= 90):
        raise Unreadable("bad-value", f"{east}, {north} is no longitude and latitude")
    return Position(east, north, None if height_m is None else number(height_m, "the height"))


def position_or_hint(
    longitude: object, latitude: object, height_m: object = None
) -> tuple[Position | None, tuple[Hint, ...]]:
    """A position beside readings: out of range, or at 0, 0, it is left out and hinted at.

    Receivers without a fix send 0, 0; the readings beside it are good all the same.
    """
    try:
        found = position(longitude, latitude, height_m)
    except Unreadable:
        return None, ("no-position-fix",)
    if found.longitude == 0 and found.latitude == 0:
        return None, ("no-position-fix",)
    return found, ()


def geojson_point(geometry: object) -> Position | None:
    """The position of a GeoJSON Point; None for other geometries."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or not 2 <= len(coordinates) <= 4:
        raise Unreadable("wrong-shape", "a Point needs a longitude and a latitude")
    return position(*coordinates[:3])


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
