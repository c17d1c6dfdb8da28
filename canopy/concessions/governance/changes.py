"""Whether a contract may be changed without buying anew: each test, its figures and its text.

The regime follows the day the procurement began, not that of signature. This is advice for the
person who decides: whether a change alters the nature of a contract is theirs to judge.

Sources: Public Contracts Regulations 2015, regulation 72 (procurements begun before 24 February
2025; also S:918-926), and for concessions Concession Contracts Regulations 2016, regulation 43,
which is cited from memory; Procurement Act 2023, sections 74 to 77 and Schedule 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from canopy.errors import Refused

Regime = Literal["pcr-2015", "pa-2023"]
"""The first stands for the regulations of 2016 on concessions too."""
Subject = Literal["goods-services", "works", "concession"]
Ground = Literal[
    "minor", "provided-for", "additional-needs", "unforeseen", "known-risk", "takeover"
]
PA_2023_FROM = date(2025, 2, 24)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold of value with VAT [GBP] from a day on, of a council."""

    subject: Subject
    from_day: date
    value_gbp: int


THRESHOLDS = (
    Threshold("goods-services", date(2024, 1, 1), 214_904),
    Threshold("works", date(2024, 1, 1), 5_372_609),
    Threshold("concession", date(2024, 1, 1), 5_372_609),
    Threshold("goods-services", date(2026, 1, 1), 207_720),
    Threshold("works", date(2026, 1, 1), 5_193_000),
    Threshold("concession", date(2026, 1, 1), 5_193_000),
)
"""Of sub-central authorities, by the day they apply from. Others are added as they are made."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a contract.

    Attributes:
        value_gbp: what it adds, or takes away where negative, by the prices of the contract.
        ground: what the council relies on.
        months: that it adds to the term, or takes away.
        alters_nature: whether it alters the overall nature, as judged by a person.
        notice_id: of the notice that was published about it; None where none is on record.
    """

    on: date
    value_gbp: Decimal
    ground: Ground
    months: int = 0
    alters_nature: bool = False
    notice_id: str | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One condition of a ground, with the text it is from; values are parts of the initial one.

    Attributes:
        value, limit: None where the condition is no number.
    """

    __test__ = False

    says: str
    reference: str
    holds: bool
    value: Decimal | None = None
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """How one change stands, with those before it.

    Attributes:
        holds: whether every test of the ground relied on does.
        notice: what has to be published, or None.
    """

    change: Change
    regime: Regime
    tests: tuple[Test, ...]
    notice: str | None

    @property
    def holds(self) -> bool:
        return all(test.holds for test in self.tests)


def regime_of(procurement_began: date) -> Regime:
    """By the day the procurement began."""
    return "pa-2023" if procurement_began >= PA_2023_FROM else "pcr-2015"


def advice_on_changes(
    changes: Sequence[Change],
    initial_gbp: Decimal,
    months: int,
    procurement_began: date,
    subject: Subject,
) -> list[Advice]:
    """Every change in the order of days, tested with those that were made before it.

    `months` is the greatest term that the contract provided for. Raises Refused for an initial
    value or a term that is not above 0.
    """
    if initial_gbp <= 0 or months <= 0:
        raise Refused("a contract has an initial value and a term above 0")
    regime = regime_of(procurement_began)
    found: list[Advice] = []
    minor = Decimal(0)
    for change in sorted(changes, key=lambda each: each.on):
        if change.ground == "minor":
            minor += abs(change.value_gbp) if regime == "pa-2023" else change.value_gbp
        tests = _tests(change, minor, initial_gbp, months, regime, subject)
        found.append(Advice(change, regime, tests, _notice(change, initial_gbp, regime, subject)))
    return found


def _tests(
    change: Change,
    minor_gbp: Decimal,
    initial_gbp: Decimal,
    months: int,
    regime: Regime,
    subject: Subject,
) -> tuple[Test, ...]:
    if change.ground == "minor":
        return _minor(change, minor_gbp, initial_gbp, months, regime, subject)
    if change.ground == "known-risk" and regime == "pcr-2015":
        return (Test("is a ground of this regime", "it came with PA 2023 Sch. 8 para. 5", False),)
    text = _text(change.ground, regime, subject)
    nature = Test("does not alter the overall nature", text, not change.alters_nature)
    if change.ground in ("provided-for", "takeover"):
        return (nature,)
    part, half = change.value_gbp / initial_gbp, Decimal("0.50")
    limit = Test("adds no more than half of the value", text, part <= half, part, half)
    return (limit, nature)


def _minor(
    change: Change,
    minor_gbp: Decimal,
    initial_gbp: Decimal,
    months: int,
    regime: Regime,
    subject: Subject,
) -> tuple[Test, ...]:
    limit = Decimal("0.15") if subject == "works" else Decimal("0.10")
    text = _text("minor", regime, subject)
    if regime == "pcr-2015":
        says, part = "minor changes together stay within the limit", minor_gbp / initial_gbp
    else:
        says, part = "stays within the limit by itself", change.value_gbp / initial_gbp
    below = threshold_on(change.on, subject)
    tests = [
        Test(says, text, abs(part) <= limit, part, limit),
        Test("does not alter the overall nature or scope", text, not change.alters_nature),
    ]
    if below is not None:
        tests.append(
            Test(
                "minor changes together stay below the threshold",
                text,
                abs(minor_gbp) < below,
                abs(minor_gbp) / initial_gbp,
                Decimal(below) / initial_gbp,
            )
        )
    if regime == "pa-2023" and change.months:
        longer = abs(Decimal(change.months)) / months
        tests.append(
            Test(
                "the term changes by no more than a tenth",
                "PA 2023 s. 74(3)(a)",
                longer <= Decimal("0.10"),
                longer,
                Decimal("0.10"),
            )
        )
    return tuple(tests)


def threshold_on(day: date, subject: Subject) -> int | None:
    """The threshold in force on a day [GBP]; None where none is on record."""
    found = [each for each in THRESHOLDS if each.subject == subject and each.from_day <= day]
    return max(found, key=lambda each: each.from_day).value_gbp if found else None


_PCR: dict[Ground, str] = {
    "minor": "PCR 2015 reg. 72(5), (6)",
    "provided-for": "PCR 2015 reg. 72(1)(a)",
    "additional-needs": "PCR 2015 reg. 72(1)(b)",
    "unforeseen": "PCR 2015 reg. 72(1)(c)",
    "takeover": "PCR 2015 reg. 72(1)(d)",
}
_PA: dict[Ground, str] = {
    "minor": "PA 2023 s. 74(4)",
    "provided-for": "PA 2023 Sch. 8 para. 1",
    "unforeseen": "PA 2023 Sch. 8 para. 4",
    "known-risk": "PA 2023 Sch. 8 paras. 5 to 7",
    "additional-needs": "PA 2023 Sch. 8 para. 8",
    "takeover": "PA 2023 Sch. 8 para. 9",
}


def _text(ground: Ground, regime: Regime, subject: Subject) -> str:
    if regime == "pa-2023":
        return _PA[ground]
    return "CCR 2016 reg. 43" if subject == "concession" else _PCR[ground]


def _notice(change: Change, initial_gbp: Decimal, regime: Regime, subject: Subject) -> str | None:
    if regime == "pcr-2015":
        if change.ground not in ("additional-needs", "unforeseen"):
            return None
        text = "CCR 2016 reg. 43" if subject == "concession" else "PCR 2015 reg. 72(3)"
        return f"notice of modification ({text})"
    small = Decimal("0.15") if subject == "works" else Decimal("0.10")
    part, longer = abs(change.value_gbp) / initial_gbp, change.months != 0
    if change.ground != "takeover" and part <= small and not longer:
        return None
    return "contract change notice before the change (PA 2023 s. 75)"
