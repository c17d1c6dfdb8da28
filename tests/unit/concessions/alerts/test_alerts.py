"""Warnings come in time, for what must be done and for what should not go on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from made_agreements import PARTIES, agreement
from terms_files import CONCESSION

from canopy.concessions.alerts.alert import COMING, Alert, LeadTimes
from canopy.concessions.alerts.feed import calendar
from canopy.concessions.alerts.finding import alerts
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import OneOff, Rent
from canopy.concessions.terms.deposits import Deposit
from canopy.concessions.terms.duration import BreakOption, Extension, MarketReview, Term
from canopy.concessions.terms.payment import Payment
from canopy.concessions.terms.reading import loads
from canopy.concessions.terms.registered import Registered
from canopy.errors import BadTerms

YEAR = LeadTimes(dict.fromkeys(COMING, 12))
MADE = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
RENT = Rent(name="rent", type="rent", amount=Decimal(1000))


def found(
    made: Agreement, on: date, status: Status = Status.active, leads: LeadTimes = YEAR
) -> list[Alert]:
    """The alerts of one agreement that stands so since the start of its term."""
    return alerts([Registered(made, status, made.term.start)], on, leads)


def kinds(made: Agreement, on: date, status: Status = Status.active) -> list[str]:
    return [each.kind for each in found(made, on, status)]


def lease(**more: Any) -> Agreement:
    """Ten years from 1 April 2026."""
    return agreement(**{"charges": (RENT,)} | more)


def test_notice_of_a_break_is_told_with_the_day_to_begin_to_decide() -> None:
    """Worked: a break on 1 April 2031 at 6 months has its last day on 1 October 2030.

    Two working days of post are Friday 27 September; 56 days before it a decision is begun.
    """
    made = loads(CONCESSION)
    (told,) = found(made, date(2030, 7, 1))[:1]
    assert (told.kind, told.place, told.day) == ("break-notice", "breaks[0]", date(2030, 10, 1))
    assert told.act_by == date(2030, 8, 2)
    assert "The council may end it on 2031-04-01" in told.text


@pytest.mark.parametrize(
    ("on", "is_told"),
    [
        (date(2029, 8, 1), False),
        (date(2029, 8, 2), True),
        (date(2030, 10, 1), True),
        (date(2030, 10, 2), False),
    ],
)
def test_notice_is_told_from_the_lead_time_to_its_last_day(on: date, is_told: bool) -> None:
    """The lead time counts back from the day to decide, not from the last day for notice."""
    assert ("break-notice" in kinds(loads(CONCESSION), on)) is is_told


def test_each_extension_follows_the_end_that_the_one_before_gives() -> None:
    """Twelve years and five and one: notice six months before 31 March 2043."""
    made = agreement(
        term=Term(start=date(2026, 4, 1), months=144),
        extensions=(
            Extension(months=60, by="operator", notice=9),
            Extension(months=12, by="council", notice=6),
        ),
    )
    soon = [each for each in found(made, date(2037, 6, 1)) if each.kind == "extension-notice"]
    assert [each.day for each in soon] == [date(2037, 6, 30)]
    late = [each for each in found(made, date(2042, 6, 1)) if each.kind == "extension-notice"]
    assert [(each.day, each.place) for each in late] == [(date(2042, 9, 30), "extensions[1]")]
    assert "if the one before it is used" in late[0].text


def test_an_extension_of_a_term_that_ends_with_february_does_so_too() -> None:
    """The 29th in a leap year, whatever the day of the year before."""
    made = agreement(
        term=Term(start=date(2026, 3, 1), months=12),
        extensions=(Extension(months=12, by="council", notice=1),),
    )
    assert made.term.end == date(2027, 2, 28)
    assert made.latest_end == date(2028, 2, 29)


def test_notice_of_an_extension_is_told() -> None:
    """Worked: 9 months before the end on 31 March 2038 is 30 June 2037."""
    made = lease(
        term=Term(start=date(2026, 4, 1), months=144),
        extensions=(Extension(months=60, by="operator", notice=9),),
    )
    (told,) = [each for each in found(made, date(2037, 1, 4)) if each.kind == "extension-notice"]
    assert told.day == date(2037, 6, 30)
    assert "by 60 months by the operator" in told.text


def test_the_opening_of_a_window_is_told() -> None:
    """Of a fixed break that may not be used too early, and of one that rolls."""
    fixed = BreakOption(by="operator", on=date(2031, 4, 1), notice=6, not_more_than=12)
    rolling = BreakOption(by="either", not_before=date(2031, 4, 1), notice=6)
    (told,) = [
        each
        for each in found(lease(breaks=(fixed,)), date(2030, 4, 1))
        if each.kind == "break-opens"
    ]
    assert told.day == date(2030, 4, 1)
    told = found(lease(breaks=(rolling,)), date(2030, 4, 1))[0]
    assert (told.kind, told.day) == ("break-opens", date(2030, 10, 1))
    assert told.text.startswith("Either side may")


def test_the_next_review_is_told_and_none_after_the_term() -> None:
    """Indexation every second year, and a market review with notice."""
    rule = IndexRule(name="cpi", index="cpi", method="annual", lag_months=2, review_every_years=2)
    market = MarketReview(
        first=date(2031, 4, 1), basis="open-market", upward_only=True, notice_months=6
    )
    made = lease(index_rules=(rule,), market_reviews=(market,))
    days = {each.kind: each.day for each in found(made, date(2030, 4, 2))}
    assert days == {"market-review": date(2030, 10, 1)}
    days = {each.kind: each.day for each in found(made, date(2031, 4, 1))}
    assert days == {"index-review": date(2032, 4, 1), "market-review": date(2031, 4, 1)}
    assert "index-review" not in kinds(made, date(2034, 4, 2))


def test_a_missed_notice_of_a_market_review_does_not_look_in_time() -> None:
    """Notice was due three months before the review; from then on it is overdue, and says so."""
    review = MarketReview(
        first=date(2028, 2, 29), basis="open-market", upward_only=True, notice_months=3
    )
    made = lease(market_reviews=(review,))
    (on_the_day,) = found(made, date(2027, 11, 29))
    assert (on_the_day.day, "is due by 2027-11-29" in on_the_day.text) == (date(2027, 11, 29), True)
    for on in (date(2027, 11, 30), date(2028, 2, 29)):
        (told,) = found(made, on)
        assert (told.day, told.act_by) == (date(2028, 2, 29), date(2027, 11, 29))
        assert "notice was due by 2027-11-29, which is over" in told.text


def test_an_agreement_that_is_past_its_term_is_told_until_it_is_settled() -> None:
    """Active: a mistake; continuing: a state to end; ended: nothing."""
    made = lease()
    assert kinds(made, date(2036, 3, 31)) == ["expiry"]
    assert kinds(made, date(2036, 4, 1)) == ["holding-over"]
    assert kinds(made, date(2046, 4, 1)) == ["holding-over"]
    assert kinds(made, date(2046, 4, 1), Status.continuing) == ["holding-over"]
    assert kinds(made, date(2046, 4, 1), Status.ended) == []


def test_the_end_of_a_guarantee_is_told() -> None:
    """Of the guarantor whose guarantee is shorter, and of the minimum that ends with the term."""
    parent = Party(name="Parent plc", role="guarantor", until=date(2030, 6, 30))
    made = lease(parties=(*PARTIES, parent))
    (told,) = found(made, date(2030, 1, 1))
    assert (told.kind, told.place, told.day) == ("guarantee-ends", "parties[2]", parent.until)
    (told,) = [e for e in found(loads(CONCESSION), date(2043, 1, 1)) if e.kind == "expiry"]
    assert "The guaranteed minimum ends with it." in told.text
    with pytest.raises(BadTerms, match="only a guarantor has until"):
        Party(name="Example Ltd", role="operator", until=date(2030, 6, 30))


def test_payments_after_the_end_are_told() -> None:
    """One that the terms have after the term, and rent that goes on after an early end."""
    fee = OneOff(
        name="fee", type="one-off", amount=Decimal(9), due=date(2037, 1, 1), account="revenue"
    )
    late = found(lease(charges=(fee,)), date(2036, 1, 1))
    assert [each.kind for each in late] == ["expiry", "payment-after-term"]
    assert "fee is payable until 2037-01-01, after the end on 2036-03-31" in late[1].text
    broken = [Registered(lease(), Status.ended, date(2031, 4, 1))]
    (told,) = alerts(broken, date(2032, 1, 1), YEAR)
    assert told.kind == "payment-after-term"
    assert alerts(broken, date(2036, 4, 1), YEAR) == []


def test_a_payment_after_the_end_is_told_until_the_working_day_it_is_paid_on() -> None:
    """A fee of Saturday 5 June 2038, moved to Monday the 7th by the agreement."""
    fee = OneOff(
        name="fee", type="one-off", amount=Decimal(1), due=date(2038, 6, 5), account="revenue"
    )
    payment = Payment(frequency="yearly", timing="arrears", working_day_rule="following")
    made = lease(charges=(RENT, fee), payment=payment)
    (told,) = found(made, date(2038, 6, 7), Status.ended)[-1:]
    assert "fee is payable until 2038-06-07" in told.text
    assert "payment-after-term" not in kinds(made, date(2038, 6, 8), Status.ended)


@pytest.mark.parametrize("status", [Status.draft, Status.withdrawn])
def test_nothing_is_told_of_what_does_not_stand(status: Status) -> None:
    """A draft has no deadlines, nor has what should never have been there."""
    assert kinds(loads(CONCESSION), date(2030, 7, 1), status) == []


def test_a_term_of_a_thousand_years_does_not_need_its_bank_holidays() -> None:
    """Deadlines are counted in working days only when they are near."""
    made = lease(
        term=Term(start=date(1990, 4, 1), months=11_988),
        breaks=(BreakOption(by="council", on=date(2500, 4, 1), notice=6),),
    )
    assert kinds(made, date(2026, 4, 1)) == []


def test_alerts_come_by_the_day_to_act() -> None:
    """Whatever the agreement; each with its own reference."""
    later = lease(ref="AG-2", term=Term(start=date(2026, 4, 1), months=119))
    both = [Registered(each, Status.active, each.term.start) for each in (lease(), later)]
    told = alerts(both, date(2035, 6, 1), YEAR)
    assert [each.agreement for each in told] == ["AG-2", "AG-1"]


def lines_of(feed: str) -> list[str]:
    """The feed's lines, folded ones put together again."""
    return re.sub("\r\n ", "", feed).split("\r\n")


def test_the_feed_has_an_event_for_each_alert() -> None:
    """Of a whole day, the one to act by; what RFC 5545 needs escaped is escaped."""
    made = lease(title="Roof, east; \x07depot")
    (told,) = found(made, date(2036, 1, 1))
    lines = lines_of(calendar([told], MADE))
    assert lines[0] == "BEGIN:VCALENDAR"
    assert "DTSTAMP:20261129T093000Z" in lines
    assert "DTSTART;VALUE=DATE:20360331" in lines
    assert "DTEND;VALUE=DATE:20360401" in lines
    assert "SUMMARY:AG-1: Its term ends on 2036-03-31." in lines
    assert any("Roof\\, east\\; depot" in line for line in lines)
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_lines_of_the_feed_are_at_most_75_octets() -> None:
    """Characters of several octets are not cut in two."""
    (told,) = found(lease(title="Tŷ Glas, £1 £2 £3 " * 12), date(2036, 1, 1))
    feed = calendar([told], MADE)
    assert max(len(line.encode()) for line in feed.split("\r\n")) == 75
    assert "Tŷ Glas\\, £1 £2 £3 " * 12 in "".join(lines_of(feed))


def test_an_event_keeps_its_uid_whatever_the_lead_times() -> None:
    """So calendar programs update it; another day is another event."""
    made = loads(CONCESSION)
    slow = LeadTimes(dict.fromkeys(COMING, 24), decision_days=90)
    uids = [
        re.findall("UID:(.*)\r", calendar(found(made, date(2030, 7, 1), leads=leads)[:1], MADE))
        for leads in (YEAR, slow)
    ]
    assert uids[0] == uids[1] != []
    assert found(made, date(2030, 7, 1), leads=slow)[0].act_by == date(2030, 8, 2) - timedelta(34)


def test_a_deposit_is_told_until_it_was_given_back() -> None:
    """28 days after the end on 31 March 2036; with two years of interest at 3 %."""
    deposit = Deposit(
        amount=Decimal(5000), paid_on=date(2034, 4, 28), return_days=28, interest=Decimal("0.03")
    )
    made = lease(charges=(), deposit=deposit)
    early = [each for each in found(made, date(2036, 3, 31)) if each.kind == "deposit-return"]
    assert [(each.day, each.place) for each in early] == [(date(2036, 4, 28), "deposit")]
    assert "by 2036-04-28: 5,300.41 with its interest" in early[0].text
    assert "deposit-return" not in kinds(made, date(2035, 4, 1))
    ended = [Registered(made, Status.ended, date(2031, 6, 30))]
    (told,) = alerts(ended, date(2031, 12, 1), YEAR)
    assert (told.kind, told.day) == ("deposit-return", date(2031, 7, 28))
    back = lease(charges=(), deposit=replace(deposit, returned_on=date(2036, 4, 2)))
    assert kinds(back, date(2036, 4, 5), Status.ended) == []


def test_a_deposit_is_not_told_while_the_occupier_holds_over() -> None:
    """It is due when the agreement ends, not before."""
    made = lease(charges=(), deposit=Deposit(amount=Decimal(1)))
    assert kinds(made, date(2036, 5, 1)) == ["holding-over"]
    assert kinds(made, date(2036, 5, 1), Status.continuing) == ["holding-over"]
