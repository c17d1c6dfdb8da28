"""Scenarios as the wire has them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCENARIOS = "/plan/scenarios"
ScenarioName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class ScenarioLine(BaseModel):
    """A scenario in a list, in its newest version."""

    name: str
    version: int
    title: str
    technology: str
    most_sites: int
    audience: str
    is_sited: bool
    cloned_from: str | None


class ScenariosOut(BaseModel):
    scenarios: list[ScenarioLine]


class ScenarioOut(BaseModel):
    """What one version says, as the file of a scenario has it."""

    name: str
    version: int
    sha256: str
    cloned_from: str | None
    scenario: dict[str, Any]


class CloneIn(BaseModel):
    """What the copy is called."""

    model_config = ConfigDict(extra="forbid")

    name: ScenarioName
    title: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None
    reason: Annotated[str, Field(max_length=500)] = "cloned"


class RunOfScenario(BaseModel):
    """A run of a scenario: how it stands, and what came of it."""

    number: int
    scenario: str
    state: str
    message: str | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    ended_at: datetime | None


class ResultOut(BaseModel):
    """What a version of a scenario came to. `changed` names what differs now from what it rests
    on: none of it, and the same would be computed again."""

    scenario: str
    author: str
    computed_at: datetime
    figures: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    sites: list[dict[str, Any]]
    choosing: dict[str, Any] | None
    provenance: dict[str, Any]
    inputs_sha256: str
    changed: list[str]


class ComparedFigureOut(BaseModel):
    """A figure over all scenarios: `changes` are from the first, the do-minimum."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    unit: str
    values: list[float | None]
    changes: list[float | None]


class ComparisonOut(BaseModel):
    """Scenarios side by side; `computed_at` of each, None for the do-minimum if it is computed
    for this answer."""

    scenarios: list[str]
    computed_at: list[datetime | None]
    figures: list[ComparedFigureOut]
    targets: dict[str, list[dict[str, Any]]]


class WardOut(BaseModel):
    ward: str
    before: int
    after: int
    change: int


class DifferenceOut(BaseModel):
    """GeoJSON of what differs between two scenarios: features of `sites` and of what lies in
    their reach, each with its `change`; the table of wards beside them."""

    type: Literal["FeatureCollection"]
    before: str
    after: str
    wards: list[WardOut]
    notes: list[str]
    features: list[dict[str, Any]]
