"""How a token's name says for which party of agreements it speaks.

Names of tokens are short and unique, names of parties are as contracts write them, and one
operator has several programs. So a party has a key, and a token is the party's whose name is
that key, alone or before a first full stop: ``example-mast-ltd`` and ``example-mast-ltd.gis``
speak for Example Mast Ltd.
"""

from __future__ import annotations

import re
import unicodedata

_OTHER = re.compile(r"[^a-z0-9]+")
LONGEST = 63


def party_key(name: str) -> str:
    """The key of a party: its letters and figures in lower case, with hyphens between words."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).encode("ascii", "ignore")
    return _OTHER.sub("-", plain.decode().lower()).strip("-")[:LONGEST].strip("-")


def key_of_token(token_name: str) -> str:
    """The key of the party that a token speaks for."""
    return token_name.partition(".")[0]
