"""Releases as agreements: one for each contract, or for each award that has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from canopy.concessions.exchange.incoming import Incoming, PastEvent
from canopy.concessions.exchange.ocds.files import Release
from canopy.concessions.exchange.ocds.members import (
    Deal,
    amendments,
    day_of,
    kind_of,
    milestones,
    parties_of,
    procured_on,
    signed_on,
    title_of,
)
from canopy.concessions.exchange.ocds.repairing import repair
from canopy.concessions.exchange.ocds.taking import Document
from canopy.concessions.exchange.report import Rejected, Stated
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Kind, ValuationBasis
from canopy.concessions.terms.payment import Vat

VALUE_COST = "contract-value"
"""What the cost of a release's value is called."""
_NEVER = ("cancelled", "unsuccessful")


@dataclass(frozen=True, slots=True)
class Assumed:
    """What every agreement has and no release tells. It is stated in the report."""

    kind: Kind | None = None
    vat: Vat = "standard"
    valuation_basis: ValuationBasis = "concession-service"
    frequency: Literal["monthly", "quarterly", "yearly"] = "yearly"
    timing: Literal["advance", "arrears"] = "arrears"

    def sentence(self) -> str:
        return (
            "OCDS does not tell VAT, payment or basis of valuation: taken as "
            f"{self.vat}, {self.frequency} in {self.timing}, {self.valuation_basis}"
        )


@dataclass
class ReadRelease:
    """What came of a release: agreements, why parts are none, what was decided and what is left."""

    agreements: list[Incoming] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    kept: dict[str, object] = field(default_factory=dict)


def read_release(release: Release, assumed: Assumed, on: date) -> ReadRelease:
    """The agreements of a release, how each stands on a day, and what has no place in them."""
    repaired = repair(release.document)
    document = Document(repaired if isinstance(repaired, dict) else {})
    for name in ("ocid", "id", "date", "tag", "initiationType", "language"):
        document.take(name)
    read = ReadRelease()
    deals = list(_deals(document, release.ocid))
    if not deals:
        status = document.look("tender", "status")
        read.rejects.append(
            Rejected(release.number, "awards", str(status or ""),
                     "there is no award and no contract yet: nobody is bound", release.ocid,
                     harmless=True)
        )  # fmt: skip
    refs = Counter(deal.ref for deal in deals)
    for deal in deals:
        if refs[deal.ref] > 1:
            place = ".".join(map(str, (*deal.place, "id")))
            told = "several contracts or awards need an id each of their own"
            read.rejects.append(Rejected(release.number, place, "", told, deal.ref))
            continue
        _read_deal(document, deal, release.number, assumed, on, read)
    read.kept = document.left()
    return read


def _deals(document: Document, ocid: str) -> Iterator[Deal]:
    """Contracts with their awards, then awards of no contract; alone under the ocid itself."""
    contracts, awards = document.count("contracts"), document.count("awards")
    by_id = {document.look("awards", at, "id"): at for at in range(awards)
             if isinstance(document.look("awards", at, "id"), str | int)}  # fmt: skip
    found: list[tuple[int | None, int | None]] = []
    for at in range(contracts):
        award_id = document.look("contracts", at, "awardID")
        document.take("contracts", at, "awardID")
        found.append((at, by_id.get(award_id) if isinstance(award_id, str | int) else None))
    contracted = {award for _, award in found}
    found += [(None, at) for at in range(awards) if at not in contracted]
    for contract, award in found:
        deal = Deal(ocid, contract, award)
        own_id = document.take(*deal.place, "id")
        if award is not None:
            document.take("awards", award, "id")
        yield deal if len(found) == 1 else Deal(f"{ocid}/{own_id}", contract, award)


def _read_deal(
    document: Document, deal: Deal, number: int, assumed: Assumed, on: date, read: ReadRelease
) -> None:
    def reject(column: str, value: object, rule: str) -> None:
        read.rejects.append(Rejected(number, column, str(value)[:80], rule, deal.ref))

    rejected_before = len(read.rejects)
    where, start, end = _term(document, deal)
    if start is None or end is None:
        told = "no first and last day, each a date or a time with its offset"
        reject(where, document.look(*_path_of(where)), told)
    elif end < start:
        reject(where, end, f"it ends before it starts on {start}")
    kind = assumed.kind or kind_of(document)
    parties = parties_of(document, deal, kind)
    if len(parties) < 2:
        reject("parties", "", "a buyer and a supplier are needed")
    said = _said_status(document, deal)
    if said in _NEVER:
        reject(".".join(map(str, (*deal.place, "status"))), said, "it never came to be in force")
    if len(read.rejects) > rejected_before or start is None or end is None:
        return
    status, status_on = _standing(said, start, end, on)
    read.stated += [
        Stated(deal.ref, f"{status} since {status_on}: its status is {said or 'not given'}, its "
                         f"term {start} to {end} ({where}), the day {on}"),
        Stated(deal.ref, f"{kind}: " + ("as asked" if assumed.kind else "by its words")),
        Stated(deal.ref, assumed.sentence()),
    ]  # fmt: skip
    signed, events = signed_on(document, deal), tuple(amendments(document, deal))
    terms: dict[str, object] = {
        "ref": deal.ref, "title": title_of(document, deal), "kind": kind,
        "term": {"start": start.isoformat(), "last_day": end.isoformat()},
        "parties": parties, "vat": assumed.vat, "valuation_basis": assumed.valuation_basis,
        "payment": {"frequency": assumed.frequency, "timing": assumed.timing},
        "procured": _procured(document, deal, signed, events, read.stated), "signed": signed,
        "obligations": milestones(document, deal),
        "costs": _costs(document, deal, kind, start, read.stated),
    }  # fmt: skip
    columns = {"ref": "ocid", "title": "title", "start": where, "operator": "parties"}
    read.agreements.append(Incoming(number, deal.ref, terms, status, status_on, columns, events))


def _procured(
    document: Document,
    deal: Deal,
    signed: str | None,
    events: tuple[PastEvent, ...],
    stated: list[Stated],
) -> str | None:
    """When the tender began. Notices are sent late, and corrected: one that says it was after
    the signature, or after a change, does not tell.
    """
    procured = procured_on(document)
    days = [each.on.isoformat() for each in events] + ([signed] if signed else [])
    if procured is None or procured <= min(days, default=procured):
        return procured
    stated.append(
        Stated(
            deal.ref,
            f"its tender began on {procured}, after it was signed or changed on {min(days)}: "
            "which is wrong is not told, so when it was procured is left out",
        )
    )
    return None


def _path_of(where: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdecimal() else part for part in where.split("."))


def _term(document: Document, deal: Deal) -> tuple[str, date | None, date | None]:
    """The first period that is given: the contract's, the award's, the tender's."""
    places: list[tuple[str | int, ...]] = []
    if deal.contract is not None:
        places.append(("contracts", deal.contract, "period"))
    if deal.award is not None:
        places.append(("awards", deal.award, "contractPeriod"))
    places.append(("tender", "contractPeriod"))
    given = next((path for path in places if isinstance(document.look(*path), dict)), places[0])
    start = day_of(document.take(*given, "startDate"))
    end = day_of(document.take(*given, "endDate"))
    return ".".join(map(str, given)), start, end


def _said_status(document: Document, deal: Deal) -> str | None:
    if deal.award is not None:
        award = document.text("awards", deal.award, "status")
        if deal.contract is None or award in _NEVER:
            return award
    return document.text(*deal.place, "status")


def _standing(said: str | None, start: date, end: date, on: date) -> tuple[Status, date]:
    """By what the release says first, and then by the dates."""
    if said == "terminated" or end < on:
        return Status.ended, min(end, on) if said == "terminated" else end
    if said == "pending" or start > on:
        return Status.draft, start
    return Status.active, start


def _costs(
    document: Document, deal: Deal, kind: Kind, start: date, stated: list[Stated]
) -> list[dict[str, object]]:
    """The value as one cost on the first day. Of a concession it is not what the council pays."""
    path = (*deal.place, "value")
    if not isinstance(document.look(*path), dict) and deal.award is not None:
        path = ("awards", deal.award, "value")
    amount, currency = document.look(*path, "amount"), document.look(*path, "currency")
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
        return []
    if kind == "concession" or currency not in (None, "GBP"):
        why = "of a concession" if kind == "concession" else f"in {currency}"
        stated.append(Stated(deal.ref, f"its value {why} is no cost of the council: left out"))
        return []
    document.take(*path)
    stated.append(
        Stated(
            deal.ref, f"its value {amount} is one cost on {start}: when it falls due is not told"
        )
    )
    return [
        {
            "name": VALUE_COST, "type": "one-off", "amount": str(Decimal(str(amount))),
            "due": start.isoformat(), "account": "revenue",
            "note": "Whole value as published; when it falls due is not known.",
        }
    ]  # fmt: skip
