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
from canopy.concessions.terms.appraised import Benefit, Loan
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
        name: as the agreement has it; operators see what their token's name is a party to.
        role: a guarantor answers for somebody else's duties.
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
        area_m2: what is let of its area, above 0 where given [m²].
        length_m: what is let of its length, above 0 where given [m].
        quantity: how many of it, such as positions on a mast.
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
        title: what it is called in lists.
        kind: what it is, by which the register filters and sums.
        term: its first day and its last.
        parties: two or more, each with its role.
        vat: of charges that do not say otherwise.
        payment: of charges that do not say otherwise.
        currency: of all its money: ISO 4217.
        nation: whose bank holidays count.
        assets: what it is about; none where it is about no single asset.
        extensions: options to go on, in the order in which they follow each other.
        breaks: options to end early.
        market_reviews: reviews whose result is not known before.
        index_rules: by which charges follow prices; charges name them.
        volumes: quantities by contract year that charges depend on.
        charges: what the council is paid.
        costs: what the council pays, written as charges are; not every type can be a cost.
        benefits: to the council and to others that no charge is, for an appraisal.
        loans: that the council borrows for it, for an appraisal.
        exclusivity: of what the occupier has the only right.
        sharing: whether the occupier may let others share the assets.
        obligations: duties of either side, in the agreement's words.
        signed: the day of signature.
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
    benefits: Annotated[tuple[Benefit, ...], _Many] = ()
    loans: Annotated[tuple[Loan, ...], Field(max_length=100)] = ()
    deposit: HeldDeposit = None
    exclusivity: Literal["none", "asset-class", "area", "full"] = "none"
    sharing: Literal["not-said", "allowed", "with-consent", "forbidden"] = "not-said"
    obligations: Annotated[tuple[Text, ...], _Many] = ()
    handover_clause: bool = False
    procured: Day | None = None
    signed: Day | None = None

    def lets_alone(self, asset: LetAsset) -> bool:
        """Whether nobody else may use one of its assets meanwhile."""
        return asset.exclusive or self.exclusivity == "full"

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
