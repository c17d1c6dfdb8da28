"""How a field of an asset is described: unit, range, who may see it, what files call it."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

FieldType = Literal["text", "number", "integer", "boolean", "date", "list"]


@dataclass(frozen=True, slots=True)
class AttributeField:
    """A field as forms, mappings and documentation see it.

    `level` is the least role that sees it; `headings` what files call it, in lower case.
    `minimum` and `maximum` are in `unit`.
    """

    name: str
    type: FieldType
    description: str
    unit: str | None = None
    level: str = "public"
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
    unit: str | None = None,
    level: str = "public",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    headings: str = "",
    max_length: int | None = None,
) -> Any:
    """A field that may be unknown. `headings` are separated by ``|``."""
    return Field(
        default=None,
        description=description,
        ge=ge,
        le=le,
        gt=gt,
        max_length=max_length,
        json_schema_extra={
            "unit": unit,
            "level": level,
            "headings": [each.strip() for each in headings.split("|") if each.strip()],
        },
    )


def describe(model: type[BaseModel]) -> Mapping[str, AttributeField]:
    """The fields of a model, in order."""
    return {name: _described(name, info) for name, info in model.model_fields.items()}


def _described(name: str, info: FieldInfo) -> AttributeField:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind, allowed = _type_of(info.annotation)
    minimum = maximum = None
    for rule in info.metadata:
        if isinstance(rule, (annotated_types.Ge, annotated_types.Gt)):
            minimum = float(rule.ge if isinstance(rule, annotated_types.Ge) else rule.gt)  # type: ignore[arg-type]
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
    return _PLAIN.get(annotation, "text"), ()
