"""Series as the Office for National Statistics publishes them for download.

The CSV of a time series has a line for each fact about it (Title, CDID, Source dataset ID,
PreUnit, Unit, Release date, Next release, Important notes), then yearly, quarterly and monthly
figures under one another. Only monthly ones ("2026 JAN") are read.
Licence of the figures: Open Government Licence v3.0.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from canopy.concessions.indexation.series import IndexSeries, Measure, series_of_months
from canopy.errors import BadSource, LimitExceeded

MAX_BYTES = 5_000_000
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH = re.compile(rf"(\d{{4}}) ({'|'.join(_MONTHS)})")
_PERIOD = re.compile(r"\d{4}( Q[1-4])?")
_BASE = re.compile(r"((?:[A-Z][a-z]{2} )?\d{4}) ?= ?100")


def read_ons(path: Path) -> IndexSeries:
    """The monthly series of an ONS time series file (CSV).

    Raises BadSource for another file, LimitExceeded beyond 5 MB, Refused for a series that a
    month is missing in.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not UTF-8") from error
    return parse_ons(text, path.name)


def parse_ons(text: str, file_name: str) -> IndexSeries:
    """As `read_ons`, of the file's text."""
    facts, values = _rows(csv.reader(text.splitlines()), file_name)
    series_id, title = facts.get("CDID", ""), facts.get("Title", "")
    if not series_id:
        raise BadSource(f"{file_name} is no ONS time series: it has no line CDID")
    measure = _measure(facts.get("Unit", ""), file_name)
    base = ""
    if measure == "index":
        found = _BASE.search(title) or _BASE.search(facts.get("Unit", ""))
        if found is None:
            raise BadSource(f"{file_name} does not say what its base is, such as 2015=100")
        base = f"{found[1]}=100"
    source = (
        f"ONS, {series_id} {title}, dataset {facts.get('Source dataset ID', 'not named')}, "
        f"release {facts.get('Release date', 'not dated')}"
    )
    return series_of_months(series_id, measure, base, values, source)


def _rows(rows: Iterable[list[str]], file_name: str) -> tuple[dict[str, str], dict[date, Decimal]]:
    facts: dict[str, str] = {}
    values: dict[date, Decimal] = {}
    for row in rows:
        label, figure = (row[0].strip(), row[1].strip()) if len(row) > 1 else ("", "")
        found = _MONTH.fullmatch(label)
        if found is not None:
            month = date(int(found[1]), _MONTHS.index(found[2]) + 1, 1)
            if month in values:
                raise BadSource(f"{file_name} has {label} twice")
            if figure not in ("", "..", "-"):
                values[month] = _number(figure, label, file_name)
        elif label and not _PERIOD.fullmatch(label):
            facts.setdefault(_heading(label), figure)
    return facts, values


def _heading(label: str) -> str:
    """As this module names it: the ONS writes `Release Date` in some files."""
    return "Release date" if label.casefold() == "release date" else label


def _number(figure: str, label: str, file_name: str) -> Decimal:
    try:
        value = Decimal(figure)
    except InvalidOperation:
        raise BadSource(f"{file_name}: {label} is {figure!r}, which is no number") from None
    if not value.is_finite():
        raise BadSource(f"{file_name}: {label} is {figure!r}, which is no number")
    return value


def _measure(unit: str, file_name: str) -> Measure:
    if unit.strip() == "%":
        return "annual-rate"
    if "=" in unit or "index" in unit.casefold():
        return "index"
    raise BadSource(f"{file_name} is in {unit!r}: neither an index nor a rate in %")
