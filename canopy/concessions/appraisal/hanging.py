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
    """Side and name of what hangs on take-up."""
    income = [each for each in agreement.charges if isinstance(each, HANGING)]
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


def guarantees_of(agreement: Agreement) -> list[Guarantee]:
    """Those among its charges."""
    return [each for each in agreement.charges if isinstance(each, Guarantee)]


def counted(agreement: Agreement) -> frozenset[str]:
    """Names of the charges that a guarantee counts, and tops up together."""
    return frozenset(name for each in guarantees_of(agreement) for name in each.counts)


def simplified(agreement: Agreement) -> list[str]:
    """Where a simulation takes guarantees otherwise than the terms do, in sentences."""
    guarantees = guarantees_of(agreement)
    told = []
    if len(guarantees) > 1:
        told.append(
            f"{agreement.ref}: its {len(guarantees)} guarantees are simulated as one minimum of "
            "all that they count, so that more of one makes up for less of another"
        )
    if any(each.shortfall == "carried-forward" for each in guarantees):
        told.append(
            f"{agreement.ref}: what the operator recoups of earlier top-ups is taken as planned "
            "whatever is drawn, since a draw's years are topped up each by itself"
        )
    return told


def moved_by(agreement: Agreement) -> Hashable:
    """Which kinds of its money a simulation moves: agreements that are alike move together."""
    named, topped_up = drawn(agreement), counted(agreement)
    return (
        tuple(
            sorted(
                {
                    (side, _type_of(agreement, side, name), side == "income" and name in topped_up)
                    for side, name in named
                }
            )
        ),
        has_guarantee(agreement),
        any(isinstance(each, OneOff) and each.account == "capital" for each in agreement.costs),
        tuple(sorted({str(getattr(each, "index", None)) for each in agreement.charges}))
        != ("None",),
    )


def has_guarantee(agreement: Agreement) -> bool:
    """Whether a simulation makes top-ups of it, in whatever year."""
    return bool(guarantees_of(agreement))


def _type_of(agreement: Agreement, side: str, name: str) -> str:
    charges = agreement.charges if side == "income" else agreement.costs
    return next(type(each).__name__ for each in charges if each.name == name)
