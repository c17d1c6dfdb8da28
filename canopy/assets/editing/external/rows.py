"""A row as another program left it, read without trusting any of it.

SQLite keeps any storage class in any column. Rows are therefore read column by column as
they are stored, and `record_of` says which column holds what it cannot hold.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import shapely

from canopy.assets.kinds.fields import MAX_TEXT
from canopy.assets.queries import geometry_hex
from canopy.assets.record import RECORD_COLUMNS, Record
from canopy.db import gpkg_geometry
from canopy.errors import ExternalChangeInvalid

RawRow = Mapping[str, object]
"""Column to int, float, str, bytes (a blob), `BadText` or None."""
NO_SRS = (0, -1)
"""SRS ids by which a GeoPackage says that it does not know."""
MAX_FID = 2**53
"""Largest row number taken from another program: what JSON's numbers hold exactly."""
_SHOWN = 60
"""Characters of a wrong value that a message repeats."""


class BadText(bytes):
    """What a column holds as text and is no UTF-8."""


def record_of(row: RawRow, srid: int) -> Record:
    """The record in a row, not yet checked by the rules of its kind.

    Raises ExternalChangeInvalid naming the column where it cannot be read.
    """
    record: Record = {}
    for name in RECORD_COLUMNS:
        value = row.get(name)
        if value not in (None, ""):
            record[name] = _plain(name, value)
    record["attributes"] = _attributes(row.get("attributes"))
    geom = _shape(row.get("geom"), srid)
    if geom is not None:
        record["geom"] = geom
    return record


def text_of(name: str, value: object) -> str | None:
    """A text that the rules of kinds know nothing of; None where it is null or blank.

    Raises ExternalChangeInvalid.
    """
    if value is None:
        return None
    text = str(_plain(name, value))
    if len(text) > MAX_TEXT:
        raise ExternalChangeInvalid(f"{name} has more than {MAX_TEXT:,} characters.")
    if "\x00" in text:
        raise ExternalChangeInvalid(f"{name} {shown(text)} holds a null character.")
    return text if text.strip() else None


_NUMBERS = frozenset({"height_m", "backhaul_dist_m", "pos_accuracy_m"})


def _plain(name: str, value: object) -> object:
    """A value of the storage class its column is for; the rules of its kind see to the rest."""
    wanted = "a number" if name in _NUMBERS else "text"
    if isinstance(value, bytes):
        raise ExternalChangeInvalid(f"{name} holds {shown(value)}; it must be {wanted}.")
    if isinstance(value, str) != (wanted == "text"):
        raise ExternalChangeInvalid(f"{name} {shown(value)}: it must be {wanted}.")
    return value


def _attributes(value: object) -> dict[str, object]:
    if value is None or (isinstance(value, str) and not value.strip()):
        return {}
    if not isinstance(value, str):
        raise ExternalChangeInvalid(f"attributes holds {shown(value)}; it must be a JSON object.")
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ExternalChangeInvalid(f"attributes is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise ExternalChangeInvalid(
            f"attributes {shown(value)} must be a JSON object of the kind's attributes."
        )
    return read


def _shape(value: object, srid: int) -> str | None:
    if value is None:
        return None
    try:
        if not isinstance(value, bytes) or isinstance(value, BadText):
            raise gpkg_geometry.BadGeometryBlob(f"{shown(value)} is no geometry")
        srs = gpkg_geometry.srs_of(value)
        geometry = gpkg_geometry.decode_one(value)
        hexed = geometry_hex(shapely.force_2d(geometry))
    except gpkg_geometry.UNREADABLE as error:
        raise ExternalChangeInvalid(f"geom cannot be read: {error}") from error
    if srs != srid and srs not in NO_SRS:
        raise ExternalChangeInvalid(
            f"geom says that it is in the reference system {srs}, and the catalogue's is {srid}; "
            "transform it."
        )
    return hexed


def shown(value: object) -> str:
    """A wrong value as a message repeats it."""
    if isinstance(value, BadText):
        return f"text that is not UTF-8 (0x{value[:8].hex().upper()})"
    if isinstance(value, bytes):
        return f"a blob of {len(value)} bytes"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
