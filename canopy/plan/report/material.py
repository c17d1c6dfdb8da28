"""What a report is made of, before it is put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.places import NamedArea
from canopy.plan.benefits.asked import Benefits
from canopy.plan.benefits.social import SocialValue
from canopy.plan.cashflow.candidates import Candidate
from canopy.plan.cashflow.gathering import CashFlow
from canopy.plan.overlaps import Duplicates
from canopy.plan.report.words import Picture, Words
from canopy.plan.scenarios.computing import Result
from canopy.plan.suitability.explaining import Line, RuleResult

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class KindCount:
    """Assets of a kind as the report's audience sees them."""

    kind: str
    assets: int
    with_power: int
    with_height: int
    with_owner: int


@dataclass(frozen=True, slots=True)
class Site:
    """A chosen site.

    Attributes:
        rules: what each rule of its suitability says of it.
    """

    number: int
    line: Line
    candidate: Candidate
    rules: Sequence[RuleResult]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Where things lie that the report's audience may see, in the storage CRS.

    Attributes:
        dots_m: (n, 2), of assets that are no route, where their place is seen exactly.
        routes: ducts and fibre.
    """

    crs: str
    wards: Sequence[NamedArea]
    dots_m: NDArray[np.float64]
    routes: Geometries


@dataclass(frozen=True, slots=True)
class WardCovered:
    """Parts of a ward, 0 to 1, by whether nobody, somebody or everybody covers it outdoors.

    Attributes:
        without_residents: people where nobody covers; None where nobody counted them.
    """

    ward: str
    total: float
    partial: float
    full: float
    without_residents: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """A coverage run, as the report tells it.

    Attributes:
        is_public: whether everybody may see where its patches lie.
        beyond: sentences of methods that were used outside their published range.
        patches: outlines by status, in the storage CRS.
    """

    name: str
    technology: str
    is_public: bool
    is_indicative: bool
    threshold_dbm: float | None
    wards: Sequence[WardCovered]
    beyond: Sequence[str]
    patches: Mapping[str, Geometries]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What was gathered.

    Attributes:
        result, minimum: the scenario's figures, and those of doing the minimum.
        sites: the chosen, best first, with what is not known of each.
        review: assets by kind.
        duplicates: between departments.
        changed: what differs from what the stored figures rest on; None where none are stored.
        now, after: coverage of doing the minimum and of the plan; None without a run.
        benefits, social, words: as the council wrote them.
        licences: of the data, with who is to be named.
        attribution: who is to be named on maps.
    """

    council: str
    made_on: date
    result: Result
    minimum: Result
    sites: Sequence[Site]
    review: Sequence[KindCount]
    spread: Spread
    duplicates: Duplicates
    changed: Sequence[str] | None
    now: Covered | None
    after: Covered | None
    cash: CashFlow
    benefits: Benefits | None
    social: SocialValue | None
    licences: Sequence[tuple[str, str]]
    attribution: Sequence[str] = ()
    words: Words = field(default_factory=Words)
    pictures: Mapping[str, Picture] = field(default_factory=dict)

    def gained_by_ward(self) -> dict[str, Decimal]:
        """Residents newly covered, by ward; nothing where either run does not count them."""
        if self.now is None or self.after is None:
            return {}
        before = {each.ward: each.without_residents for each in self.now.wards}
        found = {}
        for each in self.after.wards:
            was, now = before.get(each.ward), each.without_residents
            if was is not None and now is not None:
                found[each.ward] = Decimal(repr(round(max(0.0, was - now), 1)))
        return found


NO_SHAPES: Geometries = np.empty(0, object)
NOWHERE = np.empty((0, 2))


def points_of(geometries: Geometries) -> NDArray[np.float64]:
    """A point on each, (n, 2)."""
    if not len(geometries):
        return NOWHERE
    points: NDArray[np.float64] = shapely.get_coordinates(shapely.point_on_surface(geometries))
    return points
