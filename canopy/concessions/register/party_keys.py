"""How a token's name says for which party of agreements it speaks.

Names of tokens are short and unique, names of parties are as contracts write them, and one
operator has several programs. So a party has a key, and a token is the party's whose name is
that key, alone or before a first full stop: ``example-mast-ltd`` and ``example-mast-ltd.gis``
speak for Example Mast Ltd.

Money is counted by `supplier_key`, which also takes the ways in which a company's legal form is
written for one: ``Example Mast Ltd`` is ``The Example Mast Limited``. Companies that differ in
their form alone are two, and look alike.
"""

from __future__ import annotations

import re
import unicodedata

_FORMS = {
    "ltd": "limited",
    "cyf": "limited",  # cyfyngedig, Companies Act 2006 section 59
    "cyfyngedig": "limited",
    "co": "company",
    "public-limited-company": "plc",
    "ccc": "plc",  # cwmni cyfyngedig cyhoeddus, section 58
    "limited-liability-partnership": "llp",
}
_ENDINGS = ("limited", "plc", "llp", "company", "uk")
_OTHER = re.compile(r"[^a-z0-9]+")
LONGEST = 63


def party_key(name: str) -> str:
    """The key of a party: its letters and figures in lower case, with hyphens between words."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).encode("ascii", "ignore")
    return _OTHER.sub("-", plain.decode().lower()).strip("-")[:LONGEST].strip("-")


def key_of_token(token_name: str) -> str:
    """The key of the party that a token speaks for."""
    return token_name.partition(".")[0]


def supplier_key(name: str) -> str:
    """The key by which money of a supplier is counted, however its legal form is written."""
    key = party_key(name).removeprefix("the-")
    for form, same in _FORMS.items():
        key = re.sub(rf"(?<![a-z0-9]){form}(?![a-z0-9])", same, key)
    return key


def bare_key(key: str) -> str:
    """A supplier's key without its legal form: those who share one may be one supplier."""
    words = key.split("-")
    while len(words) > 1 and words[-1] in _ENDINGS:
        words.pop()
    return "-".join(words)
