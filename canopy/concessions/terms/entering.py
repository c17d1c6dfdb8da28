"""Rules that terms have to keep when they come in: dates, sides and units that agree.

Terms that the register holds already may be from before a rule was made. They are read all the
same, since what was agreed has to be seen to be mended; their next change has to keep the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from canopy.concessions.calendar.months import add_months
from canopy.concessions.fields import Problem, month_of
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import (
    Guarantee,
    PerUnit,
    Power,
    Recurring,
    RollOut,
    SharingUplift,
)

LANDLORDS = frozenset({"council", "head-landlord"})
"""Roles of those who let, or have let to the council."""


def entering_problems(agreement: Agreement) -> Iterator[Problem]:
    """Every rule of terms coming in that is broken."""
    yield from _sides(agreement)
    yield from _parties(agreement)
    yield from _dates(agreement)
    yield from _rent_free(agreement)
    yield from _guarantees(agreement)
    yield from _index_reviews(agreement)
    yield from _market_reviews(agreement)
    yield from _units(agreement)


def _sides(agreement: Agreement) -> Iterator[Problem]:
    roles = [party.role for party in agreement.parties if party.role != "guarantor"]
    if not LANDLORDS & set(roles):
        yield Problem(
            "parties",
            f"all are {' and '.join(sorted(set(roles)) or ['guarantor'])}, and nobody lets or buys:"
            " add the council as a party with the role council, or a head-landlord",
        )
    elif len(roles) < 2:
        yield Problem(
            "parties",
            f"only the {roles[0]} is bound beside guarantors: add the other side, such as the "
            "operator",
        )


def _parties(agreement: Agreement) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for at, party in enumerate(agreement.parties):
        known_by = (party.role, " ".join(party.name.casefold().split()))
        if known_by in seen:
            yield Problem(
                f"parties[{at}]", f"{party.name} is listed twice as {party.role}: leave one out"
            )
        seen.add(known_by)


def _dates(agreement: Agreement) -> Iterator[Problem]:
    start, procured, signed = agreement.term.start, agreement.procured, agreement.signed
    for at, party in enumerate(agreement.parties):
        if party.until is not None and party.until < start:
            yield Problem(
                f"parties[{at}].until",
                f"the guarantee ends on {party.until}, before the term starts on {start}: give "
                "its last day in the term, or leave until out where it lasts as long as the term",
            )
    if procured is not None and signed is not None and signed < procured:
        yield Problem(
            "signed",
            f"it was signed on {signed}, before its procurement began on {procured}: correct the "
            "one that is wrong, or leave procured out where nothing was procured",
        )


def _rent_free(agreement: Agreement) -> Iterator[Problem]:
    start, end = agreement.term.start, agreement.latest_end
    for name, charges in (("charges", agreement.charges), ("costs", agreement.costs)):
        for at, charge in enumerate(charges):
            if not isinstance(charge, Recurring) or not charge.rent_free_months:
                continue
            months, last = charge.rent_free_months, charge.last_day or end
            if add_months(charge.first_day or start, months) > last:
                yield Problem(
                    f"{name}[{at}].rent_free_months",
                    f"{months} months free leave nothing to pay until {last}: give fewer, or leave "
                    "the charge out",
                )


def _guarantees(agreement: Agreement) -> Iterator[Problem]:
    """Each tops up for itself: what a charge falls short by would be paid to both."""
    counted_by: dict[str, str] = {}
    for at, charge in enumerate(agreement.charges):
        for name in charge.counts if isinstance(charge, Guarantee) else ():
            other = counted_by.setdefault(name, charge.name)
            if other != charge.name:
                yield Problem(
                    f"charges[{at}].counts",
                    f"{name} counts towards {other} already, and what it falls short by would be "
                    "topped up twice: let one of them count it",
                )


def _index_reviews(agreement: Agreement) -> Iterator[Problem]:
    """A review compares the base month with the same month of later years. One that is counted
    from before the term is none of these: prices of an earlier day are agreed so.
    """
    start = agreement.term.start
    for at, rule in enumerate(agreement.index_rules):
        field, counted_from = f"index_rules[{at}]", rule.reviews_from or start
        first = add_months(counted_from, 12 * rule.review_every_years)
        if rule.base_month is not None and rule.base_month > month_of(counted_from):
            needed = add_months(rule.base_month, 12 * rule.review_every_years)
            yield Problem(
                f"{field}.base_month",
                f"with the base {rule.base_month:%Y-%m} the first review on {first} needs the "
                f"figure of {needed:%Y-%m}, which comes after it: give a base month up to "
                f"{counted_from:%Y-%m}, or in reviews_from the day from which years are counted",
            )


def _market_reviews(agreement: Agreement) -> Iterator[Problem]:
    start, end = agreement.term.start, agreement.latest_end
    for at, review in enumerate(agreement.market_reviews):
        field = f"market_reviews[{at}].first"
        if review.first < start:
            yield Problem(
                field,
                f"a review on {review.first} is before the term starts on {start}: give the first "
                "one within it",
            )
        elif review.first > end:
            yield Problem(
                field,
                f"a review on {review.first} is after the term ends on {end}, with every "
                "extension: it never comes; give a day within it, or leave the review out",
            )


def _units(agreement: Agreement) -> Iterator[Problem]:
    units = {volume.name: volume.unit for volume in agreement.volumes}
    for name, charges in (("charges", agreement.charges), ("costs", agreement.costs)):
        for at, charge in enumerate(charges):
            if not isinstance(charge, PerUnit | Power | SharingUplift | RollOut):
                continue
            counted = units.get(charge.volume or "")
            if isinstance(charge, PerUnit) and counted not in (None, charge.unit):
                yield Problem(
                    f"{name}[{at}].unit",
                    f"it is {charge.unit}, and its volume {charge.volume} counts {counted}: give "
                    "both the same unit, or name another volume",
                )
            elif counted == "gbp" and not isinstance(charge, PerUnit):
                yield Problem(
                    f"{name}[{at}].volume",
                    f"{charge.volume} is money (gbp), and this charge counts units: name a volume "
                    "of units",
                )
