"""Levels from which a technology counts as covered: the values to start from, with sources.

They are settings: a council that follows another definition passes its own. What Ofcom's
definition promised at these levels was a 98 % chance of a 90-second call and, for 4G, a 95 %
chance of 2 Mbit/s; the checker of 2025 asks for more and does not publish its levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from canopy.errors import NotFound

Place = Literal["outdoor", "indoor"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """One level, and how well it is attested.

    Attributes:
        service: "2g", "3g", "4g", "5g" or "5g-very-high".
        place: where the level is to be had.
        level_dbm: lowest level that counts [dBm]: RSSI for 2G, CPICH RSCP for 3G, RSRP for
            4G, SS-RSRP for 5G.
        source: where it is published.
        verified: False where it is cited from memory of the source and not seen in it.
    """

    service: str
    place: Place
    level_dbm: float
    source: str
    verified: bool


_METHODOLOGY = "Ofcom, Connected Nations, methodology annex: coverage thresholds"

THRESHOLDS = (
    Threshold(
        "4g",
        "outdoor",
        -105.0,
        "Office for National Statistics, subnational indicators (4G coverage from at least one "
        "operator, September 2022), after Ofcom, Connected Nations",
        True,
    ),
    Threshold("4g", "indoor", -95.0, _METHODOLOGY, False),
    Threshold("5g", "outdoor", -110.0, f"{_METHODOLOGY} (high confidence)", False),
    Threshold("5g-very-high", "outdoor", -100.0, f"{_METHODOLOGY} (very high confidence)", False),
    Threshold("3g", "outdoor", -100.0, _METHODOLOGY, False),
    Threshold("2g", "outdoor", -81.0, _METHODOLOGY, False),
)


def threshold_of(service: str, place: Place = "outdoor") -> Threshold:
    """The threshold to start from; raises NotFound, with those there are, where there is none."""
    for threshold in THRESHOLDS:
        if (threshold.service, threshold.place) == (service, place):
            return threshold
    there = ", ".join(f"{one.service} {one.place}" for one in THRESHOLDS)
    raise NotFound(f"no threshold is set for {service} {place}; there are: {there}")
