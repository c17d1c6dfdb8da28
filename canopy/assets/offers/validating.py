"""Whether an offer may stand as it is proposed. Every way in passes here. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from canopy.assets.kinds import AttributeField, Kind
from canopy.assets.kinds.validation import allowed_text
from canopy.assets.offers.fields import (
    DATES,
    MAX_CONSTRAINT_CHARS,
    MAX_CONSTRAINTS,
    MAX_TERMS_CHARS,
    PRICES,
    SET_BY_OFFICERS,
)
from canopy.assets.offers.rules import ONLY_OF, OfferStatus, Technology
from canopy.errors import BadAttribute

OfferRecord = dict[str, object]
"""What officers say of an offer, JSON values only, without what is unknown."""

_QUOTED_CHARS = 60


class _Wrong(Exception):
    """One field's value cannot stand; its argument says why."""


def valid_offer(values: Mapping[str, object], kind: Kind) -> OfferRecord:
    """An offer of an asset of that kind in canonical form; null and blank text are unknown.

    Raises BadAttribute naming every field that is wrong, its value and what is allowed.
    """
    record: OfferRecord = {}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        field = SET_BY_OFFICERS.get(name)
        if field is None:
            wrong[name[:_QUOTED_CHARS]] = "is no field of an offer"
        elif not _is_blank(value):
            try:
                record[name] = _valid(field, value)
            except _Wrong as reason:
                wrong[name] = f"{_quoted(value)}: {reason}"
    for name, told in _contradictions(record, kind):
        wrong.setdefault(name, told)
    if wrong:
        told = "; ".join(f"{name} {reason}" for name, reason in wrong.items())
        raise BadAttribute(f"{told}.", fields=list(wrong))
    return {name: record[name] for name in SET_BY_OFFICERS if name in record}


def period_of(record: Mapping[str, object]) -> tuple[date, date | None]:
    """First and last day of a valid offer, None without end."""
    first, last = (record.get(name) for name in DATES)
    return date.fromisoformat(str(first)), None if last is None else date.fromisoformat(str(last))


def _contradictions(record: OfferRecord, kind: Kind) -> list[tuple[str, str]]:
    found = [
        (name, "has to be given")
        for name in ("status", "technologies", "available_from")
        if name not in record
    ]
    first, last = (record.get(name) for name in DATES)
    if first is not None and last is not None and str(last) < str(first):
        found.append(("available_until", f"{last} is before available_from {first}"))
    low, high = (record.get(name) for name in PRICES)
    if (low is None) is not (high is None):
        missing = PRICES[0] if low is None else PRICES[1]
        found.append((missing, "has to be given: a price band has two ends"))
    elif isinstance(low, int) and isinstance(high, int) and low > high:
        found.append((PRICES[0], f"{low} is above {PRICES[1]} {high}"))
    for name, kinds in ONLY_OF.items():
        if name in record and kind not in kinds:
            found.append((name, f"is for {' and '.join(sorted(kinds))} only, and not a {kind}"))
    return found


def _valid(field: AttributeField, value: object) -> object:
    if field.name == "technologies":
        return _technologies(value)
    if field.name == "constraints":
        return _constraints(value)
    if field.name == "status":
        return _status(value)
    if field.type == "date":
        return _day(value)
    if field.type in ("number", "integer"):
        return _number(field, value)
    return _text(value, MAX_TERMS_CHARS)


def _technologies(value: object) -> list[str]:
    given = _listed(value)
    known = [each.value for each in Technology]
    if not given or any(each not in known for each in given):
        raise _Wrong(f"must be a list of {', '.join(known)}")
    return [each for each in known if each in given]


def _constraints(value: object) -> list[str]:
    given = _listed(value)
    if len(given) > MAX_CONSTRAINTS:
        raise _Wrong(f"may have at most {MAX_CONSTRAINTS} entries")
    return [_text(each, MAX_CONSTRAINT_CHARS) for each in given if not _is_blank(each)]


def _listed(value: object) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise _Wrong("must be a list of texts")
    return list(value)


def _status(value: object) -> str:
    if value == OfferStatus.withdrawn:
        raise _Wrong("an offer is withdrawn by deleting it")
    allowed = [each.value for each in OfferStatus if each is not OfferStatus.withdrawn]
    if value not in allowed:
        raise _Wrong(f"must be one of {', '.join(allowed)}")
    return str(value)


def _day(value: object) -> str:
    if type(value) is date:
        return value.isoformat()
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise _Wrong("must be a date, as 2026-01-31")


def _number(field: AttributeField, value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Wrong(f"must be a number; {allowed_text(field)}")
    low, high = field.minimum, field.maximum
    if not math.isfinite(value) or (low is not None and value < low):
        raise _Wrong(allowed_text(field))
    if high is not None and value > high:
        raise _Wrong(allowed_text(field))
    if field.type == "integer":
        if value != int(value):
            raise _Wrong(f"must be a whole number; {allowed_text(field)}")
        return int(value)
    return float(value)


def _text(value: object, most: int) -> str:
    if not isinstance(value, str):
        raise _Wrong("must be text")
    if "\x00" in value:
        raise _Wrong("holds a null character, which no database can store")
    if len(value) > most:
        raise _Wrong(f"may have at most {most:,} characters")
    return value.strip()


def _is_blank(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _QUOTED_CHARS else f"{text[:_QUOTED_CHARS]}…"
