"""Agreements drawn by a seed: every kind of charge that a workbook recomputes, in any mixture."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import (
    AnyCharge,
    DuctRent,
    DuctSpan,
    Guarantee,
    OneOff,
    PerUnit,
    Power,
    Rent,
    RentStep,
    RevenueShare,
    SharingUplift,
    TariffBand,
    Tier,
)
from canopy.concessions.terms.duration import Term
from canopy.concessions.terms.payment import Payment
from canopy.concessions.terms.volumes import Volume


def drawn(seed: int) -> Agreement:
    """Two to fifteen years from some day of 2024 to 2027."""
    chance = Random(seed)
    start = date(2024, 1, 1) + timedelta(days=chance.randrange(1_400))
    term = Term(start=start, months=chance.randrange(24, 180))
    return Agreement(
        ref=f"DRAWN-{seed}", title="Drawn", kind="concession", term=term,
        parties=(
            Party(name="Camford Council", role="council"), Party(name="X Ltd", role="operator"),
        ),
        valuation_basis="concession-service", vat="standard", payment=_payment(chance),
        index_rules=(_rule(chance, "one"), _rule(chance, "two")),
        volumes=(
            Volume(
                name="nodes", unit="node", churn=_money(chance, 1, 8, "0.01") / 100,
                by_year=tuple(Decimal(chance.randrange(1, 400)) for _ in range(6)),
            ),
            Volume(
                name="gross", unit="gbp", of="nodes", rate=_money(chance, 200, 2_000, "0.01"),
                index=_index(chance),
            ),
        ),
        charges=tuple(_charges(chance, term)),
        costs=(
            Rent(
                name="staff", type="yearly", amount=_money(chance, 100, 30_000),
                index=_index(chance),
            ),
        ),
    )  # fmt: skip


def _charges(chance: Random, term: Term) -> list[AnyCharge]:
    middle = term.start + (term.end - term.start) / 2
    rate = _money(chance, 1, 600, "0.0001")
    edge = _money(chance, 10_000, 200_000)
    found: list[AnyCharge] = [
        Rent(
            name="rent", type="rent", amount=_money(chance, 500, 60_000), index=_index(chance),
            rent_free_months=chance.choice([0, 0, 3, 7]), payment=_payment(chance),
        ),
        Rent(
            name="stepped", type="wayleave", amount=_money(chance, 100, 9_000),
            steps=(RentStep(from_day=middle, amount=_money(chance, 100, 9_000)),),
        ),
        PerUnit(
            name="fee", type="per-unit", rate=rate, unit="node", volume="nodes",
            rate_places=chance.randrange(5), index=_index(chance),
        ),
        DuctRent(
            name="duct", type="duct", rate=_money(chance, 1, 9, "0.001"), index=_index(chance),
            spans=(
                DuctSpan(length_m=_money(chance, 10, 4_000), ducts=2),
                DuctSpan(length_m=Decimal("95.4"), ducts=1),
            ),
        ),
        Power(
            name="power", type="power", kwh_per_unit=Decimal(876), volume="nodes",
            admin=Decimal("0.05"), index=_index(chance),
            tariff=(
                TariffBand(name="day", part=Decimal("0.6"), price=Decimal("0.2917")),
                TariffBand(name="night", part=Decimal("0.4"), price=Decimal("0.1433")),
            ),
        ),
        SharingUplift(
            name="uplift", type="sharing-uplift", of="rent", part=Decimal("0.25"), sharers=2
        ),
        OneOff(
            name="premium", type="premium", amount=_money(chance, 1_000, 90_000), due=middle,
            account=chance.choice(["revenue", "capital"]),
        ),
        RevenueShare(
            name="share", type="share", of="gross", basis="gross",
            tiers=(
                Tier(above=Decimal(0), up_to=edge, rate=Decimal("0.1")),
                Tier(above=edge, rate=Decimal("0.175")),
            ),
        ),
    ]  # fmt: skip
    kept = chance.sample(found, chance.randrange(4, len(found) + 1))
    names = {each.name for each in kept}
    kept = [each for each in kept if each.name != "uplift" or "rent" in names]
    counts = tuple(each for each in ("fee", "share") if each in names)
    if counts:
        kept.append(
            Guarantee(
                name="least", type="guarantee", amount=_money(chance, 5_000, 120_000),
                period="contract-year", counts=counts, index=_index(chance),
                shortfall=chance.choice(["kept", "carried-forward"]),
            )
        )  # fmt: skip
    return kept


def _rule(chance: Random, name: str) -> IndexRule:
    fixed = chance.random() < 0.4
    more: dict[str, Any] = {"rate": Decimal("0.025")} if fixed else {"lag_months": 2}
    return IndexRule(
        name=name, index="fixed" if fixed else "cpi", review_every_years=chance.randrange(1, 5),
        method=chance.choice(["annual", "at-review", "simple"]),
        collar=chance.choice([None, Decimal(0)]), cap=chance.choice([None, Decimal("0.04")]),
        upward_only=chance.random() < 0.5, **more,
    )  # fmt: skip


def _index(chance: Random) -> str | None:
    return chance.choice([None, "one", "two"])


def _payment(chance: Random) -> Payment:
    return Payment(
        frequency=chance.choice(["monthly", "quarterly", "half-yearly", "yearly", "quarter-days"]),
        timing=chance.choice(["advance", "arrears"]),
        proration=chance.choice(["actual/365", "actual/366", "period"]),
        due_days=chance.randrange(31),
    )


def _money(chance: Random, low: int, high: int, places: str = "0.01") -> Decimal:
    return Decimal(str(chance.uniform(low, high))).quantize(Decimal(places))
