"""What is asked about an agreement: the segmentation and the checklist of value for money."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from canopy.api.deps import SettingsOf
from canopy.api.register.deps import KeeperOf
from canopy.concessions.governance.checklist import CHOICES, Item, Standing
from canopy.concessions.governance.checklist_wording import items_of
from canopy.concessions.governance.segmentation import (
    GOVERNANCE,
    QUESTIONS,
    SCHEME_VERSION,
    Governance,
    Scheme,
)

router = APIRouter()


class ItemOut(BaseModel):
    """An item of the checklist."""

    number: int
    about: str | None
    """What it asks for; null where the wording was not seen."""
    evidence: str | None
    standing: Standing
    """`in-our-words`, `wording-not-seen`, or `council` where the council set its wording."""
    source: str


class QuestionOut(BaseModel):
    """A question of the segmentation; answers from the lowest score to the highest."""

    name: str
    group: str
    asks: str
    answers: list[str]
    scores: list[float]
    """Of each answer, 0 to 1, which the weight is taken times."""
    weight: int


class ClassOut(BaseModel):
    """A class of contracts: from how many points of 100, and what it asks for."""

    segment: str
    from_points: int
    asked: list[str]


class QuestionsOut(BaseModel):
    """What is asked of an agreement."""

    version: str
    segmentation: list[QuestionOut]
    classes: list[ClassOut]
    checklist: list[ItemOut]
    choices: list[str]


@router.get("/register/questions")
def list_questions(settings: SettingsOf, principal: KeeperOf) -> QuestionsOut:
    """What the segmentation asks, with answers, scores and classes, and the checklist's items."""
    scheme = Scheme()
    least = {
        "transactional": 0, "operational": scheme.operational_from, "major": scheme.major_from
    }  # fmt: skip
    return QuestionsOut(
        version=SCHEME_VERSION,
        segmentation=[
            QuestionOut(
                name=each.name,
                group=each.group,
                asks=each.asks,
                answers=list(each.scores),
                scores=[float(score) for score in each.scores.values()],
                weight=each.weight,
            )
            for each in QUESTIONS
        ],
        classes=[
            ClassOut(segment=name, from_points=least[name], asked=asked_by(governance))
            for name, governance in reversed(GOVERNANCE.items())
        ],
        checklist=[item_out(each) for each in items_of(settings.register_checklist)],
        choices=list(CHOICES),
    )


def item_out(item: Item) -> ItemOut:
    """An item as the wire has it."""
    return ItemOut(
        number=item.number, about=item.about, evidence=item.evidence, standing=item.standing,
        source=item.source,
    )  # fmt: skip


def asked_by(governance: Governance) -> list[str]:
    """What a class asks for, in words."""
    parts = {
        "a sponsor": governance.sponsor,
        "a yearly partnership review": governance.partnership_review,
        "a risk register": governance.risk_register,
        "an exit plan": governance.exit_plan,
    }
    asked = [name for name, is_asked in parts.items() if is_asked]
    return ["a manager", f"{governance.monitoring} monitoring", *asked]
