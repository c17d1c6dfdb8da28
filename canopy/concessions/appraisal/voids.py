"""Assets and capacity that could earn and do not, and what they may bring.

An asset is void where it is on offer and no live agreement is about it; one that is let and on
offer has room for another letting. What one letting of each may bring is the range between the
quartiles of the register's own rents of such assets, else the range of published ones. Rents of
before the Code value nothing: no new letting is made on that basis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from canopy.concessions.appraisal.benchmarks import Benchmarks, RentGroup
from canopy.concessions.appraisal.renewals import SITES
from canopy.concessions.valuation.comparables import comparables

LEGACY = "legacy-market"


@dataclass(frozen=True, slots=True)
class OnOffer:
    """Assets of a kind that are on offer, and the capacity that is offered of them.

    Attributes:
        is_let: whether a live agreement is about each.
    """

    asset_kind: str
    is_let: bool
    assets: int
    spare_mounts: int
    spare_duct_bores: int
    spare_fibres: int


@dataclass(frozen=True, slots=True)
class Void:
    """The same, with what one letting of each would bring in a year [p]: None where unknown."""

    asset_kind: str
    is_let: bool
    assets: int
    spare_mounts: int
    spare_duct_bores: int
    spare_fibres: int
    low_pence: int | None = None
    high_pence: int | None = None
    valued_by: str | None = None


def voids(offered: Sequence[OnOffer], rents: Benchmarks, fewest: int) -> list[Void]:
    """What is on offer, valued; void assets first, the most of a kind first.

    fewest: agreements that a group of rents must have to value anything, 1 or more.
    """
    order = sorted(offered, key=lambda each: (each.is_let, -each.assets, each.asset_kind))
    return [_valued(each, rents, fewest) for each in order]


def _valued(offered: OnOffer, rents: Benchmarks, fewest: int) -> Void:
    found = _own_range(offered.asset_kind, rents, fewest) or _published(offered.asset_kind)
    counts = (
        offered.asset_kind, offered.is_let, offered.assets, offered.spare_mounts,
        offered.spare_duct_bores, offered.spare_fibres,
    )  # fmt: skip
    if found is None:
        return Void(*counts)
    low, high, valued_by = found
    return Void(
        *counts, round(100 * low * offered.assets), round(100 * high * offered.assets), valued_by
    )


def _own_range(
    asset_kind: str, rents: Benchmarks, fewest: int
) -> tuple[Decimal, Decimal, str] | None:
    """Of the group with most agreements: rents of two groups are never put together."""
    group = max(_groups(asset_kind, rents, fewest), key=lambda each: len(each.rents), default=None)
    if group is None:
        return None
    count = len(group.rents)
    agreements = "1 agreement" if count == 1 else f"{count} agreements"
    told = (
        f"rents of {agreements} in {rents.year} ({group.key.charge}, {group.key.basis}), "
        "lower to upper quartile"
    )
    return group.lower_quartile, group.upper_quartile, told


def _groups(asset_kind: str, rents: Benchmarks, fewest: int) -> Iterator[RentGroup]:
    for group in rents.groups:
        is_usable = group.key.basis != LEGACY and len(group.rents) >= fewest
        if group.key.asset_kind == asset_kind and is_usable:
            yield group


def _published(asset_kind: str) -> tuple[Decimal, Decimal, str] | None:
    site = SITES.get(asset_kind)
    found = () if site is None else comparables(site, "code-no-network")
    if not found:
        return None
    yearly = [Decimal(f"{each.yearly_gbp}") for each in found]
    told = "; ".join(f"{each.name}, {each.year}: {each.source}" for each in found)
    return min(yearly), max(yearly), f"published: {told}"
