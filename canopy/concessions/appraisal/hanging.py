"""What of an agreement is drawn where a simulation draws take-up and price."""

from __future__ import annotations

from collections.abc import Hashable

from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import (
    DuctRent,
    Guarantee,
    OneOff,
    PerUnit,
    Power,
    RevenueShare,
    RollOut,
    SharingUplift,
)

HANGING = (PerUnit, DuctRent, Power, SharingUplift, RollOut, RevenueShare)


def drawn(agreement: Agreement) -> frozenset[tuple[str, str]]:
    """Side and name of what hangs on take-up; beside a guarantee, of what it counts alone."""
    guarantees = [each for each in agreement.charges if isinstance(each, Guarantee)]
    counted = {name for each in guarantees for name in each.counts}
    income = [
        each
        for each in agreement.charges
        if isinstance(each, HANGING) and (not guarantees or each.name in counted)
    ]
    # Power goes in and out together: where its recharge is taken as planned, so is its cost.
    is_power_drawn = any(isinstance(each, Power) for each in income)
    costs = [
        each
        for each in agreement.costs
        if isinstance(each, PerUnit) or (isinstance(each, Power) and is_power_drawn)
    ]
    return frozenset(
        {("income", each.name) for each in income} | {("cost", each.name) for each in costs}
    )


def moved_by(agreement: Agreement) -> Hashable:
    """Which kinds of its money a simulation moves: agreements that are alike move together."""
    named = drawn(agreement)
    return (
        tuple(sorted({(side, _type_of(agreement, side, name)) for side, name in named})),
        has_guarantee(agreement),
        any(isinstance(each, OneOff) and each.account == "capital" for each in agreement.costs),
        tuple(sorted({str(getattr(each, "index", None)) for each in agreement.charges}))
        != ("None",),
    )


def has_guarantee(agreement: Agreement) -> bool:
    """Whether a simulation makes top-ups of it, in whatever year."""
    return any(isinstance(each, Guarantee) for each in agreement.charges)


def _type_of(agreement: Agreement, side: str, name: str) -> str:
    charges = agreement.charges if side == "income" else agreement.costs
    return next(type(each).__name__ for each in charges if each.name == name)
