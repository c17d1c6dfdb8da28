"""JSON Schemas of what the register takes about an agreement, for editors that help one write."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from canopy.api.register.documents import EventIn
from canopy.api.register.records.bodies import ModificationIn, RouteIn
from canopy.concessions.governance.entries import EntryKind
from canopy.concessions.governance.entry_documents import KINDS, SCHEMA_ID, json_schema

router = APIRouter()

Recorded = Literal["event", "route", "modification"]
"""What is recorded by requests of its own, not as an entry."""
_BODIES: dict[Recorded, type[BaseModel]] = {
    "event": EventIn,
    "route": RouteIn,
    "modification": ModificationIn,
}


@router.get("/register/schemas/{kind}")
def show_schema(kind: EntryKind | Recorded) -> dict[str, Any]:
    """JSON Schema of an entry, an event, a route to market or a modification."""
    return schema_of(kind)


def schema_of(kind: EntryKind | Recorded) -> dict[str, Any]:
    """Of an entry, or of the body of a request."""
    for each in KINDS:
        if each == kind:
            return json_schema(each)
    for name, body in _BODIES.items():
        if name == kind:
            return _of_body(name, body)
    raise KeyError(kind)


def _of_body(name: Recorded, body: type[BaseModel]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID.format(name),
        **body.model_json_schema(),
        "title": f"About an agreement: {name}",
    }
