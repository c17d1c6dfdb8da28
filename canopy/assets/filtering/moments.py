"""Dates and times as filters write them (RFC 3339)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from canopy.errors import BadFilter

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def read_day(text: object) -> date:
    """A date; BadFilter for anything else."""
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadFilter(f"{str(text)[:40]!r} is no date; write it as 2026-01-31.")


def read_moment(text: object) -> datetime:
    """A time in UTC, cut to the millisecond as times are stored; BadFilter for anything else."""
    try:
        if isinstance(text, str) and _MOMENT.fullmatch(text):
            at = datetime.fromisoformat(text.upper()).astimezone(UTC)
            return at.replace(microsecond=at.microsecond // 1000 * 1000)
    except (ValueError, OverflowError):
        pass
    raise BadFilter(
        f"{str(text)[:40]!r} is no time with its offset; write it as 2026-01-31T12:00:00Z."
    )


def read_instant(text: object) -> date | datetime:
    """A date or a time."""
    return read_day(text) if isinstance(text, str) and len(text) == 10 else read_moment(text)


def first_moment(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


def last_moment(day: date) -> datetime:
    """The last millisecond of a day, in UTC."""
    return datetime.combine(day, time(23, 59, 59, 999_000), UTC)
