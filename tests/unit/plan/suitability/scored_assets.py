"""Small sets of assets and rules for tests of suitability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from canopy.plan.suitability.fact_names import FACTS
from canopy.plan.suitability.facts import Assets, Column, Facts, Numbers, Words
from canopy.plan.suitability.reading import as_number, as_words
from canopy.plan.suitability.rules import Factor, Hard, Technology

SAID = {"text": "asked", "source": "the test", "standing": "assumption"}


def hard(name: str, fact: str, **asked: Any) -> Hard:
    return Hard(name=name, fact=fact, **SAID, **asked)


def factor(name: str, fact: str, weight: float, **asked: Any) -> Factor:
    return Factor(name=name, fact=fact, weight=weight, **SAID, **asked)


def technology(*rules: Hard | Factor, **given: Any) -> Technology:
    """For lampposts and buildings; suitable from 60, possible from 30, whatever is known."""
    chosen = {"kinds": ("lamppost", "building"), "confident_from": 0.0, **given}
    return Technology(
        label="Test", reach_m=100.0,
        hard=tuple(each for each in rules if isinstance(each, Hard)),
        factors=tuple(each for each in rules if isinstance(each, Factor)), **chosen,
    )  # fmt: skip


def facts(
    kind: Sequence[str] | None = None, told_of: frozenset[str] | None = None, **known: Sequence[Any]
) -> Facts:
    """Assets A1, A2, … with these facts; None where not known."""
    many = len(next(iter(known.values())))
    refs = tuple(f"A{number}" for number in range(1, many + 1))
    none = (None,) * many
    assets = Assets(
        refs, ("town",) * many, refs, none, tuple(kind or ("lamppost",) * many), none, none,
        np.arange(many, dtype=float), np.zeros(many),
    )  # fmt: skip
    return Facts(assets, {name: _column(name, each, told_of) for name, each in known.items()})


def _column(name: str, values: Sequence[Any], told_of: frozenset[str] | None) -> Column:
    if FACTS[name].type == "number":
        return Numbers(np.array([as_number(each) for each in values]))
    return Words.of([as_words(each) for each in values], told_of)
