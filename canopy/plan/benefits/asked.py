"""Lines of benefit as a council writes them in a TOML file: what counts, for how much, by whom.

Sources: the three groups and council savings, S:274 and S:1172-1174 of the LGA's strategy; lines
and attribution after HM Treasury, The Green Book (2022), chapter 6; deadweight, displacement and
leakage after English Partnerships, Additionality Guide (4th edition, 2014), section 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from canopy.concessions.fields import CLOSED, Name, Problem, Text
from canopy.concessions.terms.checking import refuse
from canopy.concessions.terms.documents import read_toml, validated
from canopy.concessions.valuation.accounts import Beneficiary
from canopy.errors import BadTerms

Measure = Literal[
    "premises-gained", "residents-gained", "road-m-gained", "visits-gained", "sites",
    "kwh-saved", "visits-avoided", "leased-lines-ended",
]  # fmt: skip
"""What a plan counts: newly covered premises, residents, metres of road and visits a year, sites
built, and what is saved a year."""
SAVINGS: frozenset[str] = frozenset({"kwh-saved", "visits-avoided", "leased-lines-ended"})
"""Measures of what the council itself saves."""
Effect = Literal[
    "productivity", "consumer-surplus", "inclusion", "time", "spending", "energy", "running-costs",
    "carbon", "safety", "other",
]  # fmt: skip
"""Why somebody is better off. The same effect of the same measure is counted once."""
_Value = Annotated[Decimal, Field(ge=0, le=10_000_000, decimal_places=6)]
_MOST_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A number that is not known for sure: low, central, high, and where it comes from.

    Attributes:
        source: who says so, where, of when. Without one the line is listed and not counted.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    low: _Value
    central: _Value
    high: _Value
    source: Annotated[str, Field(max_length=500)] = ""

    def __post_init__(self) -> None:
        if not self.low <= self.central <= self.high:
            raise BadTerms("low, central and high do not rise", field="central")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitLine:
    """One line: how many of a measure, times what each is worth in a year, times what is ours.

    Attributes:
        name: short, unique in the file.
        group: who is better off.
        text: the line for readers of the plan.
        part: of the measure that the line is about, 0 to 1, such as businesses among premises.
        gbp_per_year: worth of each in a full year, in the file's prices [GBP].
        attribution: part of it that is due to the plan, 0 to 1: what deadweight, displacement and
            leakage leave.
        from_year: of the plan, from 1, in which the first of it comes.
        years_to_full: years in which it rises evenly to all of it.
        outcome: a tag of the strategy's aims, such as ``growth`` or ``inclusion``.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    group: Beneficiary
    text: Text
    measure: Measure
    effect: Effect
    part: Value
    gbp_per_year: Value
    attribution: Value
    from_year: Annotated[int, Field(ge=1, le=60)] = 1
    years_to_full: Annotated[int, Field(ge=1, le=30)] = 1
    outcome: Text

    def __post_init__(self) -> None:
        for name in ("part", "attribution"):
            value: Value = getattr(self, name)
            if value.high > 1:
                raise BadTerms(f"{name} is a part, from 0 to 1", field=name)

    @property
    def unsourced(self) -> tuple[str, ...]:
        """Names of its numbers for which no source is given."""
        named = ("part", "gbp_per_year", "attribution")
        return tuple(name for name in named if not getattr(self, name).source.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of a measure the plan brings, and who counted."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    measure: Measure
    low: _Value
    central: _Value
    high: _Value
    source: Text

    def __post_init__(self) -> None:
        if not self.low <= self.central <= self.high:
            raise BadTerms("low, central and high do not rise", field="central")


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefits:
    """A file of lines, and of what is counted.

    Attributes:
        prices: the year whose money all values are in, such as ``2026/27``.
        years: of the plan over which benefits are added up.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    prices: Text
    years: Annotated[int, Field(ge=1, le=60)] = 15
    count: Annotated[tuple[Count, ...], Field(max_length=20)] = ()
    line: Annotated[tuple[BenefitLine, ...], Field(max_length=_MOST_LINES)] = ()

    def __post_init__(self) -> None:
        counted = [each.measure for each in self.count]
        twice = [
            Problem(f"count[{at}].measure", f"{each} is counted twice")
            for at, each in enumerate(counted)
            if each in counted[:at]
        ]
        refuse([*twice, *_problems(self.line)])


def _problems(lines: tuple[BenefitLine, ...]) -> Iterator[Problem]:
    names: set[str] = set()
    parts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for at, each in enumerate(lines):
        field = f"line[{at}]"
        if each.name in names:
            yield Problem(f"{field}.name", f"the name {each.name} is given twice")
        names.add(each.name)
        if (each.group == "council") != (each.measure in SAVINGS):
            yield Problem(
                f"{field}.group",
                f"{each.measure} is {'' if each.measure in SAVINGS else 'not '}a saving of the "
                "council: what others gain and what the council saves are counted apart",
            )
        parts[each.measure, each.effect] += each.part.central
        if parts[each.measure, each.effect] > 1:
            yield Problem(
                f"{field}.part",
                f"{each.effect} of {each.measure} would be counted more than once: the parts of "
                f"its lines sum to {parts[each.measure, each.effect]:f}",
            )


_ADAPTER = TypeAdapter(Benefits)


def benefits_of(document: dict[str, Any]) -> Benefits:
    """The lines of a document. Raises BadTerms with every field that is wrong."""
    return validated(_ADAPTER, document)


def read_benefits(path: Path) -> Benefits:
    """The lines of a TOML file. Raises BadSource and BadTerms, naming the field."""
    return benefits_of(read_toml(path))


def json_schema() -> dict[str, Any]:
    """JSON Schema of such a file."""
    return {**_ADAPTER.json_schema(), "title": "Benefits of a plan"}
