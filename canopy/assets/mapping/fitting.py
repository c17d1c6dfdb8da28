"""Whether a mapping fits a table and the kinds it speaks of, checked before any row is read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence

import shapely

from canopy.assets.importers.base import SourceTable
from canopy.assets.mapping.corrections import GEOMETRY
from canopy.assets.mapping.fields import FieldReader, Noted, Refused
from canopy.assets.mapping.lengths import can_convert, unit_of
from canopy.assets.mapping.model import (
    AS_EXPORTED,
    DATE_FORMATS,
    NUMBER_FORMATS,
    UNKNOWN,
    ColumnRule,
    GeometryRule,
    Mapping,
    Scalar,
)
from canopy.assets.mapping.targets import Target
from canopy.errors import BadMapping, UnknownCrs


def settled_crs(rule: GeometryRule, table: SourceTable, override: str | None) -> str:
    """The CRS of the positions: what the user says, the mapping, the file's declaration.

    Raises UnknownCrs when none of them says anything.
    """
    if rule.grid_reference:
        return "EPSG:27700"
    crs = override or rule.crs or (table.declared_crs if rule.feature else None)
    if crs is None:
        raise UnknownCrs(
            f"{table.path.name}: nothing says which CRS its coordinates are in; give --crs EPSG:n "
            "(EPSG:27700 for eastings and northings in Great Britain, EPSG:4326 for longitude "
            'and latitude), or geometry.crs = "EPSG:n" in the mapping.'
        )
    return crs


def check_targets(
    mapping: Mapping, targets: MappingOf[str, Target], columns: Sequence[str]
) -> None:
    """Refuse targets, units, formats and words that the mapping's kinds do not have.

    Raises BadMapping naming the key and the way out.
    """
    kinds = " or ".join(sorted(mapping.kinds()))
    for name, rule in mapping.columns.items():
        target = _known(f"columns.{name}", name, targets, kinds)
        _check_unit(target, rule)
        _check_format(target, rule)
        for word, meaning in rule.values.items():
            if meaning != UNKNOWN:
                _given(f"values.{name}.{word}", target, meaning)
    for number, correction in enumerate(mapping.corrections, start=1):
        for name, value in correction.set.items():
            where = f"corrections {number} set.{name}"
            if name == GEOMETRY and name not in columns:
                _check_geometry(where, mapping, value)
            elif name not in columns:
                _given(where, _known(where, name, targets, kinds), value)


def _known(where: str, name: str, targets: MappingOf[str, Target], kinds: str) -> Target:
    target = targets.get(name)
    if target is None:
        near = difflib.get_close_matches(name, targets, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(targets)}."
        raise BadMapping(f"{where}: {name!r} is nothing that a {kinds} has; {hint}")
    if not target.settable:
        raise BadMapping(
            f"{where}: {name} is not set by a file; Canopy works it out, or it is given with the "
            "import."
        )
    return target


def _check_unit(target: Target, rule: ColumnRule) -> None:
    if rule.unit is None:
        return
    unit = unit_of(rule.unit)
    if target.unit is None:
        raise BadMapping(f"units.{target.name}: {target.name} has no unit; remove the line.")
    if unit != target.unit and not (unit and can_convert(unit, target.unit)):
        raise BadMapping(
            f"units.{target.name}: {rule.unit} cannot be turned into {target.unit}; give the unit "
            "that the column is in."
        )


def _check_format(target: Target, rule: ColumnRule) -> None:
    wanted = {"date": DATE_FORMATS, "number": NUMBER_FORMATS, "integer": NUMBER_FORMATS}
    if rule.format in (None, AS_EXPORTED):
        return
    if rule.format not in wanted.get(target.form, ()):
        raise BadMapping(
            f"formats.{target.name}: {rule.format!r} is no format of a {target.form}; "
            f"{' or '.join(wanted.get(target.form, ())) or 'it has none, remove the line'}."
        )


def _check_geometry(where: str, mapping: Mapping, value: Scalar) -> None:
    if mapping.geometry is None or not mapping.geometry.feature:
        raise BadMapping(f"{where}: positions come from columns here; set those instead.")
    if shapely.from_wkt(str(value), on_invalid="ignore") is None:
        raise BadMapping(f"{where}: {value!r} is no WKT, such as POINT (524803 185110).")


def _given(where: str, target: Target, value: Scalar) -> object:
    read = FieldReader(target, None, None).read_given(value)
    if isinstance(read, Refused) or (isinstance(read, Noted) and read.value is None):
        raise BadMapping(f"{where}: {read.message}")
    return read.value if isinstance(read, Noted) else read


def constant_values(mapping: Mapping, targets: MappingOf[str, Target]) -> dict[str, object]:
    """The values that every row has. Raises BadMapping for one that is not allowed."""
    kinds = " or ".join(sorted(mapping.kinds()))
    return {
        name: _given(f"constants.{name}", _known(f"constants.{name}", name, targets, kinds), value)
        for name, value in mapping.constants.items()
    }
