"""What members of a release say: parties, days, title, milestones and amendments of a deal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from canopy.concessions.exchange.incoming import PastEvent
from canopy.concessions.exchange.ocds.files import moment
from canopy.concessions.exchange.ocds.taking import Document
from canopy.concessions.terms.agreement import Kind

LONGEST_OBLIGATION, LONGEST_NOTE = 500, 4_000


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract with its award, or an award alone, by their places in the release."""

    ref: str
    contract: int | None
    award: int | None

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands: the contract, or else the award."""
        if self.contract is not None:
            return "contracts", self.contract
        return "awards", self.award or 0


def day_of(value: object) -> date | None:
    """The day of a date, or of a time with offset as it is on the clock there."""
    at = moment(value)
    if at is not None:
        return at.date()
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def kind_of(document: Document) -> Kind:
    """A concession where its words say so; else a call-off, as contracts for services are kept."""
    texts = (document.look("tender", "title"), document.look("tender", "description"))
    words = " ".join(text for text in texts if isinstance(text, str)).casefold()
    return "concession" if "concession" in words else "call-off"


def title_of(document: Document, deal: Deal) -> str | None:
    """The deal's own title, or else the tender's."""
    own = document.text(*deal.place, "title")
    return own or document.text("tender", "title")


def parties_of(document: Document, deal: Deal, kind: Kind) -> list[dict[str, str]]:
    """The buyer, and the suppliers of the award or else of the release."""
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


def procured_on(document: Document) -> str | None:
    """When the tender began; a day of award is none."""
    for path in (("tender", "tenderPeriod", "startDate"), ("tender", "datePublished")):
        if found := day_of(document.look(*path)):
            document.take(*path)
            return found.isoformat()
    return None


def signed_on(document: Document, deal: Deal) -> str | None:
    """The day a contract was signed; None of an award alone."""
    if deal.contract is None:
        return None
    signed = day_of(document.look("contracts", deal.contract, "dateSigned"))
    if signed is not None:
        document.take("contracts", deal.contract, "dateSigned")
    return None if signed is None else signed.isoformat()


def milestones(document: Document, deal: Deal) -> list[str]:
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


def amendments(document: Document, deal: Deal) -> Iterator[PastEvent]:
    """What was changed, as events on the days of the amendments."""
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
