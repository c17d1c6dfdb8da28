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
_QUOTED_CHARS = 60
"""Characters of a wrong value that a note repeats."""


def normalise_uprn(text: object) -> tuple[str | None, str | None]:
    """(UPRN, note): 12 digits with leading zeros; None and the reason where it is none.

    A UPRN has 1 to 12 digits and is not zero; it carries no check digit. The note says
    what was repaired. Never raises. Source: GeoPlace, *UPRNs and USRNs: an introduction*.
    """
    return _identifier(text, "UPRN", UPRN_DIGITS)


def normalise_usrn(text: object) -> tuple[str | None, str | None]:
    """(USRN, note): 8 digits with leading zeros; None and the reason where it is none.

    A USRN has at most 8 digits and is not zero. Never raises. Source: as above.
    """
    return _identifier(text, "USRN", USRN_DIGITS)


def _identifier(value: object, name: str, length: int) -> tuple[str | None, str | None]:
    text = _plain_text(value)
    digits = _digits(text)
    if digits is None or isinstance(value, bool):
        if _SCIENTIFIC.fullmatch(text):
            return None, f"{_quoted(text)} is no {name}: a spreadsheet has rounded it"
        return None, f"{_quoted(text)} is no {name}: it must be 1 to {length} digits"
    significant = digits.lstrip("0")
    if not significant:
        return None, f"{_quoted(text)} is no {name}: it is zero"
    if len(significant) > length:
        return None, (
            f"{_quoted(text)} has {len(significant)} digits and a {name} at most {length}"
        )
    identifier = significant.zfill(length)
    if len(digits) < length:
        return identifier, f"leading zeros of {name} {digits} restored: {identifier}"
    if len(digits) > length:
        return identifier, f"needless zeros before {name} {identifier} taken away"
    return identifier, None


_WHOLE_NUMBER = re.compile(r"([0-9]+)(?:\.0+)?")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+?[0-9]{1,2}")


def _plain_text(value: object) -> str:
    """A cell as text: ``1234.0`` where a whole number came as a float."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _digits(text: str) -> str | None:
    """The digits of an identifier, as written or as a spreadsheet hands it on.

    Spreadsheets write 1234 as ``1234.0`` or ``'1234``, people as ``12 34``.
    """
    found = _WHOLE_NUMBER.fullmatch("".join(text.removeprefix("'").split()))
    return found[1] if found else None


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _QUOTED_CHARS else f"{text[:_QUOTED_CHARS]}…")


_POSTCODE = re.compile(
    r"""(?P<outward>
          [A-PR-UWYZ] (?: [0-9]{1,2} | [0-9][A-HJKPSTUW] )              # A9, A99, A9A
        | [A-PR-UWYZ][A-HK-Y] (?: [0-9]{1,2} | [0-9][ABEHMNPRVWXY] )    # AA9, AA99, AA9A
        | GIR (?= \s* 0AA)
        )
        (?: \s* (?P<inward> [0-9][ABD-HJLNP-UW-Z]{2} ) )?""",
    re.VERBOSE,
)


def normalise_postcode(text: object) -> tuple[str | None, str | None]:
    """(postcode, note): ``SW1A 1AA``, or an outward code alone as ``NW6``.

    None and the reason for text that is neither. Tells only that the form is right, with
    the letters each place may have, not that the postcode is in use. Never raises.
    Source: the postcode form of BS 7666, as in the UK government data standards
    catalogue (A9 9AA, A99 9AA, AA9 9AA, AA99 9AA, A9A 9AA, AA9A 9AA, GIR 0AA).
    """
    given = str(text).strip()
    found = _POSTCODE.fullmatch(given.upper())
    if found is None:
        return None, f"{_quoted(given)} has not the form of a postcode"
    outward, inward = found["outward"], found["inward"]
    return (f"{outward} {inward}" if inward else outward), None
