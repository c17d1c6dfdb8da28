"""Rule files: TOML read whole, or refused with every field that is wrong."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from canopy.errors import BadRules, BadSource, LimitExceeded
from canopy.plan.suitability.rules import Rules

MAX_BYTES = 500_000
SCHEMA_ID = "https://canopy-councils.github.io/canopy/schemas/suitability-rules.json"
_DEFAULT = "default_rules.toml"
_ADAPTER = TypeAdapter(Rules)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """Rules, and where they come from.

    Attributes:
        name: of the file.
        sha256: of its bytes, by which scores name the rules they were made by.
        folder: against which names of files in it are read; None for the rules that are shipped.
    """

    rules: Rules
    name: str
    sha256: str
    folder: Path | None

    def path(self, name: str) -> Path:
        """A file that the rules name. Raises BadSource where it is not there."""
        path = (self.folder or Path()) / name
        if not path.is_file():
            raise BadSource(f"{self.name} names {name}, and there is no file {path}")
        return path

    def files_stamp(self) -> tuple[tuple[str, int], ...]:
        """When each file that the rules name was last written; 0 where it is not there."""
        demand = self.rules.demand
        names = [zone.file for zone in self.rules.zones] + ([demand.file] if demand else [])
        paths = [(self.folder or Path()) / name for name in names]
        return tuple((f"{p}", p.stat().st_mtime_ns if p.is_file() else 0) for p in paths)


def default_text() -> str:
    """The rules that are shipped, as a council would edit them."""
    return (files("canopy.plan.suitability") / _DEFAULT).read_text(encoding="utf-8")


def read_rules(path: Path | None) -> RuleFile:
    """The rules of a file, or those that are shipped.

    Raises BadSource where the file cannot be read, LimitExceeded beyond 500 kB, BadRules with
    every field that is wrong.
    """
    if path is None:
        return _read(default_text().encode(), _DEFAULT, None)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    return _read(content, path.name, path.absolute().parent)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a rule file, from the definitions that read it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **_ADAPTER.json_schema(),
        "title": "Rules of suitability",
    }


def _read(content: bytes, name: str, folder: Path | None) -> RuleFile:
    try:
        document = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise BadSource(f"{name} is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadRules(f"{name}: {error}") from error
    return RuleFile(rules_of(document, name), name, hashlib.sha256(content).hexdigest(), folder)


def rules_of(document: dict[str, Any], name: str) -> Rules:
    """The rules of a document. Raises BadRules with every field that is wrong."""
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        raise refused(error, name) from error


def refused(error: ValidationError, name: str) -> BadRules:
    """What is wrong with a document called `name`, by field."""
    every = error.errors(include_url=False)
    # A list whose entries are all wrong is called empty too.
    within = {each["loc"][:-1] for each in every}
    found = [
        (_field(each), _rule(each))
        for each in every
        if each["type"] != "too_short" or each["loc"] not in within
    ]
    return BadRules(
        f"{name}: " + "; ".join(f"{field}: {rule}" for field, rule in found),
        errors=[{"field": field, "rule": rule} for field, rule in found],
    )


def _field(each: ErrorDetails) -> str:
    """``technologies.macro.factors[2].points``; rules are counted from 1, as people do."""
    cause = each.get("ctx", {}).get("error")
    inner = cause.members.get("field") if isinstance(cause, BadRules) else None
    path = ""
    for place in (*each["loc"], *([inner] if isinstance(inner, str) else [])):
        if isinstance(place, int):
            path += f"[{place + 1}]"
        elif place != "[key]":
            path += f".{place}" if path else f"{place}"
    return path or "the file"


def _rule(each: ErrorDetails) -> str:
    if each["type"] == "unexpected_keyword_argument":
        return "there is no such field"
    if each["type"] in ("missing", "missing_keyword_only_argument", "missing_argument"):
        return "this field is needed"
    return each["msg"].removeprefix("Value error, ")
