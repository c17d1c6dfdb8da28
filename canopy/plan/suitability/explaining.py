"""A score, rule by rule: what was looked at, what it earned, and why it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from canopy.plan.suitability.fact_names import FACTS, UNREACHED_M
from canopy.plan.suitability.facts import Facts, Numbers, Words
from canopy.plan.suitability.rules import Factor, Rule
from canopy.plan.suitability.scoring import CLASSES, Scored, SuitabilityClass, mentioned

Outcome = Literal["kept", "broken", "unknown", "points"]


@dataclass(frozen=True, slots=True)
class Line:
    """What one score says of one asset.

    Attributes:
        rank: from 1; by it pages go on.
        x_m, y_m: in the storage CRS; None where its position is not seen exactly.
        score, lowest, highest: 0 to 100.
        confidence: 0 to 1.
        broken: names of constraints that it breaks.
        unknown: names of rules of which it is not known what they ask.
    """

    rank: int
    asset_id: str
    source: str
    ref: str | None
    name: str | None
    kind: str
    ward: str | None
    street: str | None
    x_m: float | None
    y_m: float | None
    suitability: SuitabilityClass
    score: float
    lowest: float
    highest: float
    confidence: float
    broken: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule says of one asset.

    Attributes:
        value: of the fact, in words; None where not known.
        points: 0 to 100 of a factor; None for constraints and what is not known.
        weight: its part of the score, 0 to 1; 0 for a constraint.
        contribution: what it adds to the score.
        may_add: what it could add at most, were what is not known found out.
        note: how the value was measured, or why it is not known.
    """

    name: str
    is_hard: bool
    fact: str
    value: str | None
    unit: str
    outcome: Outcome
    points: float | None
    weight: float
    contribution: float
    may_add: float
    text: str
    source: str
    standing: str
    note: str | None


def lines(scored: Scored, places: range | list[int]) -> list[Line]:
    """Of the assets at these ranks, counted from 0."""
    rules = scored.technology.rules
    hard = len(scored.technology.hard)
    assets = scored.facts.assets
    found = []
    for rank in places:
        row = int(scored.order[rank])
        at = int(scored.at[row])
        earned, asked = scored.earned[:, row], scored.asked[:, row]
        x, y = float(assets.x_m[at]), float(assets.y_m[at])
        found.append(
            Line(
                rank + 1, assets.asset_id[at], assets.source[at], assets.ref[at],
                assets.name[at], assets.kind[at], assets.ward[at], assets.street[at],
                None if np.isnan(x) else x, None if np.isnan(y) else y,
                CLASSES[scored.classes[row]],
                round(float(scored.score[row]), 2), round(float(scored.lowest[row]), 2),
                round(float(scored.highest[row]), 2), round(float(scored.confidence[row]), 3),
                tuple(rules[i].name for i in np.flatnonzero(asked[:hard] & (earned[:hard] == 0))),
                tuple(rules[i].name for i in np.flatnonzero(asked & np.isnan(earned))),
            )
        )  # fmt: skip
    return found


def rank_of(scored: Scored, asset_id: str) -> int | None:
    """The rank of an asset, counted from 0; None where it is not scored."""
    ids = scored.facts.assets.asset_id
    return next(
        (rank for rank, row in enumerate(scored.order) if ids[scored.at[row]] == asset_id), None
    )


def explained(scored: Scored, rank: int) -> list[RuleResult]:
    """Every rule that is asked of the asset at a rank, counted from 0; constraints first."""
    row = int(scored.order[rank])
    at = int(scored.at[row])
    weights = scored.weights()[:, row]
    return [
        _result(scored.facts, rule, at, float(scored.earned[i, row]), float(weights[i]))
        for i, rule in enumerate(scored.technology.rules)
        if scored.asked[i, row]
    ]


def _result(facts: Facts, rule: Rule, at: int, earned: float, weight: float) -> RuleResult:
    is_factor = isinstance(rule, Factor)
    is_known = not np.isnan(earned)
    outcome: Outcome = "unknown"
    if is_known:
        outcome = "points" if is_factor else "kept" if earned else "broken"
    contribution = weight * earned if is_factor and is_known else 0.0
    may_add = weight * 100 if is_factor and not is_known else contribution
    spec = FACTS.get(rule.fact)
    note = facts.told.get(rule.fact, {}).get(at) or (None if is_known else _untold(facts, rule))
    return RuleResult(
        rule.name, not is_factor, rule.fact, shown(facts, rule.fact, at) if is_known else None,
        "" if spec is None else spec.unit, outcome,
        round(earned, 2) if is_factor and is_known else None, round(weight, 4),
        round(contribution, 2), round(may_add, 2), rule.text, rule.source, rule.standing, note,
    )  # fmt: skip


def _untold(facts: Facts, rule: Rule) -> str | None:
    """Why a list cannot tell on all that a rule asks of it."""
    column = facts.columns.get(rule.fact)
    if not isinstance(column, Words) or column.told_of is None:
        return None
    missing = sorted(mentioned(rule) - column.told_of)
    if not missing:
        return None
    return (
        f"No area is loaded of {', '.join(missing)}, and none_here of the rules does not name it."
    )


def shown(facts: Facts, fact: str, at: int) -> str | None:
    """The value of a fact of an asset, in words."""
    column = facts.columns.get(fact)
    if column is None or not column.known[at]:
        return None
    if isinstance(column, Numbers):
        value = float(column.values[at])
        if fact == "fibre_m" and value >= UNREACHED_M:
            return "no way found"
        return f"{value:.10g}" if value == round(value, 3) else f"{value:.1f}"
    return ", ".join(column.vocabulary[column.codes[at]])
