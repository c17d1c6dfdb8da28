"""Whose network a mobile network code names, in the United Kingdom."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OPERATORS_AS_OF = "2025-06"
"""Month the table stands for. The codes are ITU-T E.212's as commonly listed; those of O2 and
Vodafone's and Three's second codes were confirmed in one further list only."""

_CODES = {
    "o2": ((234, 2), (234, 10), (234, 11)),
    "vodafone": ((234, 15), (234, 77), (234, 91), (235, 77), (235, 91)),
    "three": ((234, 20), (234, 94), (235, 94)),
    "ee": ((234, 30), (234, 31), (234, 32), (234, 33), (234, 34), (234, 86), (235, 1), (235, 2)),
}

_MERGED = {"vodafone": "vodafonethree", "three": "vodafonethree"}
"""Vodafone and Three became one company on 31 May 2025 (recalled); their networks keep their
codes and, for some years, their own cells."""

Codes = Mapping[tuple[int, int], str]


def uk_operators(*, merged: bool = False) -> Codes:
    """Operator slug by (country code, network code).

    merged: take VodafoneThree as one operator. Otherwise Vodafone and Three count apart, as
    their networks do.
    """
    return MappingProxyType(
        {
            code: _MERGED.get(slug, slug) if merged else slug
            for slug, codes in _CODES.items()
            for code in codes
        }
    )
