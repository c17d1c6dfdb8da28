"""Single values as councils write them: text, numbers with units, yes/no, allowed values.

No parser here raises, whatever it is given: a value is read, is unknown (None), or is
`Unreadable` with the reason.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

DecimalMark = Literal["point", "comma"]

UNKNOWN_WORDS: frozenset[str] = frozenset(
    {
        "", "-", "--", "---", ".", "?", "??", "n/a", "na", "n.a.", "n.a", "#n/a", "#na", "#value!",
        "#ref!", "#null!", "<null>", "(null)", "null", "nul", "none", "nil", "nan", "nat",
        "unknown", "unk", "not known", "not recorded", "not available", "not applicable",
        "n/k", "not supplied", "not provided", "no data", "nodata", "tbc", "tba", "tbd",
        "to be confirmed", "unspecified",
    }
)  # fmt: skip
"""Texts that say 'we do not know' (compared in lower case, trimmed). They become unknown."""

MAX_TEXT_CHARS = 2_000
"""Longest text kept for one value; a longer one is `Unreadable` [characters]."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that could not be read, as it stood, and why (a phrase that follows 'is')."""

    text: str
    reason: str

    def __post_init__(self) -> None:
        if len(self.text) > 80:
            object.__setattr__(self, "text", self.text[:77] + "…")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and the unit written beside it (``"8.0 m"``), lower case, None without one."""

    number: float
    unit: str | None = None


def as_text(value: object) -> str:
    """Any raw value as a person would write it; None is empty.

    A whole float loses its ``.0`` (spreadsheets hold 1234 as 1234.0), dates become ISO
    text, lists are joined by ``; ``.
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(as_text(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    return str(value).strip()


def is_unknown(value: object) -> bool:
    """True for None, NaN, blanks and the words that mean 'not known'."""
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return isinstance(value, str) and value.strip().casefold() in UNKNOWN_WORDS


def parse_text(value: object) -> str | Unreadable | None:
    """Trimmed text with runs of white space as one space; None when unknown."""
    if is_unknown(value):
        return None
    text = " ".join(as_text(value).split()).replace("\x00", "")
    if len(text) > MAX_TEXT_CHARS:
        return Unreadable(text, f"longer than {MAX_TEXT_CHARS} characters")
    return text or None


_GAP = r"[ '\u00a0\u2009\u202f]"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)(?P<body>[0-9](?:[0-9.,]|{_GAP}(?=[0-9]))*|[.,][0-9]+)"
    r"(?P<exp>[eE][+-]?[0-9]{1,3})?"
)
_GAPS = re.compile(_GAP)
_SPACED = re.compile(rf"[1-9][0-9]{{0,2}}(?:{_GAP}[0-9]{{3}})+(?:[.,][0-9]+)?")
_GROUPS = {mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+") for mark in ",."}
_FEET_AND_INCHES = re.compile(
    r"(?P<feet>[0-9]{1,4}) ?(?:['\u2019\u2032]|ft\.?|foot|feet) ?(?:- ?)?"
    r"(?P<inches>(?:1[01]|[0-9])(?:\.[0-9]+)?) ?(?:[\"\u201d\u2033]|''|in\.?|ins\.?|inch|inches)?",
    re.IGNORECASE,
)
"""``16' 3"``, ``16ft 3in``, ``16'3``; inches below twelve."""
_UNIT = re.compile(r"[a-zA-Zµ%°'\"²³/ ]{1,20}\.?")


def parse_quantity(
    value: object, decimal: DecimalMark | None = None
) -> Quantity | Unreadable | None:
    """A number with thousands separators, decimal point or comma, and perhaps a unit.

    decimal: the mark known for the whole column; None decides value by value, where
    ``1,234`` is read as a thousand and ``12,5`` and ``0,234`` as decimal commas.
    """
    if is_unknown(value):
        return None
    if isinstance(value, int | float | Decimal):
        try:
            number = float(value)
        except (OverflowError, ValueError):
            return Unreadable(str(value), "too large")
        return Quantity(number) if math.isfinite(number) else Unreadable(str(value), "no number")
    if not isinstance(value, str):
        return Unreadable(as_text(value), "no number")
    text = value.strip().replace("\u2212", "-")
    feet = _FEET_AND_INCHES.fullmatch(text)
    if feet:
        return Quantity(int(feet["feet"]) + float(feet["inches"]) / 12, "ft")
    match = _NUMBER.match(text)
    if not match:
        return Unreadable(text, "no number")
    unit = text[match.end() :].strip()
    if unit and not _UNIT.fullmatch(unit):
        return Unreadable(text, "no number")
    written = match["body"]
    clear = _GAPS.search(written) is None or _SPACED.fullmatch(written) is not None
    body = _plain_decimal(_GAPS.sub("", written), decimal) if clear else None
    if body is None:
        return Unreadable(text, "a number with unclear separators")
    number = float(match["sign"] + body + (match["exp"] or ""))
    if not math.isfinite(number):
        return Unreadable(text, "too large")
    return Quantity(number, unit.rstrip(". ").casefold() or None)


def _plain_decimal(body: str, decimal: DecimalMark | None) -> str | None:
    """`body` with a decimal point and no thousands separators, None when unclear."""
    has_point, has_comma = "." in body, "," in body
    if has_point and has_comma:
        mark = "," if body.rfind(",") > body.rfind(".") else "."
    elif has_comma:
        mark = _lone_mark(body, ",", "," if decimal == "comma" else None)
    elif has_point:
        mark = _lone_mark(body, ".", None if decimal == "comma" else ".")
    else:
        return body
    thousands = "." if mark == "," else ","
    whole, _, fraction = body.rpartition(mark) if mark in body else (body, "", "")
    if thousands in fraction or mark in whole:
        return None
    if thousands in whole and not _GROUPS[thousands].fullmatch(whole):
        return None
    return f"{whole.replace(thousands, '') or '0'}.{fraction or '0'}"


def _lone_mark(body: str, found: str, known: str | None) -> str:
    """Which mark is the decimal one when `body` has only `found`."""
    if known is not None and body.count(found) == 1:
        return known
    grouped = _GROUPS[found].fullmatch(body) is not None
    other = "." if found == "," else ","
    return other if grouped else found


def parse_number(value: object, decimal: DecimalMark | None = None) -> float | Unreadable | None:
    """The number of `parse_quantity`, a unit beside it being refused."""
    quantity = parse_quantity(value, decimal)
    if not isinstance(quantity, Quantity):
        return quantity
    if quantity.unit:
        return Unreadable(as_text(value), "no plain number")
    return quantity.number


_TRUE = frozenset({"true", "t", "yes", "y", "1", "on", "✓", "✔", "x"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "off", "✗"})


def parse_boolean(value: object) -> bool | Unreadable | None:
    """yes/no, true/false, y/n, t/f, 1/0, on/off, a tick or x; None when unknown."""
    if isinstance(value, bool):
        return value
    if is_unknown(value):
        return None
    word = as_text(value).casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    return Unreadable(as_text(value), "neither yes nor no")


def squash(text: str) -> str:
    """Letters and digits only, lower case: ``In-Use`` and ``in_use`` compare equal."""
    return "".join(char for char in text.casefold() if char.isalnum())


def parse_choice(value: object, allowed: Iterable[str]) -> str | Unreadable | None:
    """The allowed value that `value` spells, whatever its case, spaces and hyphens.

    An allowed ``none`` is read before the word counts as unknown.
    """
    choices, text = list(allowed), as_text(value)
    for same in (str.casefold, squash):
        found = [choice for choice in choices if same(choice) == same(text)]
        if len(found) == 1:
            return found[0]
    if is_unknown(value):
        return None
    return Unreadable(text, f"not one of {', '.join(choices)}")


def as_exported(value: object, form: str) -> object:
    """A value of a file that Canopy wrote, to the letter; None where there is none.

    Lists stand as JSON text where the format has no lists, dates as ISO text where it has
    no dates. What the value may be is left to the check of the kind's attributes.
    """
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if form == "list":
        items = _items_of(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            return Unreadable(as_text(value), "no list")
        return tuple(items)
    if form == "date":
        return _exported_date(value)
    if form == "boolean" and value in (0, 1, "0", "1"):
        return value in (1, "1")  # shapefile and KML have no other way to write them
    if isinstance(value, str) and len(value) > MAX_TEXT_CHARS:
        return Unreadable(value, f"longer than {MAX_TEXT_CHARS} characters")
    return value


def _exported_date(value: object) -> date | Unreadable:
    day = as_datetime(value)
    if day is not None:
        return day
    try:
        return date.fromisoformat(as_text(value))
    except ValueError:
        return Unreadable(as_text(value), "no date such as 2026-01-31")


MAX_ITEMS = 200
"""Most items of a list in one value."""


def parse_list(value: object) -> tuple[object, ...] | Unreadable | None:
    """A list: as the file holds it, as a JSON array, or as text parted by ``;`` or ``,``."""
    if is_unknown(value):
        return None
    items = value if isinstance(value, list | tuple) else _items_of(as_text(value))
    if items is None or len(items) > MAX_ITEMS:
        return Unreadable(as_text(value), f"no list of at most {MAX_ITEMS} items")
    kept = tuple(item for item in items if not is_unknown(item))
    return kept or None


def _items_of(text: str) -> Sequence[object] | None:
    if text.startswith("["):
        try:
            items = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return items if isinstance(items, list) else None
    return [item.strip() for item in re.split(r"[;|]" if ";" in text or "|" in text else ",", text)]


def as_datetime(value: object) -> date | None:
    """The value if it already is a date or a datetime."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
