"""What some charges depend on, by contract year: nodes that are live, revenue of the operator."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.fields import CLOSED, Fraction, Name, Rate
from canopy.errors import BadTerms

Unit = Literal["node", "metre", "m2", "chamber", "pole", "asset", "operator", "kwh", "gbp"]
_Amount = Annotated[Decimal, Field(ge=0, le=10_000_000_000, decimal_places=3)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """One quantity over the term: a list, or so much for each of another.

    Attributes:
        name: by which charges and other volumes name it.
        unit: what is counted; `gbp` for money.
        by_year: of contract years 1, 2, ...; the last one goes on to the end.
        churn: part that is lost each year: year t keeps (1 - churn) to the power of t - 1.
        of: another volume, that this one is so much of for each.
        rate: for each of the volume `of`, such as revenue for each node.
        index: the rule that `rate` follows.
        source: where the figures come from: a forecast is one, and says whose.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    unit: Unit
    by_year: Annotated[tuple[_Amount, ...], Field(max_length=200)] = ()
    churn: Fraction = Decimal(0)
    of: Name | None = None
    rate: Rate | None = None
    index: Name | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if bool(self.by_year) == (self.of is not None):
            raise BadTerms("a volume has either by_year or of", field="by_year")
        if (self.of is None) != (self.rate is None):
            raise BadTerms("rate goes with of", field="rate")
        if self.index is not None and self.of is None:
            raise BadTerms("only a rate of another volume is indexed", field="index")
        if self.churn and self.of is not None:
            raise BadTerms("churn goes with by_year", field="churn")

    def listed(self, year: int) -> Decimal:
        """Of a volume with a list: how much in contract year 1, 2, ..., churn taken off."""
        kept: Decimal = (1 - self.churn) ** (year - 1)
        return self.by_year[min(year, len(self.by_year)) - 1] * kept
