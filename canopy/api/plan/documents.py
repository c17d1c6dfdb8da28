"""Scores as the wire has them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

SUITABILITY = "/plan/suitability"


class ProvenanceOut(BaseModel):
    """What scores rest on: the same of all this gives the same scores."""

    model_config = ConfigDict(from_attributes=True)

    rules: str
    rules_sha256: str
    role: str
    day: date
    assets_sha256: str
    canopy_version: str
    notes: list[str]


class ScoreOut(BaseModel):
    """One asset's score, 0 to 100, and what it would be with all that is not known at its worst
    and best. `x_m` and `y_m` are in the storage CRS."""

    model_config = ConfigDict(from_attributes=True)

    rank: int
    asset_id: str
    source: str
    ref: str | None = None
    name: str | None = None
    kind: str
    ward: str | None = None
    street: str | None = None
    x_m: float | None = None
    y_m: float | None = None
    suitability: Literal["suitable", "possible", "unknown", "unsuitable"]
    score: float
    lowest: float
    highest: float
    confidence: float
    broken: list[str]
    unknown: list[str]


class RuleOut(BaseModel):
    """What one rule says of an asset."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    is_hard: bool
    fact: str
    value: str | None
    unit: str
    outcome: Literal["kept", "broken", "unknown", "points"]
    points: float | None
    weight: float
    contribution: float
    may_add: float
    text: str
    source: str
    standing: str
    note: str | None


class LinkOut(BaseModel):
    href: str
    rel: str


class ScoresOut(BaseModel):
    """A page of scores, best first; `classes` counts all that were scored."""

    technology: str
    label: str
    scored: int
    classes: dict[str, int]
    assets: list[ScoreOut]
    provenance: ProvenanceOut
    links: list[LinkOut]


class ExplainedOut(BaseModel):
    """One asset's score, rule by rule."""

    technology: str
    label: str
    scored: int
    score: ScoreOut
    rules: list[RuleOut]
    provenance: ProvenanceOut


class FactGapOut(BaseModel):
    """A fact that is not known of some assets, and how many places it moves together."""

    model_config = ConfigDict(from_attributes=True)

    fact: str
    text: str
    assets: int
    moves: int
    found_by: str


class GapOut(BaseModel):
    """A fact that is not known of one asset."""

    fact: str
    moves: int
    worst: float
    best: float
    fields: list[str]
    asset: ScoreOut


class SurveyOut(BaseModel):
    """What to find out, the most telling first; `left_out` counts gaps beyond the limit."""

    technology: str
    facts: list[FactGapOut]
    gaps: list[GapOut]
    left_out: int
    provenance: ProvenanceOut


class TechnologyOut(BaseModel):
    """A technology that rules are there for."""

    name: str
    label: str
    kinds: list[str]
    reach_m: float
    suitable_from: float
    possible_from: float
    confident_from: float
    hard: list[dict[str, Any]]
    factors: list[dict[str, Any]]


class RulesOut(BaseModel):
    """The rules that scores are made by."""

    title: str
    name: str
    sha256: str
    technologies: list[TechnologyOut]
