"""Where a page ends, as an opaque text that tells nothing its reader has not seen.

It holds the last asset's id and, of a sorted page, its values of the sorted fields. Row
numbers would tell how many hidden assets lie between two that are shown.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

import orjson

from canopy.errors import BadFilter

MAX_TOKEN_CHARS = 4_000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field to sort by. Unknown values come last in either direction."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PageKey:
    """The last asset of a page: the next page begins after it."""

    asset_id: str
    values: tuple[object, ...] = ()


def write_token(key: PageKey) -> str:
    """A key as it stands in an address."""
    packed = orjson.dumps([key.asset_id, *key.values])
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_token(token: str, sort_keys: int) -> PageKey:
    """The key of a token with values of so many sorted fields. Raises BadFilter."""
    if len(token) <= MAX_TOKEN_CHARS:
        try:
            padded = token.encode("ascii") + b"=" * (-len(token) % 4)
            found = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (UnicodeEncodeError, binascii.Error, orjson.JSONDecodeError):
            found = None
        if _is_key(found, sort_keys):
            return PageKey(found[0], tuple(found[1:]))
    raise bad_token()


def bad_token() -> BadFilter:
    """What is said of every token that leads nowhere."""
    return BadFilter("The token is none that leads to a next page; start from the first page.")


def _is_key(found: object, sort_keys: int) -> bool:
    return (
        isinstance(found, list)
        and len(found) == 1 + sort_keys
        and isinstance(found[0], str)
        and _UUID.fullmatch(found[0]) is not None
        and all(each is None or isinstance(each, (str, float, int, bool)) for each in found[1:])
    )
