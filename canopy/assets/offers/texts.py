"""Fields of an offer written as text: in a CSV file, or after ``--set``. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from canopy.assets.offers.fields import LISTS, SET_BY_OFFICERS
from canopy.errors import BadAttribute

SEPARATOR = ";"
"""What stands between the entries of a list."""


def read_text(name: str, text: str) -> object:
    """The value of a field; None for blank text. Raises BadAttribute for what is no number.

    Numbers are written plainly (``2500``, ``1.5``), lists with semicolons, dates as 2026-01-31.
    """
    text = text.strip()
    if not text:
        return None
    if name in LISTS:
        return [each.strip() for each in text.split(SEPARATOR) if each.strip()]
    field = SET_BY_OFFICERS.get(name)
    if field is None:
        raise BadAttribute(
            f"{name[:60]!r} is no field of an offer; there are {', '.join(SET_BY_OFFICERS)}.",
            field=name[:60],
        )
    if field.type in ("number", "integer"):
        return _number(name, text)
    return text


def _number(name: str, text: str) -> float:
    try:
        if "_" in text:
            raise ValueError(text)
        return float(text)
    except ValueError as error:
        raise BadAttribute(f"{name} {text[:60]!r}: must be a number.", field=name) from error


def read_texts(texts: Mapping[str, str]) -> dict[str, object]:
    """The values of several fields, without those that are blank."""
    read = {name: read_text(name, text) for name, text in texts.items()}
    return {name: value for name, value in read.items() if value is not None}
