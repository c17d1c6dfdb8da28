"""The checklist of value for money and innovation: 21 items, answered one by one.

Source: LGA strategy (2017), S:958-978: the Local Government Association's National technological
and digital procurement category strategy, published on 11 July 2017. Its own wording was not at
hand. Of 15 items notes on the strategy tell the subject, which stands here in our words; of items
1, 6, 7, 10, 11 and 19 they tell the number alone, and that each is answered in words. A council
that has the strategy sets its wording (`checklist_wording`). There is no score: one number would
hide what is unanswered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from canopy.errors import Refused

SOURCE = "LGA, National technological and digital procurement category strategy (2017)"
Standing = Literal["in-our-words", "wording-not-seen", "council"]
"""How far an item's text is known: its subject told by us; its number alone; set by the council."""
Choice = Literal["yes", "part", "no", "not-applicable"]
CHOICES: tuple[Choice, ...] = ("yes", "part", "no", "not-applicable")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist.

    Attributes:
        about: what it asks for; None where the strategy's text has to be read.
        evidence: what in Canopy bears on it; None for those answered in words.
        source: where `about` is from, or what has to be read.
    """

    number: int
    about: str | None
    evidence: str | None
    source: str = SOURCE
    is_of_council: bool = False

    @property
    def standing(self) -> Standing:
        """How far its text is known."""
        if self.is_of_council:
            return "council"
        return "wording-not-seen" if self.about is None else "in-our-words"


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


def filled_in(answers: Mapping[int, Answer], items: Sequence[Item] = ITEMS) -> Checklist:
    """What is answered and what is missing, of items as a council words them.

    Raises Refused for an item that there is not, an answer that is none, and "not-applicable"
    without a reason.
    """
    by_number = {item.number: item for item in items}
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
        tuple(item for item in items if item.number not in answers),
        tuple(by_number[number] for number in claimed if not answers[number].evidence.strip()),
    )
