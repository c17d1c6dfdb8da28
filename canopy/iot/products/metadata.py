"""What catalogues are told of a product: DCAT as JSON-LD, and a Frictionless data package.

Sources: W3C DCAT 3; DCAT-AP 3.0 (mandatory and recommended properties of a Dataset); the UK
Cross-Government Metadata Exchange Model, a working draft (co-cddo), whose properties are
Dublin Core's and DCAT's by its slot URIs; Data Package 1 and Tabular Data Package of Frictionless.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from canopy.iot.products.contents import Member, columns_of
from canopy.iot.products.rules import OGL, OGL_ADDRESS, RAW
from canopy.iot.products.tables import DataProduct

Document = dict[str, Any]
MOST_RAW_LINKS = 100
_EU = "http://publications.europa.eu/resource/authority"
_FREQUENCY = {
    RAW: "CONT", "15min": "CONT", "hour": "HOURLY", "day": "DAILY",
}  # fmt: skip
_CONTEXT: Document = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/", "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#", "odrl": "http://www.w3.org/ns/odrl/2/",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "ukgov": "https://w3id.org/co-cddo/uk-cross-government-metadata-exchange-model/",
}  # fmt: skip
_DATES = ("start", "phenomenon_time")
_WHOLE = ("datastream", "thing", "readings", "things")
_TEXTS = ("observed_property", "unit", "result_text", "quality")


def raw_addresses(base: str, members: Sequence[Member]) -> list[str]:
    """Where the raw open data of a product is free, without a key; the first hundred."""
    return [
        f"{base}/sensorthings/v1.1/Datastreams({each.stream})/Observations"
        for each in members
        if each.data_class == "open"
    ][:MOST_RAW_LINKS]


def licence_address(base: str, product: DataProduct) -> str:
    """Where the terms of use are."""
    return OGL_ADDRESS if product.licence == OGL else f"{base}/iot/products/{product.name}"


def dcat(
    base: str, publisher: str, contact: str, product: DataProduct, members: Sequence[Member]
) -> Document:
    """A dcat:Dataset with its distributions."""
    return {"@context": _CONTEXT, **_dataset(base, publisher, contact, product, members)}


def dcat_catalogue(base: str, publisher: str, products: Sequence[DataProduct]) -> Document:
    """A dcat:Catalog that names the products."""
    return {
        "@context": _CONTEXT, "@id": f"{base}/iot/products", "@type": "dcat:Catalog",
        "dct:title": f"Data products of {publisher}",
        "dct:description": "Readings of sensors, summed up and published.",
        "dct:publisher": _organisation(publisher),
        "dcat:dataset": [
            {"@id": f"{base}/iot/products/{each.name}", "@type": "dcat:Dataset",
             "dct:title": each.title, "dct:description": each.description,
             "dct:license": {"@id": licence_address(base, each)}}
            for each in products
        ],
    }  # fmt: skip


def _organisation(publisher: str) -> Document:
    return {"@type": "foaf:Organization", "foaf:name": publisher}


def _dataset(
    base: str, publisher: str, contact: str, product: DataProduct, members: Sequence[Member]
) -> Document:
    address = f"{base}/iot/products/{product.name}"
    is_open = product.licence == OGL
    document: Document = {
        "@id": address, "@type": "dcat:Dataset", "dct:identifier": address,
        "dct:title": product.title, "dct:description": product.description,
        "dct:publisher": _organisation(publisher), "dct:creator": _organisation(publisher),
        "dct:issued": _date(product), "dct:modified": _date(product),
        "dct:license": {"@id": licence_address(base, product)}, "dcat:version": "1",
        "dct:accessRights": {"@id": f"{_EU}/access-right/{'PUBLIC' if is_open else 'RESTRICTED'}"},
        "ukgov:accessRights": "OPEN" if is_open else "COMMERCIAL",
        "ukgov:securityClassification": "OFFICIAL",
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/{_FREQUENCY[product.aggregation]}"},
        "dcat:keyword": sorted({each.observed for each in members}),
        "dcat:distribution": [
            _distribution(base, address, product, *each)
            for each in (("rows.csv", "text/csv"),
                         ("rows.parquet", "application/vnd.apache.parquet"),
                         ("rows", "application/json"))
        ],
    }  # fmt: skip
    if contact:
        document["dcat:contactPoint"] = {"@type": "vcard:Kind", "vcard:fn": contact}
    if product.area is not None:
        document["dct:spatial"] = _spatial(product.area)
    if product.aggregation != RAW:
        free = raw_addresses(base, members)
        document["dct:source"] = [{"@id": each} for each in free]
    return document


def _date(product: DataProduct) -> Document:
    return {"@type": "xsd:date", "@value": f"{product.created_at:%Y-%m-%d}"}


def _distribution(
    base: str, address: str, product: DataProduct, name: str, media_type: str
) -> Document:
    return {
        "@type": "dcat:Distribution", "dct:title": f"{product.title}, {media_type}",
        "dcat:accessURL": {"@id": address}, "dcat:downloadURL": {"@id": f"{address}/{name}"},
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
        "dct:license": {"@id": licence_address(base, product)},
    }  # fmt: skip


def _spatial(area: Sequence[float]) -> Document:
    west, south, east, north = area
    ring = ", ".join(
        f"{x:g} {y:g}"
        for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south))
    )
    box = {"@type": "geosparql:wktLiteral", "@value": f"POLYGON(({ring}))"}
    return {"@type": "dct:Location", "dcat:bbox": box}


def datapackage(
    base: str, publisher: str, product: DataProduct, members: Sequence[Member]
) -> Document:
    """A Frictionless tabular data package of the CSV file."""
    address = f"{base}/iot/products/{product.name}"
    name = OGL if product.licence == OGL else "other-closed"
    document: Document = {
        "profile": "tabular-data-package", "name": product.name, "title": product.title,
        "description": product.description, "homepage": address, "id": address,
        "created": product.created_at.isoformat().replace("+00:00", "Z"),
        "licenses": [{"name": name, "path": licence_address(base, product)}],
        "contributors": [{"title": publisher, "role": "publisher"}],
        "resources": [{
            "profile": "tabular-data-resource", "name": "rows", "path": f"{address}/rows.csv",
            "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
            "schema": {"fields": [_field(each) for each in columns_of(product)]},
        }],
    }  # fmt: skip
    if product.aggregation != RAW:
        free = raw_addresses(base, members)
        document["sources"] = [{"title": "Raw open data", "path": each} for each in free]
    return document


def _field(name: str) -> Document:
    if name in _DATES:
        return {"name": name, "type": "datetime", "format": "any"}
    if name in _WHOLE:
        return {"name": name, "type": "integer"}
    return {"name": name, "type": "string" if name in _TEXTS else "number"}
