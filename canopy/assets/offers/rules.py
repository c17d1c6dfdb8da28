"""What an offer can say, and who sees which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from canopy.access.rules import Principal, Role
from canopy.assets.kinds import Kind


class Technology(StrEnum):
    """What an asset is offered for."""

    macro_4g = "macro_4g"
    macro_5g = "macro_5g"
    small_cell_4g = "small_cell_4g"
    small_cell_5g = "small_cell_5g"
    fixed_wireless = "fixed_wireless"
    wifi = "wifi"
    iot_lorawan = "iot_lorawan"
    iot_other = "iot_other"
    fibre = "fibre"
    duct = "duct"
    cctv = "cctv"
    lighting_control = "lighting_control"


class OfferStatus(StrEnum):
    """Where an offer is in its life. A withdrawn one stays in the past and is final."""

    draft = "draft"
    open = "open"
    reserved = "reserved"
    withdrawn = "withdrawn"


LIVE = (OfferStatus.open, OfferStatus.reserved)
"""Offers that hold their technologies: no other may be open for the same at the same time."""

FEWEST_OF_A_BAND = 5
"""Assets that must share a price band before those below estates see it. Source: the project's
matrix of roles and sensitivity: rents only as bands with five sites or more."""

ONLY_OF: Mapping[str, frozenset[Kind]] = {
    "spare_duct_bores": frozenset({Kind.duct}),
    "spare_fibres": frozenset({Kind.fibre}),
}
"""Capacities that only some kinds can have."""


@dataclass(frozen=True, slots=True)
class OfferedAsset:
    """An asset that can be had, and the greatest capacity that one of its offers states."""

    ref: str | None
    kind: str
    spare_mounts: int
    spare_duct_bores: int
    spare_fibres: int


def statuses_seen(principal: Principal) -> tuple[OfferStatus, ...]:
    """The statuses whose offers a principal sees; withdrawn ones nobody.

    That somebody has reserved a site is for planners on: from it an operator would learn
    where others want to build. Drafts are for those who write them.
    """
    if principal.role.reaches(Role.estates):
        return (OfferStatus.draft, OfferStatus.open, OfferStatus.reserved)
    if principal.role.reaches(Role.planner):
        return LIVE
    return (OfferStatus.open,)


def sees_ended(principal: Principal) -> bool:
    """Whether offers whose last day has passed are seen."""
    return principal.role.reaches(Role.estates)


def sees_every_price(principal: Principal) -> bool:
    """Whether price bands are seen that few assets share."""
    return principal.role.reaches(Role.estates)


def sees_distances(principal: Principal) -> bool:
    """Whether distances to fibre and ducts are seen.

    From three of them a chamber would be found: they are for those who see where it is.
    """
    return principal.role.reaches(Role.operator)


def periods_overlap(first: tuple[date, date | None], second: tuple[date, date | None]) -> bool:
    """Whether two periods, both ends included and None open, have a day in common."""
    return (second[1] is None or first[0] <= second[1]) and (
        first[1] is None or second[0] <= first[1]
    )
