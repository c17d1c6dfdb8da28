"""How large a payload may be. Everything a decoder does is bounded by these."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one message.

    Attributes:
        body_bytes: length of the whole.
        depth: how deep lists and objects may lie in each other.
        readings: results of one message, refused parts counted.
        name_chars: length of identifiers, keys and units.
        text_chars: length of a result that is text.
    """

    body_bytes: int = 262_144
    depth: int = 16
    readings: int = 5_000
    name_chars: int = 256
    text_chars: int = 4_096


LIMITS = Limits()
"""The limits where nobody gives others."""
