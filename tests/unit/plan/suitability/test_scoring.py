"""Rules held against facts: what is earned, what is open, and which class that makes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_assets import factor, facts, hard, technology

from canopy.errors import BadRules
from canopy.plan.suitability.explaining import explained, lines
from canopy.plan.suitability.facts import Facts
from canopy.plan.suitability.rules import Technology
from canopy.plan.suitability.rules_file import read_rules
from canopy.plan.suitability.scoring import Scored, SuitabilityClass, score

HEIGHT = factor("height", "height_m", 30, points=((5, 0), (10, 100)))
POWER = factor("power", "power", 10, points_of={"metered": 100, "none": 0}, essential=True)
STANDS = hard("stands", "status", any_of=("operational",))


def classes(scored: Scored) -> list[str]:
    """By the assets' own order."""
    found = sorted(lines(scored, range(len(scored))), key=lambda line: line.asset_id)
    return [str(line.suitability) for line in found]


def test_a_score_is_the_weighted_mean_of_points() -> None:
    """Half of 30 parts and all of 10: 62.5 of 100, and all of it certain."""
    scored = score(facts(height_m=[7.5], power=["metered"]), technology(HEIGHT, POWER))
    assert (scored.score[0], scored.lowest[0], scored.highest[0]) == (62.5, 62.5, 62.5)
    assert (scored.confidence[0], classes(scored)) == (1.0, ["suitable"])


def test_what_is_not_known_earns_nothing_and_shows() -> None:
    """The interval is what it could still be, and the confidence the weight that is known."""
    scored = score(facts(height_m=[10, None], power=[None, None]), technology(HEIGHT, POWER))
    assert scored.score.tolist() == [75.0, 0.0]
    assert scored.highest.tolist() == [100.0, 100.0]
    assert scored.confidence.tolist() == [0.75, 0.0]
    assert lines(scored, [0])[0].unknown == ("power",)


def test_unknown_is_never_suitable() -> None:
    """An essential fact or a constraint that is not known stops at possible, whatever the rest."""
    known = {"height_m": [10, 10, 10], "power": ["metered", None, "metered"]}
    scored = score(
        facts(status=["operational", "operational", None], **known),
        technology(STANDS, HEIGHT, POWER),
    )
    assert classes(scored) == ["suitable", "possible", "possible"]
    assert scored.lowest.tolist() == [100.0, 75.0, 0.0]


def test_an_unknown_that_decides_makes_the_class_unknown() -> None:
    """Too little is earned to be possible, and enough is open."""
    scored = score(facts(height_m=[None, 5], power=["none", "none"]), technology(HEIGHT, POWER))
    assert classes(scored) == ["unknown", "unsuitable"]


def test_a_broken_constraint_decides_alone() -> None:
    """Nothing else counts, and nothing that is open could change it."""
    scored = score(
        facts(status=["planned"], height_m=[10], power=[None]), technology(STANDS, HEIGHT, POWER)
    )
    line = lines(scored, [0])[0]
    assert (line.score, line.highest, line.confidence) == (0.0, 0.0, 1.0)
    assert (line.suitability, line.broken) == (SuitabilityClass.unsuitable, ("stands",))


def test_what_is_asked_where_it_is_known_costs_nothing_elsewhere() -> None:
    """By the rules that are shipped the worst condition ends a lamppost, a poor one earns less than
    a good one, and one that nobody graded is as it was without those rules."""
    shipped = read_rules(None).rules.technologies["small_cell"]
    before = replace(
        shipped,
        hard=tuple(each for each in shipped.hard if each.fact != "condition"),
        factors=tuple(each for each in shipped.factors if each.fact != "condition"),
    )
    known = facts(
        condition=[None, 5, 4, 1], status=["operational"] * 4, height_m=[8] * 4,
        power=["metered"] * 4,
    )  # fmt: skip
    scored = score(known, shipped)
    assert classes(scored)[1] == "unsuitable"
    assert scored.score[1] == 0 < scored.score[2] < scored.score[3]
    without = score(known, before)
    for each in ("score", "lowest", "highest", "confidence"):
        assert getattr(scored, each)[0] == getattr(without, each)[0]
    with pytest.raises(BadRules, match="where it is known"):
        replace(POWER, where_known=True)


def test_too_little_confidence_is_not_suitable() -> None:
    """The council's line for confidence holds even where the points suffice."""
    asked = technology(HEIGHT, replace(POWER, essential=False), confident_from=0.8)
    assert classes(score(facts(height_m=[10], power=[None]), asked)) == ["possible"]


def test_rules_for_other_kinds_are_not_asked() -> None:
    """A building is measured by what concerns buildings, and its weights are of those alone."""
    asked = technology(HEIGHT, replace(POWER, kinds=("lamppost",)))
    scored = score(facts(kind=["building", "mast"], height_m=[7.5, 10], power=["none"] * 2), asked)
    assert len(scored) == 1
    assert scored.score.tolist() == [50.0]
    assert [each.name for each in explained(scored, 0)] == ["height"]


@pytest.mark.parametrize(
    ("value", "asked", "kept"),
    [
        (6.0, {"at_least": 6.0}, True),
        (5.99, {"at_least": 6.0}, False),
        (6.0, {"at_most": 6.0}, True),
        (6.01, {"at_most": 6.0}, False),
        (None, {"at_least": 6.0}, None),
    ],
)
def test_limits_are_allowed_themselves(value: Any, asked: dict[str, float], kept: Any) -> None:
    """A column of exactly the least height is tall enough."""
    rules = technology(hard("tall", "height_m", **asked), POWER)
    earned = score(facts(height_m=[value], power=["metered"]), rules).earned[0, 0]
    assert (None if math.isnan(earned) else bool(earned)) == kept


@pytest.mark.parametrize(
    ("touches", "points"),
    [
        (("none",), None),
        (("conservation_area",), None),
        (("conservation_area", "sssi"), 0.0),
        (("sssi",), 0.0),
        (None, None),
    ],
)
def test_a_designation_without_areas_is_not_known(touches: Any, points: float | None) -> None:
    """No area of an SSSI is loaded: an asset may lie in one, unless it is worst already."""
    planning = factor(
        "planning", "designations", 10, points_of={"none": 100, "conservation_area": 40, "sssi": 0}
    )
    known = facts(designations=[touches], told_of=frozenset({"conservation_area"}))
    scored = score(known, technology(planning))
    earned = scored.earned[0, 0]
    assert (None if math.isnan(earned) else earned) == points
    note = explained(scored, 0)[0].note
    assert (note is not None and "sssi" in note) == (points is None)


def test_the_worst_designation_counts() -> None:
    """Of two areas the one that bears more on equipment."""
    planning = factor("planning", "designations", 1, points_of={"none": 100, "green_belt": 70,
                                                               "listed": 10})  # fmt: skip
    told = frozenset({"green_belt", "listed"})
    known = facts(designations=[("green_belt", "listed"), ("none",)], told_of=told)
    assert score(known, technology(planning)).score.tolist() == [10.0, 100.0]


def test_an_explanation_adds_up_to_the_score() -> None:
    """Rule by rule, with words, source and unit."""
    scored = score(
        facts(status=["operational"], height_m=[7.5], power=["metered"]),
        technology(STANDS, HEIGHT, POWER),
    )
    told = explained(scored, 0)
    assert sum(each.contribution for each in told) == pytest.approx(scored.score[0], abs=0.01)
    height = next(each for each in told if each.name == "height")
    assert (height.value, height.unit, height.points) == ("7.5", "m", 50.0)
    assert (height.weight, height.source, height.standing) == (0.75, "the test", "assumption")


HEIGHTS = st.one_of(st.none(), st.floats(1, 20))
POWERS = st.sampled_from(["metered", "none", None])
STATES = st.sampled_from(["operational", "planned", None])


@given(st.lists(st.tuples(STATES, HEIGHTS, POWERS), min_size=1, max_size=12), st.randoms())
def test_whatever_is_found_out_lies_within_the_interval(rows: list[Any], dice: Any) -> None:
    """Fill in what is not known as you like: the score stays between lowest and highest."""
    asked = technology(STANDS, HEIGHT, POWER)

    def scored(of: list[Any]) -> Scored:
        status, height, power = zip(*of, strict=True)
        return score(facts(status=status, height_m=height, power=power), asked)

    before = scored(rows)
    filled = [
        (a or dice.choice(["operational", "planned"]), dice.uniform(1, 20) if b is None else b,
         c or dice.choice(["metered", "none"]))
        for a, b, c in rows
    ]  # fmt: skip
    after = scored(filled)
    assert np.all(after.score >= before.lowest - 1e-9)
    assert np.all(after.score <= before.highest + 1e-9)
    assert np.all(after.confidence >= before.confidence - 1e-9)


def test_equal_assets_are_ranked_by_reference() -> None:
    """Whatever order they come in, so that two runs and two databases agree."""
    known = facts(height_m=[10, 8, 10], power=["metered"] * 3)
    ranked = [line.ref for line in lines(score(known, technology(HEIGHT, POWER)), range(3))]
    assert ranked == ["A1", "A3", "A2"]


def ten_thousand() -> tuple[Facts, Technology]:
    rng = np.random.default_rng(7)
    return (
        facts(height_m=rng.uniform(3, 12, 10_000).tolist(), power=["metered", None] * 5_000),
        technology(HEIGHT, POWER),
    )


def test_ten_thousand_assets_are_scored_at_once() -> None:
    """Every one of them has a rank of its own, and ranks fall with scores."""
    scored = score(*ten_thousand())
    assert sorted(scored.order.tolist()) == list(range(10_000))
    assert np.all(np.diff(scored.score[scored.order]) <= 1e-9)
