"""How a field of an asset is described: unit, range, who may see it, what files call it."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import partial
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

FieldType = Literal["text", "number", "integer", "boolean", "date", "list"]

MAX_TEXT = 2_000
"""Characters one text may have."""
MAX_ITEMS = 200
"""Entries one list may have."""

Text = Annotated[str, Field(max_length=MAX_TEXT)]
Texts = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=MAX_ITEMS)]


@dataclass(frozen=True, slots=True)
class AttributeField:
    """A field as forms, mappings and documentation see it.

    `level` is the least role that sees it, admin where nobody decided; `headings` what
    files call it, in lower case. `minimum` and `maximum` are in `unit`, both allowed.
    """

    name: str
    type: FieldType
    description: str
    unit: str | None = None
    level: str = "admin"
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


class AssetAttributes(BaseModel):
    """Base of every kind's attributes. None means unknown: never zero, never a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def known(
    description: str,
    *,
    level: str,
    unit: str | None = None,
    ge: float | None = None,
    le: float | None = None,
    headings: str = "",
) -> Any:
    """A field that may be unknown, seen from `level` on. `headings` are separated by ``|``.

    `ge` and `le` are in `unit`. What cannot be zero has a small positive `ge`, because
    registers write zero for what they do not know.
    """
    return Field(
        default=None,
        description=description,
        ge=ge,
        le=le,
        json_schema_extra={
            "unit": unit,
            "level": level,
            "headings": [each.strip() for each in headings.split("|") if each.strip()],
        },
    )


for_public = partial(known, level="public")
for_operators = partial(known, level="operator")
for_planners = partial(known, level="planner")
for_estates = partial(known, level="estates")
for_admins = partial(known, level="admin")


def describe(model: type[BaseModel]) -> Mapping[str, AttributeField]:
    """The fields of a model, in order."""
    return {name: _described(name, info) for name, info in model.model_fields.items()}


def _described(name: str, info: FieldInfo) -> AttributeField:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind, allowed = _type_of(info.annotation)
    minimum = maximum = None
    for rule in info.metadata:
        if isinstance(rule, annotated_types.Ge):
            minimum = float(rule.ge)  # type: ignore[arg-type]
        elif isinstance(rule, annotated_types.Le):
            maximum = float(rule.le)  # type: ignore[arg-type]
    headings = extra.get("headings") or []
    return AttributeField(
        name=name,
        type=kind,
        description=info.description or "",
        unit=None if extra.get("unit") is None else str(extra["unit"]),
        level=str(extra.get("level", "admin")),
        minimum=minimum,
        maximum=maximum,
        allowed=allowed,
        headings=tuple(str(each) for each in headings) if isinstance(headings, list) else (),
    )


_PLAIN: dict[object, FieldType] = {
    str: "text",
    float: "number",
    int: "integer",
    bool: "boolean",
    date: "date",
}


def _type_of(annotation: object) -> tuple[FieldType, tuple[str, ...]]:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return _type_of(inner[0])
    if origin is Annotated:
        return _type_of(get_args(annotation)[0])
    if origin is Literal:
        return "text", tuple(str(each) for each in get_args(annotation))
    if origin in (tuple, list):
        return "list", ()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "text", tuple(str(each.value) for each in annotation)
    return _PLAIN[annotation], ()
