"""The warnings of a day, from agreements as they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from canopy.concessions.alerts.alert import Alert, AlertKind, LeadTimes
from canopy.concessions.calendar.breaks import RollingBreak
from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.calendar.notice import decide_by
from canopy.concessions.rounding import pounds
from canopy.concessions.schedule.deposits import deposit_movements
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import RUNNING, Guarantee, OneOff, ServiceCredit
from canopy.concessions.terms.duration import MarketReview
from canopy.concessions.terms.registered import Registered

LASTING = ("holding-over", "payment-after-term", "notice-due", "action-due", "deposit-return")
"""Told until somebody has seen to it, however late."""
_HOLIDAYS = timedelta(days=30)
"""More than weekends and bank holidays can add to a few working days."""


@dataclass(frozen=True, slots=True)
class _Coming:
    """An event before it is known whether to warn of it."""

    kind: AlertKind
    place: str
    day: date
    text: str
    is_notice: bool = False
    late_since: date | None = None
    """The last day for what had to be done before, where that is over."""


def alerts(registered: Iterable[Registered], on: date, leads: LeadTimes) -> list[Alert]:
    """What to warn of on a day, by the day to act, the earliest first.

    Of drafts and of what was withdrawn there is nothing to tell. Notices, reviews and ends are
    told until their day is over; an agreement that goes on after its term is told until its
    status or its terms say otherwise, and so are payments after the end.
    """
    found = [
        alert for each in registered for coming in _of(each, on)
        if (alert := _due(each.agreement, coming, on, leads)) is not None
    ]  # fmt: skip
    return sorted(found, key=lambda alert: (alert.act_by, alert.day, alert.agreement, alert.place))


def _of(each: Registered, on: date) -> Iterator[_Coming]:
    agreement = each.agreement
    for due in each.dues:
        yield _Coming(due.kind, due.place, due.day, due.text)
    if each.status is Status.active:
        yield from _breaks(agreement)
        yield from _term(agreement, on)
        yield from _reviews(agreement, on)
        yield from _guarantors(agreement)
        yield from _payments(agreement, agreement.term.end, on)
        if on <= agreement.term.end:
            yield from _deposit(agreement, agreement.term.end)
    elif each.status is Status.continuing:
        yield from _breaks(agreement)
        yield _Coming(
            "holding-over",
            "status",
            each.status_on,
            f"It continues after its term since {each.status_on}: renew it, or end it.",
        )
    elif each.status is Status.ended:
        yield from _payments(agreement, each.status_on, on)
        yield from _deposit(agreement, each.status_on)


def _due(agreement: Agreement, coming: _Coming, on: date, leads: LeadTimes) -> Alert | None:
    """The alert, where its time has come and its day is not over.

    Days to decide and to serve are counted only near the event: bank holidays of the next
    century are not known.
    """
    lead = leads.months.get(coming.kind, 0)
    if coming.day < on and coming.kind not in LASTING:
        return None
    act_by = coming.late_since or coming.day
    if coming.is_notice:
        most = timedelta(days=leads.decision_days + 2 * leads.deemed_working_days) + _HOLIDAYS
        if add_months(coming.day, -lead) - most > on:
            return None
        act_by = decide_by(coming.day, leads.service(agreement.nation))
    if add_months(act_by, -lead) > on:
        return None
    return Alert(
        coming.kind, agreement.ref, agreement.title, coming.place, coming.day, act_by, coming.text
    )


def _breaks(agreement: Agreement) -> Iterator[_Coming]:
    for at, option in enumerate(agreement.breaks):
        rule, place = option.rule(), f"breaks[{at}]"
        whose = "Either side" if option.by == "either" else f"The {option.by}"
        if isinstance(rule, RollingBreak):
            yield _Coming(
                "break-opens", place, rule.first_useful_service(),
                f"{whose} may from now on give notice to end it, from {rule.not_before} on.",
            )  # fmt: skip
            continue
        window = rule.window()
        if window.opens is not None:
            yield _Coming(
                "break-opens", place, window.opens,
                f"{whose} may from now on give notice to end it on {rule.on}.",
            )  # fmt: skip
        yield _Coming(
            "break-notice", place, window.closes,
            f"{whose} may end it on {rule.on}: the last day for notice is {window.closes}.",
            is_notice=True,
        )  # fmt: skip


def _term(agreement: Agreement, on: date) -> Iterator[_Coming]:
    end = agreement.term.end
    yield from _extensions(agreement)
    if on > end:
        yield _Coming(
            "holding-over", "term", end + ONE_DAY,
            f"Its term ended on {end} and it is still active: renew it, end it, or record that "
            "it continues.",
        )  # fmt: skip
        return
    guaranteed = any(isinstance(charge, Guarantee) for charge in agreement.charges)
    also = " The guaranteed minimum ends with it." if guaranteed else ""
    yield _Coming("expiry", "term", end, f"Its term ends on {end}.{also}")


def _extensions(agreement: Agreement) -> Iterator[_Coming]:
    """The last day of notice for each; of later ones, where those before are used."""
    end = agreement.term.end
    for at, option in enumerate(agreement.extensions):
        whose = "either side" if option.by == "either" else f"the {option.by}"
        used = ", if the one before it is used" if at else ""
        yield _Coming(
            "extension-notice", f"extensions[{at}]", option.deadline(end),
            f"It can be extended by {option.months} months by {whose}{used}: the last day for "
            f"notice is {option.deadline(end)}.",
            is_notice=True,
        )  # fmt: skip
        end = option.end_after(end)


def _reviews(agreement: Agreement, on: date) -> Iterator[_Coming]:
    """The next review of each rule; none falls after the term."""
    start, end = agreement.term.start, agreement.term.end
    for at, rule in enumerate(agreement.index_rules):
        first = rule.reviews_from or start
        day = _next(add_months(first, 12 * rule.review_every_years), rule.review_every_years, on)
        if day is not None and day <= end:
            yield _Coming(
                "index-review", f"index_rules[{at}]", day,
                f"Charges that follow {rule.name} are indexed on {day}.",
            )  # fmt: skip
    for at, review in enumerate(agreement.market_reviews):
        day = _next(review.first, review.every_years, on)
        if day is not None and day <= end:
            yield _market_review(review, f"market_reviews[{at}]", day, on)


def _market_review(review: MarketReview, place: str, day: date, on: date) -> _Coming:
    """The notice of a review, or, where none is needed or its day is over, the review itself."""
    last = add_months(day, -review.notice_months)
    text = f"The rent is reviewed to the market ({review.basis}) on {day}"
    if review.notice_months == 0:
        return _Coming("market-review", place, day, f"{text}.")
    if last >= on:
        return _Coming(
            "market-review", place, last, f"{text}; notice is due by {last}.", is_notice=True
        )
    return _Coming(
        "market-review", place, day,
        f"{text}; notice was due by {last}, which is over: find out whether it was served, or "
        "whether the agreement lets it be served late.",
        late_since=last,
    )  # fmt: skip


def _next(first: date, every_years: int | None, on: date) -> date | None:
    """The first of reviews from `first` on that is not before a day."""
    if first >= on:
        return first
    if every_years is None:
        return None
    gone = (on.year - first.year) // every_years
    candidates = (add_months(first, 12 * every_years * (gone + more)) for more in (0, 1))
    return next(day for day in candidates if day >= on)


def _guarantors(agreement: Agreement) -> Iterator[_Coming]:
    for at, party in enumerate(agreement.parties):
        if party.until is not None:
            yield _Coming(
                "guarantee-ends", f"parties[{at}]", party.until,
                f"The guarantee of {party.name} ends on {party.until}.",
            )  # fmt: skip


def _deposit(agreement: Agreement, end: date) -> Iterator[_Coming]:
    """Of a deposit that is still held, where the agreement ends on a day."""
    deposit = agreement.deposit
    if deposit is None or deposit.returned_on is not None:
        return
    back = sum(-each.pence for each in deposit_movements(agreement, end)[1:])
    day = deposit.due_back(end)
    yield _Coming(
        "deposit-return", "deposit", day,
        f"The deposit is to be given back by {day}: {pounds(back):,} with its interest. Once it "
        "is, say when in deposit.returned_on.",
    )  # fmt: skip


def _payments(agreement: Agreement, end: date, on: date) -> Iterator[_Coming]:
    """Amounts that the terms still have after an end, and after the day of the question."""
    for name, charges in (("charges", agreement.charges), ("costs", agreement.costs)):
        for at, charge in enumerate(charges):
            last, paid = None, None
            if isinstance(charge, OneOff | ServiceCredit):
                last, paid = charge.due, agreement.due_day(charge, charge.due)
            elif isinstance(charge, RUNNING):
                last = paid = charge.last_day or agreement.term.end
            if last is not None and paid is not None and last > end and paid >= on:
                yield _Coming(
                    "payment-after-term", f"{name}[{at}]", end + ONE_DAY,
                    f"{charge.name} is payable until {paid}, after the end on {end}.",
                )  # fmt: skip
