"""How a scenario's sites are chosen by what they cover, as the council writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from canopy.errors import BadRules
from canopy.plan.suitability.rules import CLOSED, Gbp, Text, Word

MOST_REFS = 10_000
Measure = Literal["residents", "premises", "area", "road", "demand", "npv"]
SPOT_MEASURES: tuple[Measure, ...] = ("residents", "premises", "area", "road")
"""Measures of not-spots, which need a coverage run."""
UNITS: Mapping[Measure, str] = {
    "residents": "residents", "premises": "premises", "area": "m²", "road": "m",
    "demand": "counted", "npv": "£",
}  # fmt: skip
Refs = Annotated[tuple[Word, ...], Field(max_length=MOST_REFS)]
Budget = Annotated[float, Field(ge=0, le=1e10)]
Share = Annotated[float, Field(ge=0, le=1)]
Leasts = Annotated[Mapping[Word, Annotated[int, Field(ge=1, le=10_000)]], Field(max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What a site is taken to earn and to cost in each year, in money of one year.

    Attributes:
        gbp_per_year: income of a site that is let [£/yr].
        low: least income that draws take [£/yr]; gbp_per_year where not given.
        high: greatest income that draws take [£/yr]; likewise.
        take_up: part of the sites that are let, 0 to 1.
        take_up_low: least of it in draws; take_up where not given.
        take_up_high: greatest of it in draws; likewise.
        running_gbp_per_year: what each site costs in a year, let or not [£/yr].
        years: that are counted, the first a year from now.
        rate: real discount rate as a fraction; 0.035 is the Green Book's (HM Treasury, 2022).
        source: where the amounts come from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    gbp_per_year: Gbp
    source: Text
    low: Gbp | None = None
    high: Gbp | None = None
    take_up: Share = 1.0
    take_up_low: Share | None = None
    take_up_high: Share | None = None
    running_gbp_per_year: Gbp = 0.0
    years: Annotated[int, Field(ge=1, le=100)] = 15
    rate: Annotated[float, Field(ge=-0.05, le=0.25)] = 0.035

    def __post_init__(self) -> None:
        for name, (low, high) in (("low", self.income), ("take_up_low", self.let)):
            central = self.gbp_per_year if name == "low" else self.take_up
            if not low <= central <= high:
                raise BadRules(f"{name}: the range {low:g} to {high:g} does not hold {central:g}",
                               field=name)  # fmt: skip

    @property
    def income(self) -> tuple[float, float]:
        """Least and greatest income of a let site [£/yr]."""
        central = self.gbp_per_year
        return (
            central if self.low is None else self.low,
            central if self.high is None else self.high,
        )

    @property
    def let(self) -> tuple[float, float]:
        """Least and greatest part that is let."""
        return (
            self.take_up if self.take_up_low is None else self.take_up_low,
            self.take_up if self.take_up_high is None else self.take_up_high,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How sure each site is of its place: the choice again under other draws.

    Attributes:
        draws: how many.
        seed: of the draws; the same seed gives the same answer.
        shadow_db: standard deviation of the level from place to place [dB]; with it, cells are
            covered by a chance that falls with distance, one half at the reach.
        path_exponent: by which the level falls: 10 times this for each decade of distance [dB].
        cost_low: least of what cost may turn out to be, as a part of what is expected.
        cost_high: greatest of it, likewise.
        source: where these come from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    source: Text
    draws: Annotated[int, Field(ge=1, le=1_000)] = 100
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    shadow_db: Annotated[float, Field(ge=0, le=20)] = 0.0
    path_exponent: Annotated[float, Field(ge=1.5, le=6)] = 3.5
    cost_low: Annotated[float, Field(ge=0.1, le=1)] = 1.0
    cost_high: Annotated[float, Field(ge=1, le=10)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Siting:
    """What sites are chosen for, and what the choice must keep to.

    The candidates are the assets that fit `assets`, of which at most `assets.most` are chosen.

    Attributes:
        objective: what is covered, each measure with its weight: residents, premises, area and
            road of not-spots; demand that the rules of suitability count; npv of what a site
            earns less what it costs. Of several, each counts as its part of all there is.
        baseline_run: coverage run with the not-spots; the do-minimum's where not given.
        spots: which not-spots count.
        reach_m: how far a site covers [m]; the technology's where not given.
        cell_m: side of the cells that are counted [m]; an eighth of the reach where not given.
        method: greedy at once, with how far from the best it can be; exact proves the best.
        time_limit_s: longest that the exact choice is looked for [s].
        budget_gbp: most that all sites cost together [£].
        most_site_gbp: most that one site may cost [£]; dearer ones are no candidates.
        spacing_m: no two sites nearer than this [m].
        required: refs of assets that must be chosen, also where they do not fit.
        forbidden: refs of assets that must not be.
        least_by_ward: sites of each ward at the least.
        least_by_operator: sites of each owner at the least, as assets name their owner.
        income: that a site earns; npv needs it.
        robustness: draws that tell how sure each site is; none where not given.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    objective: Annotated[
        Mapping[Measure, Annotated[float, Field(gt=0, le=1e6)]], Field(min_length=1)
    ]
    baseline_run: UUID | None = None
    spots: Annotated[tuple[Literal["total", "partial"], ...], Field(min_length=1)] = ("total",)
    reach_m: Annotated[float, Field(gt=0, le=50_000)] | None = None
    cell_m: Annotated[float, Field(ge=1, le=5_000)] | None = None
    method: Literal["greedy", "exact"] = "greedy"
    time_limit_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    budget_gbp: Budget | None = None
    most_site_gbp: Budget | None = None
    spacing_m: Annotated[float, Field(gt=0, le=50_000)] | None = None
    required: Refs = ()
    forbidden: Refs = ()
    least_by_ward: Leasts = field(default_factory=dict)
    least_by_operator: Leasts = field(default_factory=dict)
    income: Income | None = None
    robustness: Draws | None = None

    def __post_init__(self) -> None:
        both = sorted(set(self.required) & set(self.forbidden))
        if both:
            raise BadRules(f"{both[0]} is required and forbidden", field="forbidden")
        if "npv" in self.objective and self.income is None:
            raise BadRules("npv needs what a site earns", field="income")
