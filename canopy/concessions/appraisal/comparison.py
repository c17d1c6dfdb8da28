"""Deal structures compared on the same assets, from a file: who earns, who pays, who risks.

A file is TOML, or JSON over HTTP: the roll-out that all deals are compared on, and for each
deal what it asks for. Every number has a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.appraisal.deal_ranges import DRAWS, SEED, DealRange, ranges_of
from canopy.concessions.fields import CLOSED, Fraction, Pounds, Text
from canopy.concessions.montecarlo.assumed import USUAL, Assumed
from canopy.concessions.terms.documents import read_toml, validated
from canopy.concessions.valuation.deals import (
    Compared,
    Deal,
    RollOut,
    compared,
    concession,
    neutral_host,
    open_access,
    own_and_operate,
)
from canopy.concessions.valuation.discounting import GREEN_BOOK, RealDiscount
from canopy.errors import BadTerms

_Count = Annotated[float, Field(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcessionAsked:
    """A guarantee against a share [GBP, GBP/node/yr]; a threshold makes the share come on top."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    operator_gbp_per_node: Pounds
    guarantee_gbp: Pounds
    share: Fraction
    upfront_gbp: Pounds
    council_gbp_per_year: Pounds
    source: Text
    threshold_gbp: Pounds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccessAsked:
    """A flat fee for each node, and what preparing the assets costs."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    fee_gbp_per_node: Pounds
    council_gbp_per_year: Pounds
    preparation_gbp: Pounds
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAsked:
    """What operators pay for service, and what building and running a node costs."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    operator_gbp_per_node: Pounds
    capital_gbp_per_node: Pounds
    running_gbp_per_node: Pounds
    council_gbp_per_year: Pounds
    replaced_after_years: Annotated[int, Field(ge=1, le=50)]
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAsked:
    """A host's fee for each node, and a share of what its operators pay."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    operator_gbp_per_node: Pounds
    operators_per_node: Annotated[float, Field(ge=0, le=10)]
    share: Fraction
    fee_gbp_per_node: Pounds
    council_gbp_per_year: Pounds
    source: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is compared; two deals at the least.

    Attributes:
        nodes: live by year, from year 1.
        prices: the year whose money all amounts are in, such as "2026/27".
        ranges: how far take-up, price, churn and capital may stray; the usual ones where absent.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    title: Text
    prices: Text
    nodes: Annotated[tuple[_Count, ...], Field(min_length=1, max_length=60)]
    nodes_source: Text
    concession: ConcessionAsked | None = None
    open_access: OpenAccessAsked | None = None
    own_and_operate: OwnAsked | None = None
    neutral_host: HostAsked | None = None
    ranges: Assumed | None = None

    def __post_init__(self) -> None:
        if len(self._given()) < 2:
            raise BadTerms("two deals at the least are compared", field="the file")

    def _given(self) -> list[Any]:
        every = (self.concession, self.open_access, self.own_and_operate, self.neutral_host)
        return [each for each in every if each is not None]

    def deals(self) -> list[Deal]:
        """The deals that were asked for, each over the same roll-out."""
        return [self._deal(each) for each in self._given()]

    def _deal(self, asked: Any) -> Deal:
        roll_out = RollOut(np.array(self.nodes, np.float64), self.prices)
        make = _MAKERS[type(asked)]
        numbers = {
            name: float(value) if isinstance(value, Decimal) else value
            for name in asked.__slots__
            if name != "source" and (value := getattr(asked, name)) is not None
        }
        made: Deal = make(roll_out, **numbers)
        return made

    def sources(self) -> list[str]:
        """Where each number comes from."""
        told = [f"nodes: {self.nodes_source}"]
        names = {ConcessionAsked: "concession", OpenAccessAsked: "open access",
                 OwnAsked: "own and operate", HostAsked: "neutral host"}  # fmt: skip
        told += [f"{names[type(each)]}: {each.source}" for each in self._given()]
        return told + self.assumed().sources(with_inflation=False)

    def assumed(self) -> Assumed:
        """How far take-up, price, churn and capital may stray."""
        return self.ranges or USUAL


_MAKERS: dict[type, Any] = {
    ConcessionAsked: concession,
    OpenAccessAsked: open_access,
    OwnAsked: own_and_operate,
    HostAsked: neutral_host,
}
_ADAPTER = TypeAdapter(Asked)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Rows by falling present value, and each deal's cash by year for the plot [GBP, real].

    ranges: of present value, by the deal's name.
    """

    asked: Asked
    rows: tuple[Compared, ...]
    deals: tuple[Deal, ...]
    ranges: Mapping[str, DealRange]
    draws: int
    seed: int


def compare(
    asked: Asked, discount: RealDiscount = GREEN_BOOK, draws: int = DRAWS, seed: int = SEED
) -> Comparison:
    """The deals side by side, years' cash at their ends.

    draws: of the simulation, 16 to 1,000,000; the same `seed` gives the same figures.
    """
    deals = asked.deals()
    found = ranges_of(deals, discount, asked.assumed(), draws, seed)
    return Comparison(
        asked, tuple(compared(deals, discount, "end")), tuple(deals), found, draws, seed
    )


def asked_of(document: dict[str, Any]) -> Asked:
    """What is asked for in a document. Raises BadTerms with every field that is wrong."""
    return validated(_ADAPTER, document)


def read_asked(path: Path) -> Asked:
    """What is asked for in a TOML file. Raises BadSource and BadTerms, naming the field."""
    return asked_of(read_toml(path))


def json_schema() -> dict[str, Any]:
    """JSON Schema of such a file."""
    return {**_ADAPTER.json_schema(), "title": "Deals to be compared"}
