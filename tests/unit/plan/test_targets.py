"""Targets are met, missed by so much, late, or not known; social value is scored by weights."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from canopy.errors import BadTerms
from canopy.plan.benefits.social import Commitment, SocialValue
from canopy.plan.targets import GROUPS, Target, judged

NOT_SPOTS = Target(
    name="not-spots", group="residents", outcome="At most 2 % of residents in a total not-spot",
    measure="residents-in-not-spots", unit="%", sense="at-most", baseline=Decimal("7.5"),
    baseline_on=date(2026, 4, 1), target=Decimal(2), target_on=date(2029, 3, 31),
    source="cabinet, 12 May 2026", owner="Head of Digital",
)  # fmt: skip
OTHERS = [
    replace(NOT_SPOTS, name=group, group=group, measure=f"of-{group}", sense="at-least",
            baseline=Decimal(10), target=Decimal(50))
    for group in GROUPS if group != "residents"
]  # fmt: skip
TARGETS = [NOT_SPOTS, *OTHERS]


@pytest.mark.parametrize(
    ("reached", "on", "is_met", "says"),
    [
        ("2", date(2029, 3, 31), True, "met (2 % by 2029-03-31)"),
        ("2.25", date(2028, 1, 1), False, "missed by 0.25 % (2.25 against 2)"),
        ("1", date(2029, 4, 2), False, "reached 2 days late, on 2029-04-02"),
        (None, date(2028, 1, 1), None, "not known, as the plan does not tell"),
        ("1", None, None, "not known"),
    ],
)
def test_a_target_is_judged_by_figure_and_day(
    reached: str | None, on: date | None, is_met: bool | None, says: str
) -> None:
    """What nobody knows is never taken as met."""
    figures = {} if reached is None else {"residents-in-not-spots": Decimal(reached)}
    found = judged(TARGETS, figures, on)[0]
    assert found.is_met is is_met
    assert says in found.sentence()


def test_at_least_is_missed_from_below() -> None:
    found = judged(TARGETS, {"of-business": Decimal(48)}, date(2028, 1, 1))
    assert [each.missed_by for each in found] == [None, Decimal(2), None]


def test_each_group_has_a_target() -> None:
    with pytest.raises(BadTerms, match="no target for visitors"):
        judged(TARGETS[:2], {}, None)
    with pytest.raises(BadTerms, match="one name"):
        judged([*TARGETS, NOT_SPOTS], {}, None)


def test_a_target_is_no_worse_than_what_is_there_and_comes_after_it() -> None:
    with pytest.raises(BadTerms, match="worse"):
        replace(NOT_SPOTS, target=Decimal(8))
    with pytest.raises(BadTerms, match="after"):
        replace(NOT_SPOTS, target_on=date(2026, 4, 1))


def test_social_value_is_scored_by_weight_and_warns_below_ten_percent() -> None:
    """4 of 5 at weight 3 and 1 of 5 at weight 1: 13 of 20 points, 65 %."""
    made = SocialValue(
        of_evaluation_percent=Decimal(10),
        commitment=(
            Commitment(name="jobs", text="Apprentices", weight=Decimal(3), points=4, evidence="a"),
            Commitment(name="green", text="Reuse", weight=Decimal(1), points=1, evidence="b"),
        ),
    )
    assert (made.score_percent, made.contribution_percent) == (Decimal(65), Decimal("6.5"))
    assert made.warnings == ()
    (warned,) = replace(made, of_evaluation_percent=Decimal(5)).warnings
    assert "counts for 5 % of the evaluation" in warned
    with pytest.raises(BadTerms, match="one name"):
        SocialValue(commitment=(made.commitment[0], made.commitment[0]))
