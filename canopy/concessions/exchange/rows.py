"""One row of a register as an agreement, or every reason why it is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from canopy.assets.mapping.values import Unreadable, as_text, is_unknown, parse_boolean
from canopy.concessions.exchange import cells
from canopy.concessions.exchange.index_words import NAME, index_rule
from canopy.concessions.exchange.row import Fault, Row
from canopy.concessions.exchange.words import ALLOWED, choice
from canopy.concessions.terms.payment import INSTALMENTS

RENT = "rent"
"""What the charge of a register's row is called."""
_RENT_TYPES = {"licence": "licence-fee", "wayleave": "wayleave"}
_ISO_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_FULL_DAY = re.compile(r"\d{1,4}[-/. ]")
_UNTAXED = ("zero", "exempt", "outside")
_AROUND = re.compile(r"\b(?:paid|payable|payments?|equal|instalments?|rent|by)\b|[,;:/()]")
"""What stands around a frequency and says no more: `payable by equal quarterly instalments`."""
_PART = re.compile(r"[\[. ]")
Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What a row says: parts of an agreement's document, and how it stands where that is said."""

    ref: str
    document: Record
    status: str | None
    status_on: date | None


def read_row(row: Row) -> ReadRow | None:
    """What a row says; None where it has faults, which `row.faults` then tells all of."""
    kind = row.word("kind")
    ref = row.take("ref", cells.words)
    document: Record = {
        "ref": ref, "title": row.take("title", cells.words), "kind": kind,
        "term": _term(row), "parties": _parties(row),
        "vat": row.word("vat"), "valuation_basis": row.word("valuation_basis"),
        "payment": _payment(row),
    }  # fmt: skip
    if row.says("assets"):
        document["assets"] = _assets(row)
    if row.says("break"):
        document["breaks"] = _breaks(row)
    if row.says("deposit"):
        document["deposit"] = _money(row.take("deposit", cells.money))
    for name in ("procured", "signed"):
        if row.says(name):
            document[name] = _iso(row.day(name))
    document |= _rent(row, kind, document["payment"])
    for name in ("rent", "instalment"):
        if "vat" in row.text(name).casefold() and document["vat"] in _UNTAXED:
            row.blame(name, f"says that VAT is added, and the VAT treatment is {document['vat']}")
    status, status_on = row.word("status"), row.day("status_on")
    for name in ("ref", "title", "kind", "vat", "valuation_basis"):
        _require(row, name)
    if row.faults or ref is None:
        return None
    return ReadRow(ref, document, status, status_on)


def _require(row: Row, name: str) -> None:
    if row.text(name) == "" and not row.is_blamed(name):
        told = f", one of {', '.join(ALLOWED[name])}" if name in ALLOWED else ""
        row.blame(name, f"is needed{told}: give a column or a constant of the mapping")


def _term(row: Row) -> Record:
    start, last = row.day("start"), row.day("last_day")
    heading = row.columns.get("term", "")
    length = row.take("term", lambda raw: cells.months(raw, heading))
    if start is None and not row.is_blamed("start"):
        row.blame("start", "is needed: an agreement begins on a day")
    unreadable = row.is_blamed("last_day") or row.is_blamed("term")
    if last is None and length is None and not unreadable:
        row.blame("last_day", "is needed: the last day, or the length of the term")
    if start is not None and last is not None and last < start:
        row.blame("last_day", f"is before the start on {start}")
    if last is not None:
        return {"start": _iso(start), "last_day": _iso(last)}
    return {"start": _iso(start), "months": length}


def _parties(row: Row) -> list[Record]:
    parties: list[Record] = []
    role = row.word("operator_role") or "operator"
    for name, as_role in (
        ("council", "council"), ("operator", role), ("head_landlord", "head-landlord"),
        ("guarantor", "guarantor"),
    ):  # fmt: skip
        read = cells.names if name == "operator" else _one_name
        named = row.take(name, read) or ()
        if not named and name in ("council", "operator") and not row.is_blamed(name):
            row.blame(name, "is needed: a party to the agreement")
        parties += [{"name": each, "role": as_role} for each in named]
    return parties


def _one_name(raw: object) -> tuple[str, ...] | Unreadable | None:
    """A name may hold a comma: only operators are listed."""
    text = cells.words(raw)
    return text if not isinstance(text, str) else (text,)


def _payment(row: Row) -> Record | None:
    """Frequency and timing, of which one cell may say both: `quarterly in advance`. A constant
    timing is that of cells that do not say; a column that says another is a fault.
    """
    frequency_text = row.text("frequency")
    timing = row.word("timing") if row.says("timing") else None
    low = frequency_text.casefold()
    for word in ("advance", "arrears"):
        if word not in low:
            continue
        low = low.replace(f"in {word}", " ").replace(word, " ")
        if timing not in (None, word) and "timing" in row.columns:
            row.blame("timing", f"is {timing}, and the payment {frequency_text!r} says {word}")
        timing = word
    words = row.words("frequency")
    low = " ".join(_AROUND.sub(" ", low).split())
    frequency = choice("frequency", frequency_text if frequency_text in words else low, words)
    if isinstance(frequency, Unreadable):
        row.blame("frequency", f"is {frequency.reason}", frequency_text)
        return None
    if frequency is None:
        row.blame("frequency", f"is needed, one of {', '.join(ALLOWED['frequency'])}")
    if timing is None and not row.is_blamed("timing"):
        row.blame("timing", "is needed: advance or arrears, in a column or a constant")
    return {"frequency": frequency, "timing": timing}


def _rent(row: Row, kind: str | None, payment: object) -> Record:
    """The charge and its index rule; no parts where the register says nothing of rent."""
    if not (row.says("rent") or row.says("instalment")):
        return {}
    yearly = row.take("rent", cells.money)
    instalment = row.take("instalment", cells.money)
    frequency = payment.get("frequency") if isinstance(payment, dict) else None
    if instalment is not None and frequency is not None:
        times = instalment * INSTALMENTS[frequency]
        if yearly is not None and yearly != times:
            row.blame("instalment", f"times the payments of a year is {times}, the rent {yearly}")
        yearly = times
    rule = _index(row)
    charge: Record = {"name": RENT, "type": _RENT_TYPES.get(kind or "", "rent")}
    if yearly:
        charge["amount"] = f"{yearly:.2f}"
        if row.says("index"):
            charge["index"] = None if rule is None else NAME
    elif rule is not None and not (row.is_blamed("rent") or row.is_blamed("instalment")):
        row.blame("index", "is a rule for a rent that is not given")
    parts: Record = {"charges": [charge] if yearly else []}
    if row.says("index"):
        parts["index_rules"] = [] if rule is None else [rule]
    return parts


def _index(row: Row) -> Record | None:
    rule = row.take("index", index_rule)
    if rule is None:
        return None
    base = row.take("index_base", _month)
    reviewed = row.day("index_reviews_from")
    lag = row.take("index_lag_months", lambda raw: cells.months(raw, "months"))
    if base is not None:
        rule.setdefault("base_month", base)
    if lag is not None:
        rule.setdefault("lag_months", lag)
    if reviewed is not None:
        rule["reviews_from"] = _iso(reviewed)
    if rule["index"] != "fixed" and ("base_month" in rule) == ("lag_months" in rule):
        row.blame(
            "index",
            "follows a published index: give either its base month (index_base = 2026-04, or "
            "'base Apr 2026' in the cell) or index_lag_months, in a column or a constant",
        )
    return rule


def _month(raw: object) -> str | Unreadable | None:
    """A month as 2026-04, Apr 2026, or any day of it."""
    if is_unknown(raw):
        return None
    text = as_text(raw)
    if _ISO_MONTH.fullmatch(text):
        return text
    read = cells.day(raw if _FULL_DAY.match(text) else f"1 {text}", "dd/mm/yyyy")
    return f"{read:%Y-%m}" if isinstance(read, date) else read


def _breaks(row: Row) -> list[Record]:
    days = row.take("break", lambda raw: cells.breaks(raw, row.order("break")))
    heading = row.columns.get("notice", "")
    notice = row.take("notice", lambda raw: cells.notice(raw, heading))
    if not days:
        return []
    by = row.word("break_by")
    if by is None and not row.is_blamed("break_by"):
        row.blame("break_by", "is needed beside a break: council, operator or either")
    if notice is None and not row.is_blamed("notice"):
        row.blame("notice", "is needed beside a break: '6 months'")
    if by is None or notice is None:
        return []
    return [
        {
            "by": by, "notice": notice.length, "notice_unit": notice.unit,
            "not_before" if each.is_rolling else "on": each.day.isoformat(),
        }
        for each in days
    ]  # fmt: skip


def _assets(row: Row) -> list[Record]:
    exclusive = row.take("exclusive", parse_boolean) or False
    refs = row.take("assets", cells.refs) or ()
    return [{"ref": ref, "exclusive": exclusive} for ref in refs]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def faults_of(errors: object, columns: Mapping[str, str]) -> Iterator[Fault]:
    """Rules of terms that a whole row breaks, at the column that each speaks of."""
    for each in errors if isinstance(errors, list) else []:
        path = str(each["field"])
        name = _FIELDS.get(_PART.split(path)[0], "")
        if path == "term.last_day":
            name = "last_day"
        yield Fault(columns.get(name, path), "", f"{path}: {each['rule']}")


_FIELDS = {
    "ref": "ref", "title": "title", "kind": "kind", "term": "start", "breaks": "break",
    "assets": "assets", "charges": "rent", "index_rules": "index",
    "deposit": "deposit", "parties": "operator", "vat": "vat", "payment": "frequency",
    "procured": "procured", "signed": "signed",
}  # fmt: skip
