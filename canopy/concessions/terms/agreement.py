"""An agreement as one record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.calendar.working_days import Nation, rolled
from canopy.concessions.fields import CLOSED, Day, Name, Quantity, Text
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.terms.charges import AnyCharge, Charge, Currency
from canopy.concessions.terms.deposits import HeldDeposit
from canopy.concessions.terms.duration import BreakOption, Extension, MarketReview, Term
from canopy.concessions.terms.payment import Payment, Vat
from canopy.concessions.terms.volumes import Volume
from canopy.errors import BadTerms

Kind = Literal["lease", "licence", "wayleave", "duct-rental", "concession", "call-off"]
ValuationBasis = Literal["legacy-market", "code-no-network", "concession-service"]
_Many = Field(max_length=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody bound by the agreement, or who has to consent.

    Attributes:
        until: of a guarantor, the last day of the guarantee, where it ends before the term.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Text
    role: Literal["council", "operator", "neutral-host", "head-landlord", "contractor", "guarantor"]
    until: Day | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.role != "guarantor":
            raise BadTerms("only a guarantor has until", field="until")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetAsset:
    """An asset, or part of one, that the agreement is about.

    Attributes:
        ref: the catalogue's reference.
        area_m2, length_m: what is let of it, above 0 where given.
        exclusive: whether nobody else may use it meanwhile.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    ref: Text
    area_m2: Annotated[Decimal, Field(gt=0, le=10_000_000)] | None = None
    length_m: Annotated[Decimal, Field(gt=0, le=1_000_000)] | None = None
    quantity: Quantity | None = None
    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A lease, licence, wayleave, duct rental, concession or call-off.

    Attributes:
        ref: the council's reference.
        vat, payment: of charges that do not say otherwise.
        procured: when the procurement began, which decides the regime of changes; none for
            pure interests in land.
        deposit: an amount that goes back at the end, or a table that says when and with what.
        valuation_basis: figures of different bases are never put in one benchmark.
        handover_clause: whether users must be passed to an operator that has coverage.

    Rules between fields are checked by `terms.checking.checked`, which reading does.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    ref: Text
    title: Text
    kind: Kind
    term: Term
    parties: Annotated[tuple[Party, ...], Field(min_length=2, max_length=100)]
    valuation_basis: ValuationBasis
    vat: Vat
    payment: Payment
    currency: Currency = "GBP"
    nation: Nation = "england-wales"
    assets: Annotated[tuple[LetAsset, ...], Field(max_length=100_000)] = ()
    extensions: Annotated[tuple[Extension, ...], _Many] = ()
    breaks: Annotated[tuple[BreakOption, ...], _Many] = ()
    market_reviews: Annotated[tuple[MarketReview, ...], _Many] = ()
    index_rules: Annotated[tuple[IndexRule, ...], _Many] = ()
    volumes: Annotated[tuple[Volume, ...], _Many] = ()
    charges: Annotated[tuple[AnyCharge, ...], _Many] = ()
    costs: Annotated[tuple[AnyCharge, ...], _Many] = ()
    deposit: HeldDeposit = None
    exclusivity: Literal["none", "asset-class", "area", "full"] = "none"
    sharing: Literal["not-said", "allowed", "with-consent", "forbidden"] = "not-said"
    obligations: Annotated[tuple[Text, ...], _Many] = ()
    handover_clause: bool = False
    procured: Day | None = None
    signed: Day | None = None

    @property
    def latest_end(self) -> date:
        """The last day with every extension used."""
        end = self.term.end
        for extension in self.extensions:
            end = extension.end_after(end)
        return end

    def due_day(self, charge: Charge, day: date) -> date:
        """The day on which a charge that falls due on `day` is to be paid."""
        payment = charge.payment or self.payment
        return rolled(day, payment.working_day_rule, self.nation)

    def rule(self, name: Name | None) -> IndexRule | None:
        """The index rule of a name that is known to be there; None for none."""
        return next((rule for rule in self.index_rules if rule.name == name), None)
