"""How much the catalogue holds, as far as a principal may see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.queries import AssetTally, tallies


@dataclass(frozen=True, slots=True)
class CatalogueSummary:
    """Counts by kind of the assets in place, and of those that are not any more."""

    assets_by_kind: dict[str, int]
    withdrawn: int


def summary(session: Session, principal: Principal, policy: SensitivityPolicy) -> CatalogueSummary:
    """Counts of the assets that a principal may see.

    A kind that is none stands only in a row that another program wrote and nobody has
    reconciled yet: such rows are not counted.
    """
    return _summed(
        each
        for each in tallies(session)
        if each.kind in KINDS
        and policy.sees_kind(Kind(each.kind), principal)
        and policy.sees_asset(each.sensitivity, principal)
    )


def unknown_kinds(session: Session) -> dict[str, int]:
    """How many rows have a kind that is none, by what they have for it."""
    unknown: Counter[str] = Counter()
    for each in tallies(session):
        if each.kind not in KINDS:
            unknown[str(each.kind)] += each.count
    return dict(unknown)


def _summed(seen: Iterable[AssetTally]) -> CatalogueSummary:
    by_kind: Counter[str] = Counter()
    withdrawn = 0
    for each in seen:
        if each.withdrawn:
            withdrawn += each.count
        else:
            by_kind[each.kind] += each.count
    return CatalogueSummary(dict(by_kind), withdrawn)
