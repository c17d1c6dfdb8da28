"""Income to be expected of assets that are not let yet, from a file of groups and prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.fields import CLOSED, Fraction, Pounds, Text
from canopy.concessions.terms.documents import read_toml, validated
from canopy.concessions.valuation.prospects import Bass, Group, Prospect, SCurve, TakeUp, prospect
from canopy.errors import BadTerms

_Rate = Annotated[float, Field(gt=0, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveAsked:
    """How assets are taken up: by a Bass curve (p, q) or an S-curve (middle, steepness)."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    shape: Literal["bass", "s-curve"]
    source: Text
    p: _Rate | None = None
    q: Annotated[float, Field(ge=0, le=100)] | None = None
    middle: _Rate | None = None
    steepness: _Rate | None = None

    def __post_init__(self) -> None:
        wanted = {"bass": ("p", "q"), "s-curve": ("middle", "steepness")}[self.shape]
        given = tuple(
            name for name in ("p", "q", "middle", "steepness") if getattr(self, name) is not None
        )
        if given != wanted:
            raise BadTerms(f"{self.shape} has {' and '.join(wanted)}", field="shape")

    def curve(self) -> TakeUp:
        if self.shape == "bass":
            return Bass(self.p or 0.0, self.q or 0.0, self.source)
        return SCurve(self.middle or 0.0, self.steepness or 0.0, self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAsked:
    """Unlet assets that are alike: of one kind, in one class of area."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Text
    assets: Annotated[int, Field(ge=1, le=1_000_000)]
    suitability: Text
    take_up: CurveAsked
    ceiling: Fraction = Decimal(1)
    churn: Fraction = Decimal(0)
    sharing: Fraction = Decimal(0)
    uplift: Fraction = Decimal(0)
    source: Text

    def group(self) -> Group:
        return Group(
            self.name, self.assets, self.suitability, self.take_up.curve(), float(self.ceiling),
            float(self.churn), float(self.sharing), float(self.uplift),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProspectsAsked:
    """Groups of assets, and the yearly price of each class of suitability [GBP/asset/yr].

    Attributes:
        prices: the year whose money they are in, such as "2026/27".
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    prices: Text
    price_source: Text
    years: Annotated[int, Field(ge=1, le=60)]
    price_gbp: Annotated[Mapping[str, Pounds], Field(min_length=1, max_length=100)]
    groups: Annotated[tuple[GroupAsked, ...], Field(min_length=1, max_length=1_000)]

    def expected(self) -> list[Prospect]:
        """Lettings and income of each group. Raises Refused for a class without a price."""
        known = {name: float(price) for name, price in self.price_gbp.items()}
        return [prospect(each.group(), known, self.years, self.prices) for each in self.groups]

    def sources(self) -> list[str]:
        """Where each number comes from."""
        return [
            f"prices: {self.price_source}",
            *(f"{each.name}: {each.source}; {each.take_up.source}" for each in self.groups),
        ]


_ADAPTER = TypeAdapter(ProspectsAsked)


def asked_of(document: dict[str, Any]) -> ProspectsAsked:
    """What is asked for in a document. Raises BadTerms with every field that is wrong."""
    return validated(_ADAPTER, document)


def read_asked(path: Path) -> ProspectsAsked:
    """What is asked for in a TOML file. Raises BadSource and BadTerms, naming the field."""
    return asked_of(read_toml(path))
