"""Whether a contract may be changed without buying anew: each test, its figures and its text.

The regime follows the day the procurement began, not that of signature. This is advice for the
person who decides: whether a change alters the nature of a contract is theirs to judge.

Sources: Public Contracts Regulations 2015, regulation 72 (procurements begun before 24 February
2025; also S:918-926), and for concessions Concession Contracts Regulations 2016, regulation 43;
Procurement Act 2023, sections 74 to 77 and Schedule 8. How far each was read stands in
`change_texts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from canopy.concessions.governance.change_texts import Ground as Ground
from canopy.concessions.governance.change_texts import Regime as Regime
from canopy.concessions.governance.change_texts import Subject as Subject
from canopy.concessions.governance.change_texts import text_of
from canopy.errors import Refused

_MOST_PLACES = 9
"""Decimals of a percent: a penny of £100 million is told apart."""
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


_NATURE_IN_TEXT = ("minor", "provided-for", "unforeseen")
"""Grounds whose own provision asks that the overall nature stays; of the others we ask it too."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a contract.

    Attributes:
        value_gbp: what it adds, or takes away where negative, by the prices of the contract.
        ground: what the council relies on.
        months: that it adds to the term, or takes away.
        alters_nature: whether it alters the overall nature, as judged by a person; of one that is
            said not to be substantial, whether it changes the scope or the balance materially.
        notice_id: of the notice that was published about it; None where none is on record.
        number: of the change among those of its agreement, from 1; 0 where it is on no record.
    """

    on: date
    value_gbp: Decimal
    ground: Ground
    months: int = 0
    alters_nature: bool = False
    notice_id: str | None = None
    number: int = 0


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

    @property
    def compared(self) -> str | None:
        """Value and limit in percent, with as many decimals as tell them apart; None where the
        condition is no number.
        """
        if self.value is None or self.limit is None:
            return None
        if abs(self.value) == self.limit:
            return f"{self.value:.2%}, which is at the limit"
        for places in range(2, _MOST_PLACES):
            value, limit = f"{self.value:.{places}%}", f"{self.limit:.{places}%}"
            if value.removeprefix("-") != limit:
                return f"{value} against {limit}"
        beside = "above" if abs(self.value) > self.limit else "below"
        return f"{value}, hardly {beside} the limit"


@dataclass(frozen=True, slots=True)
class Advice:
    """How one change stands, with those before it.

    Attributes:
        holds: whether every test of the ground relied on does.
        notice: what has to be published, or None.
        below_gbp: the threshold that the contract is below with this change and those before it,
            and was below from the beginning; no notice is needed then. None where it is not.
    """

    change: Change
    regime: Regime
    tests: tuple[Test, ...]
    notice: str | None
    below_gbp: int | None = None

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

    `months` is the greatest term that the contract provided for. A contract below the threshold of
    the day its procurement began needs no notice, until a change takes it there: that one makes
    it a "convertible contract" (PA 2023 s. 74), and we ask it under the older regulations too.
    Raises Refused for an initial value or a term that is not above 0.
    """
    if initial_gbp <= 0 or months <= 0:
        raise Refused("a contract has an initial value and a term above 0")
    regime = regime_of(procurement_began)
    found: list[Advice] = []
    minor = Decimal(0)
    threshold = threshold_on(procurement_began, subject)
    worth = most = initial_gbp
    for change in sorted(changes, key=lambda each: each.on):
        if change.ground == "minor":
            minor += abs(change.value_gbp) if regime == "pa-2023" else change.value_gbp
        worth += change.value_gbp
        most = max(most, worth)
        below = threshold if threshold is not None and most < threshold else None
        tests = _tests(change, minor, initial_gbp, months, regime, subject)
        notice = _notice(change, initial_gbp, months, regime, subject) if below is None else None
        found.append(Advice(change, regime, tests, notice, below))
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
        return _minor(change, minor_gbp, initial_gbp, regime, subject)
    if change.ground == "not-substantial":
        return _not_substantial(change, months, regime, subject)
    if change.ground == "known-risk" and regime == "pcr-2015":
        return (Test("is a ground of this regime", "it came with PA 2023 Sch. 8 para. 5", False),)
    text = text_of(change.ground, regime, subject)
    says = "does not alter the overall nature"
    if change.ground not in _NATURE_IN_TEXT:
        says += " (the provision does not ask it: judge with care)"
    nature = Test(says, text, not change.alters_nature)
    if change.ground in ("provided-for", "takeover"):
        return (nature,)
    part, half = change.value_gbp / initial_gbp, Decimal("0.50")
    limit = Test("adds no more than half of the value", text, part <= half, part, half)
    return (limit, nature)


def _minor(
    change: Change,
    minor_gbp: Decimal,
    initial_gbp: Decimal,
    regime: Regime,
    subject: Subject,
) -> tuple[Test, ...]:
    """Of the regulations: below a part together. Of the Act: each up to it by itself, and below the
    threshold together; how long the term is does not count (section 74(4)). Decreases count as
    increases do: subsection (6) may be read more kindly.
    """
    limit = Decimal("0.15") if subject == "works" else Decimal("0.10")
    text = text_of("minor", regime, subject)
    if regime == "pcr-2015":
        says, part = "minor changes together stay below the limit", minor_gbp / initial_gbp
        is_within = abs(part) < limit
    else:
        says, part = "stays within the limit by itself", change.value_gbp / initial_gbp
        is_within = abs(part) <= limit
    below = threshold_on(change.on, subject)
    tests = [
        Test(says, text, is_within, part, limit),
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
    return tuple(tests)


def _not_substantial(
    change: Change, months: int, regime: Regime, subject: Subject
) -> tuple[Test, ...]:
    """Whether scope or balance change materially is for a person to judge, as nature is."""
    text = text_of("not-substantial", regime, subject)
    if regime == "pcr-2015":
        return (Test("is not substantial", text, not change.alters_nature),)
    longer, limit = abs(Decimal(change.months)) / months, Decimal("0.10")
    return (
        Test(
            "the term changes by no more than a tenth", f"{text}(a)", longer <= limit, longer, limit
        ),
        Test(
            "changes neither the scope materially nor the balance in the supplier's favour",
            f"{text}(b), (c)",
            not change.alters_nature,
        ),
    )


def threshold_on(day: date, subject: Subject) -> int | None:
    """The threshold in force on a day [GBP]; None where none is on record."""
    found = [each for each in THRESHOLDS if each.subject == subject and each.from_day <= day]
    return max(found, key=lambda each: each.from_day).value_gbp if found else None


def _notice(
    change: Change, initial_gbp: Decimal, months: int, regime: Regime, subject: Subject
) -> str | None:
    """Section 75(2) exempts a change that is small in value, or small in term. Read with care: one
    that is small in the one and not in the other is told to be published.
    """
    if regime == "pcr-2015":
        if change.ground not in ("additional-needs", "unforeseen"):
            return None
        text = "CCR 2016 reg. 43" if subject == "concession" else "PCR 2015 reg. 72(3)"
        return f"notice of modification ({text})"
    small = Decimal("0.15") if subject == "works" else Decimal("0.10")
    part, longer = abs(change.value_gbp) / initial_gbp, abs(Decimal(change.months)) / months
    if change.ground != "takeover" and part <= small and longer <= Decimal("0.10"):
        return None
    return "contract change notice before the change (PA 2023 s. 75)"
