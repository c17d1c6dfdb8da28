"""Every field of terms told: type, unit, range, default and meaning, from the records themselves.

The reference page and the JSON Schema's descriptions are made of this, so neither can differ
from what is read.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import annotated_types
from pydantic.fields import FieldInfo

from canopy.concessions.fields import Month, Name
from canopy.concessions.terms.agreement import Agreement

_UNIT = re.compile(r" \[([A-Za-z²/]+)\]")
_UNITS_BY_SUFFIX = {"days": "day", "months": "month", "years": "year"}
_WORDS = {
    str: "text", int: "whole number", bool: "true or false", date: "date", Decimal: "number",
}  # fmt: skip
_LIMITS = {
    annotated_types.Ge: "≥ {0.ge}",
    annotated_types.Gt: "> {0.gt}",
    annotated_types.Le: "≤ {0.le}",
    annotated_types.Lt: "< {0.lt}",
}
_LENGTHS = {annotated_types.MinLen: "≥ {0.min_length}", annotated_types.MaxLen: "≤ {0.max_length}"}


@dataclass(frozen=True, slots=True)
class FieldTold:
    """One field of a record of terms.

    Attributes:
        type: in words; `a table of Term` is told in the section of that record.
        unit: "" where it has none.
        range: limits of a number, of a text's length or of how many are listed; "" for none.
        default: None where the field is needed; "nothing" where it may be left out.
        meaning: "" where nobody has written one, which a test refuses.
    """

    name: str
    type: str
    unit: str
    range: str
    default: str | None
    meaning: str

    @property
    def described(self) -> str:
        """Its meaning, with its unit in brackets where it has one."""
        return f"{self.meaning} [{self.unit}]" if self.unit else self.meaning


@dataclass(frozen=True, slots=True)
class RecordTold:
    """A table of a terms file, with what its record is and its fields."""

    record: type
    about: str
    fields: tuple[FieldTold, ...]

    @property
    def name(self) -> str:
        return self.record.__name__


def records() -> tuple[RecordTold, ...]:
    """Every record that a terms file can hold, the agreement first, each once."""
    return tuple(_told(each) for each in _reached())


def attributes_told(text: str) -> dict[str, str]:
    """The meaning of each attribute that a docstring's list names, alone or together.

    text: what follows ``Attributes:``; it ends with the first paragraph.
    """
    found: dict[str, str] = {}
    names: list[str] = []
    for line in inspect.cleandoc(text.partition("\n\n")[0]).splitlines():
        head, colon, rest = line.partition(":")
        if colon and not line.startswith(" "):
            names = [name.strip() for name in head.split(",")]
            found |= dict.fromkeys(names, rest.strip())
        else:
            found |= {name: f"{found[name]} {line.strip()}".strip() for name in names}
    return found


def with_meanings(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON Schema of terms, each property with its meaning and unit; it is changed itself."""
    parts: Mapping[str, Any] = {**schema.get("$defs", {}), Agreement.__name__: schema}
    for record in records():
        properties = parts.get(record.name, {}).get("properties", {})  # none of a mere base
        for field in record.fields:
            if field.name in properties:
                properties[field.name]["description"] = field.described
    return schema


def _reached() -> list[type]:
    found: list[type] = []
    waiting: list[type] = [Agreement]
    while waiting:
        record = waiting.pop(0)
        if record in found:
            continue
        bases = [each for each in _bases(record) if each not in found]
        if bases:
            waiting = [*bases, record, *waiting]
            continue
        found.append(record)
        for hint in get_type_hints(record, include_extras=True).values():
            waiting += [
                each for each in _parts(hint) if isinstance(each, type) and is_dataclass(each)
            ]
    return found


def _bases(record: type) -> list[type]:
    """The records whose fields it has too."""
    return [each for each in reversed(record.__mro__[1:]) if is_dataclass(each)]


def _parts(hint: Any) -> Iterator[Any]:
    """A type and all that it is made of, what Annotated adds left out."""
    if hasattr(hint, "__metadata__"):
        yield from _parts(hint.__origin__)
        return
    yield hint
    if get_origin(hint) is not Literal:
        for inner in get_args(hint):
            yield from _parts(inner)


def _told(record: type) -> RecordTold:
    hints = get_type_hints(record, include_extras=True)
    meanings = _meanings(record)
    about = (inspect.getdoc(record) or "").partition("Attributes:")[0]
    return RecordTold(
        record, " ".join(about.split()),
        tuple(
            _field(each, hints[each.name], meanings.get(each.name, "")) for each in fields(record)
        ),
    )  # fmt: skip


def _meanings(record: type) -> dict[str, str]:
    """Of a record's own docstring, and of those that it inherits fields from."""
    found: dict[str, str] = {}
    for each in reversed(record.__mro__):
        found |= attributes_told((each.__doc__ or "").partition("Attributes:")[2].lstrip("\n"))
    return found


def _field(field: Field[Any], hint: Any, meaning: str) -> FieldTold:
    found = _UNIT.search(meaning)
    kind, ending = _type(hint), field.name.rpartition("_")[2]
    unit = found[1] if found else _UNITS_BY_SUFFIX.get(ending, "") if "number" in kind else ""
    return FieldTold(
        field.name, kind, unit, ", ".join(_range(hint)), _default(field), _UNIT.sub("", meaning)
    )


def _type(hint: Any) -> str:
    for known, word in ((Month, "month"), (Name, "name")):
        if hint == known:
            return word
    hint = hint.__origin__ if hasattr(hint, "__metadata__") else hint
    inside = [each for each in get_args(hint) if each not in (NoneType, ...)]
    if get_origin(hint) is Literal:
        return ", ".join(f"`{each}`" for each in inside)
    if get_origin(hint) is tuple:
        return f"list of {_type(inside[0])}"
    if inside:
        return " or ".join(dict.fromkeys(map(_type, inside)))
    return _WORDS.get(hint) or f"[{hint.__name__}](#{hint.__name__.lower()})"


def _range(hint: Any) -> Iterator[str]:
    """Limits of a type or of what is optional; a list's are of how many it has."""
    if not hasattr(hint, "__metadata__"):
        for inner in get_args(hint) if get_origin(hint) is not Literal else ():
            if get_origin(hint) is not tuple:
                yield from _range(inner)
        return
    if hint == Name:
        return
    yield from _range(hint.__origin__)
    counted = " listed" if get_origin(hint.__origin__) is tuple else " characters"
    for limit in _limits(hint.__metadata__):
        if type(limit) in _LIMITS:
            yield _LIMITS[type(limit)].format(limit)
        elif type(limit) in _LENGTHS:
            yield _LENGTHS[type(limit)].format(limit) + counted
        elif getattr(limit, "decimal_places", None) is not None:
            yield f"{limit.decimal_places} decimals"
        elif getattr(limit, "pattern", None):
            yield f"`{limit.pattern}`"


def _limits(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata


def _default(field: Field[Any]) -> str | None:
    if field.default is MISSING:
        return None
    if field.default is None or field.default == ():
        return "nothing"
    if isinstance(field.default, bool):
        return str(field.default).lower()
    return f"{field.default}"
