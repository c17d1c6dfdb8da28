"""Which columns a table has, what they are called in a file, and their Arrow types.

Common columns come first, in the order of `batches.COMMON_COLUMNS`; then the cell size
of generalised positions; then the kind's attributes in the order of its model. An
attribute whose name is taken is written as ``attr_<name>``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN
from canopy.assets.kinds import COMMON_FIELDS, AttributeField

GEOMETRY = "geometry"
"""Name of the WKB column in every table handed to a format module."""

TIMESTAMP = pa.timestamp("us", tz="UTC")

_COMMON_TYPES: dict[str, pa.DataType] = {
    "height_m": pa.float64(),
    "backhaul_dist_m": pa.float64(),
    "pos_accuracy_m": pa.float64(),
    "observed_on": pa.date32(),
    "version": pa.int64(),
    "created_at": TIMESTAMP,
    "updated_at": TIMESTAMP,
    "withdrawn_at": TIMESTAMP,
    GENERALISED_COLUMN: pa.float64(),
}
"""Common columns that are not text."""

_COMMON_JSON = frozenset({"designations"})

RESERVED = frozenset(
    {
        *COMMON_COLUMNS,
        GENERALISED_COLUMN,
        *("fid", "ogc_fid", "id", "geom", GEOMETRY, "wkt", "bbox"),
        *("easting", "northing", "longitude", "latitude"),
    }
)
"""Column names that no attribute may take in a file."""

ATTRIBUTE_PREFIX = "attr_"


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its key in the batch, its name in the file, and its Arrow type.

    `is_json` marks lists and objects, which travel as JSON text.
    """

    key: str
    label: str
    type: pa.DataType
    is_attribute: bool = False
    is_json: bool = False
    description: str = ""
    unit: str = ""

    def arrow(self) -> pa.Field:
        return pa.field(self.label, self.type)


def common_field(name: str) -> Field:
    """The column of a common name."""
    described = COMMON_FIELDS.get(name)
    return Field(
        name,
        name,
        _COMMON_TYPES.get(name, pa.string()),
        is_json=name in _COMMON_JSON,
        description=described.description if described else "",
        unit=(described.unit or "") if described else "",
    )


def common_fields(present: Collection[str]) -> tuple[Field, ...]:
    """The common columns among `present`, in the order in which files hold them."""
    order = (*COMMON_COLUMNS, GENERALISED_COLUMN)
    return tuple(common_field(name) for name in order if name in present)


_ATTRIBUTE_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "list": pa.string(),
}


def attribute_columns(attributes: Mapping[str, AttributeField]) -> tuple[Field, ...]:
    """One column per attribute of a kind, in the given order."""
    return tuple(
        Field(
            key=name,
            label=ATTRIBUTE_PREFIX + name if name in RESERVED else name,
            type=_ATTRIBUTE_TYPES[attribute.type],
            is_attribute=True,
            is_json=attribute.type == "list",
            description=attribute.description,
            unit=attribute.unit or "",
        )
        for name, attribute in attributes.items()
    )


def union(tables: Iterable[tuple[str, tuple[Field, ...]]]) -> dict[str, tuple[Field, ...]]:
    """Per kind its fields, relabelled so that all kinds can share one table.

    Attributes with the same label and type share a column. Where types differ, each
    kind's column is called ``<kind>_<label>``.
    """
    tables = list(tables)
    kinds_of_label: dict[str, set[tuple[str, bool]]] = {}
    for _, fields in tables:
        for field in fields:
            kinds_of_label.setdefault(field.label, set()).add((str(field.type), field.is_json))
    clashing = {label for label, found in kinds_of_label.items() if len(found) > 1}
    return {
        kind: tuple(
            replace(field, label=f"{kind}_{field.label}") if field.label in clashing else field
            for field in fields
        )
        for kind, fields in tables
    }


def merged(relabelled: dict[str, tuple[Field, ...]]) -> tuple[Field, ...]:
    """The columns of one table for all kinds: common ones in order, then attributes."""
    common = {f.key for fields in relabelled.values() for f in fields if not f.is_attribute}
    attributes = {
        field.label: field
        for fields in relabelled.values()
        for field in fields
        if field.is_attribute
    }
    return (*common_fields(common), *attributes.values())
