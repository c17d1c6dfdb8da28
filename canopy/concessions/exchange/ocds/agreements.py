"""Releases as agreements: one for each contract, or for each award that has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from canopy.concessions.exchange.incoming import Incoming, PastEvent
from canopy.concessions.exchange.ocds.files import Release, moment
from canopy.concessions.exchange.ocds.repairing import repair
from canopy.concessions.exchange.ocds.taking import Document
from canopy.concessions.exchange.report import Rejected, Stated
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Kind, ValuationBasis
from canopy.concessions.terms.payment import Vat

VALUE_COST = "contract-value"
"""What the cost of a release's value is called."""
LONGEST_OBLIGATION, LONGEST_NOTE = 500, 4_000
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


@dataclass(frozen=True, slots=True)
class _Deal:
    """A contract with its award, or an award alone, by their places in the release."""

    ref: str
    contract: int | None
    award: int | None

    @property
    def place(self) -> tuple[str, int]:
        if self.contract is not None:
            return "contracts", self.contract
        return "awards", self.award or 0


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
    for deal in deals:
        _read_deal(document, deal, release.number, assumed, on, read)
    read.kept = document.left()
    return read


def _deals(document: Document, ocid: str) -> Iterator[_Deal]:
    contracts, awards = document.count("contracts"), document.count("awards")
    by_id = {document.look("awards", at, "id"): at for at in range(awards)
             if isinstance(document.look("awards", at, "id"), str | int)}  # fmt: skip
    found: list[tuple[int | None, int | None]] = []
    for at in range(contracts):
        award_id = document.look("contracts", at, "awardID")
        document.take("contracts", at, "awardID")
        found.append((at, by_id.pop(award_id, None) if isinstance(award_id, str | int) else None))
    contracted = {award for _, award in found}
    found += [(None, at) for at in range(awards) if at not in contracted]
    for contract, award in found:
        deal = _Deal(ocid, contract, award)
        own_id = document.take(*deal.place, "id")
        if award is not None:
            document.take("awards", award, "id")
        yield deal if len(found) == 1 else _Deal(f"{ocid}/{own_id}", contract, award)


def _read_deal(
    document: Document, deal: _Deal, number: int, assumed: Assumed, on: date, read: ReadRelease
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
    kind = assumed.kind or _kind(document)
    parties = _parties(document, deal, kind)
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
    terms: dict[str, object] = {
        "ref": deal.ref, "title": _title(document, deal), "kind": kind,
        "term": {"start": start.isoformat(), "last_day": end.isoformat()},
        "parties": parties, "vat": assumed.vat, "valuation_basis": assumed.valuation_basis,
        "payment": {"frequency": assumed.frequency, "timing": assumed.timing},
        "procured": _procured(document), "signed": _signed(document, deal),
        "obligations": _milestones(document, deal),
        "costs": _costs(document, deal, kind, start, read.stated),
    }  # fmt: skip
    events = tuple(_amendments(document, deal))
    columns = {"ref": "ocid", "title": "title", "start": where, "operator": "parties"}
    read.agreements.append(Incoming(number, deal.ref, terms, status, status_on, columns, events))


def _path_of(where: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdecimal() else part for part in where.split("."))


def _term(document: Document, deal: _Deal) -> tuple[str, date | None, date | None]:
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


def day_of(value: object) -> date | None:
    """The day of a date, or of a time with offset as it is on the clock there."""
    at = moment(value)
    if at is not None:
        return at.date()
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _kind(document: Document) -> Kind:
    """A concession where its words say so; else a call-off, as contracts for services are kept."""
    texts = (document.look("tender", "title"), document.look("tender", "description"))
    words = " ".join(text for text in texts if isinstance(text, str)).casefold()
    return "concession" if "concession" in words else "call-off"


def _title(document: Document, deal: _Deal) -> str | None:
    own = document.text(*deal.place, "title")
    return own or document.text("tender", "title")


def _parties(document: Document, deal: _Deal, kind: Kind) -> list[dict[str, str]]:
    buyer = document.text("buyer", "name")
    document.take("buyer", "id")
    found = [{"name": buyer, "role": "council"}] if buyer else []
    role = "operator" if kind == "concession" else "contractor"
    names = []
    if deal.award is not None:
        for at in range(document.count("awards", deal.award, "suppliers")):
            names.append(document.text("awards", deal.award, "suppliers", at, "name"))
            document.take("awards", deal.award, "suppliers", at, "id")
    if not names:
        names = [
            document.text("parties", at, "name")
            for at in range(document.count("parties"))
            if "supplier" in _roles(document, at)
        ]
    for at in range(document.count("parties")):
        if {"buyer", "supplier"} & _roles(document, at):
            for taken in ("id", "name", "roles"):
                document.take("parties", at, taken)
    return found + [{"name": name, "role": role} for name in dict.fromkeys(names) if name]


def _roles(document: Document, at: int) -> set[str]:
    roles = document.look("parties", at, "roles")
    return {each for each in roles if isinstance(each, str)} if isinstance(roles, list) else set()


def _said_status(document: Document, deal: _Deal) -> str | None:
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


def _procured(document: Document) -> str | None:
    """When the tender began; a day of award is none."""
    for path in (("tender", "tenderPeriod", "startDate"), ("tender", "datePublished")):
        if found := day_of(document.look(*path)):
            document.take(*path)
            return found.isoformat()
    return None


def _signed(document: Document, deal: _Deal) -> str | None:
    if deal.contract is None:
        return None
    signed = day_of(document.look("contracts", deal.contract, "dateSigned"))
    if signed is not None:
        document.take("contracts", deal.contract, "dateSigned")
    return None if signed is None else signed.isoformat()


def _costs(
    document: Document, deal: _Deal, kind: Kind, start: date, stated: list[Stated]
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


def _milestones(document: Document, deal: _Deal) -> list[str]:
    """What is due by a day, as obligations."""
    found = []
    places: list[tuple[str | int, ...]] = [("tender",)]
    if deal.contract is not None:
        places += [deal.place, (*deal.place, "implementation")]
    for place in places:
        for at in range(document.count(*place, "milestones")):
            path = (*place, "milestones", at)
            title, due = document.look(*path, "title"), day_of(document.look(*path, "dueDate"))
            if isinstance(title, str) and title.strip() and due is not None:
                told = f"By {due}: {' '.join(title.split())}"
                if len(told) <= LONGEST_OBLIGATION:
                    found.append(told)
                    for taken in ("id", "title", "dueDate"):
                        document.take(*path, taken)
    return found


def _amendments(document: Document, deal: _Deal) -> Iterator[PastEvent]:
    places: list[tuple[str, int]] = [deal.place]
    if deal.contract is not None and deal.award is not None:
        places.append(("awards", deal.award))
    for place in places:
        for at in range(document.count(*place, "amendments")):
            path = (*place, "amendments", at)
            on = day_of(document.look(*path, "date"))
            texts = [document.look(*path, name) for name in ("description", "rationale")]
            told = ". ".join(" ".join(each.split()) for each in texts if isinstance(each, str))
            if on is not None and 0 < len(told) <= LONGEST_NOTE:
                for taken in ("id", "date", "description", "rationale"):
                    document.take(*path, taken)
                yield PastEvent(on, "amendment", told)
