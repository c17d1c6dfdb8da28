"""The assets that a siting chooses among, with what they cost and where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from canopy.errors import LimitExceeded, Refused
from canopy.plan.scenarios.figures import chosen_places, named_places
from canopy.plan.scenarios.scenario import MOST_SITES, Scenario
from canopy.plan.scenarios.siting_asked import Siting
from canopy.plan.siting.rules import Minimum, Rules, Spacing
from canopy.plan.suitability.facts import Floats, Numbers, Words
from canopy.plan.suitability.scoring import Scored

MOST_CANDIDATES = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Candidates, best score first.

    Attributes:
        places: rank of each among all scored, from 0.
        x_m, y_m: in the storage CRS.
        cost_gbp: of each [£]; NaN where not known.
        wards, owners: of each.
        names: by which messages know them.
        required, forbidden: numbers of candidates.
        notes: what was left out, in sentences.
    """

    places: NDArray[np.intp]
    x_m: Floats
    y_m: Floats
    cost_gbp: Floats
    wards: tuple[str | None, ...]
    owners: tuple[str | None, ...]
    names: tuple[str, ...]
    required: tuple[int, ...]
    forbidden: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def costs_known(self) -> bool:
        return bool(np.isfinite(self.cost_gbp).all())

    @property
    def cost_pence(self) -> NDArray[np.int64]:
        """Of each [p]; 0 where not known."""
        return np.rint(np.nan_to_num(self.cost_gbp) * 100).astype(np.int64)

    def rules(self, scenario: Scenario, siting: Siting) -> Rules:
        """What the choice must keep to. Raises Refused."""
        spacing = siting.spacing_m
        minimums = [
            *_minimums("ward", self.wards, siting.least_by_ward),
            *_minimums("operator", self.owners, siting.least_by_operator),
        ]
        return Rules(
            len(self.names),
            sites=scenario.assets.most,
            cost_pence=self.cost_pence if self.costs_known else None,
            budget_pence=_pence(_least_budget(scenario, siting)),
            required=self.required,
            forbidden=self.forbidden,
            spacing=None if spacing is None else Spacing(self.x_m, self.y_m, spacing),
            minimums=tuple(minimums),
            names=self.names,
        )


def pool_of(scored: Scored, scenario: Scenario, siting: Siting) -> Pool:
    """The candidates of a scenario. Raises Refused for a ref that no asset, or more than one,
    has, and where none is left; LimitExceeded beyond `MOST_CANDIDATES`."""
    fitting = chosen_places(scored, replace(scenario.assets, most=MOST_SITES))
    required = named_places(scored, siting.required, "siting.required")
    forbidden = named_places(scored, siting.forbidden, "siting.forbidden")
    places = np.array(sorted({*fitting, *required}), np.intp)
    if places.size > MOST_CANDIDATES:
        raise LimitExceeded(
            f"{places.size:,} assets fit, more than the {MOST_CANDIDATES:,} that sites are chosen "
            "among: narrow assets.kinds, assets.wards or assets.classes"
        )
    at = scored.at[scored.order[places]]
    assets = scored.facts.assets
    cost = _cost(scored, at)
    keep, notes = _kept(scenario, siting, np.isfinite(assets.x_m[at]), cost)
    if not keep.any():
        raise Refused("no asset is left to choose among: " + (" ".join(notes) or "none fits"))
    lost = set(required) - set(places[keep].tolist())
    if lost:
        ref = assets.ref[int(scored.at[scored.order[min(lost)]])]
        raise Refused(f"siting.required: {ref} cannot be chosen: {' '.join(notes)}")
    places, at = places[keep], at[keep]
    number = {int(place): i for i, place in enumerate(places)}
    return Pool(
        places, assets.x_m[at], assets.y_m[at], cost[keep],
        tuple(assets.ward[i] for i in at), _owners(scored, at),
        tuple(assets.ref[i] or assets.asset_id[i] for i in at),
        tuple(number[place] for place in required),
        tuple(number[place] for place in forbidden if place in number),
        tuple(notes),
    )  # fmt: skip


def _kept(
    scenario: Scenario, siting: Siting, placed: NDArray[np.bool_], cost: Floats
) -> tuple[NDArray[np.bool_], list[str]]:
    """Which candidates can be used, and why others cannot."""
    keep, notes = placed.copy(), []
    if not placed.all():
        notes.append(f"{np.count_nonzero(~placed):,} are left out: their position is not seen.")
    known = np.isfinite(cost)
    in_money = "npv" in siting.objective or siting.most_site_gbp is not None
    if in_money or _least_budget(scenario, siting) is not None:
        unknown = keep & ~known
        if unknown.any():
            notes.append(f"{np.count_nonzero(unknown):,} are left out: their cost is not known.")
        keep &= known
    if siting.most_site_gbp is not None:
        dear = keep & (cost > siting.most_site_gbp)
        if dear.any():
            notes.append(
                f"{np.count_nonzero(dear):,} are left out: they cost more than "
                f"£{siting.most_site_gbp:,.0f}."
            )
        keep &= ~dear
    return keep, notes


def _least_budget(scenario: Scenario, siting: Siting) -> float | None:
    """The whole budget, or that of all phases together where that is less [£]."""
    phases = [each.budget_gbp for each in scenario.phases]
    told = [siting.budget_gbp] if siting.budget_gbp is not None else []
    if phases and all(each is not None for each in phases):
        told.append(sum(each for each in phases if each is not None))
    return min(told, default=None)


def _pence(gbp: float | None) -> int | None:
    return None if gbp is None else round(gbp * 100)


def _minimums(what: str, of: Sequence[str | None], asked: Mapping[str, int]) -> list[Minimum]:
    return [
        Minimum(f"{what} {name}", np.array([each == name for each in of], np.bool_), sites)
        for name, sites in asked.items()
    ]


def _cost(scored: Scored, at: NDArray[np.intp]) -> Floats:
    column = scored.facts.columns.get("cost_gbp")
    if not isinstance(column, Numbers):
        return np.full(at.size, np.nan)
    found: Floats = column.values[at]
    return found


def _owners(scored: Scored, at: NDArray[np.intp]) -> tuple[str | None, ...]:
    column = scored.facts.columns.get("owner")
    if not isinstance(column, Words):
        return (None,) * at.size
    return tuple(
        None if code < 0 else " ".join(column.vocabulary[code]) for code in column.codes[at]
    )
