"""Which kind of asset a file holds, by the words in its names."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from canopy.assets.mapping.headings import heading_words

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "lamppost": ("lamppost", "lampposts", "lamp", "lamps", "lighting", "streetlight",
                 "streetlights", "streetlighting", "luminaire", "lantern", "wattage"),
    "cctv": ("cctv", "camera", "cameras", "ptz"),
    "building": ("building", "buildings", "property", "properties", "land", "tenure", "estate",
                 "estates", "premises", "storeys"),
    "rooftop": ("rooftop", "rooftops", "roof", "roofs"),
    "duct": ("duct", "ducts", "ducting", "bores", "subduct"),
    "chamber": ("chamber", "chambers", "manhole", "manholes", "joint", "cover"),
    "small_cell_site": ("small", "smallcell", "smallcells", "picocell"),
    "mast": ("mast", "masts", "tower", "towers", "antenna"),
    "open_space": ("park", "parks", "open", "allotment", "allotments", "playground", "greenspace"),
    "street_furniture": ("furniture", "bollard", "bollards", "bench", "benches", "shelter",
                         "shelters", "sign", "signs", "kiosk"),
    "cabinet": ("cabinet", "cabinets", "feeder", "pillar", "pillars"),
    "fibre": ("fibre", "fiber", "fibrecount", "darkfibre"),
    "wifi_ap": ("wifi", "ssid", "hotspot", "hotspots", "wireless"),
}  # fmt: skip
"""Words that speak for a kind, in file names (counted twice) and headings."""

_TOGETHER = {("small", "cell"): "smallcell", ("small", "cells"): "smallcells",
             ("street", "light"): "streetlight", ("street", "lights"): "streetlights",
             ("lamp", "post"): "lamppost", ("lamp", "posts"): "lampposts",
             ("open", "space"): "greenspace", ("open", "spaces"): "greenspace",
             ("wi", "fi"): "wifi"}  # fmt: skip
_ALONE = frozenset({"small", "open", "cover", "joint", "sign", "land"})
"""Words too common to decide by themselves: they count half."""


@dataclass(frozen=True, slots=True)
class KindGuess:
    """The kind the words speak for, None when they speak for none or for several."""

    kind: str | None
    confidence: float
    reason: str


def guess_kind(file_words: str, headings: tuple[str, ...]) -> KindGuess:
    """The kind by the words of the file's and layer's names and of the headings."""
    votes: dict[str, float] = {}
    told: dict[str, list[str]] = {}
    for text, weight in ((file_words, 2.0), *((heading, 1.0) for heading in headings)):
        for word in dict.fromkeys(_words(text)):
            for kind, known in KIND_WORDS.items():
                if word in known:
                    votes[kind] = votes.get(kind, 0) + weight * (0.5 if word in _ALONE else 1)
                    told.setdefault(kind, []).append(word)
    if not votes:
        return KindGuess(None, 0.0, "neither the file's name nor its headings name a kind of asset")
    ranked = sorted(votes, key=lambda kind: -votes[kind])
    best = ranked[0]
    if len(ranked) > 1 and votes[ranked[1]] >= votes[best]:
        return KindGuess(None, 0.0, f"the names speak for {best} as much as for {ranked[1]}")
    if votes[best] < 1:
        return KindGuess(None, 0.0, f"only {told[best][0]!r} speaks for {best}")
    share = votes[best] / sum(votes.values())
    said = ", ".join(repr(word) for word in dict.fromkeys(told[best]))
    return KindGuess(best, round(min(0.9, 0.4 + 0.5 * share), 2), f"the names say {said}")


def _words(text: str) -> list[str]:
    words = list(heading_words(text))
    pairs = itertools.pairwise(words)
    return words + [_TOGETHER[pair] for pair in pairs if pair in _TOGETHER]
