"""Figures of a scenario: of its sites, phases, coverage and money. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from canopy.errors import Refused
from canopy.plan.scenarios.scenario import AssetChoice, Phase, Target
from canopy.plan.suitability.facts import Floats, Numbers
from canopy.plan.suitability.scoring import CLASSES, Scored


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; None where it is not known, and `note` then says why."""

    name: str
    value: float | None
    unit: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class TargetResult:
    """A target held against its figure.

    Attributes:
        met: None where the figure is not known.
        missed_by: how far it is from the bound, 0 where met, in the figure's unit.
        is_late: whether the last phase comes after the target's year.
    """

    target: Target
    value: float | None
    met: bool | None
    missed_by: float | None
    is_late: bool = False


def chosen_places(scored: Scored, choice: AssetChoice) -> list[int]:
    """Ranks, counted from 0, of the assets that are used, best first.

    Raises Refused for a ref that no asset, or more than one, has.
    """
    if choice.refs:
        return named_places(scored, choice.refs, "assets.refs")[: choice.most]
    assets = scored.facts.assets
    wanted = {CLASSES.index(each) for each in choice.classes}
    kinds, wards = {str(kind) for kind in choice.kinds}, set(choice.wards)
    found: list[int] = []
    for place, row in enumerate(scored.order.tolist()):
        if len(found) >= choice.most:
            break
        at = int(scored.at[row])
        if (
            int(scored.classes[row]) in wanted
            and (not kinds or assets.kind[at] in kinds)
            and (not wards or assets.ward[at] in wards)
        ):
            found.append(place)
    return found


def named_places(scored: Scored, refs: Sequence[str], field: str) -> list[int]:
    """Ranks of the assets with these refs, or source/ref. Raises Refused, naming the field."""
    assets = scored.facts.assets
    places: dict[str, list[int]] = {}
    for place, row in enumerate(scored.order.tolist()):
        at = int(scored.at[row])
        if assets.ref[at] is not None:
            for name in (str(assets.ref[at]), f"{assets.source[at]}/{assets.ref[at]}"):
                places.setdefault(name, []).append(place)
    wrong = next((ref for ref in refs if len(places.get(ref, ())) != 1), None)
    if wrong is not None:
        many = len(places.get(wrong, ()))
        said = "no asset that is scored has" if not many else f"{many} assets have"
        raise Refused(f"{field}: {said} the ref {wrong}; write source/ref where two share one")
    return sorted({places[ref][0] for ref in refs})


def site_figures(scored: Scored, places: Sequence[int], phases: Sequence[Phase]) -> list[Figure]:
    """Of the chosen sites together, and of each phase."""
    rows = scored.order[list(places)]
    at = scored.at[rows]
    counts = Counter(scored.classes[rows].tolist())
    figures = [Figure("sites", len(rows), "sites")]
    figures += [
        Figure(f"sites_{each}", counts.get(i, 0), "sites") for i, each in enumerate(CLASSES[:3])
    ]
    mean = float(scored.score[rows].mean()) if len(rows) else None
    figures.append(Figure("mean_score", _rounded(mean), "of 100",
                          None if len(rows) else "There is no site."))  # fmt: skip
    cost = _values(scored, "cost_gbp", at)
    figures += _money("capital_gbp", cost)
    lead_in, total = _values(scored, "lead_in_m", at), _values(scored, "fibre_m", at)
    figures += [
        Figure("lead_in_m", _rounded(float(np.nansum(lead_in))), "m"),
        Figure("duct_m", _rounded(float(np.nansum(total - lead_in))), "m"),
        Figure("sites_without_way", int(np.isnan(lead_in).sum()), "sites"),
    ]
    return figures + _phases(cost, phases)


def phase_figures(
    scored: Scored, places: Sequence[int], built_in: Sequence[str | None], phases: Sequence[Phase]
) -> list[Figure]:
    """Of each phase, where sites have been given theirs by name."""
    cost = _values(scored, "cost_gbp", scored.at[scored.order[list(places)]])
    figures: list[Figure] = []
    for phase in phases:
        part = cost[[name == phase.name for name in built_in]]
        figures += _phase(phase, part)
    return figures


def _phases(cost: Floats, phases: Sequence[Phase]) -> list[Figure]:
    figures, begun = [], 0
    for phase in phases:
        part = cost[begun : begun + phase.sites]
        begun += phase.sites
        figures += _phase(phase, part)
    return figures


def _phase(phase: Phase, part: Floats) -> list[Figure]:
    short = "" if part.size == phase.sites else f"{phase.sites:,} were asked for."
    return [
        Figure(f"phase_{phase.name}_sites", part.size, "sites", short or None),
        *_money(f"phase_{phase.name}_capital_gbp", part),
    ]


def _money(name: str, cost: Floats) -> list[Figure]:
    unknown = int(np.isnan(cost).sum())
    note = f"Of {unknown:,} sites the cost is not known." if unknown else None
    whole = None if unknown and unknown == cost.size else round(float(np.nansum(cost)), 2)
    return [Figure(name, whole, "£", note)]


def _values(scored: Scored, fact: str, at: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    column = scored.facts.columns.get(fact)
    if not isinstance(column, Numbers):
        return np.full(at.size, np.nan)
    values: Floats = column.values[at]
    return values


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def held_against(
    targets: Iterable[Target], figures: Iterable[Figure], phases: Sequence[Phase] = ()
) -> list[TargetResult]:
    """Each target: met, missed by how much, or not known; and whether all is built in time."""
    known = {each.name: each.value for each in figures}
    last = max((phase.year for phase in phases), default=0)
    return [_result(each, known.get(each.figure), is_late=last > each.by) for each in targets]


def _result(target: Target, value: float | None, *, is_late: bool) -> TargetResult:
    if value is None:
        return TargetResult(target, None, None, None, is_late)
    if target.at_most is not None:
        missed = max(0.0, value - target.at_most)
    else:
        missed = max(0.0, (target.at_least or 0.0) - value)
    met = missed == 0 and not is_late
    return TargetResult(target, value, met, round(missed, 6), is_late)
