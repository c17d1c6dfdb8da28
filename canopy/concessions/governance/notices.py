"""Which notices a route to market needs, when, and which of them were published.

By the regime of the day the procurement began. It is advice: whether procurement law applies, and
what a person judged the route to be, is on record and taken as it stands. Notices that only some
events call for (a pipeline, an engagement of the market, a procurement that was given up) are
named with what calls for them, and are never overdue.

Sources: Procurement Act 2023, sections 41 to 44, 50 to 53, 71, 75 and 80, its notices by their
numbers on Find a Tender (domain notes, section 3.5); Procurement Regulations 2024 for what each
holds; Public Contracts Regulations 2015, regulations 49, 50 and 72(3), and Concession Contracts
Regulations 2016, regulations 31, 32 and 43, by the standard forms F02, F03, F20, F24 and F25.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from canopy.concessions.calendar.months import add_months
from canopy.concessions.governance.changes import Advice, Subject, regime_of, threshold_on

State = Literal["published", "needed", "overdue", "when-it-happens"]
AWARD_DAYS = 30
"""Days from the contract to its details (s. 53), and to the award notice of 2015 (reg. 50)."""
TERMINATION_DAYS = 30
"""Days from the end of a contract, its expiry too, to the termination notice (s. 80)."""
LARGE_GBP = Decimal(5_000_000)
"""Above it: indicators of performance, assessed every twelve months, and the contract published
(ss. 52, 53 and 71)."""
PIPELINE_GBP = Decimal(2_000_000)
"""Above it a contract belongs in the pipeline of a council that spends over £100 m a year."""


@dataclass(frozen=True, slots=True)
class Published:
    """A notice that was published. `at` is where it may be found, `place` what it belongs to."""

    number: str
    on: date
    at: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Procurement:
    """What decides which notices are needed.

    Attributes:
        began: first day of the procurement.
        is_inside_law: whether procurement law applies, as a person judged.
        is_direct: whether it was awarded without competition.
        is_call_off: whether it is called off a framework, which was tendered before.
        value_gbp: initial value, with VAT where thresholds count it.
        start: first day of the contract, which stands for the day it was entered into.
        ended: the day it ended; None while it runs.
    """

    began: date
    is_inside_law: bool
    is_direct: bool
    is_call_off: bool
    subject: Subject
    value_gbp: Decimal
    start: date
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class Needed:
    """A notice, and how it stands on a day.

    Attributes:
        number: of the notice, or the standard form before 2025.
        due: last day to publish it; None where an event calls for it that is not known.
        published: what was published, where it was.
        place: what it belongs to, to tell two of one number apart.
    """

    number: str
    name: str
    because: str
    reference: str
    due: date | None
    published: Published | None
    state: State
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    number: str
    name: str
    because: str
    reference: str
    due: date | None = None
    place: str = ""


def needed(
    procurement: Procurement, changes: Sequence[Advice], published: Sequence[Published], on: date
) -> list[Needed]:
    """Notices of a procurement and its contract, as they stand on a day.

    Of a year's performance notices as many are due as years have gone by. None are needed
    outside procurement law. Below the threshold of the day it began only those are that the advice
    on changes asks for, as where one takes the contract to the threshold.
    """
    if not procurement.is_inside_law:
        return []
    is_new = regime_of(procurement.began) == "pa-2023"
    threshold = threshold_on(procurement.began, procurement.subject)
    wanted: Iterator[_Wanted] = iter(())
    if threshold is None or procurement.value_gbp >= threshold:
        wanted = _of_2023(procurement, on) if is_new else _of_2015(procurement)
    left = list(published)
    return [
        _standing(each, left, on)
        for each in (*wanted, *_of_changes(changes, procurement.subject, is_new=is_new))
    ]


def _standing(wanted: _Wanted, left: list[Published], on: date) -> Needed:
    """With the first notice of its number and place that nothing before it has taken."""
    fits = (each for each in left if each.number == wanted.number)
    found = next((each for each in fits if each.place in ("", wanted.place)), None)
    state: State
    if found is not None:
        left.remove(found)
        state = "published"
    elif wanted.due is None:
        state = "when-it-happens"
    else:
        state = "overdue" if wanted.due < on else "needed"
    return Needed(
        wanted.number, wanted.name, wanted.because, wanted.reference, wanted.due, found, state,
        wanted.place,
    )  # fmt: skip


def _of_2023(procurement: Procurement, on: date) -> Iterator[_Wanted]:
    if procurement.value_gbp > PIPELINE_GBP:
        yield _Wanted(
            "UK1", "pipeline notice",
            "the contract is above £2 million, if the council pays over £100 million in the year",
            "PA 2023 s. 93",
        )  # fmt: skip
    yield _Wanted(
        "UK2", "preliminary market engagement notice",
        "if the market was engaged before the tender; else say why not in the tender notice",
        "PA 2023 s. 17",
    )  # fmt: skip
    if procurement.is_direct:
        yield _Wanted(
            "UK5", "transparency notice", "it is awarded without competition",
            "PA 2023 s. 44", procurement.start,
        )  # fmt: skip
    elif not procurement.is_call_off:
        yield _Wanted(
            "UK4", "tender notice", "it is awarded by competition, which the notice begins",
            "PA 2023 s. 21", procurement.began,
        )  # fmt: skip
    yield _Wanted(
        "UK6", "contract award notice", "before the contract is entered into", "PA 2023 s. 50",
        procurement.start,
    )  # fmt: skip
    large = procurement.value_gbp > LARGE_GBP
    more = ", with the contract itself and three indicators or more" if large else ""
    yield _Wanted(
        "UK7", "contract details notice", f"within {AWARD_DAYS} days of the contract{more}",
        "PA 2023 s. 53", procurement.start + timedelta(days=AWARD_DAYS),
    )  # fmt: skip
    if large:
        yield from _performance(procurement, on)
    if procurement.ended is not None:
        yield _Wanted(
            "UK11", "contract termination notice",
            f"within {TERMINATION_DAYS} days of the end, expiry included", "PA 2023 s. 80",
            procurement.ended + timedelta(days=TERMINATION_DAYS),
        )  # fmt: skip


def _performance(procurement: Procurement, on: date) -> Iterator[_Wanted]:
    """One for each year that has gone by, and the next."""
    until = min(on, procurement.ended or on)
    year = 1
    while True:
        due = add_months(procurement.start, 12 * year)
        yield _Wanted(
            "UK9", "contract performance notice",
            f"the contract is above £5 million: year {year} against its indicators",
            "PA 2023 s. 71", due, f"year {year}",
        )  # fmt: skip
        if due > until:
            return
        year += 1


def _of_2015(procurement: Procurement) -> Iterator[_Wanted]:
    is_concession = procurement.subject == "concession"
    award = procurement.start + timedelta(days=AWARD_DAYS)
    if is_concession:
        if not (procurement.is_direct or procurement.is_call_off):
            yield _Wanted(
                "F24", "concession notice", "it is awarded by competition", "CCR 2016 reg. 31",
                procurement.began,
            )  # fmt: skip
        yield _Wanted(
            "F25", "concession award notice", "within 48 days of the award", "CCR 2016 reg. 32",
            procurement.start + timedelta(days=48),
        )  # fmt: skip
        return
    if not (procurement.is_direct or procurement.is_call_off):
        yield _Wanted(
            "F02", "contract notice", "it is awarded by competition", "PCR 2015 reg. 49",
            procurement.began,
        )  # fmt: skip
    yield _Wanted(
        "F03", "contract award notice", f"within {AWARD_DAYS} days of the award",
        "PCR 2015 reg. 50", award,
    )  # fmt: skip


def _of_changes(changes: Sequence[Advice], subject: Subject, *, is_new: bool) -> Iterator[_Wanted]:
    """A notice for each change that asks for one: before it in the new regime."""
    old = "CCR 2016 reg. 43" if subject == "concession" else "PCR 2015 reg. 72(3)"
    for advice in changes:
        if advice.notice is None:
            continue
        yield _Wanted(
            "UK10" if is_new else "F20",
            "contract change notice" if is_new else "notice of modification",
            f"the change of {advice.change.on}",
            "PA 2023 s. 75" if is_new else old,
            advice.change.on,
            f"change of {advice.change.on}",
        )
