"""Entries as documents: read from TOML or JSON, with a JSON Schema and an example of each kind."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from canopy.concessions.fields import Problem
from canopy.concessions.governance.answer_entries import (
    ChecklistAnswer,
    ChecklistEntry,
    SegmentationEntry,
)
from canopy.concessions.governance.entries import (
    Action,
    CapEntry,
    Entry,
    EntryKind,
    GovernanceEntry,
    MeetingEntry,
    NoticeEntry,
    PerformanceEntry,
    SpendEntry,
)
from canopy.concessions.governance.segmentation import QUESTIONS
from canopy.concessions.terms.checking import refuse
from canopy.concessions.terms.describing import attributes_told

SCHEMA_ID = "https://canopy-councils.github.io/canopy/schemas/register-{}.json"
KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
_RECORDS: dict[EntryKind, type] = {
    "segmentation": SegmentationEntry,
    "checklist": ChecklistEntry,
    "performance": PerformanceEntry,
    "spend": SpendEntry,
    "cap": CapEntry,
    "meeting": MeetingEntry,
    "notice": NoticeEntry,
    "governance": GovernanceEntry,
}
_PARTS = (ChecklistAnswer, Action)
_ADAPTER: TypeAdapter[Entry] = TypeAdapter(Entry)


def entry_of(document: Mapping[str, Any]) -> Entry:
    """The entry of a document. Raises BadTerms with every field that is wrong."""
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        refuse(
            [
                Problem(".".join(map(str, each["loc"][1:])) or "kind", _rule(each))
                for each in error.errors(include_url=False)
            ]
        )
        raise


def to_document(entry: Entry) -> dict[str, Any]:
    """The entry as JSON values, which `entry_of` reads back as the same."""
    document: dict[str, Any] = _ADAPTER.dump_python(entry, mode="json")
    return document


def json_schema(kind: EntryKind) -> dict[str, Any]:
    """JSON Schema (2020-12) of an entry of a kind, from the record that reads it."""
    record = _RECORDS[kind]
    schema: dict[str, Any] = TypeAdapter(record).json_schema()
    told = {each.__name__: each for each in (*_PARTS, record)}
    for name, part in {**schema.get("$defs", {}), record.__name__: schema}.items():
        _describe(part, told[name])
    if kind == "segmentation":
        schema["properties"]["answers"] |= _questions()
    if kind == "checklist":
        schema["properties"]["answers"] |= {"propertyNames": {"pattern": "^([1-9]|1[0-9]|2[01])$"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID.format(kind),
        **schema,
        "title": f"An entry of the register: {kind}",
        "examples": [to_document(entry_of(tomllib.loads(example(kind))))],
    }


def _questions() -> dict[str, Any]:
    """Every question of the segmentation with its answers."""
    return {
        "additionalProperties": False,
        "required": [each.name for each in QUESTIONS],
        "properties": {
            each.name: {"enum": list(each.scores), "description": each.asks} for each in QUESTIONS
        },
    }


def _describe(schema: dict[str, Any], record: type) -> None:
    """Give a schema the meanings that the record's docstring tells."""
    about, _, listed = (record.__doc__ or "").partition("Attributes:")
    schema["description"] = " ".join(about.split())
    meanings = attributes_told(listed.lstrip("\n"))
    for name, field in schema["properties"].items():
        field["description"] = meanings[name]


def example(kind: EntryKind) -> str:
    """An entry of a kind as a TOML file to start from, which the register takes as it stands."""
    text = files("canopy.concessions.governance") / "examples" / f"{kind}.toml"
    return text.read_text(encoding="utf-8")


_KINDS_TOLD = f"write one of {', '.join(KINDS)}"


def _rule(each: ErrorDetails) -> str:
    if each["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _KINDS_TOLD
    if each["type"] == "unexpected_keyword_argument":
        return "there is no such field"
    if each["type"] in ("missing", "missing_keyword_only_argument"):
        return "this field is needed"
    if each["type"] == "too_short":
        return "list one at least"
    if each["type"] == "literal_error":
        return f"write one of {each['ctx']['expected']}"
    if each["type"] == "dataclass_type":
        return "write it as a table with fields of its own"
    return each["msg"].removeprefix("Value error, ")
