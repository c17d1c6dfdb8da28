"""What councils' words for allowed values usually mean."""

from __future__ import annotations

import re
from collections.abc import Iterable

from canopy.assets.mapping.values import squash

MEANINGS: dict[str, tuple[str, ...]] = {
    # lifecycle
    "live": ("operational",), "active": ("operational",), "existing": ("operational",),
    "inservice": ("operational",), "inuse": ("in_use", "operational"),
    "working": ("operational",), "lit": ("operational",), "current": ("operational",),
    "construction": ("underConstruction",), "building": ("underConstruction",),
    "inconstruction": ("underConstruction",), "future": ("planned",),
    "approved": ("planned",), "design": ("proposed",), "faulty": ("inactive",),
    "off": ("inactive",), "disused": ("inactive",), "outofservice": ("inactive",),
    "disconnected": ("inactive",), "removed": ("decommissioned",),
    "scrapped": ("decommissioned",), "retired": ("decommissioned",),
    "demolished": ("decommissioned",), "redundant": ("decommissioned",),
    # availability
    "available": ("free",), "vacant": ("free",), "spare": ("free",), "occupied": ("in_use",),
    "let": ("in_use",), "held": ("reserved",), "suspended": ("blocked",),
    # materials
    "st": ("steel",), "stl": ("steel",), "galvanisedsteel": ("steel",), "galvsteel": ("steel",),
    "mildsteel": ("steel",), "galv": ("steel",), "tubularsteel": ("steel",),
    "al": ("aluminium",), "alu": ("aluminium",), "ali": ("aluminium",),
    "alum": ("aluminium",), "aluminum": ("aluminium",), "conc": ("concrete",),
    "castiron": ("cast_iron",), "ci": ("cast_iron",), "iron": ("cast_iron",),
    "timber": ("wood",), "wooden": ("wood",), "fibreglass": ("GRP", "grp"),
    "glassreinforcedplastic": ("GRP", "grp"), "composite": ("GRP", "grp"),
    "upvc": ("PVC", "pvc"), "polyethylene": ("HDPE", "hdpe"), "pe": ("HDPE", "hdpe"),
    # power and links
    "unmeteredsupply": ("unmetered",), "ums": ("unmetered",), "smartmeter": ("metered",),
    "nopower": ("none",), "optic": ("fibre",), "fiber": ("fibre",), "fibreoptic": ("fibre",),
    "radio": ("wireless",), "microwave": ("wireless",), "mobile": ("4g", "wireless"),
    # positions
    "gnss": ("gps",), "survey": ("survey", "gps"), "surveyed": ("survey", "gps"),
    "digitised": ("plotted",), "mapped": ("plotted",), "geocoded": ("address",),
    "aerialphoto": ("aerial",), "photogrammetry": ("aerial",),
    # others
    "other": ("other",), "misc": ("other",), "miscellaneous": ("other",),
}  # fmt: skip
"""Squashed word -> the allowed values it may stand for, the first one allowed being taken."""

_WORDS = re.compile(r"[a-z0-9]+")


def meaning_of(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed value that a word or phrase stands for, None when it is not clear.

    A phrase means what its one telling word means: 'Plotted By Council Officer' is
    ``plotted``; a phrase with two telling words means nothing.
    """
    choices = list(allowed)
    by_squash = {squash(choice): choice for choice in choices}
    whole = _single(squash(word), by_squash, choices)
    if whole:
        return whole
    found = {
        meaning
        for part in _WORDS.findall(word.casefold())
        if (meaning := _single(part, by_squash, choices))
    }
    return found.pop() if len(found) == 1 else None


def _single(squashed: str, by_squash: dict[str, str], choices: list[str]) -> str | None:
    if squashed in by_squash:
        return by_squash[squashed]
    return next((m for m in MEANINGS.get(squashed, ()) if m in choices), None)
