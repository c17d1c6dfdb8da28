"""A feature, or a patch of one, as a proposal for an asset."""

from __future__ import annotations

from collections.abc import Mapping

from canopy.api.ogc.crs import OfferedCrs
from canopy.api.ogc.writing.positions import read_geometry
from canopy.api.problems import BadRequest
from canopy.assets.editing.writing.proposed import ProposedAsset
from canopy.errors import BadAttribute

_MEMBERS = frozenset(("type", "id", "geometry", "properties", "links", "bbox"))
"""Members of a feature as it is read; links and bbox are not looked at."""


def whole_feature(
    content: Mapping[str, object], asset_id: str | None, crs: OfferedCrs, storage_crs: str
) -> ProposedAsset:
    """A whole feature; `asset_id` is None where it is to be a new one.

    Raises BadRequest for what is no feature, BadAttribute naming the member that is wrong.
    """
    if content.get("type") != "Feature":
        raise BadRequest(
            f"The body is no GeoJSON feature: its type is {str(content.get('type'))[:40]!r}."
        )
    _require_members(content, asset_id)
    properties = content.get("properties")
    if properties is None:
        properties = {}
    geometry = read_geometry(content.get("geometry"), crs, storage_crs)
    return ProposedAsset(_properties(properties), geometry, is_whole=True)


def patch_of_feature(
    content: Mapping[str, object], asset_id: str, crs: OfferedCrs, storage_crs: str
) -> ProposedAsset:
    """A merge patch of a feature (RFC 7396); its geometry is changed as a whole."""
    if content.get("type", "Feature") != "Feature":
        raise BadAttribute("type: a feature stays a Feature.", field="type")
    _require_members(content, asset_id)
    geometry = None
    if "geometry" in content:
        geometry = read_geometry(content["geometry"], crs, storage_crs)
    return ProposedAsset(_properties(content.get("properties", {})), geometry, is_whole=False)


def _properties(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadAttribute("properties: they are a JSON object.", field="properties")
    return value


def _require_members(content: Mapping[str, object], asset_id: str | None) -> None:
    for name in content:
        if name in ("crs", "coordRefSys"):
            raise BadAttribute(
                f"{name}: name the CRS of the positions in the header Content-Crs.", field=name
            )
        if name not in _MEMBERS:
            raise BadAttribute(
                f"{name[:60]!r} is no member of a feature; what an asset has stands in its "
                "properties.",
                field=name[:60],
            )
    given = content.get("id")
    if given is None:
        return
    if asset_id is None:
        raise BadAttribute("id: the service gives it; leave it out.", field="id")
    if str(given).lower() != asset_id:
        raise BadAttribute(f"id {str(given)[:60]!r}: it is {asset_id} and stays.", field="id")
