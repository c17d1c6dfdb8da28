"""What comes in, whatever file it came from: the parts that an agreement is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from canopy.concessions.exchange.index_words import NAME as INDEX
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

    A part that both have, such as the rent or an asset, keeps what the file does not tell of
    it. Charges of other names and parties of other roles than the file gives stay. Raises
    BadTerms.
    """
    if stored is None:
        stored = {}
    whole = {**stored, **document}
    for name, join in _JOINED.items():
        if isinstance(document.get(name), list):
            whole[name] = join(_parts(stored.get(name)), _parts(document[name]))
    payment, told = stored.get("payment"), document.get("payment")
    if isinstance(payment, dict) and isinstance(told, dict):
        whole["payment"] = {**payment, **told}
    return from_document(_without_blanks(whole))


def _charges(ours: list[Document], theirs: list[Document]) -> list[Document]:
    """The file gives one charge, the rent; where it has none, the rent is gone."""
    others = [each for each in ours if each["name"] != RENT]
    rents = _filled(ours, theirs, ("name",))
    at = next((at for at, each in enumerate(ours) if each["name"] == RENT), len(others))
    return [*others[:at], *rents, *others[at:]]


def _rules(ours: list[Document], theirs: list[Document]) -> list[Document]:
    """The file's index rule is all of it: a cap that it does not name is none."""
    return [*(each for each in ours if each["name"] != INDEX), *theirs]


def _parties(ours: list[Document], theirs: list[Document]) -> list[Document]:
    roles = {each["role"] for each in theirs}
    roles |= _SUPPLIERS if roles & _SUPPLIERS else set()
    return [
        *_filled(ours, theirs, ("name", "role")),
        *(each for each in ours if each["role"] not in roles),
    ]


def _assets(ours: list[Document], theirs: list[Document]) -> list[Document]:
    return _filled(ours, theirs, ("ref",))


def _breaks(ours: list[Document], theirs: list[Document]) -> list[Document]:
    return _filled(ours, theirs, ("by", "on", "not_before"))


def _filled(ours: list[Document], theirs: list[Document], keys: tuple[str, ...]) -> list[Document]:
    """Their parts, each with what ours of the same keys tells beside."""
    known = {tuple(each.get(key) for key in keys): each for each in ours}
    return [
        _without_blanks({**known.get(tuple(each.get(key) for key in keys), {}), **each})
        for each in theirs
    ]


_SUPPLIERS = {"operator", "neutral-host", "contractor"}
_JOINED: dict[str, Callable[[list[Document], list[Document]], list[Document]]] = {
    "charges": _charges, "index_rules": _rules, "parties": _parties, "assets": _assets,
    "breaks": _breaks,
}  # fmt: skip


def _parts(value: object) -> list[Document]:
    return value if isinstance(value, list) else []


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
    if status is Status.continuing:
        return agreement.term.end + timedelta(days=1)
    return agreement.term.end


def rules_of(error: BadTerms) -> list[tuple[str, str]]:
    """The fields that are wrong, each with its rule."""
    listed = error.members.get("errors")
    if isinstance(listed, list):
        return [(str(each["field"]), str(each["rule"])) for each in listed]
    return [(str(error.members.get("field", "the terms")), error.detail)]
