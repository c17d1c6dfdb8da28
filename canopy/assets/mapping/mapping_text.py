"""Mappings written as TOML, every line with its confidence and reason."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import date

from canopy.assets.mapping.left_out import LeftColumn
from canopy.assets.mapping.model import FACTS, ColumnRule, GeometryRule, KindRule, Mapping, Scalar
from canopy.errors import BadMapping

_GEOMETRY_TO_FILL_IN = (
    "# [geometry]   # not recognised: which columns hold the position?",
    '# x = "Easting"',
    '# y = "Northing"',
    '# crs = "EPSG:27700"',
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a proposal uses `column` for `target`, with a confidence from 0 to 1.

    `target` is the key as the mapping file writes it: ``street``, ``geometry.x``,
    ``geometry.crs``, ``units.height_m``, ``kind``.
    """

    target: str
    column: str | None
    confidence: float
    reason: str

    def sentence(self) -> str:
        """``height_m: Height (95%, heading 'Height')``."""
        return f"{self.target}: {self.column} ({self.confidence:.0%}, {self.reason})"


def dumps(
    mapping: Mapping,
    evidence: Iterable[Evidence] = (),
    unmapped: Iterable[str] = (),
    left: Iterable[LeftColumn] = (),
) -> str:
    """The mapping as TOML, each line with its confidence and reason as a comment.

    Columns that were `left` stand under ``[columns]`` as comments, to be filled in.
    """
    why = {item.target: item for item in evidence}
    out = ["# Canopy mapping. Edit freely; `canopy import --mapping` reads it.", ""]
    if mapping.kind is None:
        out.append('# kind = "lamppost"   # not recognised: which kind of asset is this?')
    elif isinstance(mapping.kind, str):
        out.append(value_line("kind", mapping.kind, why.get("kind")))
    for key in ("owner", "licence", "attribution", "note"):
        value = getattr(mapping, key)
        if value is not None:
            out.append(value_line(key, value, why.get(key)))
    out.append(value_line("ignore", list(mapping.ignore), None))
    unknown = list(unmapped)
    if unknown:
        out.append(f"# Not recognised, so not imported: {_toml(unknown)}")
    if isinstance(mapping.kind, KindRule):
        out += _kind_lines(mapping.kind)
    out += column_lines(mapping.columns, why, list(left))
    if mapping.geometry is None:
        out += ["", *_GEOMETRY_TO_FILL_IN]
    else:
        out += _geometry_lines(mapping.geometry, why)
    constants = {
        key: value
        for key, value in mapping.constants.items()
        if key not in FACTS or getattr(mapping, key) != value
    }
    out += table_lines("constants", constants)
    for correction in mapping.corrections:
        out += ["", "[[corrections]]"]
        fields = correction.model_dump(exclude_defaults=True)
        out += [value_line(key, fields[key], None) for key in fields]
    return "\n".join(out) + "\n"


def as_json(mapping: Mapping) -> dict[str, object]:
    """The mapping as JSON values, for reports; only what is set."""
    document: dict[str, object] = mapping.model_dump(mode="json", exclude_defaults=True)
    return document


def _kind_lines(rule: KindRule) -> list[str]:
    lines = ["", "[kind]", value_line("column", _short(rule.column), None)]
    if rule.otherwise is not None:
        lines.append(value_line("otherwise", rule.otherwise, None))
    return lines + table_lines("kind.values", rule.values, keep_empty=True)


def column_lines(
    columns: MappingOf[str, ColumnRule], why: MappingOf[str, Evidence], left: list[LeftColumn]
) -> list[str]:
    """The sections of the columns: which, units, formats and words, each with its reason."""
    lines = ["", "[columns]"]
    lines += [value_line(key, _short(rule.columns), why.get(key)) for key, rule in columns.items()]
    if left:
        lines.append("# Not used. To use one, write what it is for FIELD and take the # away.")
        lines += [_left_line(each) for each in left]
    for section, part in (("units", "unit"), ("formats", "format")):
        given = {key: getattr(rule, part) for key, rule in columns.items() if getattr(rule, part)}
        if given:
            lines += ["", f"[{section}]"]
            lines += [value_line(key, given[key], why.get(f"{section}.{key}")) for key in given]
    for target, rule in columns.items():
        if rule.values:
            lines += ["", f"[values.{_key(target)}]"]
            lines += [
                value_line(word, meaning, why.get(f"values.{target}.{word}"))
                for word, meaning in rule.values.items()
            ]
    return lines


def _left_line(left: LeftColumn) -> str:
    said = f"{left.reason}: {left.example}" if left.example else left.reason
    return f"# {left.target or 'FIELD'} = {_quoted(left.name)}  # {_one_line(said)}"


def _geometry_lines(rule: GeometryRule, why: MappingOf[str, Evidence]) -> list[str]:
    lines = ["", "[geometry]"]
    fields = rule.model_dump(exclude_defaults=True, exclude={"check"})
    lines += [value_line(key, _short(fields[key]), why.get(f"geometry.{key}")) for key in fields]
    for number, check in enumerate(rule.check, start=1):
        lines += ["", "[[geometry.check]]"]
        reason = why.get(f"geometry.check.{number}")
        if reason:
            lines.append(f"# {_comment(reason)}")
        pair = check.model_dump(exclude_none=True)
        lines += [value_line(key, _short(pair[key]), None) for key in pair]
    return lines


def table_lines(
    name: str, values: MappingOf[str, Scalar], *, keep_empty: bool = False
) -> list[str]:
    """A section of keys and values; nothing where it is empty."""
    if not values and not keep_empty:
        return []
    return ["", f"[{name}]", *(value_line(key, value, None) for key, value in values.items())]


def value_line(key: str, value: object, why: Evidence | None) -> str:
    """One key, with why as a comment."""
    comment = f"  # {_comment(why)}" if why else ""
    return f"{_key(key)} = {_toml(value)}{comment}"


def _comment(why: Evidence) -> str:
    return f"{why.confidence:.2f}: {_one_line(why.reason)}"


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _quoted(key)


def _short(value: object) -> object:
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    raise BadMapping(f"{value!r} cannot be written in a mapping file.")
