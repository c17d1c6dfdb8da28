"""An agreement's days in their order: term, options, notices, reviews, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from canopy.concessions.calendar.breaks import RollingBreak
from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.rounding import pounds
from canopy.concessions.schedule.deposits import deposit_movements
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.duration import BreakOption

DayKind = Literal[
    "signed", "term", "extension", "break", "notice", "index-review", "market-review",
    "guarantee", "deposit", "status", "event", "today",
]  # fmt: skip
MOST_REVIEWS = 1_000


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """A day, or a stretch of days up to `until`, both counted.

    Attributes:
        place: the part of the terms that it comes from, such as ``breaks[0]``.
        is_intention: whether it tells of an option to end or to renew, which is the council's
            and the other side's own business until notice is served.
    """

    day: date
    until: date | None
    kind: DayKind
    text: str
    place: str
    is_intention: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """A status or an event of the register, as the timeline takes it in."""

    day: date
    kind: Literal["status", "event"]
    text: str


def timeline(
    agreement: Agreement, happened: Iterable[Happened], on: date | None = None
) -> list[TimelineDay]:
    """All days of an agreement by their date, and `on` among them where it is given.

    Each extension is counted from the end that the ones before it would give.
    """
    found = [
        *_term(agreement),
        *_extensions(agreement),
        *(each for at, one in enumerate(agreement.breaks) for each in _break(at, one)),
        *_reviews(agreement),
        *_guarantors(agreement),
        *_deposit(agreement),
        *(TimelineDay(each.day, None, each.kind, each.text, each.kind) for each in happened),
    ]
    if on is not None:
        found.append(TimelineDay(on, None, "today", "Today.", "today"))
    return sorted(found, key=lambda each: (each.day, each.until or each.day, each.place))


def _term(agreement: Agreement) -> Iterator[TimelineDay]:
    if agreement.signed is not None:
        yield TimelineDay(agreement.signed, None, "signed", "It was signed.", "signed")
    start, end = agreement.term.start, agreement.term.end
    yield TimelineDay(start, end, "term", f"The term, {start} to {end}.", "term")


def _extensions(agreement: Agreement) -> Iterator[TimelineDay]:
    end = agreement.term.end
    for at, option in enumerate(agreement.extensions):
        place = f"extensions[{at}]"
        longer = option.end_after(end)
        last = option.deadline(end)
        yield TimelineDay(
            end + ONE_DAY, longer, "extension",
            f"An extension of {option.months} months by {_side(option.by)}.", place, True,
        )  # fmt: skip
        yield TimelineDay(
            last, None, "notice", f"The last day of notice for the extension to {longer}.", place,
            True,
        )  # fmt: skip
        end = longer


def _break(at: int, option: BreakOption) -> Iterator[TimelineDay]:
    place, rule = f"breaks[{at}]", option.rule()
    whose = _side(option.by)
    if isinstance(rule, RollingBreak):
        yield TimelineDay(
            rule.not_before, None, "break",
            f"From here on {whose} may end it at any time by notice.", place, True,
        )  # fmt: skip
        yield TimelineDay(
            rule.first_useful_service(), None, "notice",
            f"Notice of {whose} from here on ends it as early as can be.", place, True,
        )  # fmt: skip
        return
    window = rule.window()
    yield TimelineDay(rule.on, None, "break", f"It may be ended by {whose}.", place, True)
    yield TimelineDay(
        window.opens or window.closes, window.closes if window.opens else None, "notice",
        f"The last day of notice by {whose} for the break on {rule.on} is {window.closes}.", place,
        True,
    )  # fmt: skip


def _reviews(agreement: Agreement) -> Iterator[TimelineDay]:
    start, end = agreement.term.start, agreement.term.end
    for at, rule in enumerate(agreement.index_rules):
        years = rule.review_every_years
        first = add_months(rule.reviews_from or start, 12 * years)
        for day in _every(first, years, end):
            yield TimelineDay(
                day, None, "index-review", f"Charges that follow {rule.name} are indexed.",
                f"index_rules[{at}]",
            )  # fmt: skip
    for at, review in enumerate(agreement.market_reviews):
        for day in _every(review.first, review.every_years, end):
            yield TimelineDay(
                day, None, "market-review", f"The rent is reviewed to the market ({review.basis}).",
                f"market_reviews[{at}]",
            )  # fmt: skip


def _every(first: date, years: int | None, end: date) -> Iterator[date]:
    """Days of reviews from the first on, none after the end of the term."""
    for number in range(MOST_REVIEWS if years else 1):
        day = add_months(first, 12 * (years or 0) * number)
        if day > end:
            return
        yield day


def _guarantors(agreement: Agreement) -> Iterator[TimelineDay]:
    for at, party in enumerate(agreement.parties):
        if party.until is not None:
            text = f"The guarantee of {party.name} ends."
            yield TimelineDay(party.until, None, "guarantee", text, f"parties[{at}]")


def _deposit(agreement: Agreement) -> Iterator[TimelineDay]:
    told = {"taken": "The deposit is paid", "returned": "The deposit goes back"}
    for each in deposit_movements(agreement):
        if each.what in told:
            text = f"{told[each.what]}: {pounds(abs(each.pence)):,}."
            yield TimelineDay(each.day, None, "deposit", text, "deposit")


def _side(by: str) -> str:
    return "either side" if by == "either" else f"the {by}"
