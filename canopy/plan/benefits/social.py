"""Social value: commitments scored by the weights that a council gives.

Source: the strategy's 10 % of an evaluation for social value (S:353); Procurement Policy Note 002
(Cabinet Office, 13 February 2025), 10 % at the least, which binds central government and which
other authorities may follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.fields import CLOSED, Name, Text
from canopy.concessions.terms.documents import read_toml, validated
from canopy.errors import BadTerms

LEAST_PERCENT = Decimal(10)
_Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
_MOST_POINTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One thing that is promised, and how well, 0 to 5 points.

    Attributes:
        weight: of it among the commitments, above 0.
        evidence: what the points rest on.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    text: Text
    weight: Annotated[Decimal, Field(gt=0, le=1_000, decimal_places=3)]
    points: Annotated[int, Field(ge=0, le=_MOST_POINTS)]
    evidence: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialValue:
    """Commitments, and what they count for in the whole evaluation [%]."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    of_evaluation_percent: _Percent = LEAST_PERCENT
    commitment: Annotated[tuple[Commitment, ...], Field(min_length=1, max_length=50)]

    def __post_init__(self) -> None:
        names = [each.name for each in self.commitment]
        if len(set(names)) < len(names):
            raise BadTerms("two commitments have one name", field="commitment")

    @property
    def score_percent(self) -> Decimal:
        """Of the points that there are, by weight, 0 to 100."""
        weights = sum((each.weight for each in self.commitment), Decimal(0))
        points = sum((each.weight * each.points for each in self.commitment), Decimal(0))
        return 100 * points / (weights * _MOST_POINTS)

    @property
    def contribution_percent(self) -> Decimal:
        """Of the whole evaluation."""
        return self.score_percent * self.of_evaluation_percent / 100

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the plan should know."""
        if self.of_evaluation_percent >= LEAST_PERCENT:
            return ()
        return (
            f"Social value counts for {self.of_evaluation_percent:g} % of the evaluation; the "
            f"strategy and PPN 002 ask for {LEAST_PERCENT:g} % at the least.",
        )


_ADAPTER = TypeAdapter(SocialValue)


def read_social(path: Path) -> SocialValue:
    """The commitments of a TOML file. Raises BadSource and BadTerms, naming the field."""
    return validated(_ADAPTER, read_toml(path))
