"""Published rents of telecommunications sites: what tribunals fixed, and what was paid before.

`seen` is False where a figure is cited from memory of its source: verify it before it is put
before a committee.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Basis = Literal["legacy-market", "code-no-network"]
Site = Literal["bare-rural", "greenfield", "rooftop", "street-furniture"]


@dataclass(frozen=True, slots=True)
class Comparable:
    """One published yearly figure [GBP/yr], of its year's money."""

    name: str
    site: Site
    basis: Basis
    year: int
    yearly_gbp: float
    source: str
    seen: bool


_SURVEY = "survey of 106 councils' mast rents, 2016"
_DELOITTE = "Deloitte, mast rents, 2016"

COMPARABLES = (
    Comparable("Councils, rural, mean", "bare-rural", "legacy-market", 2016, 4946, _SURVEY, True),
    Comparable("Councils, urban, mean", "rooftop", "legacy-market", 2016, 11346, _SURVEY, True),
    Comparable("Rural", "bare-rural", "legacy-market", 2016, 7500, _DELOITTE, True),
    Comparable("Urban", "rooftop", "legacy-market", 2016, 9200, _DELOITTE, True),
    Comparable(
        "Threadgold House, agreed before the Code",
        "rooftop",
        "legacy-market",
        2017,
        21000,
        "EE and H3G v Islington [2019] UKUT 53 (LC)",
        True,
    ),
    Comparable(
        "Threadgold House",
        "rooftop",
        "code-no-network",
        2019,
        2551.77,
        "EE and H3G v Islington [2019] UKUT 53 (LC)",
        True,
    ),
    Comparable(
        "Maple House",
        "rooftop",
        "code-no-network",
        2020,
        5000,
        "Cornerstone v London & Quadrant [2020] UKUT 282 (LC)",
        False,
    ),
    Comparable(
        "Dale Park",
        "bare-rural",
        "code-no-network",
        2020,
        1200,
        "On Tower v JH & FW Green [2020] UKUT 348 (LC)",
        False,
    ),
    Comparable(
        "Pendown Farm",
        "bare-rural",
        "code-no-network",
        2022,
        750,
        "EE and H3G v Stephenson [2022] UKUT 180 (LC)",
        True,
    ),
    Comparable(
        "Vache Farm",
        "greenfield",
        "code-no-network",
        2024,
        1750,
        "EE and H3G v AP Wireless II [2024] UKUT 216 (LC)",
        True,
    ),
)


def comparables(site: Site, basis: Basis) -> tuple[Comparable, ...]:
    """Those published of a kind of site on one basis: two bases are never put together."""
    return tuple(each for each in COMPARABLES if (each.site, each.basis) == (site, basis))


def published_range(site: Site, basis: Basis) -> tuple[float, float] | None:
    """Least and greatest published figure [GBP/yr]; None where none is, as for lamp columns."""
    found = [each.yearly_gbp for each in comparables(site, basis)]
    return (min(found), max(found)) if found else None
