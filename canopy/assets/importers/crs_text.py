"""What a file says about its coordinate reference system, as ``EPSG:n`` where it has one."""

from __future__ import annotations

import re

from canopy.errors import UnknownCrs
from canopy.geo import crs_name, parse_crs

_CRS84 = re.compile(r"CRS:?84$|(^|[:/])CRS84$", re.IGNORECASE)
_URN = re.compile(
    r"(?:urn:(?:ogc|x-ogc):def:crs:|https?://www\.opengis\.net/def/crs/)(\w+)[:/][^:/]*[:/](\d+)$"
)
_UNDEFINED = re.compile(r"^undefined |unknown|^\s*$", re.IGNORECASE)


def declared_crs(text: str | None) -> str | None:
    """The CRS that a file declares, None when it declares none that PROJ knows.

    ``EPSG:n`` when the definition has a code; else the definition itself (WKT, PROJJSON).
    OGC:CRS84 counts as EPSG:4326, since coordinates are x before y everywhere here.
    """
    if text is None or not text.strip():
        return None
    text = text.strip()
    if _CRS84.search(text):
        return "EPSG:4326"
    if match := _URN.match(text):
        text = f"{match[1].upper()}:{match[2]}"
    try:
        crs = parse_crs(text)
    except UnknownCrs:
        return None
    if _UNDEFINED.match(crs.name) and not crs.to_authority():
        return None
    name = crs_name(crs)
    if name == "OGC:CRS84":
        return "EPSG:4326"
    return name if re.fullmatch(r"[A-Za-z]+:\w+", name) else text
