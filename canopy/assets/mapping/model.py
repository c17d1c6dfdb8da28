"""The mapping: which column of a file means what, in which unit, corrected where wrong.

One mapping per council file, kept as TOML (`mapping_file`). Nothing in it is code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from canopy.assets.mapping.lengths import unit_of
from canopy.errors import BadMapping

UNKNOWN = "unknown"
"""In a value map: the file's word means that the value is not known."""

Scalar = str | bool | int | float | date
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(min_length=1),
]
"""One column name, or several where vintages of a source name it differently."""

NUMBER_FORMATS = ("decimal point", "decimal comma")
DATE_FORMATS = ("dd/mm/yyyy", "mm/dd/yyyy", "yyyy-mm-dd")
AS_EXPORTED = "as exported"
"""The column of a file that Canopy wrote: nothing is trimmed, converted or interpreted."""
FORMATS = (*NUMBER_FORMATS, *DATE_FORMATS, AS_EXPORTED)


FACTS = ("owner", "licence", "attribution")
"""Facts about the file that are also constants of its rows."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnRule(Model):
    """How one target is filled: the column (the first of `columns` that the file has),
    the unit of its numbers, how it is written, and what its words mean."""

    columns: Names
    unit: str | None = None
    format: Literal[FORMATS] | None = None  # type: ignore[valid-type]
    values: dict[str, Scalar] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_unit(self) -> ColumnRule:
        if self.unit is not None and unit_of(self.unit) is None:
            raise ValueError(f"{self.unit!r} is no known unit; write m, cm, mm, ft, W, kW, kg …")
        return self


class PairCheck(Model):
    """A second statement of the position, used to check the first and to fill its gaps.

    Either `x` and `y` columns, or one column of ``(lat, lon)`` text."""

    crs: str = "EPSG:4326"
    x: Names | None = None
    y: Names | None = None
    text: Names | None = None

    @model_validator(mode="after")
    def _one_way(self) -> PairCheck:
        if (self.text is None) == (self.x is None or self.y is None):
            raise ValueError("needs x and y, or text")
        return self


class GeometryRule(Model):
    """Where the position comes from: x and y columns, a WKT column, a column of
    ``(lat, lon)`` text, a column of National Grid references, or the file's own features.

    `crs` None takes the CRS that the file declares. `exchanged` says that the file writes
    y before x in its features or WKT. `same_place` says that all rows really lie in one
    place, which is otherwise refused.
    """

    crs: str | None = None
    x: Names | None = None
    y: Names | None = None
    wkt: Names | None = None
    text: Names | None = None
    text_order: Literal["lat lon", "lon lat"] = "lat lon"
    grid_reference: Names | None = None
    feature: bool = False
    exchanged: bool = False
    format: Literal[NUMBER_FORMATS] | None = None  # type: ignore[valid-type]
    same_place: bool = False
    check: tuple[PairCheck, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> GeometryRule:
        ways = [
            self.x is not None or self.y is not None,
            self.wkt is not None,
            self.text is not None,
            self.grid_reference is not None,
            self.feature,
        ]
        if sum(ways) != 1:
            raise ValueError(
                "needs exactly one of: x and y, wkt, text, grid_reference, feature = true"
            )
        if (self.x is None) != (self.y is None):
            raise ValueError("needs both x and y")
        if self.exchanged and not (self.feature or self.wkt):
            raise ValueError("exchanged is for features and wkt; exchange the columns instead")
        return self


class KindRule(Model):
    """The kind of each row, from a column: `values` maps its words to kinds.

    A key may be a pattern with ``*`` (``"*/BLDG"``); `otherwise` is the kind of rows
    whose word is not listed; without it they are rejected.
    """

    column: Names
    values: dict[str, str]
    otherwise: str | None = None


class Correction(Model):
    """A change to the rows a person has looked at, with the reason.

    `where` names columns of the file and the text they hold, all of which must match;
    `row` a row number. `set` gives columns of the file new text, or targets (in
    Canopy's own units) new values; or `drop` leaves the rows out.
    """

    where: dict[str, Scalar] = Field(default_factory=dict)
    row: int | None = Field(default=None, ge=1)
    set: dict[str, Scalar] = Field(default_factory=dict)
    drop: bool = False
    reason: str = Field(min_length=3)

    @model_validator(mode="after")
    def _does_something(self) -> Correction:
        if not self.where and self.row is None:
            raise ValueError("needs where = {column = value} or row = n")
        if bool(self.set) == self.drop:
            raise ValueError("needs either set = {…} or drop = true")
        return self


class Mapping(Model):
    """Everything Canopy must know to read one council's file.

    `kind` is one kind for the whole file, or a rule. `columns` is keyed by target: a
    common column (``street``) or an attribute of the kind (``lamp_w``). `constants`
    are targets with the same value in every row, `ignore` the columns left out on
    purpose. `owner`, `licence` and `attribution` describe the file as a whole. `kind`
    and `geometry` are None only in a proposal that could not tell.
    """

    kind: str | KindRule | None = None
    owner: str | None = None
    licence: str | None = None
    attribution: str | None = None
    note: str | None = None
    ignore: tuple[str, ...] = ()
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    geometry: GeometryRule | None = None
    constants: dict[str, Scalar] = Field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _facts_are_constants(cls, given: object) -> object:
        """The file's owner, licence and credit are its rows', unless a column says more."""
        if not isinstance(given, dict):
            return given
        columns, constants = given.get("columns") or {}, given.get("constants") or {}
        if not isinstance(columns, dict) or not isinstance(constants, dict):
            return given
        facts = {
            key: given[key]
            for key in FACTS
            if given.get(key) is not None and key not in columns and key not in constants
        }
        return {**given, "constants": {**constants, **facts}} if facts else given

    def kinds(self) -> frozenset[str]:
        """Every kind this mapping can give; empty while the kind is still a question."""
        if isinstance(self.kind, KindRule):
            return frozenset((*self.kind.values.values(), *filter(None, [self.kind.otherwise])))
        return frozenset() if self.kind is None else frozenset((self.kind,))

    def column_names(self) -> list[tuple[str, Names]]:
        """(where it is written, names) of every column that the mapping needs."""
        named: list[tuple[str, Names]] = [
            (f"columns.{target}", rule.columns) for target, rule in self.columns.items()
        ]
        if self.geometry is not None:
            keys = ("x", "y", "wkt", "text", "grid_reference")
            named += _names("geometry", self.geometry, keys)
            for number, check in enumerate(self.geometry.check, start=1):
                named += _names(f"geometry.check {number}", check, ("x", "y", "text"))
        if isinstance(self.kind, KindRule):
            named.append(("kind.column", self.kind.column))
        for number, correction in enumerate(self.corrections, start=1):
            named += [(f"corrections {number} where", (name,)) for name in correction.where]
        return named

    def fit(self, columns: Iterable[str], source: str) -> dict[Names, str]:
        """Which column of the file each name stands for.

        Raises BadMapping, naming near matches, when the file lacks one.
        """
        present = tuple(columns)
        chosen: dict[Names, str] = {}
        for where, names in self.column_names():
            found = next((name for name in names if name in present), None)
            if found is None:
                raise BadMapping(_missing(where, names, present, source))
            chosen[names] = found
        return chosen

    def unmapped(self, columns: Iterable[str]) -> list[str]:
        """Columns of the file that this mapping neither uses nor ignores."""
        used = {name for _, names in self.column_names() for name in names} | set(self.ignore)
        return [name for name in columns if name not in used]


def _names(where: str, rule: BaseModel, keys: Iterable[str]) -> list[tuple[str, Names]]:
    return [(f"{where}.{key}", getattr(rule, key)) for key in keys if getattr(rule, key)]


def _missing(where: str, names: Names, present: tuple[str, ...], source: str) -> str:
    wanted = " or ".join(repr(name) for name in names)
    folded: MappingOf[str, str] = {name.casefold(): name for name in present}
    near = [
        folded[match]
        for name in names
        for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    ]
    hint = (
        f"near matches: {', '.join(repr(name) for name in dict.fromkeys(near))}"
        if near
        else f"it has: {', '.join(repr(name) for name in present[:30])}"
    )
    return (
        f"{where} names the column {wanted}, which {source} does not have; {hint}. "
        'Correct the mapping, or add the new name beside the old one: ["old", "new"].'
    )
