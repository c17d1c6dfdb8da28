"""A scenario as the council writes it down, in TOML, and as it is stored."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import orjson
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from canopy.errors import BadRules, BadSource, LimitExceeded
from canopy.plan.scenarios.siting_asked import Budget, Siting
from canopy.plan.suitability.rules import CLOSED, Kinds, Number, Text, Word
from canopy.plan.suitability.rules_file import refused
from canopy.plan.suitability.scoring import SuitabilityClass

MAX_BYTES = 2_000_000
MOST_SITES = 100_000
DO_MINIMUM = "do-minimum"
"""The scenario that is always there: nothing is built, and today's coverage stays."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Year = Annotated[int, Field(ge=2000, le=2150)]
Classes = tuple[SuitabilityClass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChoice:
    """Which assets are used: those that are named, or the best of those that fit.

    Attributes:
        most: how many at the most, best score first; 0 for none.
        refs: of just these, as ref or source/ref; the others then need not fit.
        kinds: of assets; all of the technology's where there are none.
        wards: that they stand in; all where there are none.
        classes: of suitability.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    most: Annotated[int, Field(ge=0, le=MOST_SITES)]
    refs: Annotated[tuple[Word, ...], Field(max_length=MOST_SITES)] = ()
    kinds: Kinds = ()
    wards: tuple[Word, ...] = ()
    classes: Classes = (SuitabilityClass.suitable, SuitabilityClass.possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure is to reach.

    Attributes:
        name: of the target.
        figure: that is held against it, such as ``outdoor_residents_total_share``.
        at_most: greatest value allowed; this or at_least.
        at_least: least value allowed; this or at_most.
        by: year in which it is to be met.
        source: where the target comes from.
        group: who is better off by it.
        owner: who answers for it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    figure: Name
    by: Year
    source: Text
    group: Literal["business", "residents", "visitors"] | None = None
    owner: Text | None = None
    at_most: Number | None = None
    at_least: Number | None = None

    def __post_init__(self) -> None:
        if (self.at_most is None) == (self.at_least is None):
            raise BadRules("give at_most or at_least, one of the two", field="at_most")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """How many of the chosen sites are built by when, best first.

    Attributes:
        name: by which figures name it.
        year: in which it is built.
        sites: of this phase.
        budget_gbp: most that they cost together [£]; with it a scenario needs siting, and what
            one phase leaves is not spent in the next.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    year: Year
    sites: Annotated[int, Field(ge=1, le=MOST_SITES)]
    budget_gbp: Budget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way to go about it.

    Attributes:
        name: by which commands know it.
        title: what people call it.
        technology: of the rules of suitability.
        assets: that are used.
        audience: whose eyes the catalogue is read with.
        coverage_run: what is covered once it is built; none of it is known where not given.
        agreement: reference of the register whose terms are valued.
        targets: what is to be reached.
        phases: in which the sites are built, in the order of their years.
        siting: what sites are chosen for; without it they are the best by their score.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Slug
    title: Text
    technology: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    assets: AssetChoice
    audience: Literal["planner", "estates", "admin"] = "planner"
    coverage_run: UUID | None = None
    agreement: Word | None = None
    targets: Annotated[tuple[Target, ...], Field(max_length=100)] = ()
    phases: Annotated[tuple[Phase, ...], Field(max_length=50)] = field(default=())
    siting: Siting | None = None

    def __post_init__(self) -> None:
        if self.name == DO_MINIMUM and self.assets.most:
            raise BadRules(f"{DO_MINIMUM} uses no asset: it is what others are held against",
                           field="assets.most")  # fmt: skip
        if self.siting is not None and not self.assets.most:
            raise BadRules("siting chooses at least one: raise assets.most", field="assets.most")
        if self.siting is None and any(each.budget_gbp is not None for each in self.phases):
            raise BadRules("budgets of phases need siting", field="phases")
        years = [each.year for each in self.phases]
        if years != sorted(years):
            raise BadRules("phases come in the order of their years", field="phases")

    def document(self) -> dict[str, Any]:
        """As it is stored: JSON values only, what is not given left out."""
        told: dict[str, Any] = orjson.loads(orjson.dumps(_given(asdict(self)), default=str))
        return told

    @property
    def sha256(self) -> str:
        """Of the document, its keys in order."""
        return hashlib.sha256(
            orjson.dumps(self.document(), option=orjson.OPT_SORT_KEYS)
        ).hexdigest()

    def named(self, name: str, title: str | None = None) -> Scenario:
        """The same under another name. Raises BadRules for one that cannot be."""
        return scenario_of({**self.document(), "name": name, "title": title or self.title}, name)


def do_minimum() -> Scenario:
    """Nothing is built."""
    return Scenario(
        name=DO_MINIMUM, title="Do the minimum: nothing is built", technology="small_cell",
        assets=AssetChoice(most=0),
    )  # fmt: skip


def read_scenario(path: Path) -> Scenario:
    """Raises BadSource, LimitExceeded beyond 2 MB, and BadRules with every wrong field."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
    try:
        document = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadRules(f"{path.name}: {error}") from error
    return scenario_of(document, path.name)


def scenario_of(document: Mapping[str, Any], name: str) -> Scenario:
    """The scenario of a document. Raises BadRules with every field that is wrong."""
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        raise refused(error, name) from error


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _given(each) for k, each in value.items() if each not in (None, ())}
    return [_given(each) for each in value] if isinstance(value, list | tuple) else value


_ADAPTER = TypeAdapter(Scenario)
