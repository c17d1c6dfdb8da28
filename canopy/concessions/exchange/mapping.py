"""The mapping of a register: which column means what, in the same TOML as the catalogue's.

Sections: ``ignore``, ``[columns]``, ``[formats]`` (of dates), ``[values.<field>]``,
``[constants]`` and ``[[corrections]]``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from canopy.assets.mapping.left_out import LeftColumn
from canopy.assets.mapping.mapping_file import explained, joined_columns, mapping_text
from canopy.assets.mapping.mapping_text import Evidence, column_lines, table_lines, value_line
from canopy.assets.mapping.model import DATE_FORMATS, ColumnRule, Correction, Model, Scalar
from canopy.concessions.exchange.targets import DATES, NEEDED, TARGETS
from canopy.concessions.exchange.words import ALLOWED
from canopy.errors import BadMapping

_KEYS = ("note", "ignore", "columns", "formats", "values", "constants", "corrections")


class RegisterMapping(Model):
    """Everything Canopy must know to read one register of agreements.

    `columns` and `constants` are keyed by the fields of `targets.TARGETS`; a constant is the
    same for every row.
    """

    note: str | None = None
    ignore: tuple[str, ...] = ()
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    constants: dict[str, Scalar] = Field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        for name in (*self.columns, *self.constants):
            if name not in TARGETS:
                near = difflib.get_close_matches(name, TARGETS, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(TARGETS)}."
                raise ValueError(f"{name!r} is no field of an agreement; {hint}")
        for name, rule in self.columns.items():
            if name in self.constants:
                raise ValueError(f"{name} is a column and a constant; say it once")
            if rule.unit is not None:
                raise ValueError(f"{name} has no unit")
            if rule.format is not None and (name not in DATES or rule.format not in DATE_FORMATS):
                raise ValueError(f"{name}: a format is one of dates: {', '.join(DATE_FORMATS)}")
        return self

    def fit(self, present: Iterable[str], source: str) -> dict[str, str]:
        """The column of the file for each field. Raises BadMapping where the file lacks one."""
        there = tuple(present)
        chosen = {}
        for field, rule in self.columns.items():
            found = next((name for name in rule.columns if name in there), None)
            if found is None:
                wanted = " or ".join(repr(name) for name in rule.columns)
                raise BadMapping(
                    f"columns.{field} names the column {wanted}, which {source} does not have; it "
                    f"has: {', '.join(repr(name) for name in there[:30])}."
                )
            chosen[field] = found
        for number, correction in enumerate(self.corrections, start=1):
            missing = [name for name in correction.where if name not in there]
            if missing:
                raise BadMapping(
                    f"corrections {number} where: {source} has no column {missing[0]!r}."
                )
        return chosen

    def missing(self) -> list[str]:
        """Fields that every agreement needs and this mapping gives from nowhere."""
        given = {*self.columns, *self.constants}
        lacking = [name for name in NEEDED if name not in given]
        return lacking + ([] if given & {"last_day", "term"} else ["last_day"])


def load(path: Path) -> RegisterMapping:
    """The mapping in a TOML file. Raises BadMapping naming the file, the key and the way out."""
    return loads(mapping_text(path), path.name)


def loads(text: str, source: str = "the mapping") -> RegisterMapping:
    """The mapping in TOML text; `source` names it in errors. Raises BadMapping."""
    try:
        document: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadMapping(f"{source} is not valid TOML: {error}.") from error
    for key in document:
        if key not in _KEYS:
            raise BadMapping(
                f"{source}: {key!r} is no key of a register's mapping; known are: "
                f"{', '.join(_KEYS)}."
            )
    document["columns"] = joined_columns(document, source)
    try:
        return RegisterMapping.model_validate(document)
    except ValidationError as error:
        raise BadMapping(explained(error, source)) from error


def require_complete(mapping: RegisterMapping, source: str) -> None:
    """Raises BadMapping where a field that every agreement needs comes from nowhere."""
    if missing := mapping.missing():
        raise BadMapping(
            f"{source}: every agreement needs {', '.join(missing)}, and no column was found "
            "for it. Write a mapping with `canopy register import --explain`; name the columns "
            "there, or give what is the same for all under [constants]."
        )


def dumps(
    mapping: RegisterMapping,
    evidence: Iterable[Evidence] = (),
    left: Iterable[LeftColumn] = (),
) -> str:
    """The mapping as TOML, each line with its reason; what is still needed as comments."""
    why = {item.target: item for item in evidence}
    out = ["# Mapping of a register. Edit freely; `canopy register import --mapping` reads it.", ""]
    if mapping.note is not None:
        out.append(value_line("note", mapping.note, None))
    out.append(value_line("ignore", list(mapping.ignore), None))
    out += column_lines(mapping.columns, why, list(left))
    missing = [name for name in mapping.missing()]
    if mapping.constants or missing:
        out += table_lines("constants", mapping.constants) or ["", "[constants]"]
    out += [_to_fill_in(name) for name in missing]
    for correction in mapping.corrections:
        fields = correction.model_dump(exclude_defaults=True)
        out += ["", "[[corrections]]", *(value_line(key, fields[key], None) for key in fields)]
    return "\n".join(out) + "\n"


def _to_fill_in(name: str) -> str:
    told = f"one of {', '.join(ALLOWED[name])}" if name in ALLOWED else "no column was recognised"
    return f'# {name} = "…"  # needed: {told}'
