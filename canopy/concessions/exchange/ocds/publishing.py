"""Agreements as OCDS releases, for everybody to see.

What is published is what the Local Government Transparency Code 2015 asks of contracts: who,
about what, from when to when, how it was changed. Withheld are money that comes in, breaks and
notices (which tell what either side may intend), reasons, guarantors, and assets, some of
which are sensitive. Of contracts that the council pays for, the value is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from canopy.concessions.calendar.months import add_months
from canopy.concessions.rounding import pounds
from canopy.concessions.schedule.receipt import Receipt
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement, Party
from canopy.concessions.terms.charges import OneOff

Json = dict[str, Any]
VERSION = "1.1"
SHOWN_ROLES = ("council", "operator", "neutral-host", "contractor")
"""Guarantors and head landlords may be private persons."""
SHOWN_PARTS = frozenset({"title", "kind", "term", "extensions", "parties", "status"})
"""Parts of terms of which a change is published."""
_STATUS = {
    Status.draft: "pending", Status.active: "active", Status.continuing: "active",
    Status.ended: "terminated",
}  # fmt: skip
PUBLISHED = (Status.active, Status.continuing, Status.ended)
"""A draft is not published before it is agreed, and a withdrawn agreement never was one."""
INCOME_NOTE = (
    "Income to the council. OCDS gives as value what the buyer pays, so there is none here."
)
MOST_REVIEWS = 100


@dataclass(frozen=True, slots=True)
class Amended:
    """A recorded change of an agreement: the version it made, when, and which parts differ."""

    version: int
    at: datetime
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Published:
    """An agreement of the register with what was changed, and receipts where they are given."""

    agreement: Agreement
    status: Status
    status_on: date
    version: int
    updated_at: datetime
    amended: tuple[Amended, ...] = ()
    receipts: tuple[Receipt, ...] = ()


def ocid_of(ref: str, prefix: str) -> str:
    """A process's identifier: its own where the agreement came from OCDS."""
    return ref if ref.startswith("ocds-") else f"{prefix}-{quote(ref, safe='')}"


def release(published: Published, prefix: str) -> Json:
    """One agreement as a release. It is for an agreement of `PUBLISHED`."""
    agreement = published.agreement
    ocid = ocid_of(agreement.ref, prefix)
    shown = [party for party in agreement.parties if party.role in SHOWN_ROLES]
    buyer = next((party for party in shown if party.role == "council"), None)
    suppliers = [party for party in shown if party.role != "council"]
    amendments = list(_amendments(published, ocid))
    award = f"{ocid}-award"
    document: Json = {
        "ocid": ocid,
        "id": f"{ocid}-v{published.version}",
        "date": _moment(published.updated_at),
        "tag": ["contractAmendment"] if amendments else ["contract"],
        "initiationType": "tender",
        "language": "en",
        "parties": [_party(each, at, agreement) for at, each in enumerate(shown, 1)],
        "awards": [
            {
                "id": award, "title": agreement.title, "status": "active",
                "suppliers": [_reference(each, shown) for each in suppliers],
            }
        ],
        "contracts": [_contract(published, award, shown, amendments)],
    }  # fmt: skip
    if buyer is not None:
        document["buyer"] = _reference(buyer, shown)
    return document


def package(releases: Sequence[Json], uri: str, publisher: str, at: datetime) -> Json:
    """Releases as a package that says who publishes it, where and when."""
    return {
        "uri": uri,
        "version": VERSION,
        "publishedDate": max((each["date"] for each in releases), default=_moment(at)),
        "publisher": {"name": publisher},
        "license": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "releases": list(releases),
    }


def _contract(published: Published, award: str, shown: list[Party], amendments: list[Json]) -> Json:
    agreement = published.agreement
    contract: Json = {
        "id": agreement.ref,
        "awardID": award,
        "title": agreement.title,
        "description": f"Kind of agreement: {agreement.kind}.",
        "status": _STATUS[published.status],
        "period": {
            "startDate": _first_moment(agreement.term.start),
            "endDate": _last_moment(agreement.term.end),
            "maxExtentDate": _last_moment(agreement.latest_end),
        },
        "milestones": list(_milestones(agreement)),
    }
    if agreement.signed is not None:
        contract["dateSigned"] = _first_moment(agreement.signed)
    if amendments:
        contract["amendments"] = amendments
    if agreement.charges or agreement.kind == "concession":
        contract["description"] += f" {INCOME_NOTE}"
    elif (value := _value(agreement)) is not None:
        contract["value"] = value
    if published.receipts:
        transactions = list(_transactions(published, shown))
        contract["implementation"] = {"transactions": transactions}
    return contract


def _value(agreement: Agreement) -> Json | None:
    """What the council pays, where it is all of single amounts."""
    costs = [cost for cost in agreement.costs if isinstance(cost, OneOff)]
    if not costs or len(costs) < len(agreement.costs):
        return None
    return _money(sum((cost.amount for cost in costs), Decimal(0)), agreement.currency)


def _milestones(agreement: Agreement) -> Iterator[Json]:
    """The ends of the term, and reviews of the rent: never a break or a notice."""
    term = agreement.term
    days = [("end", "End of the term", term.end)]
    if agreement.latest_end != term.end:
        days.append(("latest-end", "End of the term with every extension", agreement.latest_end))
    for at, review in enumerate(agreement.market_reviews, 1):
        step = 12 * (review.every_years or 0)
        for number in range(MOST_REVIEWS):
            day = add_months(review.first, step * number)
            if day > term.end or (number and not step):
                break
            days.append((f"review-{at}-{number + 1}", "Review of the rent", day))
    for name, title, day in sorted(days, key=lambda each: (each[2], each[0])):
        yield {
            "id": name, "title": title, "type": "reporting", "status": "scheduled",
            "dueDate": _first_moment(day),
        }  # fmt: skip


def _amendments(published: Published, ocid: str) -> Iterator[Json]:
    for each in published.amended:
        shown = sorted(each.fields & SHOWN_PARTS)
        if shown:
            yield {
                "id": f"v{each.version}",
                "date": _moment(each.at),
                "description": f"Changed: {', '.join(shown)}.",
                "amendsReleaseID": f"{ocid}-v{each.version - 1}",
                "releaseID": f"{ocid}-v{each.version}",
            }


def _transactions(published: Published, shown: list[Party]) -> Iterator[Json]:
    """Receipts from operator to council; what went back, the other way."""
    council = next((each for each in shown if each.role == "council"), None)
    operator = next((each for each in shown if each.role != "council"), None)
    if council is None or operator is None:
        return
    for receipt in published.receipts:
        payer, payee = (operator, council) if receipt.amount_pence >= 0 else (council, operator)
        yield {
            "id": f"{receipt.received}-{receipt.row}",
            "date": _first_moment(receipt.received),
            "value": _money(pounds(abs(receipt.amount_pence)), published.agreement.currency),
            "payer": _reference(payer, shown),
            "payee": _reference(payee, shown),
        }


def _party(party: Party, number: int, agreement: Agreement) -> Json:
    is_council = party.role == "council"
    pays = is_council != bool(agreement.charges)
    roles = ["buyer" if is_council else "supplier", "payer" if pays else "payee"]
    return {"id": f"party-{number}", "name": party.name, "roles": roles}


def _reference(party: Party, shown: list[Party]) -> Json:
    return {"id": f"party-{shown.index(party) + 1}", "name": party.name}


def _money(amount: Decimal, currency: str) -> Json:
    return {"amount": float(amount), "currency": currency}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _first_moment(day: date) -> str:
    return f"{day}T00:00:00Z"


def _last_moment(day: date) -> str:
    return f"{day}T23:59:59Z"


def by_agreement(receipts: Iterable[Receipt]) -> dict[str, tuple[Receipt, ...]]:
    """Receipts by the agreement that they name, or that their invoice's number begins with."""
    found: dict[str, list[Receipt]] = {}
    for each in receipts:
        ref = each.agreement or each.invoice.rpartition("/")[0]
        found.setdefault(ref, []).append(each)
    return {ref: tuple(each) for ref, each in found.items()}
