"""Every kind of charge, as a record. Charges are combined freely; none knows another's sums.

Costs of the council are written with the same records, in their own list.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, get_args, get_type_hints

from pydantic import ConfigDict, Field

from canopy.concessions.fields import (
    CLOSED,
    Day,
    Fraction,
    Months,
    Name,
    Pounds,
    Quantity,
    Rate,
    Text,
)
from canopy.concessions.terms.appraised import Purpose
from canopy.concessions.terms.meter_streams import MeterStream
from canopy.concessions.terms.payment import Payment, Vat
from canopy.concessions.terms.time_bands import TimeBand, TimeZone, minutes_by_day
from canopy.concessions.terms.volumes import Unit
from canopy.errors import BadTerms

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Account = Literal["revenue", "capital"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What all charges have.

    Attributes:
        type: which kind of charge it is; it decides what other fields there are.
        name: by which lines and other charges name it; charges and costs share no name.
        vat: the agreement's where not given.
        payment: the agreement's where not given.
        currency: the agreement's where not given; it must be the same.
        note: shown with the charge.
        purpose: of a cost, what it is spent on; accounts are by it. "borrowing" is financing, and
            no cost to society.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    vat: Vat | None = None
    payment: Payment | None = None
    currency: Currency | None = None
    note: Text | None = None
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Days on which nothing is charged, both counted.

    Attributes:
        first: the first such day.
        last: the last such day.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    first: Day
    last: Day

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadTerms("last is before first", field="last")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring(Charge):
    """A charge that runs by the day and is paid in instalments.

    Attributes:
        index: the rule it follows. Its clock runs through rent-free days too.
        first_day: where it does not run from the start of the term.
        last_day: where it does not run to the end of the term.
        rent_free_months: from the first day on; something is left to pay after them.
        free: further days without rent.
    """

    index: Name | None = None
    first_day: Day | None = None
    last_day: Day | None = None
    rent_free_months: Months = 0
    free: Annotated[tuple[Free, ...], Field(max_length=100)] = ()

    def __post_init__(self) -> None:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise BadTerms("last_day is before first_day", field="last_day")


@dataclass(frozen=True, slots=True, kw_only=True)
class RentStep:
    """A new yearly amount from a day on.

    Attributes:
        from_day: the first day of the new amount, after the start of the term.
        amount: a year [GBP/yr].
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    from_day: Day
    amount: Pounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rent(Recurring):
    """A yearly amount: rent, a wayleave, a licence fee, or a yearly cost.

    Attributes:
        amount: a year, before indexation [GBP/yr].
        steps: later amounts; a stepped rent is not indexed as well.
    """

    type: Literal["rent", "wayleave", "licence-fee", "yearly"]
    amount: Pounds
    steps: Annotated[tuple[RentStep, ...], Field(max_length=100)] = ()

    def __post_init__(self) -> None:
        Recurring.__post_init__(self)
        if self.steps and self.index is not None:
            raise BadTerms("a rent is either stepped or indexed", field="steps")
        if any(later.from_day <= before.from_day for before, later in pairwise(self.steps)):
            raise BadTerms("steps are not in the order of their days", field="steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class PerUnit(Recurring):
    """So much a year for each node, metre or other unit.

    Attributes:
        rate: a year for each unit, before indexation [GBP/unit/yr].
        unit: what is counted.
        quantity: how many, all the time; or `volume` says it by year.
        volume: the volume that says how many in each contract year.
        rate_places: decimals [of a pound] that the indexed rate is rounded to before it is
            multiplied; 2 is the penny.
    """

    type: Literal["per-unit"]
    rate: Rate
    rate_places: Annotated[int, Field(ge=0, le=6)] = 2
    unit: Unit
    quantity: Quantity | None = None
    volume: Name | None = None

    def __post_init__(self) -> None:
        Recurring.__post_init__(self)
        if (self.quantity is None) == (self.volume is None):
            raise BadTerms("a charge per unit has either quantity or volume", field="quantity")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuctSpan:
    """A stretch of duct.

    Attributes:
        length_m: its length [m].
        ducts: how many sub-ducts or bores are let in it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    length_m: Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=3)]
    ducts: Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuctRent(Recurring):
    """So much a year for each metre of each sub-duct.

    Attributes:
        rate: a year for each metre of each sub-duct, before indexation [GBP/m/yr].
        rate_places: decimals [of a pound] that the indexed rate is rounded to; 2 is the penny.
            Each span's amount is rounded after it.
        spans: the stretches that are let.
    """

    type: Literal["duct"]
    rate: Rate
    rate_places: Annotated[int, Field(ge=0, le=6)] = 2
    spans: Annotated[tuple[DuctSpan, ...], Field(min_length=1, max_length=10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffBand:
    """A part of the energy and its price.

    Attributes:
        name: such as day or night.
        part: of the year's energy: 0.3 is 30 %.
        price: before indexation [GBP/kWh].
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    part: Fraction
    price: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Power(Recurring):
    """Energy that no meter tells, at a tariff, with a part added for administration.

    Attributes:
        kwh_per_unit: a year for each unit; 1 where the volume is energy itself [kWh/unit/yr].
        tariff: the parts of its bands sum to 1.
        admin: added to the price; 0.05 is 5 %.
        quantity: how many units, all the time; or `volume` says it by year.
        volume: the volume that says how many in each contract year.

    The year's energy is rounded to the penny, then with its administration added.
    """

    type: Literal["power"]
    kwh_per_unit: Quantity
    tariff: Annotated[tuple[TariffBand, ...], Field(min_length=1, max_length=48)]
    admin: Fraction = Decimal(0)
    quantity: Quantity | None = None
    volume: Name | None = None

    def __post_init__(self) -> None:
        Recurring.__post_init__(self)
        if (self.quantity is None) == (self.volume is None):
            raise BadTerms("power has either quantity or volume", field="quantity")
        if sum(band.part for band in self.tariff) != 1:
            raise BadTerms("the parts of the tariff's bands do not sum to 1", field="tariff")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredPower(Charge):
    """Energy as a meter tells it, at prices by time of day, paid for each period.

    Attributes:
        meter: by which readings name it: an MPAN, or the number on it.
        datastream: where the catalogue stores its readings, if it does.
        expected_kwh_per_year: for 365 days; what a time without readings is counted at, and
            then marked as assumed. Nothing is billed as zero because nobody read it [kWh/yr].
        bands: cover every minute of the week once.
        standing: a day, whatever is used [GBP/day].
        admin: added to the cost; 0.05 is 5 %.
        price_places: decimals [of a pound] that an indexed price is rounded to.
        time_zone: of the bands and of the days.
        register_digits: whole digits of the meter's register, where it may begin again at 0.
        index: the rule that prices and the standing charge follow.
        first_day: where it does not run from the start of the term.
        last_day: where it does not run to the end of the term.

    In each period the energy of a band is rounded to the penny, then the standing charge, then
    their sum with its administration.
    """

    type: Literal["metered-power"]
    meter: Text
    datastream: MeterStream | None = None
    expected_kwh_per_year: Quantity
    bands: Annotated[tuple[TimeBand, ...], Field(min_length=1, max_length=48)]
    standing: Rate = Decimal(0)
    admin: Fraction = Decimal(0)
    price_places: Annotated[int, Field(ge=0, le=6)] = 6
    time_zone: TimeZone = "Europe/London"
    register_digits: Annotated[int, Field(ge=3, le=12)] | None = None
    index: Name | None = None
    first_day: Day | None = None
    last_day: Day | None = None

    def __post_init__(self) -> None:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise BadTerms("last_day is before first_day", field="last_day")
        if len({band.name for band in self.bands}) < len(self.bands):
            raise BadTerms("two bands have one name", field="bands")
        minutes_by_day(self.bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingUplift(Recurring):
    """A part of another charge, for each further operator that shares the asset.

    Attributes:
        of: the charge, which is recurring.
        part: of that charge, for each further operator: 0.5 is 50 %.
        sharers: how many further operators; or `volume` says it by year.
        volume: the volume that says how many in each contract year.
    """

    type: Literal["sharing-uplift"]
    of: Name
    part: Fraction
    sharers: Annotated[int, Field(ge=1, le=20)] | None = None
    volume: Name | None = None

    def __post_init__(self) -> None:
        Recurring.__post_init__(self)
        if self.index is not None:
            raise BadTerms("an uplift follows its charge, not an index", field="index")
        if (self.sharers is None) == (self.volume is None):
            raise BadTerms("an uplift has either sharers or volume", field="sharers")


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff(Charge):
    """An amount that is due once.

    Attributes:
        amount: that is due [GBP].
        due: the day it falls due; the payment's working-day rule may move what is paid.
        account: whether it counts as capital or revenue; nothing is assumed.
    """

    type: Literal["premium", "survey-fee", "application-fee", "legal-cost", "access-fee", "one-off"]
    amount: Pounds
    due: Day
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCredit(Charge):
    """An amount given back once, for a service that was not as agreed.

    Attributes:
        amount: that is given back; written without a minus [GBP].
        due: the day it is to be given back.
        reason: what was not as agreed.
    """

    type: Literal["service-credit"]
    amount: Pounds
    due: Day
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """An amount that is due when so many units are live.

    Attributes:
        units: how many have to be live.
        amount: that is due then [GBP].
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    units: Quantity
    amount: Pounds


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOut(Charge):
    """Amounts linked to roll-out: each is due once, for the first contract year that reaches it.

    Attributes:
        volume: the volume that says how many units are live in each contract year.
        milestones: units and amounts.
        account: whether it counts as capital or revenue; nothing is assumed.
        due_days: after the contract year's last day.
    """

    type: Literal["roll-out"]
    volume: Name
    milestones: Annotated[tuple[Milestone, ...], Field(min_length=1, max_length=100)]
    account: Account
    due_days: Annotated[int, Field(ge=0, le=365)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A marginal band of revenue: `rate` of what lies from `above` up to `up_to`.

    Attributes:
        above: where it begins; 0 in the first tier [GBP].
        rate: the part that is due of what lies in the band: 0.15 is 15 %.
        up_to: where it ends, which is where the next begins; none in the last tier [GBP].
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    above: Pounds
    rate: Fraction
    up_to: Pounds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueShare(Charge):
    """Parts of the operator's revenue or gain of each contract year, by marginal tiers.

    Attributes:
        of: a volume in GBP.
        basis: what that volume is, as the agreement defines it.
        tiers: in order, without a gap between them.
        bands_indexed: whether the limits of tiers follow `index`.
        index: the rule that the limits of tiers follow.
        due_days: after the contract year's last day.
    """

    type: Literal["share"]
    of: Name
    basis: Literal["gross", "net", "gain"]
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=50)]
    bands_indexed: bool = False
    index: Name | None = None
    due_days: Annotated[int, Field(ge=0, le=365)] = 0

    def __post_init__(self) -> None:
        if self.bands_indexed != (self.index is not None):
            raise BadTerms("index goes with bands_indexed", field="index")
        if self.tiers[0].above != 0:
            raise BadTerms("the first tier does not begin at 0", field="tiers")
        for before, later in pairwise(self.tiers):
            if before.up_to != later.above:
                found = "nothing" if before.up_to is None else f"{before.up_to}"
                raise BadTerms(
                    f"tiers leave a gap or overlap: one ends at {found}, the next begins at "
                    f"{later.above}",
                    field="tiers",
                )
        if self.tiers[-1].up_to is not None:
            raise BadTerms("the last tier has no up_to: it takes all that is above", field="tiers")
        if any(tier.up_to is not None and tier.up_to <= tier.above for tier in self.tiers):
            raise BadTerms("a tier ends before it begins", field="tiers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee(Charge):
    """A yearly minimum against other charges: what they fall short of it is topped up.

    Attributes:
        amount: the minimum of a contract year, before indexation [GBP/yr].
        counts: the charges that are set against it, recurring ones or shares; none of them counts
            towards another guarantee.
        period: for which it is reckoned. Nothing is assumed, and only contract years are known.
        shortfall: a top-up is "kept", or "carried-forward" and recouped by the operator from
            what later years bring above their minimum.
        index: the rule that the minimum follows.
        due_days: after the contract year's last day.

    A payment that adds a share to a fixed sum is no guarantee: write a rent, and a share whose
    first tier has the rate 0.
    """

    type: Literal["guarantee"]
    amount: Pounds
    period: Literal["contract-year"]
    counts: Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]
    shortfall: Literal["kept", "carried-forward"]
    index: Name | None = None
    due_days: Annotated[int, Field(ge=0, le=365)] = 0


AnyCharge = Annotated[
    Rent
    | PerUnit
    | DuctRent
    | Power
    | MeteredPower
    | SharingUplift
    | OneOff
    | ServiceCredit
    | RollOut
    | RevenueShare
    | Guarantee,
    Field(discriminator="type"),
]
KINDS: tuple[type[Charge], ...] = (
    Rent, PerUnit, DuctRent, Power, MeteredPower, SharingUplift, OneOff, ServiceCredit,
    RollOut, RevenueShare, Guarantee,
)  # fmt: skip
TYPES = frozenset(tag for kind in KINDS for tag in get_args(get_type_hints(kind)["type"]))
"""What `type` may say."""
COSTS = (Rent, PerUnit, Power, MeteredPower, OneOff)
"""The kinds that a cost of the council can be written as."""
RUNNING = (Recurring, MeteredPower)
"""The kinds that run by the day, from their first to their last."""
