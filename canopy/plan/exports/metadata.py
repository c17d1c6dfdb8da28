"""What a folder of a plan's files is: a Frictionless data package and a DCAT data set.

Sources: Data Package 1.0 (Frictionless Data); DCAT 3, W3C Recommendation of 22 August 2024.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from canopy.assets.exporters.stamp import ExportStamp
from canopy.plan.exports.layers import PlanLayer

MEDIA_TYPES = {
    ".gpkg": "application/geopackage+sqlite3", ".csv": "text/csv", ".kmz":
    "application/vnd.google-earth.kmz", ".zip": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".svg": "image/svg+xml",
}  # fmt: skip
_TYPES = {"text": "string", "integer": "integer", "number": "number"}
_POINT = (("x_m", "Easting of a point on it [m]"), ("y_m", "Northing of a point on it [m]"),
          ("lon", "Longitude [degrees]"), ("lat", "Latitude [degrees]"))  # fmt: skip


def data_package(
    files: Sequence[Path], layers: Sequence[PlanLayer], name: str, stamp: ExportStamp, crs: str
) -> dict[str, Any]:
    """``datapackage.json``: every file with its size and hash, and what columns of CSV mean."""
    by_name = {each.name: each for each in layers}
    return {
        "profile": "data-package", "name": name, "title": stamp.title,
        "created": stamp.generated_at_utc.isoformat(), "description": stamp.text(),
        "licenses": [{"title": stamp.licence}],
        "contributors": [{"title": each, "role": "author"} for each in stamp.attribution],
        "canopy:crs": crs, "canopy:audience": stamp.audience,
        "resources": [_resource(each, by_name.get(each.stem)) for each in files],
    }  # fmt: skip


def _resource(path: Path, layer: PlanLayer | None) -> dict[str, Any]:
    content = path.read_bytes()
    told: dict[str, Any] = {
        "name": path.name.replace(".", "-"), "path": path.name,
        "mediatype": MEDIA_TYPES[path.suffix], "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }  # fmt: skip
    if path.suffix == ".csv" and layer is not None:
        fields = [
            {"name": each.name, "title": each.title, "type": _TYPES[each.type]}
            for each in layer.columns
        ]
        fields += [{"name": n, "title": title, "type": "number"} for n, title in _POINT]
        told |= {
            "profile": "tabular-data-resource", "encoding": "utf-8", "title": layer.title,
            "dialect": {"lineTerminator": "\r\n"}, "schema": {"fields": fields},
        }  # fmt: skip
    return told


def dcat(package: dict[str, Any], crs: str) -> dict[str, Any]:
    """The same as a DCAT data set in JSON-LD."""
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/",
            "spdx": "http://spdx.org/rdf/terms#",
        },
        "@type": "dcat:Dataset",
        "dct:title": package["title"],
        "dct:description": package["description"],
        "dct:issued": package["created"],
        "dct:license": package["licenses"][0]["title"],
        "dct:conformsTo": f"http://www.opengis.net/def/crs/EPSG/0/{crs.removeprefix('EPSG:')}",
        "dct:accessRights": package["canopy:audience"],
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution", "dct:title": each["path"],
                "dcat:downloadURL": {"@id": each["path"]}, "dcat:mediaType": each["mediatype"],
                "dcat:byteSize": each["bytes"],
                "spdx:checksum": {
                    "spdx:algorithm": "sha256",
                    "spdx:checksumValue": each["hash"].removeprefix("sha256:"),
                },
            }
            for each in package["resources"]
        ],
    }  # fmt: skip
