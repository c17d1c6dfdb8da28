"""Whether a whole record may stand in the catalogue: the rules of every way in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import shapely

from canopy import geo
from canopy.assets.batches import CANDIDATE_COLUMNS
from canopy.assets.kinds import KINDS, Kind, validate_attributes, validate_column
from canopy.assets.mapping.shapes import MAX_VERTICES
from canopy.assets.record import Record
from canopy.errors import BadAttribute, OutOfArea


def valid_record(record: Mapping[str, object], storage_crs: str) -> Record:
    """The record in canonical form.

    Raises BadAttribute naming the field, its value and what is allowed, or OutOfArea.
    """
    kind = _kind(record.get("kind"))
    valid: Record = {"kind": str(kind)}
    if record.get("authority"):
        valid["authority"] = str(record["authority"])
    for name in CANDIDATE_COLUMNS:
        value = validate_column(kind, name, record.get(name))
        if value is not None:
            valid[name] = value.isoformat() if isinstance(value, date) else value
    attributes = record.get("attributes")
    if attributes is None:
        attributes = {}
    if not isinstance(attributes, Mapping):
        raise BadAttribute("attributes must be a JSON object of the kind's attributes.")
    checked = validate_attributes(kind, dict(attributes))
    if checked:
        valid["attributes"] = checked
    valid["geom"] = _geometry(record.get("geom"), kind, storage_crs)
    return valid


def _kind(value: object) -> Kind:
    try:
        return Kind(str(value))
    except ValueError as error:
        raise BadAttribute(
            f"kind {value!r} is none of the kinds of asset: {', '.join(KINDS)}.", field="kind"
        ) from error


def _geometry(stored: object, kind: Kind, storage_crs: str) -> str:
    if not isinstance(stored, str):
        raise BadAttribute("The asset has no position; give it one.", field="geom")
    try:
        geometry = shapely.force_2d(shapely.from_wkb(stored))
    except (shapely.errors.GEOSException, NotImplementedError) as error:
        raise BadAttribute(f"The geometry cannot be read: {error}", field="geom") from error
    if geometry.is_empty:
        raise BadAttribute("The geometry is empty; give the asset a position.", field="geom")
    allowed = KINDS[kind].geometry
    if geometry.geom_type not in allowed:
        raise BadAttribute(
            f"A {kind} is {' or '.join(sorted(allowed))}, not {geometry.geom_type}.", field="geom"
        )
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise BadAttribute(f"The geometry has more than {MAX_VERTICES:,} vertices.", field="geom")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise BadAttribute("The geometry has a coordinate that is no finite number.", field="geom")
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        raise BadAttribute(f"The geometry is not valid ({reason}); redraw it.", field="geom")
    _check_area(geometry, storage_crs)
    hexed: str = shapely.to_wkb(geometry, hex=True, byte_order=1, output_dimension=2)
    return hexed


def _check_area(geometry: shapely.Geometry, storage_crs: str) -> None:
    area = geo.Area.of(storage_crs)
    if not area.holds(geometry):
        x, y = shapely.get_coordinates(geometry)[0]
        raise OutOfArea(
            f"The {geometry.geom_type} at {x:.1f}, {y:.1f} lies outside the deployment's area "
            f"({area.describe()}); correct it."
        )
