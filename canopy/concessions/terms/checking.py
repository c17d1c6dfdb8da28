"""The rules between the fields of an agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from canopy.concessions.calendar.breaks import FixedBreak, ends_after
from canopy.concessions.calendar.months import add_months
from canopy.concessions.calendar.working_days import FIRST_YEAR, LAST_YEAR
from canopy.concessions.fields import Problem
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import (
    COSTS,
    RUNNING,
    AnyCharge,
    Guarantee,
    MeteredPower,
    OneOff,
    PerUnit,
    Power,
    Recurring,
    Rent,
    RevenueShare,
    RollOut,
    ServiceCredit,
    SharingUplift,
)
from canopy.concessions.terms.meter_streams import MeterStream
from canopy.errors import BadTerms, Refused

_MOST_DUE_MONTHS = 13
"""More than payment can be due after a day, moved to a working day."""


def checked(agreement: Agreement) -> Agreement:
    """The agreement itself. Raises BadTerms with every rule that it breaks."""
    refuse(list(problems(agreement)))
    return agreement


def refuse(found: Sequence[Problem]) -> None:
    """Raises BadTerms with what was found, if anything."""
    if found:
        raise BadTerms(
            "; ".join(f"{each.field}: {each.rule}" for each in found),
            errors=[{"field": each.field, "rule": each.rule} for each in found],
        )


def problems(agreement: Agreement) -> Iterator[Problem]:
    """Every rule between fields that is broken."""
    yield from _names(agreement)
    yield from _refs(agreement)
    yield from _currencies(agreement)
    yield from _breaks(agreement)
    yield from _days(agreement)
    yield from _working_days(agreement)
    yield from _metered(agreement)
    yield from _deposit(agreement)
    yield from _costs(agreement)
    yield from _references(agreement)


def _lists(agreement: Agreement) -> Iterator[tuple[str, AnyCharge]]:
    for name, charges in (("charges", agreement.charges), ("costs", agreement.costs)):
        for at, charge in enumerate(charges):
            yield f"{name}[{at}]", charge


def _names(agreement: Agreement) -> Iterator[Problem]:
    lists: dict[str, Iterable[str]] = {
        "charges and costs": (each.name for _, each in _lists(agreement)),
        "volumes": (each.name for each in agreement.volumes),
        "benefits": (each.name for each in agreement.benefits),
        "loans": (each.name for each in agreement.loans),
        "index_rules": (each.name for each in agreement.index_rules),
    }
    for field, names in lists.items():
        for name, count in Counter(names).items():
            if count > 1:
                yield Problem(field, f"the name {name} is given {count} times")


def _refs(agreement: Agreement) -> Iterator[Problem]:
    """References are what assets and agreements are found by: one spelling, one asset."""
    if agreement.ref != agreement.ref.strip():
        yield Problem("ref", "a reference does not begin or end with a blank")
    seen: set[str] = set()
    for at, asset in enumerate(agreement.assets):
        if asset.ref != asset.ref.strip():
            yield Problem(f"assets[{at}].ref", "a reference does not begin or end with a blank")
        if asset.ref in seen:
            yield Problem(f"assets[{at}].ref", f"{asset.ref} is listed twice")
        seen.add(asset.ref)


def _currencies(agreement: Agreement) -> Iterator[Problem]:
    for field, charge in _lists(agreement):
        if charge.currency not in (None, agreement.currency):
            yield Problem(
                f"{field}.currency",
                f"{charge.currency} in an agreement in {agreement.currency}: currencies are not "
                "mixed",
            )


def _breaks(agreement: Agreement) -> Iterator[Problem]:
    term = agreement.term
    for at, option in enumerate(agreement.breaks):
        field = f"breaks[{at}].{'on' if option.on else 'not_before'}"
        if option.day < term.start:
            yield Problem(field, f"a break on {option.day} is before the start on {term.start}")
        elif ends_after(option.day, agreement.latest_end):
            yield Problem(field, f"a break on {option.day} is after the agreement has ended")
        rule = option.rule()
        try:
            closes = rule.window().closes if isinstance(rule, FixedBreak) else term.start
        except Refused as refusal:
            yield Problem(field, refusal.detail)
            continue
        if closes < term.start:
            yield Problem(field, f"notice would have to be served by {closes}, before the start")


def _days(agreement: Agreement) -> Iterator[Problem]:
    start, end = agreement.term.start, agreement.latest_end
    for field, charge in _lists(agreement):
        if not isinstance(charge, RUNNING):
            continue
        for name, day in (("first_day", charge.first_day), ("last_day", charge.last_day)):
            if day is not None and not start <= day <= end:
                yield Problem(f"{field}.{name}", f"{day} is outside the term, {start} to {end}")
        if isinstance(charge, Rent):
            for at, step in enumerate(charge.steps):
                if not start < step.from_day <= end:
                    yield Problem(f"{field}.steps[{at}].from_day", f"{step.from_day} is not in it")
        if not isinstance(charge, Recurring):
            continue
        ordered = sorted(charge.free, key=lambda free: free.first)
        for before, later in pairwise(ordered):
            if later.first <= before.last:
                yield Problem(f"{field}.free", f"two rent-free times hold {later.first}")


def _working_days(agreement: Agreement) -> Iterator[Problem]:
    """Due days are only moved in years whose bank holidays are known."""
    payments = [("payment", agreement.payment)]
    payments += [
        (f"{field}.payment", each.payment) for field, each in _lists(agreement) if each.payment
    ]
    dues = [each.due for _, each in _lists(agreement) if isinstance(each, OneOff | ServiceCredit)]
    first = min([agreement.term.start, *dues])
    last = max([add_months(agreement.latest_end, _MOST_DUE_MONTHS), *dues])
    if first.year > FIRST_YEAR and last.year < LAST_YEAR:
        return
    for field, payment in payments:
        if payment.working_day_rule != "as-is":
            yield Problem(
                f"{field}.working_day_rule",
                f"bank holidays are known from {FIRST_YEAR + 1} to {LAST_YEAR - 1}, and payments "
                f"fall due from {first} to as late as {last}: write as-is",
            )


def _metered(agreement: Agreement) -> Iterator[Problem]:
    for field, charge in _lists(agreement):
        payment = charge.payment or agreement.payment
        if isinstance(charge, MeteredPower) and payment.timing == "advance":
            yield Problem(
                f"{field}.payment",
                "what a meter tells is known when a period is over: give it a payment in arrears",
            )
    streams: dict[str, MeterStream | None] = {}
    for field, charge in _lists(agreement):
        if not isinstance(charge, MeteredPower):
            continue
        if streams.setdefault(charge.meter, charge.datastream) != charge.datastream:
            yield Problem(
                f"{field}.datastream", f"the meter {charge.meter} is read by another one elsewhere"
            )


def _deposit(agreement: Agreement) -> Iterator[Problem]:
    deposit = agreement.deposit
    if deposit is None:
        return
    paid = deposit.paid_on or agreement.term.start
    back = deposit.due_back(agreement.term.end)
    if paid > back:
        yield Problem("deposit.paid_on", f"it is paid on {paid}, after it is due back on {back}")
    if deposit.returned_on is not None and deposit.returned_on < paid:
        yield Problem("deposit.returned_on", f"it was given back before it was paid on {paid}")


def _costs(agreement: Agreement) -> Iterator[Problem]:
    for at, cost in enumerate(agreement.costs):
        if not isinstance(cost, COSTS):
            yield Problem(f"costs[{at}].type", f"a cost is not written as {cost.type}")
    for at, charge in enumerate(agreement.charges):
        if charge.purpose is not None:
            yield Problem(f"charges[{at}].purpose", "only a cost has a purpose")


def _references(agreement: Agreement) -> Iterator[Problem]:
    rules = {rule.name for rule in agreement.index_rules}
    volumes = {volume.name: volume for volume in agreement.volumes}
    charges = {charge.name: charge for charge in agreement.charges}
    for at, volume in enumerate(agreement.volumes):
        yield from _known(f"volumes[{at}].index", volume.index, rules, "index rule")
        yield from _known(f"volumes[{at}].of", volume.of, volumes, "volume")
    for at, benefit in enumerate(agreement.benefits):
        yield from _known(f"benefits[{at}].volume", benefit.volume, volumes, "volume")
    for field, charge in _lists(agreement):
        if isinstance(charge, Recurring | MeteredPower | RevenueShare | Guarantee):
            yield from _known(f"{field}.index", charge.index, rules, "index rule")
        if isinstance(charge, PerUnit | Power | SharingUplift | RollOut):
            yield from _known(f"{field}.volume", charge.volume, volumes, "volume")
        if isinstance(charge, RevenueShare):
            yield from _known(f"{field}.of", charge.of, volumes, "volume")
            if charge.of in volumes and volumes[charge.of].unit != "gbp":
                yield Problem(f"{field}.of", f"{charge.of} is not in gbp: a share is of money")
        if isinstance(charge, SharingUplift):
            yield from _known(f"{field}.of", charge.of, charges, "charge")
            if charge.of in charges and not isinstance(charges[charge.of], Recurring):
                yield Problem(f"{field}.of", f"{charge.of} is not a recurring charge")
        if isinstance(charge, Guarantee):
            for name in charge.counts:
                yield from _known(f"{field}.counts", name, charges, "charge")
                if isinstance(charges.get(name), Guarantee) and name != charge.name:
                    yield Problem(f"{field}.counts", f"{name} is a guarantee itself")
    yield from _circles("volumes", {each.name: _some(each.of) for each in agreement.volumes})
    yield from _circles("charges", {each.name: _refers(each) for each in agreement.charges})


def _known(field: str, name: str | None, there: Iterable[str], what: str) -> Iterator[Problem]:
    if name is not None and name not in there:
        yield Problem(field, f"there is no {what} {name}")


def _some(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _refers(charge: AnyCharge) -> tuple[str, ...]:
    if isinstance(charge, SharingUplift):
        return (charge.of,)
    return charge.counts if isinstance(charge, Guarantee) else ()


def _circles(field: str, refers: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """One problem for each name that leads back to itself."""
    for start in refers:
        seen: set[str] = set()
        waiting = list(refers[start])
        while waiting:
            name = waiting.pop()
            if name == start:
                yield Problem(field, f"{start} refers to itself, directly or through others")
                break
            if name not in seen:
                seen.add(name)
                waiting += refers.get(name, ())
