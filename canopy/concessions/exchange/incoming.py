"""What comes in, whatever file it came from: the parts that an agreement is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from canopy.concessions.exchange.rows import RENT
from canopy.concessions.standing import Status
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.reading import from_document
from canopy.errors import BadTerms, Refused

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class PastEvent:
    """Something that happened under an agreement, as a file tells it."""

    on: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """Parts of one agreement's document, and how it stands where the file says so.

    `columns` names the file's column for each field, for messages.
    """

    row: int | None
    ref: str
    document: Document
    status: Status | None
    status_on: date | None
    columns: dict[str, str]
    events: tuple[PastEvent, ...] = ()


def merged(document: Document, stored: Document | None) -> Agreement:
    """The agreement that incoming parts make, with what is stored where they say nothing.

    Of charges and index rules, those of other names than the file's stay. Raises BadTerms.
    """
    if stored is None:
        return from_document(_without_blanks(document))
    whole = {**stored, **document}
    for part in ("charges", "index_rules"):
        if part in document:
            whole[part] = _by_name(stored.get(part), document[part])
    return from_document(_without_blanks(whole))


def _by_name(stored: object, given: object) -> list[object]:
    """The named parts in the order stored, those of the file in the place of their namesakes."""
    theirs = {each["name"]: each for each in given} if isinstance(given, list) else {}
    ours = stored if isinstance(stored, list) else []
    kept = [
        theirs.pop(each["name"], each)
        for each in ours
        if each["name"] in theirs or each["name"] not in _FROM_FILES
    ]
    return [*kept, *theirs.values()]


_FROM_FILES = frozenset({RENT, "index"})
"""Names that imports give: where a file says nothing more of one, it is gone."""


def _without_blanks(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}


def standing(incoming: Incoming, agreement: Agreement, on: date) -> tuple[Status, date]:
    """How a new agreement stands. Without a word of it, one in force or to come is active.

    Raises Refused where its term is over: it may have ended, or continue.
    """
    status = incoming.status
    if status is None:
        if agreement.latest_end < on:
            raise Refused(
                f"its term ended on {agreement.latest_end}: say in a status column whether it has "
                "ended or is continuing"
            )
        status = Status.active
    return status, incoming.status_on or since(status, agreement)


def since(status: Status, agreement: Agreement) -> date:
    """The day from which an agreement stands so, by its term alone."""
    if status in (Status.draft, Status.active):
        return agreement.term.start
    return agreement.term.end


def rules_of(error: BadTerms) -> list[tuple[str, str]]:
    """The fields that are wrong, each with its rule."""
    listed = error.members.get("errors")
    if isinstance(listed, list):
        return [(str(each["field"]), str(each["rule"])) for each in listed]
    return [(str(error.members.get("field", "the terms")), error.detail)]
