"""Allowance for optimism of estimates, and other adjustments of appraisal.

Source: Mott MacDonald, Review of Large Public Procurement in the UK (2002), table 2, which the
supplementary guidance of the Green Book takes over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from canopy.errors import Refused

Project = Literal[
    "standard-building", "non-standard-building", "standard-civil", "non-standard-civil",
    "equipment", "outsourcing",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bias:
    """Upper and lower bound of what is to be added [fraction]; None where none is published."""

    cost_upper: float
    cost_lower: float
    duration_upper: float | None
    duration_lower: float | None


BIASES: dict[Project, Bias] = {
    "standard-building": Bias(0.24, 0.02, 0.04, 0.01),
    "non-standard-building": Bias(0.51, 0.04, 0.39, 0.02),
    "standard-civil": Bias(0.44, 0.03, 0.20, 0.01),
    "non-standard-civil": Bias(0.66, 0.06, 0.25, 0.03),
    "equipment": Bias(2.00, 0.10, 0.54, 0.10),
    "outsourcing": Bias(0.41, 0.00, None, None),
}
"""Of capital cost and works duration; for outsourcing, of operating cost."""


@dataclass(frozen=True, slots=True)
class Mitigation:
    """A part of the upper bound that is taken off, and the reason on record."""

    part: float
    reason: str


def residual_bias(project: Project, mitigations: Sequence[Mitigation] = ()) -> float:
    """What to add to an estimate of cost: the upper bound less what was mitigated.

    Raises Refused for a part outside 0 to 1, for parts over 1 together, and without a reason.
    """
    for each in mitigations:
        if not 0 <= each.part <= 1 or not each.reason.strip():
            raise Refused("a mitigation is a part from 0 to 1, with its reason")
    taken_off = sum(each.part for each in mitigations)
    if taken_off > 1 + 1e-12:
        raise Refused(f"mitigations take off {taken_off:.0%} of the allowance")
    return BIASES[project].cost_upper * (1 - taken_off)


def mixed_bias(parts: Sequence[tuple[float, float]]) -> float:
    """The allowance of a project of several kinds, from (part of cost, allowance) of each."""
    if abs(sum(part for part, _ in parts) - 1) > 1e-9:
        raise Refused("the parts of a mixed project do not sum to 1")
    return sum(part * bias for part, bias in parts)


def additional(
    gross: float, deadweight: float, displacement: float, leakage: float, multiplier: float = 1.0
) -> float:
    """What of a gross benefit is additional, after what would have come anyway.

    Parts are fractions from 0 to 1. Compare English Partnerships, Additionality Guide.
    """
    if not all(0 <= part <= 1 for part in (deadweight, displacement, leakage)):
        raise Refused("deadweight, displacement and leakage are parts from 0 to 1")
    return gross * (1 - deadweight) * (1 - displacement) * (1 - leakage) * multiplier


def distributional_weight(
    median_income: float, group_income: float, elasticity: float = 1.3
) -> float:
    """How much a pound counts to a group, compared with the median (Green Book, annex 3)."""
    if median_income <= 0 or group_income <= 0:
        raise Refused("incomes are above 0")
    return float((median_income / group_income) ** elasticity)
