"""Values every asset shares and the checks of identifiers. Pure."""

from __future__ import annotations

import re
from enum import StrEnum


class LifecycleStatus(StrEnum):
    """Life cycle of an asset. Source: Open Fibre Data Standard 0.3, nodeStatus codelist."""

    proposed = "proposed"
    planned = "planned"
    under_construction = "underConstruction"
    operational = "operational"
    inactive = "inactive"
    decommissioned = "decommissioned"


class Availability(StrEnum):
    """Whether an asset can be had; an offer's terms are a record of their own."""

    free = "free"
    reserved = "reserved"
    in_use = "in_use"
    blocked = "blocked"
    withdrawn = "withdrawn"


class PowerSupply(StrEnum):
    """How an asset is fed."""

    none = "none"
    unmetered = "unmetered"
    metered = "metered"
    private = "private"


class BackhaulType(StrEnum):
    """What carries traffic from an asset, or could from nearby."""

    fibre = "fibre"
    duct = "duct"
    wireless = "wireless"
    copper = "copper"
    none = "none"


class PositionMethod(StrEnum):
    """How a position was found."""

    gps = "gps"
    survey = "survey"
    aerial = "aerial"
    plotted = "plotted"
    address = "address"


UPRN_DIGITS = 12
USRN_DIGITS = 8
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][A-Z]{2})?")


def _digits(text: str) -> str | None:
    """Digits of an identifier that may have passed through a spreadsheet (``1.0E4`` no)."""
    stripped = text.strip().replace(" ", "")
    if re.fullmatch(r"[0-9]+\.0+", stripped):
        stripped = stripped.partition(".")[0]
    return stripped if re.fullmatch(r"[0-9]+", stripped, re.ASCII) else None


def normalise_uprn(text: object) -> tuple[str | None, str | None]:
    """(UPRN, note): 12 digits with leading zeros; None and the reason where it is none.

    A UPRN has 1 to 12 digits and is not zero. Source: GeoPlace, *UPRNs and USRNs: an
    introduction*. The note says what was repaired.
    """
    return _identifier(text, "UPRN", UPRN_DIGITS)


def normalise_usrn(text: object) -> tuple[str | None, str | None]:
    """(USRN, note): 8 digits with leading zeros; None and the reason where it is none."""
    return _identifier(text, "USRN", USRN_DIGITS)


def _identifier(value: object, name: str, length: int) -> tuple[str | None, str | None]:
    if isinstance(value, bool):
        return None, f"{value!r} is no {name}"
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    digits = _digits(text)
    if digits is None:
        return None, f"{text.strip()!r} is no {name}: it must be 1 to {length} digits"
    if len(digits) > length:
        return None, f"{digits} has {len(digits)} digits and a {name} at most {length}"
    if int(digits) == 0:
        return None, f"{digits} is no {name}: it is zero"
    if len(digits) < length:
        padded = digits.zfill(length)
        return padded, f"leading zeros of {name} {digits} restored: {padded}"
    return digits, None


def normalise_postcode(text: object) -> tuple[str | None, str | None]:
    """(postcode, note): ``SW1A 1AA``, or an outward code alone as ``NW6``.

    None and the reason for text that is neither. Source: the form in BS 7666-5.
    """
    given = str(text)
    found = _POSTCODE.fullmatch(given.strip().upper())
    if found is None:
        return None, f"{given.strip()!r} has not the form of a postcode"
    outward, inward = found.groups()
    return (f"{outward} {inward}" if inward else outward), None
