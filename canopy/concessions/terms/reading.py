"""Terms from TOML files, and the JSON Schema of what such a file may hold."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from canopy.concessions.fields import Problem, no_date
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import TYPES
from canopy.concessions.terms.checking import checked, problems, refuse
from canopy.concessions.terms.describing import with_meanings
from canopy.concessions.terms.entering import entering_problems
from canopy.errors import BadSource, BadTerms, LimitExceeded

MAX_BYTES = 5_000_000
SCHEMA_ID = "https://canopy-councils.github.io/canopy/schemas/terms.json"
_ADAPTER = TypeAdapter(Agreement)
_HEADER = re.compile(r"\[(?P<many>\[)?\s*(?P<name>[\w.-]+)\s*\]\]?\s*(?:#.*)?")
_MONTH_LIKE = re.compile(r"\d{4}-\d{2}")
_DATE_LIKE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")


def load(path: Path) -> Agreement:
    """The agreement of a TOML file.

    Raises BadSource where the file cannot be opened, LimitExceeded beyond 5 MB, and BadTerms
    with every field that is wrong.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not UTF-8") from error
    return loads(text)


def loads(text: str) -> Agreement:
    """As `load`, of the text. Numbers are read as exact decimals, never as floats."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(text, str(error)) from error
    return from_document(document)


def from_document(document: dict[str, Any]) -> Agreement:
    """The agreement of a document that comes in, parsed already. Raises BadTerms."""
    agreement = _read(document)
    refuse([*problems(agreement), *entering_problems(agreement)])
    return agreement


def from_stored(document: dict[str, Any]) -> Agreement:
    """The agreement of a document of the register, which may be from before the rules of
    `terms.entering`. Raises BadTerms.
    """
    return checked(_read(document))


def _read(document: dict[str, Any]) -> Agreement:
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        refuse(list(_problems(error)))
        raise


def to_document(agreement: Agreement) -> dict[str, Any]:
    """The agreement as JSON values, which `from_document` reads back as the same agreement.

    Numbers are texts, so that none loses a digit. Defaults are written out: a later version
    that has others reads what was agreed.
    """
    document: dict[str, Any] = _ADAPTER.dump_python(agreement, mode="json", exclude_none=True)
    return document


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a terms file, from the same definitions that read it."""
    schema = with_meanings(_ADAPTER.json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "Terms of an agreement",
    }


def _problems(error: ValidationError) -> Iterator[Problem]:
    for each in error.errors(include_url=False):
        cause = each.get("ctx", {}).get("error")
        inner = cause.members.get("field") if isinstance(cause, BadTerms) else None
        yield Problem(_path(each, inner), _rule(each))


def _path(each: ErrorDetails, inner: object) -> str:
    """`charges[2].tiers`, without the kinds that pydantic puts between."""
    path = ""
    places = [*each["loc"], *([inner] if inner else [])]
    for before, place in zip([None, *places], places, strict=False):
        if isinstance(place, int):
            path += f"[{place}]"
        elif not (isinstance(before, int) and place in TYPES):
            path += f".{place}" if path else f"{place}"
    return path or "the file"


def _rule(each: ErrorDetails) -> str:
    if each["type"] == "unexpected_keyword_argument":
        return "there is no such field"
    if each["type"] in ("missing", "missing_keyword_only_argument"):
        return "this field is needed"
    return each["msg"].removeprefix("Value error, ")


def _no_toml(text: str, reason: str) -> BadTerms:
    """Names the field and its value: a date that the calendar lacks is told so."""
    number = reason.rpartition("line ")[2].partition(",")[0]
    lines = text.splitlines()
    at = int(number) - 1 if number.isdigit() and int(number) <= len(lines) else len(lines)
    line = lines[at].strip() if at < len(lines) else ""
    name, _, written = (part.strip() for part in line.partition("="))
    field = f"{_table_at(lines[:at])}{name}" if written else "the file"
    rule = f"{reason}: {line[:200]}"
    if _DATE_LIKE.fullmatch(value := written.partition("#")[0].strip(" \"'")):
        rule = f"{no_date(value)}, without quotes (line {number})"
    elif _MONTH_LIKE.fullmatch(value):
        rule = f'a month is written in quotes: {name} = "{value}" (line {number})'
    return BadTerms(f"{field}: {rule}", errors=[{"field": field, "rule": rule}])


def _table_at(lines: list[str]) -> str:
    """The table that a line belongs to, as fields are named: `term.` or `charges[1].`"""
    headers = [found for each in lines if (found := _HEADER.fullmatch(each.strip()))]
    if not headers:
        return ""
    last = headers[-1]
    if not last["many"]:
        return f"{last['name']}."
    number = sum(each["name"] == last["name"] for each in headers) - 1
    return f"{last['name']}[{number}]."
