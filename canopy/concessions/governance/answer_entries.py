"""Entries that answer questions about an agreement: its segmentation, and the checklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from canopy.concessions.fields import CLOSED
from canopy.concessions.governance.checklist import (
    ITEMS,
    Answer,
    Checklist,
    Choice,
    Item,
    filled_in,
)
from canopy.concessions.governance.segmentation import Segmentation, segmented

_Few = Field(max_length=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationEntry:
    """Answers to the nine questions of the contract segmentation, which make its class.

    Attributes:
        kind: `segmentation`.
        answers: the answer to each question, by its name; every question is answered.
        version: of the weights; others are another version.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["segmentation"]
    answers: Annotated[Mapping[str, str], _Few]
    version: Literal["2026-1"] = "2026-1"

    def __post_init__(self) -> None:
        self.result()

    def result(self) -> Segmentation:
        """Raises Refused, naming the question."""
        return segmented(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistAnswer:
    """One answer of the checklist; where there is no more to say, the choice alone stands for it.

    Attributes:
        choice: the answer.
        evidence: where the evidence is: a file, a page, a decision; without it a "yes" or "part" is
            told as unproven.
        note: what else is to be known; needed with `not-applicable`, to say why.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    choice: Choice
    evidence: Annotated[str, Field(max_length=1_000)] = ""
    note: Annotated[str, Field(max_length=1_000)] = ""


def _answer(value: object) -> object:
    """A bare choice is an answer without evidence or note."""
    return {"choice": value} if isinstance(value, str) else value


def _by_number(value: object) -> object:
    if isinstance(value, list | tuple):
        raise ValueError(
            'write answers by the number of the item: [answers.2], then choice = "yes"'
        )
    return value


_Answer = Annotated[
    ChecklistAnswer,
    BeforeValidator(_answer, json_schema_input_type=Choice | ChecklistAnswer),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistEntry:
    """Answers to the checklist of value for money. The last entry holds alone: give them all.

    Attributes:
        kind: `checklist`.
        answers: the answer to each item, by its number, 1 to 21; those left out are unanswered.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    kind: Literal["checklist"]
    answers: Annotated[Mapping[int, _Answer], _Few, BeforeValidator(_by_number)]

    def __post_init__(self) -> None:
        self.result()

    def result(self, items: Sequence[Item] = ITEMS) -> Checklist:
        """Of items as the council words them. Raises Refused, naming the item."""
        return filled_in(
            {
                number: Answer(each.choice, each.evidence, each.note)
                for number, each in self.answers.items()
            },
            items,
        )
