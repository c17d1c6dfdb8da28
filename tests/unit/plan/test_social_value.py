"""Social value is scored by the weights that a council gives."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from canopy.errors import BadTerms
from canopy.plan.benefits.social import Commitment, SocialValue


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
