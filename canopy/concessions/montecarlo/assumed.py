"""How unsure an agreement's money is: ranges as a council states them, with their source.

Each is a factor on what the terms plan: take-up 0.9 is a tenth fewer nodes than planned. A
file of them is TOML, or JSON over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.fields import CLOSED, Text
from canopy.concessions.montecarlo.distributions import (
    Distribution,
    Fixed,
    LogNormal,
    Normal,
    Pert,
    Triangular,
    Uniform,
)
from canopy.concessions.terms.documents import read_toml, validated
from canopy.errors import BadTerms

_Factor = Annotated[float, Field(ge=0, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A distribution by its name and the numbers that it needs.

    Attributes:
        low, mode, high: of "uniform" (without mode), "triangular" and "pert".
        mean, deviation: of "normal", and of "lognormal", whose mean is its median.
        value: of "fixed".
        source: where the range comes from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    shape: Literal["fixed", "uniform", "triangular", "pert", "normal", "lognormal"]
    source: Text
    value: _Factor | None = None
    low: _Factor | None = None
    mode: _Factor | None = None
    high: _Factor | None = None
    mean: _Factor | None = None
    deviation: _Factor | None = None

    def __post_init__(self) -> None:
        given = {name for name in _NUMBERS if getattr(self, name) is not None}
        wanted = set(_NEEDS[self.shape])
        if given != wanted:
            raise BadTerms(f"{self.shape} has {', '.join(_NEEDS[self.shape])}", field="shape")

    def distribution(self) -> Distribution:
        """Raises Refused where the numbers are out of order."""
        numbers = [getattr(self, name) for name in _NEEDS[self.shape]]
        return _SHAPES[self.shape](*numbers)


_NUMBERS = ("value", "low", "mode", "high", "mean", "deviation")
_NEEDS: dict[str, tuple[str, ...]] = {
    "fixed": ("value",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "normal": ("mean", "deviation"),
    "lognormal": ("mean", "deviation"),
}
_SHAPES: dict[str, type[Distribution]] = {
    "fixed": Fixed,
    "uniform": Uniform,
    "triangular": Triangular,
    "pert": Pert,
    "normal": Normal,
    "lognormal": LogNormal,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InflationRange:
    """How far inflation strays from the path that amounts were planned with.

    Attributes:
        deviation: standard deviation of a year's surprise, as a fraction.
        persistence: the part of a surprise that is still there a year later, 0 to below 1.
        source: where both come from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    deviation: Annotated[float, Field(ge=0, le=0.2)]
    persistence: Annotated[float, Field(ge=0, lt=1)]
    source: Text


USUAL_INFLATION = InflationRange(
    deviation=0.016,
    persistence=0.6,
    source="yearly CPI (ONS D7G7), 1989 to 2024, as a first-order autoregression, rounded",
)
"""Taken where a council states none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """The ranges of one simulation.

    Attributes:
        take_up: factor on planned nodes and on what hangs on them.
        price: factor on what a node pays.
        churn: part of the nodes that leaves in a year, from 0 to 1.
        capital: factor on capital costs.
        inflation: how far prices stray from the scenario's.
        market: correlation of take-up and price with the market, and so with each other in all
            agreements, 0 to 1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    take_up: Range
    price: Range
    churn: Range
    capital: Range
    inflation: InflationRange = USUAL_INFLATION
    market: Annotated[float, Field(ge=0, le=1)] = 0.5

    def sources(self, *, with_inflation: bool = True) -> list[str]:
        """Each range in words, with its source."""
        told = [
            f"{name}: {each.shape} "
            + ", ".join(f"{n} {getattr(each, n):g}" for n in _NEEDS[each.shape])
            + f" ({each.source})"
            for name, each in (
                ("take-up", self.take_up), ("price", self.price), ("churn a year", self.churn),
                ("capital", self.capital),
            )
        ]  # fmt: skip
        if with_inflation:
            told.append(
                f"inflation: deviation {self.inflation.deviation:g} a year, persistence "
                f"{self.inflation.persistence:g} ({self.inflation.source})"
            )
        return told


_WORKED = "worked example G of the small-cell concession, as parts of its base; an assumption"
USUAL = Assumed(
    take_up=Range(shape="triangular", low=0.625, mode=1.0, high=1.25, source=_WORKED),
    price=Range(shape="triangular", low=0.667, mode=1.0, high=1.167, source=_WORKED),
    churn=Range(shape="triangular", low=0.0, mode=0.0, high=0.05, source=_WORKED),
    capital=Range(
        shape="triangular", low=1.0, mode=1.03, high=1.44,
        source="optimism bias of standard civil engineering, 3 to 44 % (Mott MacDonald, 2002)",
    ),
)  # fmt: skip
"""Taken where a council states none; every figure that rests on them says so."""

_ADAPTER = TypeAdapter(Assumed)


def read_assumed(path: Path) -> Assumed:
    """The ranges of a TOML file. Raises BadSource and BadTerms, naming the field."""
    return assumed_of(read_toml(path))


def assumed_of(document: dict[str, Any]) -> Assumed:
    """The ranges of a document. Raises BadTerms with every field that is wrong."""
    return validated(_ADAPTER, document)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a file of ranges."""
    return {**_ADAPTER.json_schema(), "title": "Ranges of a simulation"}
