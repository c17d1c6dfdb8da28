"""What is asked of an asset before a technology goes on it: hard constraints and weighted factors.

A rule file is TOML that the council edits; `default_rules.toml` is the one that is shipped. Every
rule says in words what it asks, where that comes from, and how well that is founded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.assets.kinds import Kind
from canopy.errors import BadRules, NotFound
from canopy.plan.suitability.fact_names import DESIGNATED, FACTS, ZONE, ZONE_PREFIX, FactSpec

CLOSED = ConfigDict(extra="forbid")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=1_000)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=100)]
Points = Annotated[float, Field(ge=0, le=100)]
Number = Annotated[float, Field(ge=-1e6, le=1e9, allow_inf_nan=False)]
Gbp = Annotated[float, Field(ge=0, le=10_000_000)]
Metres = Annotated[float, Field(gt=0, le=100_000)]
Kinds = Annotated[tuple[Kind, ...], Field(max_length=len(Kind))]
Standing = Literal["published", "derived", "recalled", "assumption"]
"""How well a rule is founded: read in its source, following from one, not read again, ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hard:
    """A constraint: an asset that is known to break it is unsuitable, whatever else it has.

    Attributes:
        name: by which scores name the rule.
        fact: what is looked at; see the facts below.
        text: what is asked, in words that a reader of a score sees.
        source: where the rule comes from.
        standing: how well it is founded.
        any_of: words of which the fact must be one.
        none_of: words of which the fact must be none; of a list, that must not be in it.
        at_least: least number allowed, in the fact's unit.
        at_most: greatest number allowed, in the fact's unit.
        kinds: of assets that it is asked of; of all where there are none.
        where_known: whether it is asked only of assets of which the fact is known.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    fact: Name
    text: Text
    source: Text
    standing: Standing
    any_of: Words | None = None
    none_of: Words | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    kinds: Kinds = ()
    where_known: bool = False

    def __post_init__(self) -> None:
        spec = _fact(self.fact)
        words, numbers = (self.any_of, self.none_of), (self.at_least, self.at_most)
        if spec.type == "number" and (any(words) or numbers == (None, None)):
            raise BadRules(f"{self.fact} is a number: give at_least or at_most", field="fact")
        if spec.type != "number" and (numbers != (None, None) or sum(map(bool, words)) != 1):
            raise BadRules(f"{self.fact} is words: give any_of or none_of", field="fact")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise BadRules("at_least is above at_most", field="at_least")
        for given, each in (("any_of", self.any_of), ("none_of", self.none_of)):
            _known_words(self.fact, each or (), given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What an asset earns points by, as a part of its weight.

    Attributes:
        name: by which scores name the rule.
        fact: what is looked at; see the facts below.
        weight: how much it counts beside the other factors; their sum need not be 100.
        text: what is asked, in words that a reader of a score sees.
        source: where the rule comes from.
        standing: how well it is founded.
        points: pairs of a number and its points, 0 to 100, numbers rising; straight between,
            level beyond the ends.
        points_of: points of each word; of a list, the least of those in it, and of "none".
        other: points of a word that has none of its own.
        essential: whether an asset of which this is not known can be no more than possible.
        kinds: of assets that it is asked of; of all where there are none.
        where_known: whether it is asked only of assets of which the fact is known.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    fact: Name
    weight: Annotated[float, Field(gt=0, le=1_000)]
    text: Text
    source: Text
    standing: Standing
    points: Annotated[tuple[tuple[Number, Points], ...], Field(max_length=50)] = ()
    points_of: Annotated[Mapping[Word, Points], Field(max_length=100)] = field(default_factory=dict)
    other: Points = 0.0
    essential: bool = False
    kinds: Kinds = ()
    where_known: bool = False

    def __post_init__(self) -> None:
        spec = _fact(self.fact)
        if self.essential and self.where_known:
            raise BadRules("what is asked only where it is known cannot be essential",
                           field="where_known")  # fmt: skip
        if spec.type == "number" and (self.points_of or len(self.points) < 2):
            raise BadRules(f"{self.fact} is a number: give points, two pairs at least",
                           field="points")  # fmt: skip
        if spec.type != "number" and (self.points or not self.points_of):
            raise BadRules(f"{self.fact} is words: give points_of", field="points_of")
        if any(before[0] >= after[0] for before, after in pairwise(self.points)):
            raise BadRules("numbers must rise from pair to pair", field="points")
        _known_words(self.fact, tuple(self.points_of), "points_of")


Rule = Hard | Factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What making an asset ready is taken to cost, which gives the fact `cost_gbp`.

    Attributes:
        fixed_gbp: of each kind of asset, whatever its way to fibre [£].
        duct_gbp_per_m: of cable along ducts [£/m].
        trench_gbp_per_m: of the lead-in, dug [£/m].
        source: where the amounts come from.
        standing: how well they are founded.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    fixed_gbp: Annotated[Mapping[Kind, Gbp], Field(min_length=1)]
    duct_gbp_per_m: Gbp
    trench_gbp_per_m: Gbp
    source: Text
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """What is asked of assets for one technology.

    Attributes:
        label: what people call it.
        kinds: of assets that are scored at all.
        reach_m: how far it serves people, within which demand is counted [m].
        suitable_from: least score of a suitable asset, 0 to 100.
        possible_from: least score of a possible one, below that.
        confident_from: least confidence of a suitable asset, 0 to 1.
        hard: constraints.
        factors: what points are earned by; one at least.
        cost: what making an asset ready is taken to cost.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    label: Text
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    reach_m: Annotated[float, Field(gt=0, le=50_000)]
    suitable_from: Points = 60.0
    possible_from: Points = 30.0
    confident_from: Annotated[float, Field(ge=0, le=1)] = 0.7
    hard: Annotated[tuple[Hard, ...], Field(max_length=100)] = ()
    factors: Annotated[tuple[Factor, ...], Field(min_length=1, max_length=100)] = ()
    cost: Cost | None = None

    def __post_init__(self) -> None:
        if not self.factors:
            raise BadRules("a technology has one factor at least", field="factors")
        if self.possible_from >= self.suitable_from:
            raise BadRules("must be below suitable_from", field="possible_from")
        names = [each.name for each in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise BadRules(f"two rules are called {twice}", field="name")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Constraints, then factors."""
        return (*self.hard, *self.factors)

    def outside(self, zones: Iterable[Zone]) -> Technology:
        """The technology, with a constraint for each zone."""
        kept_out = (
            Hard(
                name=zone.name, fact=ZONE_PREFIX + zone.name, text=zone.text, source=zone.source,
                standing="published", none_of=("yes",),
            )
            for zone in zones
        )  # fmt: skip
        return replace(self, hard=(*self.hard, *kept_out))


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How the way to fibre is found in the catalogue's ducts, chambers and fibre routes.

    Attributes:
        snap_m: within which ends of ducts, chambers and lines count as joined [m].
        most_lead_in_m: longest lead-in from an asset to the nearest duct that leads to fibre [m].
        full_from_pct: share of a duct that is taken from which on no cable goes in [%].
        source: where that comes from.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    snap_m: Annotated[float, Field(ge=0.001, le=50)] = 1.0
    most_lead_in_m: Metres = 250.0
    full_from_pct: Annotated[float, Field(gt=0, le=100)] = 80.0
    source: Text = "assumption of Canopy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Polygons in which no asset is used.

    Attributes:
        name: by which scores name the zone.
        file: of polygons; relative to the rule file.
        text: what is kept free, in words.
        source: who decided so.
        technologies: that are kept out; all where there are none.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    file: Text
    text: Text
    source: Text
    technologies: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Points that are counted within a technology's reach, which gives the fact `demand`.

    Attributes:
        file: of points or outlines; relative to the rule file.
        unit: what is counted, such as premises.
        source: where the file comes from.
        x: column of eastings or longitudes, where the file holds no shapes.
        y: column of northings or latitudes, likewise.
        crs: of the positions, where the file does not declare one.
        value: column of how much each point counts; 1 where not given.
        layer: where the file has several.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    file: Text
    unit: Text
    source: Text
    x: Word | None = None
    y: Word | None = None
    crs: Word | None = None
    value: Word | None = None
    layer: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A whole rule file.

    Attributes:
        title: what the rules are called.
        technologies: by name.
        none_here: designations of which the council has none: that no area of theirs is loaded
            then means that no asset touches one.
        network: how the way to fibre is found.
        zones: exclusion zones.
        demand: what is counted within reach; not known where there is none.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    title: Text
    technologies: Annotated[Mapping[Name, Technology], Field(min_length=1, max_length=40)]
    none_here: tuple[Word, ...] = ()
    network: Network = field(default_factory=Network)
    zones: Annotated[tuple[Zone, ...], Field(max_length=50)] = ()
    demand: Demand | None = None

    def __post_init__(self) -> None:
        for each in self.none_here:
            if each not in DESIGNATED:
                raise BadRules(f"{each!r} is no designation; they are {', '.join(DESIGNATED)}",
                               field="none_here")  # fmt: skip
        for zone in self.zones:
            for name in zone.technologies:
                if name not in self.technologies:
                    raise BadRules(f"zone {zone.name}: there is no technology {name!r}",
                                   field="zones")  # fmt: skip

    def technology(self, name: str) -> Technology:
        """A technology with its zones. Raises NotFound where there is none of that name."""
        found = self.technologies.get(name)
        if found is None:
            raise NotFound(
                f"There are no rules for {name[:40]!r}, but for {', '.join(self.technologies)}."
            )
        return found.outside(self.zones_of(name))

    def zones_of(self, name: str) -> list[Zone]:
        """The zones that keep a technology out."""
        return [each for each in self.zones if not each.technologies or name in each.technologies]


def _fact(name: str) -> FactSpec:
    spec = ZONE if name.startswith(ZONE_PREFIX) else FACTS.get(name)
    if spec is None:
        raise BadRules(f"{name!r} is no fact; they are {', '.join(FACTS)}", field="fact")
    return spec


def _known_words(fact: str, words: tuple[str, ...], given: str) -> None:
    allowed = _fact(fact).words
    strange = [each for each in words if allowed and each not in allowed]
    if strange:
        raise BadRules(f"{strange[0]!r} is no word of {fact}; they are {', '.join(allowed)}",
                       field=given)  # fmt: skip
