"""What rights under the Electronic Communications Code are worth, and what renewals would do.

Consideration is the market value of the rights between a willing buyer and seller, on the
assumption that they are *not* for a network (Communications Act 2003, Schedule 3A, paragraph
24). Tribunals build it from the value of the site for another use, benefits that the operator
has beyond that, and burdens of the owner. Compensation (paragraphs 25 and 84) is another line.

This is a calculator for a negotiation, not a valuation: every input is the council's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from canopy.concessions.valuation.comparables import (
    Comparable,
    Site,
    comparables,
    published_range,
)
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class CodeInputs:
    """Of one site, each yearly [GBP/yr] and at least 0.

    Attributes:
        other_use_gbp: what the site would let for if not for a network; often nominal.
        benefits_gbp: to the operator, of rights or services beyond the bare site, such as access
            at all hours or a share of services.
        burdens_gbp: to the owner beyond those of the other use, such as the risk to repairs.
        compensation_gbp: loss and damage, spread over the years; not consideration.
    """

    site: Site
    other_use_gbp: float
    benefits_gbp: float
    burdens_gbp: float
    compensation_gbp: float = 0.0


@dataclass(frozen=True, slots=True)
class CodeValue:
    """Consideration and compensation apart, beside what was published [GBP/yr]."""

    consideration_gbp: float
    compensation_gbp: float
    published: tuple[float, float] | None
    compared_with: tuple[Comparable, ...]

    @property
    def within_published(self) -> bool | None:
        """Whether consideration lies in the published range; None where there is none."""
        if self.published is None:
            return None
        return self.published[0] <= self.consideration_gbp <= self.published[1]


def code_value(inputs: CodeInputs) -> CodeValue:
    """The three parts of consideration added up. Raises Refused for a negative input."""
    parts = (inputs.other_use_gbp, inputs.benefits_gbp, inputs.burdens_gbp)
    if min(*parts, inputs.compensation_gbp) < 0:
        raise Refused("the parts of a value under the Code are not negative")
    return CodeValue(
        sum(parts),
        inputs.compensation_gbp,
        published_range(inputs.site, "code-no-network"),
        comparables(inputs.site, "code-no-network"),
    )


@dataclass(frozen=True, slots=True)
class Passing:
    """A letting that comes up for renewal: its rent now [GBP/yr]."""

    ref: str
    site: Site
    passing_gbp: float


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a letting would bring after renewal [GBP/yr].

    Attributes:
        low_gbp, high_gbp: None where nothing is published of such a site.
    """

    ref: str
    passing_gbp: float
    low_gbp: float | None
    high_gbp: float | None


@dataclass(frozen=True, slots=True)
class PortfolioEffect:
    """Sums over renewals that something is published of, and those that nothing is [GBP/yr]."""

    renewals: tuple[Renewal, ...]
    passing_gbp: float
    low_gbp: float
    high_gbp: float
    without_comparable: tuple[str, ...]

    @property
    def summed(self) -> int:
        """How many lettings the sums are of; of none they tell nothing."""
        return len(self.renewals) - len(self.without_comparable)


def renewal_effect(
    lettings: Sequence[Passing], values: dict[str, CodeValue] | None = None
) -> PortfolioEffect:
    """What renewal under the Code would do to lettings, each at its own value or the range.

    `values` by reference: a letting that has been worked out stands at its consideration. A
    letting whose kind of site has no comparable, and no value, is named and left out of sums.
    """
    known = values or {}
    renewals = tuple(_renewed(each, known.get(each.ref)) for each in lettings)
    summed = [each for each in renewals if each.low_gbp is not None]
    return PortfolioEffect(
        renewals,
        sum(each.passing_gbp for each in summed),
        sum(each.low_gbp or 0.0 for each in summed),
        sum(each.high_gbp or 0.0 for each in summed),
        tuple(each.ref for each in renewals if each.low_gbp is None),
    )


def _renewed(letting: Passing, value: CodeValue | None) -> Renewal:
    if value is not None:
        at = value.consideration_gbp
        return Renewal(letting.ref, letting.passing_gbp, at, at)
    low, high = published_range(letting.site, "code-no-network") or (None, None)
    return Renewal(letting.ref, letting.passing_gbp, low, high)
