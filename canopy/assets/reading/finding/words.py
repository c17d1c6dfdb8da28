"""What a searched text may be: which fields to look in for which text, in order. Pure."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from canopy.assets.rules import normalise_postcode, normalise_uprn, normalise_usrn

SEARCHED_FIELDS = ("asset_id", "ref", "uprn", "usrn", "postcode", "name", "street")
"""The fields that are searched, the surest match first."""
MAX_CHARS = 200
"""Characters of a searched text."""
FEWEST_OF_A_PREFIX = 2
"""Characters from which a text is also looked for as the beginning of a longer one."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BEGUN_INWARD = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) ?([0-9][A-Z]?)")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Look:
    """One look into a field's index: for the `whole` text, or for what begins with it."""

    field: str
    text: str
    whole: bool = True


def looks(searched: str) -> list[Look]:
    """Where to look for a text, in the order in which finds are ranked.

    What has the text as a whole comes before what only begins with it. Spaces at the ends
    and repeated ones do not count, nor does the case of letters; refs and postcodes are
    found with or without their spaces, UPRNs and USRNs with or without leading zeros.
    """
    text = tidy(searched)
    found = list(_whole(text))
    if len(text) >= FEWEST_OF_A_PREFIX:
        found += _begun(text)
    return list(dict.fromkeys(found))


def tidy(text: str) -> str:
    """The text with single spaces, and letters composed of parts in one piece."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _whole(text: str) -> Iterator[Look]:
    if _UUID.fullmatch(text.lower()):
        yield Look("asset_id", text.lower())
    for each in _refs(text):
        yield Look("ref", each)
    if (uprn := normalise_uprn(text)[0]) is not None:
        yield Look("uprn", uprn)
    if (usrn := normalise_usrn(text)[0]) is not None:
        yield Look("usrn", usrn)
    if (postcode := normalise_postcode(text)[0]) is not None:
        yield Look("postcode", postcode)
    for field in ("name", "street"):
        for each in _folded(text):
            yield Look(field, each)


def _begun(text: str) -> Iterator[Look]:
    for each in _refs(text):
        yield Look("ref", each, whole=False)
    for each in _begun_postcodes(text):
        yield Look("postcode", each, whole=False)
    for field in ("name", "street"):
        for each in _folded(text):
            yield Look(field, each, whole=False)


def _refs(text: str) -> list[str]:
    return list(dict.fromkeys([*_folded(text), *_folded(text.replace(" ", ""))]))


def _folded(text: str) -> list[str]:
    """The text as the index holds it: with A to Z in lower case, other letters as they are.

    Those are looked for in either case, all of them in the same.
    """
    return list(
        dict.fromkeys(each.translate(_LOWER) for each in (text, text.lower(), text.upper()))
    )


def _begun_postcodes(text: str) -> Iterator[str]:
    """`NW6` begins with its district, `NW6 1` and `NW61` with a sector of it."""
    given = text.upper()
    postcode = normalise_postcode(given)[0]
    if postcode is not None and " " not in postcode:
        yield f"{postcode} "
    begun = _BEGUN_INWARD.fullmatch(given)
    if begun is not None:
        yield f"{begun[1]} {begun[2]}"
