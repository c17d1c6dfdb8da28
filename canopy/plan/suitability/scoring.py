"""Rules held against facts, for all assets at once.

An asset's score is 100 times the weighted mean of the points it earns. What is not known earns
nothing: then the score is the lowest it can be, and `highest` is what it would be if all that is
not known turned out best. A constraint of which it is not known whether it is kept makes the
lowest 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from canopy.plan.suitability.fact_names import NONE
from canopy.plan.suitability.facts import Bools, Facts, Floats, Numbers, Words
from canopy.plan.suitability.rules import Factor, Hard, Rule, Technology


class SuitabilityClass(StrEnum):
    """What an asset is for a technology, best first; prices of prospects are by it."""

    suitable = "suitable"
    possible = "possible"
    unknown = "unknown"
    unsuitable = "unsuitable"


CLASSES = tuple(SuitabilityClass)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Scores of the assets that `technology` is for; the rows of `earned` are its rules.

    Attributes:
        at: their places among all assets.
        facts: of all assets.
        earned: of each rule and asset: 0 to 100 for a factor; 100 or 0 for a constraint that is
            kept or broken; NaN where not known.
        asked: whether each rule is asked of each asset.
        score, lowest, highest: 0 to 100.
        confidence: part of what is asked that is known, 0 to 1: half for constraints, half for
            factors by weight. 1 where a constraint is known to be broken.
        classes: places in `CLASSES`.
        order: places in `at`, best first.
    """

    technology: Technology
    at: NDArray[np.intp]
    facts: Facts
    earned: Floats
    asked: Bools
    score: Floats
    lowest: Floats
    highest: Floats
    confidence: Floats
    classes: NDArray[np.int8]
    order: NDArray[np.intp]

    def __len__(self) -> int:
        return self.at.size

    def weights(self) -> Floats:
        """Of each rule and asset, 0 for constraints and where it is not asked; parts of 1."""
        return _weights(self.technology, self.asked)


def score(facts: Facts, technology: Technology) -> Scored:
    """All assets of the technology's kinds."""
    kinds = np.array(facts.assets.kind, dtype=object)
    at = np.flatnonzero(np.isin(kinds, [str(kind) for kind in technology.kinds]))
    kinds = kinds[at]
    rules = technology.rules
    shape = (len(rules), at.size)
    earned, asked = np.full(shape, np.nan), np.ones(shape, np.bool_)
    for row, rule in enumerate(rules):
        earned[row] = _earned(facts, rule)[at]
        if rule.kinds:
            asked[row] = np.isin(kinds, [str(kind) for kind in rule.kinds])
        if rule.where_known:
            asked[row] &= ~np.isnan(earned[row])
    hard = len(technology.hard)
    weights = _weights(technology, asked)
    known = ~np.isnan(earned)
    points = np.where(known, earned, 0.0)
    total = (weights * points).sum(axis=0)
    best = total + (weights * ~known * 100.0).sum(axis=0)
    broken = (asked[:hard] & (earned[:hard] == 0)).any(axis=0)
    unsure = (asked[:hard] & ~known[:hard]).any(axis=0)
    result = np.where(broken, 0.0, total)
    lowest = np.where(broken | unsure, 0.0, total)
    highest = np.where(broken, 0.0, best)
    confidence = np.where(broken, 1.0, _confidence(asked, known, weights, hard))
    essential = np.array([isinstance(rule, Factor) and rule.essential for rule in rules])
    open_question = unsure | (asked & ~known & essential[:, None]).any(axis=0)
    classes = _classes(technology, result, lowest, highest, confidence, open_question, broken)
    order = _order(facts, at, result, highest)
    return Scored(
        technology, at, facts, earned, asked, result, lowest, highest, confidence, classes, order
    )


def _weights(technology: Technology, asked: Bools) -> Floats:
    raw = np.array([getattr(rule, "weight", 0.0) for rule in technology.rules])
    weights = raw[:, None] * asked
    together = weights.sum(axis=0)
    parts: Floats = weights / np.where(together > 0, together, 1.0)
    return parts


def _confidence(asked: Bools, known: Bools, weights: Floats, hard: int) -> Floats:
    factors: Floats = (weights * known).sum(axis=0)
    if not hard:
        return factors
    constraints = asked[:hard].sum(axis=0)
    kept = (asked[:hard] & known[:hard]).sum(axis=0)
    share = np.where(constraints > 0, kept / np.maximum(constraints, 1), 1.0)
    return (factors + share) / 2


def _classes(
    technology: Technology,
    result: Floats,
    lowest: Floats,
    highest: Floats,
    confidence: Floats,
    open_question: Bools,
    broken: Bools,
) -> NDArray[np.int8]:
    suitable = (
        (lowest >= technology.suitable_from)
        & ~open_question
        & (confidence >= technology.confident_from)
    )
    possible = result >= technology.possible_from
    may_be = highest >= technology.possible_from
    chosen = np.select(
        [broken, suitable, possible, may_be],
        [CLASSES.index(SuitabilityClass.unsuitable), 0, 1, 2],
        CLASSES.index(SuitabilityClass.unsuitable),
    )
    return chosen.astype(np.int8)


def _order(facts: Facts, at: NDArray[np.intp], result: Floats, highest: Floats) -> NDArray[np.intp]:
    names = facts.assets
    keys = [f"{names.source[i]}\x00{names.ref[i] or ''}\x00{names.asset_id[i]}" for i in at]
    # Rounded, so that sums in another order do not decide.
    return np.lexsort((np.array(keys), -np.round(highest, 9), -np.round(result, 9)))


def _earned(facts: Facts, rule: Rule) -> Floats:
    column = facts.columns.get(rule.fact)
    if column is None:
        return np.full(len(facts.assets), np.nan)
    if isinstance(column, Numbers):
        return _by_number(column, rule)
    return _by_words(column, rule)


def _by_number(column: Numbers, rule: Rule) -> Floats:
    values = column.values
    if isinstance(rule, Factor):
        at, points = np.array(rule.points, dtype=np.float64).T
        earned: Floats = np.where(np.isnan(values), np.nan, np.interp(values, at, points))
        return earned
    kept = np.ones(values.size, np.bool_)
    if rule.at_least is not None:
        kept &= values >= rule.at_least
    if rule.at_most is not None:
        kept &= values <= rule.at_most
    return np.where(np.isnan(values), np.nan, kept * 100.0)


def _by_words(column: Words, rule: Rule) -> Floats:
    untold = column.told_of is not None and not (mentioned(rule) <= column.told_of)
    if isinstance(rule, Hard):
        return column.each(lambda words: _kept(rule, words, untold=untold))
    return column.each(lambda words: _points(rule, words, untold=untold))


def mentioned(rule: Rule) -> set[str]:
    """The words of a list that a rule asks about."""
    words = rule.points_of if isinstance(rule, Factor) else (rule.any_of or rule.none_of or ())
    return set(words) - {NONE}


def _kept(rule: Hard, words: tuple[str, ...], *, untold: bool) -> float:
    if rule.none_of is not None:
        if set(words) & set(rule.none_of):
            return 0.0
        return np.nan if untold else 100.0
    if set(words) & set(rule.any_of or ()):
        return 100.0
    return np.nan if untold else 0.0


def _points(rule: Factor, words: tuple[str, ...], *, untold: bool) -> float:
    worst = min(rule.points_of.get(word, rule.other) for word in (words or (NONE,)))
    if untold and worst > min([*rule.points_of.values()]):
        return np.nan  # another area may be worse
    return worst
