"""What a report is made of, before it is put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from canopy.plan.benefits.asked import Benefits
from canopy.plan.benefits.social import SocialValue
from canopy.plan.overlaps import Duplicates
from canopy.plan.scenarios.computing import Result
from canopy.plan.suitability.explaining import Line


@dataclass(frozen=True, slots=True)
class KindCount:
    """Assets of a kind as the report's audience sees them."""

    kind: str
    assets: int
    with_power: int
    with_height: int
    with_owner: int


@dataclass(frozen=True, slots=True)
class Material:
    """What was gathered.

    Attributes:
        result, minimum: the scenario's figures, and those of doing the minimum.
        sites: the chosen, best first, with what is not known of each.
        review: assets by kind.
        duplicates: between departments.
        changed: what differs from what the stored figures rest on; None where none are stored.
        benefits, social: as the council wrote them; None where it did not.
        licences: of the data, with who is to be named.
    """

    council: str
    made_on: date
    result: Result
    minimum: Result
    sites: Sequence[Line]
    review: Sequence[KindCount]
    duplicates: Duplicates
    changed: Sequence[str] | None
    benefits: Benefits | None
    social: SocialValue | None
    licences: Sequence[tuple[str, str]]
