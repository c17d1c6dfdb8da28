"""The contract segmentation of Harrow and Brent: major, operational or transactional.

Source: LGA strategy (2017), S:840-858, for the questions, their answers and what the class
decides. It prints neither weights nor limits: those here are ours, carry `SCHEME_VERSION`, and
are arguments. Bands of spend are made to meet: as printed, 49,500 pounds lies in none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from canopy.errors import Refused

Group = Literal["criticality", "strategic", "commercial"]
Segment = Literal["transactional", "operational", "major"]
SCHEME_VERSION = "2026-1"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its answers, each with a score from 0 to 1, and its weight of 100."""

    name: str
    group: Group
    asks: str
    scores: Mapping[str, Fraction]
    weight: int


def _rising(*answers: str) -> dict[str, Fraction]:
    """Scores from 0 for the first answer to 1 for the last, in even steps."""
    return {answer: Fraction(at, len(answers) - 1) for at, answer in enumerate(answers)}


SPEND_LIMITS_GBP = (50_000, 100_000, 500_000, 1_000_000)
SPEND_BANDS = ("under-50k", "50k-to-100k", "100k-to-500k", "500k-to-1m", "1m-or-more")

QUESTIONS = (
    Question(
        "impact",
        "criticality",
        "impact of failure on customers",
        _rising("low", "localised", "medium", "high"),
        15,
    ),
    Question("statutory", "criticality", "statutory obligation", _rising("no", "yes"), 15),
    Question("reputation", "criticality", "reputation", _rising("low", "medium", "high"), 12),
    Question("data", "criticality", "holds data of the council", _rising("no", "yes"), 10),
    Question(
        "correction",
        "criticality",
        "corrective action",
        _rising("quick", "internal-or-limited", "considerable"),
        12,
    ),
    Question(
        "complexity",
        "criticality",
        "complexity",
        _rising("non-essential", "some", "specialist", "complex"),
        8,
    ),
    Question(
        "alternatives",
        "criticality",
        "alternative sources: the fewer, the riskier",
        _rising("10-or-more", "5-to-9", "1-to-4"),
        8,
    ),
    Question(
        "strategy",
        "strategic",
        "support of the council's strategy",
        _rising("indirect", "contributes", "essential"),
        10,
    ),
    Question("spend", "commercial", "yearly spend or revenue", _rising(*SPEND_BANDS), 10),
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """Limits of the classes [points of 100], and what overrides them."""

    major_from: int = 60
    operational_from: int = 30
    version: str = SCHEME_VERSION


@dataclass(frozen=True, slots=True)
class Governance:
    """What a class asks for (S:842-847)."""

    sponsor: bool
    monitoring: str
    partnership_review: bool
    risk_register: bool
    exit_plan: bool


GOVERNANCE: dict[Segment, Governance] = {
    "major": Governance(True, "monthly", True, True, True),
    "operational": Governance(False, "quarterly", False, True, False),
    "transactional": Governance(False, "yearly", False, False, False),
}


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The class of a contract, and how it came about.

    Attributes:
        points: of 100.
        contributions: points of each question.
        override: why the class is higher than the points say; None where it is not.
    """

    segment: Segment
    points: Fraction
    contributions: Mapping[str, Fraction]
    override: str | None
    governance: Governance
    version: str


def spend_band(yearly_gbp: Decimal) -> str:
    """The answer to the question of spend or revenue; raises Refused for a negative amount."""
    if yearly_gbp < 0:
        raise Refused("spend or revenue is not negative")
    return SPEND_BANDS[sum(yearly_gbp >= limit for limit in SPEND_LIMITS_GBP)]


def segmented(answers: Mapping[str, str], scheme: Scheme | None = None) -> Segmentation:
    """The class by points, then overrides.

    A statutory contract whose failure has a high impact is major. One that holds the council's
    data, or of a million pounds or more, is operational at least. Raises Refused, naming the
    question, for one that is not answered, not known, or has another answer.
    """
    used = scheme or Scheme()
    contributions = {each.name: _points(each, answers) for each in QUESTIONS}
    unknown = answers.keys() - contributions.keys()
    if unknown:
        raise Refused(f"there is no question {', '.join(sorted(unknown))}")
    points = sum(contributions.values(), Fraction(0))
    by_points: Segment = "transactional"
    if points >= used.major_from:
        by_points = "major"
    elif points >= used.operational_from:
        by_points = "operational"
    segment, override = _overridden(by_points, answers)
    return Segmentation(segment, points, contributions, override, GOVERNANCE[segment], used.version)


def _points(question: Question, answers: Mapping[str, str]) -> Fraction:
    if question.name not in answers:
        raise Refused(f"{question.name} is not answered: {', '.join(question.scores)}")
    answer = answers[question.name]
    if answer not in question.scores:
        raise Refused(f"{question.name}: {answer!r} is none of {', '.join(question.scores)}")
    return question.scores[answer] * question.weight


def _overridden(segment: Segment, answers: Mapping[str, str]) -> tuple[Segment, str | None]:
    if segment != "major" and (answers["statutory"], answers["impact"]) == ("yes", "high"):
        return "major", "statutory, with a high impact of failure"
    if segment == "transactional" and answers["data"] == "yes":
        return "operational", "holds data of the council"
    if segment == "transactional" and answers["spend"] == "1m-or-more":
        return "operational", "a million pounds or more a year"
    return segment, None
