"""How the columns of somebody's own site list are to be read, as a TOML file says it::

crs = "EPSG:27700"

[columns]                    # field = "heading in the file"
site_id = "Cell ref"
operator = "Operator"
x = "Easting"                # longitude for a CRS in degrees
y = "Northing"
power = "TX power"
gain = "Antenna gain"

[units]                      # where the file's unit is not the field's
power = "W"

[values]                     # what holds for every row, or for rows that leave it empty
technology = "lte-1800"
site_class = "small-cell"
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import log10
from pathlib import Path
from typing import Any

from canopy.errors import BadMapping
from canopy.geo import parse_crs

TEXTS = ("site_id", "operator", "technology", "site_class", "pattern", "asset_id")
NUMBERS = (
    "x", "y", "antenna_height", "frequency", "bandwidth", "eirp", "power", "gain", "feeder_loss",
    "azimuth", "downtilt", "horizontal_beamwidth", "vertical_beamwidth", "position_uncertainty",
)  # fmt: skip
FIELDS = (*TEXTS, *NUMBERS)

MAX_MAPPING_BYTES = 100_000


def _of_watts(watts: float) -> float:
    return 10 * log10(watts) + 30 if watts > 0 else float("nan")


_POWER: dict[str, Callable[[float], float]] = {
    "dBm": lambda value: value,
    "dBW": lambda value: value + 30.0,
    "W": _of_watts,
    "mW": lambda value: _of_watts(value / 1000.0),
    "kW": lambda value: _of_watts(value * 1000.0),
}
_LENGTH: dict[str, Callable[[float], float]] = {
    "m": lambda value: value,
    "ft": lambda value: value * 0.3048,
    "km": lambda value: value * 1000.0,
}
_FREQUENCY: dict[str, Callable[[float], float]] = {
    "MHz": lambda value: value,
    "kHz": lambda value: value / 1000.0,
    "GHz": lambda value: value * 1000.0,
}
UNITS: dict[str, dict[str, Callable[[float], float]]] = {
    "eirp": _POWER,
    "power": _POWER,
    "gain": {"dBi": lambda value: value, "dBd": lambda value: value + 2.15},
    "antenna_height": _LENGTH,
    "position_uncertainty": _LENGTH,
    "frequency": _FREQUENCY,
    "bandwidth": _FREQUENCY,
}
"""Units by field; the first is the one taken when none is named. ERP is not EIRP: give it as
power with a gain of 0 dBd."""


@dataclass(frozen=True, slots=True)
class SiteMapping:
    """Columns, units and values of a site list.

    Attributes:
        columns: heading by field (`FIELDS`).
        crs: of x and y.
        units: unit by field, where it is not the first of `UNITS`.
        values: text by field for rows that have nothing there.
    """

    columns: Mapping[str, str]
    crs: str
    units: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in (self.columns, self.units, self.values):
            for name in part:
                if name not in FIELDS:
                    raise BadMapping(f"{name!r} is no field of a site; there are {_list(FIELDS)}")
        for name, unit in self.units.items():
            if unit not in UNITS.get(name, {}):
                known = _list(UNITS.get(name, ())) or "no unit to choose"
                raise BadMapping(f"the unit {unit!r} of {name} is not known; there is {known}")
        for needed in ("x", "y"):
            if needed not in self.columns:
                raise BadMapping(f"no column is named for {needed}, so no site has a position")
        for needed in ("site_id", "operator", "technology"):
            if needed not in self.columns and needed not in self.values:
                raise BadMapping(f"neither a column nor a value is given for {needed}")
        if "site_id" in self.values:
            raise BadMapping("site_id must be a column: one value cannot tell sites apart")
        if len(set(self.columns.values())) < len(self.columns):
            raise BadMapping("one heading is named for two fields")
        parse_crs(self.crs)

    def to_house_unit(self, name: str, value: float) -> float:
        """A number of the file in the field's own unit."""
        known = UNITS.get(name)
        if known is None:
            return value
        return known[self.units.get(name) or next(iter(known))](value)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def mapping_from(table: Mapping[str, Any]) -> SiteMapping:
    """The mapping that a parsed TOML file (or a dict of its form) describes."""
    unknown = set(table) - {"crs", "columns", "units", "values"}
    if unknown:
        raise BadMapping(f"{_list(sorted(unknown))}: a mapping has crs, columns, units and values")
    crs = table.get("crs")
    if not isinstance(crs, str):
        raise BadMapping('a mapping must say crs = "EPSG:n" of its x and y')
    parts: dict[str, dict[str, str]] = {}
    for name in ("columns", "units", "values"):
        part = table.get(name, {})
        if not isinstance(part, Mapping):
            raise BadMapping(f"[{name}] must be a table of field = text")
        for key, text in part.items():
            if isinstance(text, bool) or not isinstance(text, str | int | float):
                raise BadMapping(f"{key} in [{name}] must be text or a number")
        parts[name] = {key: str(text) for key, text in part.items()}
    return SiteMapping(parts["columns"], crs, parts["units"], parts["values"])


def read_mapping(path: Path, technology: str | None = None) -> SiteMapping:
    """The mapping in a TOML file; BadMapping when it is none.

    technology: of all sites, where the file gives neither a column nor a value for it.
    """
    try:
        if path.stat().st_size > MAX_MAPPING_BYTES:
            raise BadMapping(f"{path.name} is larger than {MAX_MAPPING_BYTES:,} bytes")
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path.name} is no TOML: {error}") from error
    except OSError as error:
        raise BadMapping(f"{path.name} cannot be read: {error.strerror}") from error
    if technology is not None and "technology" not in table.get("columns", {}):
        table["values"] = {"technology": technology, **table.get("values", {})}
    return mapping_from(table)
