"""Whether a mapping fits a table and the kinds it speaks of, checked before any row is read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping as MappingOf

from canopy.assets.importers.base import SourceTable
from canopy.assets.mapping.corrections import GEOMETRY
from canopy.assets.mapping.fields import FieldReader, Noted, Refused
from canopy.assets.mapping.model import GeometryRule, Mapping
from canopy.assets.mapping.targets import Target
from canopy.errors import BadMapping, UnknownCrs


def settled_crs(rule: GeometryRule, table: SourceTable, override: str | None) -> str:
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


def refuse_unknown_targets(
    mapping: Mapping, targets: MappingOf[str, Target], table: SourceTable
) -> None:
    named = [f"columns.{name}" for name in mapping.columns]
    named += [f"constants.{name}" for name in mapping.constants]
    for number, correction in enumerate(mapping.corrections, start=1):
        named += [
            f"corrections {number} set.{name}"
            for name in correction.set
            if name not in table.columns and name != GEOMETRY
        ]
    for where in named:
        name = where.partition(".")[2]
        if name in targets:
            continue
        near = difflib.get_close_matches(name, targets, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(targets)}."
        kinds = ", ".join(sorted(mapping.kinds()))
        raise BadMapping(f"{where}: {name!r} is nothing that a {kinds} has; {hint}")


def constant_values(mapping: Mapping, targets: MappingOf[str, Target]) -> dict[str, object]:
    constants: dict[str, object] = {}
    for name, value in mapping.constants.items():
        read = FieldReader(targets[name], None, None).read_given(value)
        if isinstance(read, Refused):
            raise BadMapping(f"constants.{name}: {read.message}")
        constants[name] = read.value if isinstance(read, Noted) else read
    return constants
