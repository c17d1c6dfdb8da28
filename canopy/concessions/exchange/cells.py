"""Single cells of registers: days, lengths, money, breaks and lists.

No parser here raises, whatever it is given: a value is read, is unknown (None), or is
`Unreadable` with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from canopy.assets.mapping.dates import DateOrder, order_evidence, parse_date
from canopy.assets.mapping.values import Unreadable, as_text, is_unknown, parse_text

MAX_ITEMS = 100_000
"""Assets that one cell may list."""
_ORDERS: dict[str, DateOrder] = {
    "dd/mm/yyyy": "dmy", "mm/dd/yyyy": "mdy", "yyyy-mm-dd": "ymd",
}  # fmt: skip
_MONEY = re.compile(
    r"(?:£|gbp)?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?\s*(?:gbp)?\s*"
    r"(pa|p\.a\.?|per annum|a year|per year|/ ?year|yearly)?"
    r"(?: ?(?:\+|plus|exc?l?\.?(?:uding)?) ?vat)?",
    re.IGNORECASE,
)
_PEPPERCORN = re.compile(r"(?:a |one )?peppercorn(?: \(?if demanded\)?)?", re.IGNORECASE)
_COUNTS = {
    word: count
    for count, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
} | {
    "a": 1, "an": 1, "fifteen": 15, "eighteen": 18, "twenty": 20, "twenty-one": 21,
    "twenty-four": 24, "twenty-five": 25, "twenty-eight": 28, "thirty": 30, "ninety": 90,
}  # fmt: skip
_COUNT = rf"\d{{1,5}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))}"
_YEARS_AND_MONTHS = re.compile(
    rf"(?:({_COUNT}) ?(?:years?|yrs?|y))?(?:,? ?(?:and )?({_COUNT}) ?(?:months?|mths?|m))?",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"(?:(?:not|no) less than |at least |min(?:imum|\.)?(?: of)? )?"
    rf"(?P<count>{_COUNT})(?: ?\((?P<again>\d{{1,4}})\))?[ -]?"
    r"(?P<kind>(?:(?:clear|calendar) )*)(?P<unit>months?|mths?|m|days?|d|weeks?|wks?|years?|yrs?)"
    r"(?: clear)?(?:['’]s?)?(?: clear)?"
    r"(?: ?(?:(?:prior|previous|written) )*notice(?: in writing)?)?",
    re.IGNORECASE,
)
_ROLLING = re.compile(
    r"(?:rolling|any ?time|at any time)(?: on or)?(?: from| after| not before)? ?(.+)?",
    re.IGNORECASE,
)
_BARE = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class Length:
    """A notice period as agreements have it."""

    length: int
    unit: Literal["months", "clear-months", "days", "clear-days"]


@dataclass(frozen=True, slots=True)
class BreakDay:
    """A day on which an agreement can end early, or from which it can at any time."""

    day: date
    is_rolling: bool


def day(value: object, order: str | None) -> date | Unreadable | None:
    """A calendar date. An all-number date that could be read in both orders is refused where
    nothing says which is meant; `order` is a format of mapping files.
    """
    if order is None:
        only_day, only_month, either = order_evidence([value])
        if either:
            return Unreadable(
                as_text(value), "a date that may be day/month or month/day: say which in [formats]"
            )
        return parse_date(value, "mdy" if only_month and not only_day else "dmy")
    return parse_date(value, _ORDERS.get(order, "dmy"))


def months(value: object, heading: str) -> int | Unreadable | None:
    """A length in months: `12 years`, `144 months`, `10 years 6 months`. A bare number has the
    unit that the heading names.
    """
    if is_unknown(value):
        return None
    text = as_text(value)
    if _BARE.fullmatch(text):
        unit = _unit_in(heading)
        if unit is None:
            return Unreadable(text, "a number without a unit: write '12 years' or '144 months'")
        return int(text) * (12 if unit == "years" else 1)
    found = _YEARS_AND_MONTHS.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        return Unreadable(text, "no length such as '12 years' or '144 months'")
    return 12 * _count(found[1]) + _count(found[2])


def _count(text: str | None) -> int:
    """A number in figures or in words; 0 where there is none."""
    if not text:
        return 0
    return _COUNTS.get(text.casefold()) or int(text)


def notice(value: object, heading: str) -> Length | Unreadable | None:
    """A period such as `6 months`, `28 days`, `3 clear months` or `six months' written notice`.
    Calendar months are months; clear ones count neither day of the two.
    """
    if is_unknown(value):
        return None
    text = as_text(value)
    if _BARE.fullmatch(text):
        unit = _unit_in(heading)
        if unit is None:
            return Unreadable(text, "a number without a unit: write '6 months' or '28 days'")
        return _length(int(text), unit, clear=False)
    found = _NOTICE.fullmatch(text)
    if found is None:
        return Unreadable(text, "no notice period such as '6 months' or '28 clear days'")
    count = _count(found["count"])
    if found["again"] not in (None, str(count)):
        return Unreadable(text, f"two lengths: {found['count']} and {found['again']}")
    return _length(count, found["unit"], clear="clear" in text.casefold())


def _length(count: int, unit: str, *, clear: bool) -> Length:
    first = unit[0].casefold()
    times = {"y": 12, "w": 7}.get(first, 1)
    if first in "ym":
        return Length(count * times, "clear-months" if clear else "months")
    return Length(count * times, "clear-days" if clear else "days")


def _unit_in(heading: str) -> Literal["years", "months", "days"] | None:
    low = heading.casefold()
    for part, unit in (("year", "years"), ("yrs", "years"), ("month", "months"), ("day", "days")):
        if part in low:
            return unit  # type: ignore[return-value]
    return None


def money(value: object) -> Decimal | Unreadable | None:
    """Pounds to the penny; a peppercorn is nothing."""
    if is_unknown(value):
        return None
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _exact(str(value))
    text = as_text(value)
    if _PEPPERCORN.fullmatch(text):
        return Decimal(0)
    found = _MONEY.fullmatch(text)
    if found is None:
        return Unreadable(text, "no amount such as £2,551.77")
    return _exact(found[1].replace(",", "") + (found[2] or ""))


def _exact(text: str) -> Decimal | Unreadable:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return Unreadable(text, "no amount")
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 12:
        return Unreadable(text, "no amount from 0")
    if amount != amount.quantize(Decimal("0.01")):
        return Unreadable(text, "an amount finer than a penny")
    return amount


def breaks(value: object, order: str | None) -> tuple[BreakDay, ...] | Unreadable | None:
    """Days of breaks, several parted by `;`; `rolling from 01/04/2031` is one at any time."""
    if is_unknown(value):
        return None
    if not isinstance(value, str):
        found = day(value, order)
        return found if not isinstance(found, date) else (BreakDay(found, is_rolling=False),)
    kept = []
    for part in filter(None, (each.strip() for each in value.split(";"))):
        rolling = _ROLLING.fullmatch(part)
        read = day(part if rolling is None else rolling[1], order)
        if isinstance(read, Unreadable):
            return read
        if read is None:
            return Unreadable(part, "a break without its day")
        kept.append(BreakDay(read, rolling is not None))
    return tuple(kept) or None


def refs(value: object) -> tuple[str, ...] | Unreadable | None:
    """References in one cell, parted by `;`, `|`, new lines, or else commas."""
    text = "" if is_unknown(value) else as_text(value)
    return _parted(text, r"[;|\n]" if re.search(r"[;|\n]", text) else ",")


def names(value: object) -> tuple[str, ...] | Unreadable | None:
    """Names in one cell, parted by `;`, `|` or new lines; a name may hold commas."""
    return _parted("" if is_unknown(value) else as_text(value), r"[;|\n]")


def _parted(text: str, parting: str) -> tuple[str, ...] | Unreadable | None:
    parts = [" ".join(part.split()) for part in re.split(parting, text)]
    kept = tuple(part for part in parts if part)
    if len(kept) > MAX_ITEMS:
        return Unreadable(text, f"a list of more than {MAX_ITEMS:,}")
    if len(set(kept)) < len(kept):
        twice = next(part for part in kept if kept.count(part) > 1)
        return Unreadable(twice, "listed twice")
    return kept or None


def words(value: object) -> str | Unreadable | None:
    """Text of at most 500 characters."""
    text = parse_text(value)
    if isinstance(text, str) and len(text) > 500:
        return Unreadable(text, "longer than 500 characters")
    return text
