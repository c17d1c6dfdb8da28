"""Whether a value may stand in the catalogue: attributes by their kind's model, and columns.

Every way in passes here: imports, edits, and what other programs wrote.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from canopy.assets.kinds.catalogue import KINDS, Kind, attribute_fields
from canopy.assets.kinds.columns import COMMON_FIELDS
from canopy.assets.kinds.fields import MAX_TEXT, AttributeField
from canopy.assets.rules import normalise_postcode, normalise_uprn, normalise_usrn
from canopy.errors import BadAttribute

_READY = frozenset({int, float, bool})
_IDENTIFIERS = {"uprn": normalise_uprn, "usrn": normalise_usrn, "postcode": normalise_postcode}
_MISTAKEN: Mapping[str, frozenset[type]] = {
    "number": frozenset({bool}),
    "integer": frozenset({bool}),
    "date": frozenset({bool, int, float}),
}
_TYPE_WORDS = {
    "boolean": "must be true or false",
    "date": "must be a date, as 2026-01-31",
    "integer": "must be a whole number",
    "number": "must be a number",
}


def validate_attributes(kind: Kind, values: Mapping[str, object]) -> dict[str, object]:
    """Attributes in JSON form: dates as ISO text, without nulls and blank texts.

    Raises BadAttribute naming each wrong attribute, its value and what is allowed;
    ValueError when there is no such kind.
    """
    spec = KINDS[Kind(kind)]
    _refuse_lookalikes(spec.kind, values)
    try:
        model = spec.attributes.__pydantic_validator__.validate_python(values)
    except ValidationError as error:
        raise BadAttribute(_explanation(spec.kind, error), fields=_wrong(error)) from error
    read: dict[str, object] = model.__dict__
    valid: dict[str, object] = {}
    for name in values:
        value = read[name]
        if type(value) is str:
            _refuse_null_character(name, value)
            if value and not value.isspace():
                valid[name] = value
        elif value is not None:
            valid[name] = value if type(value) in _READY else _as_json(name, value)
    return valid


@cache
def _lookalikes(kind: Kind) -> Mapping[str, frozenset[type]]:
    """Types that pydantic would take for something else, by attribute.

    It reads true as the number 1, and the number 0 as the date 1970-01-01.
    """
    fields = attribute_fields(kind).values()
    return {field.name: _MISTAKEN[field.type] for field in fields if field.type in _MISTAKEN}


def _refuse_lookalikes(kind: Kind, values: Mapping[str, object]) -> None:
    mistaken = _lookalikes(kind)
    for name, value in values.items():
        if type(value) in mistaken.get(name, ()):
            allowed = allowed_text(attribute_fields(kind)[name])
            raise BadAttribute(f"{name} {value!r}: {allowed}.", fields=[name])


def _refuse_null_character(name: str, text: str) -> None:
    if "\x00" in text:
        raise BadAttribute(
            f"{name} {text[:80]!r}: it holds a null character, which no database can store.",
            field=name,
        )


def _as_json(name: str, value: object) -> object:
    if isinstance(value, str):
        _refuse_null_character(name, value)
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
        return {key: _as_json(name, each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_as_json(name, each) for each in value]
    return value


def _wrong(error: ValidationError) -> list[str]:
    return [str(each["loc"][0]) for each in error.errors(include_url=False) if each["loc"]]


def _explanation(kind: Kind, error: ValidationError) -> str:
    fields = attribute_fields(kind)
    sentences = []
    for each in error.errors(include_url=False):
        name = str(each["loc"][0]) if each["loc"] else "attributes"
        field = fields.get(name)
        if field is None:
            sentences.append(f"{name} is no attribute of a {kind}")
            continue
        place = ".".join(str(step) for step in each["loc"])
        value = repr(each.get("input"))[:80]
        reason = allowed_text(field) if len(each["loc"]) == 1 else ""
        sentences.append(f"{place} {value}: {reason or each['msg']}")
    return "; ".join(sentences) + "."


def allowed_text(field: AttributeField) -> str:
    """What a field may hold, in words; empty where that is any text or list."""
    unit = f" {field.unit}" if field.unit else ""
    low, high = field.minimum, field.maximum
    if field.allowed:
        return f"must be one of {', '.join(field.allowed)}"
    if low is not None and high is not None:
        return f"must be {low:.10g} to {high:.10g}{unit}"
    if low is not None:
        return f"must be at least {low:.10g}{unit}"
    if high is not None:
        return f"must be at most {high:.10g}{unit}"
    return _TYPE_WORDS.get(field.type, "")


def validate_column(kind: Kind, name: str, value: object) -> Any:
    """A common column's value in canonical form; None and blank text are None.

    Raises BadAttribute naming the column, the value and what is allowed.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    field = COMMON_FIELDS[name]
    if name in _IDENTIFIERS:
        found, note = _IDENTIFIERS[name](value)
        if found is None:
            raise BadAttribute(f"{name}: {note}.", field=name)
        return found
    if field.type == "number":
        return _number(kind, field, value)
    if field.type == "date":
        return _day(field, value)
    text = str(value)
    if field.allowed and text not in field.allowed:
        raise BadAttribute(f"{name} {text!r}: {allowed_text(field)}.", field=name)
    if len(text) > MAX_TEXT:
        raise BadAttribute(f"{name} has more than {MAX_TEXT:,} characters.", field=name)
    _refuse_null_character(name, text)
    return text


def _number(kind: Kind, field: AttributeField, value: object) -> float:
    low, high = field.minimum, field.maximum
    if field.name == "height_m":
        low, high = KINDS[Kind(kind)].height_m_range
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        number = float(value)
        if (low is None or number >= low) and (high is None or number <= high):
            return number
    raise BadAttribute(
        f"{field.name} {value!r}: must be {low:g} to {high:g} {field.unit} for a {kind}.",
        field=field.name,
    )


def _day(field: AttributeField, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadAttribute(
            f"{field.name} {value!r}: must be a date, as 2026-01-31.", field=field.name
        ) from error
