"""Terms from TOML files, and the JSON Schema of what such a file may hold."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from canopy.concessions.fields import Problem
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import TYPES
from canopy.concessions.terms.checking import checked, refuse
from canopy.concessions.terms.describing import with_meanings
from canopy.errors import BadSource, BadTerms, LimitExceeded

MAX_BYTES = 5_000_000
SCHEMA_ID = "https://canopy-councils.github.io/canopy/schemas/terms.json"
_ADAPTER = TypeAdapter(Agreement)


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
    """The agreement of a document that is parsed already. Raises BadTerms."""
    try:
        agreement = _ADAPTER.validate_python(document)
    except ValidationError as error:
        refuse(list(_problems(error)))
        raise
    return checked(agreement)


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
    """Names the line: a date that the calendar lacks is told so by its field."""
    number = reason.rpartition("line ")[2].partition(",")[0]
    lines = text.splitlines()
    line = lines[int(number) - 1].strip() if number.isdigit() and int(number) <= len(lines) else ""
    field = line.partition("=")[0].strip() if "=" in line else "the file"
    return BadTerms(
        f"{field}: {reason}: {line[:200]}",
        errors=[{"field": field, "rule": reason}],
    )
