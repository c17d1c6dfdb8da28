"""The checklist of value for money and innovation: 21 items, answered one by one.

Source: LGA strategy (2017), S:958-978. Items 1, 6, 7, 10, 11 and 19 are answered in words from
the strategy's own text; the others have something in Canopy that can be evidence. There is no
score: one number would hide what is unanswered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from canopy.errors import Refused

Choice = Literal["yes", "part", "no", "not-applicable"]
CHOICES: tuple[Choice, ...] = ("yes", "part", "no", "not-applicable")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist.

    Attributes:
        about: what it asks for, in short; None where the strategy's text has to be read.
        evidence: what in Canopy bears on it; None for those answered in words.
    """

    number: int
    about: str | None
    evidence: str | None


ITEMS = (
    Item(1, None, None),
    Item(2, "plans ahead", "dates of the pipeline and of notices"),
    Item(3, "knows what is spent, by category", "spend by supplier and category"),
    Item(4, "uses frameworks where they serve", "the route to market and its reasons"),
    Item(5, "lets others use the contract", "the clause on sharing"),
    Item(6, None, None),
    Item(7, None, None),
    Item(8, "chooses how suppliers are paid", "payment and its timing in the terms"),
    Item(9, "weighs price and quality", "weights of the evaluation"),
    Item(10, None, None),
    Item(11, None, None),
    Item(12, "asks for open standards", "the clause on open standards"),
    Item(13, "measures performance, with triggers", "performance required and delivered"),
    Item(14, "manages the contract", "the class of the contract and its governance"),
    Item(15, "keeps hold of information", "the clause on data, and who owns it"),
    Item(16, "is accessible", "the statement of accessibility"),
    Item(17, "brings social value", "social value in the evaluation, and what was promised"),
    Item(18, "sees hidden costs and scale", "costs of the council in the terms"),
    Item(19, None, None),
    Item(20, "chooses how to deliver", "deals compared on the same assets"),
    Item(21, "complies", "the route to market and its notices"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, with where its evidence is; "not-applicable" says why in `note`."""

    choice: Choice
    evidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """Answers to the items of one procurement.

    Attributes:
        unanswered: items that nobody has answered.
        without_evidence: answers of yes or part that point to none.
    """

    answers: Mapping[int, Answer]
    unanswered: tuple[Item, ...]
    without_evidence: tuple[Item, ...]


def filled_in(answers: Mapping[int, Answer]) -> Checklist:
    """What is answered and what is missing.

    Raises Refused for an item that there is not, an answer that is none, and "not-applicable"
    without a reason.
    """
    by_number = {item.number: item for item in ITEMS}
    for number, answer in answers.items():
        if number not in by_number:
            raise Refused(f"the checklist has no item {number}")
        if answer.choice not in CHOICES:
            raise Refused(f"item {number}: {answer.choice!r} is none of {', '.join(CHOICES)}")
        if answer.choice == "not-applicable" and not answer.note.strip():
            raise Refused(f"item {number} is not applicable: say why")
    claimed = [number for number, answer in answers.items() if answer.choice in ("yes", "part")]
    return Checklist(
        dict(answers),
        tuple(item for item in ITEMS if item.number not in answers),
        tuple(by_number[number] for number in claimed if not answers[number].evidence.strip()),
    )
